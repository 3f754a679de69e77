"""Test the questions after a visit: at most one, with a pause, and the effect of each answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.circulation import cards
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback import tickets
from hub.outreach.engagement.loyalty import referrals
from hub.outreach.messaging import delivery_worker
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Contact, Person, Source
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import RecordSource, store_contact
from hub.outreach.recommendations.reading_profiles.models import Segment, SegmentMembership, SegmentRule
from tests.hub.outreach.recommendations.reading_profiles.readers import give_consents, person
from tests.hub.support.world import ADA_UID, LIN_UID, NOW, World

TEXTS = {"heading": {"zh": "好久不见", "en": "It has been a while"}, "body": {"zh": "书", "en": "Books"}}


def after(world: World, *items: str) -> dict[str, Any]:
    query = "&".join(f"item={each}" for each in items)
    response = world.device.get(f"/api/v1/cards/{cards.hash_number(ADA_UID)}/after?{query}")
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    return answer


def ada(world: World) -> Person:
    person: Person = Person.objects.get_or_create(ref=world.ada.ref, defaults={"since": NOW})[0]
    return person


def respond(world: World, ask: str, answer: str, about: str = "") -> None:
    row = world.row("said", ask=ask, answer=answer, about=about, card=cards.hash_number(ADA_UID))
    assert world.upload(row)["outcome"] == "accepted"
    carry()


def old_address(world: World) -> Contact:
    """Create a contact that was entered more than half a year ago."""
    contact = store_contact(ada(world), "mail", "ada@example.org", RecordSource(Source.STAFF), verified_at=NOW)
    world.advance(days=200)
    return contact


def test_smiley_question_is_asked_once_in_thirty_days(world: World) -> None:
    assert after(world)["ask"]["kind"] == "face"
    respond(world, "face", "4")
    assert after(world)["ask"] is None
    world.advance(days=31)
    assert after(world)["ask"]["kind"] == "face"


def test_postponed_question_is_not_repeated(world: World, caplog: pytest.LogCaptureFixture) -> None:
    respond(world, "face", "later")
    assert after(world)["ask"] is None
    assert caplog.messages == [], "a postponement is no fault"


def test_outdated_address_is_asked_for_and_confirmed_by_one_touch(world: World) -> None:
    contact = old_address(world)
    asked = after(world)["ask"]
    assert (asked["kind"], asked["about"], asked["facts"]["channel"]) == ("contact", str(contact.pk), "mail")
    assert "ada@" not in asked["facts"]["shown"]
    respond(world, "contact", "right", str(contact.pk))
    assert Contact.objects.get(pk=contact.pk).verified_at > NOW
    assert after(world)["ask"]["kind"] == "channel"


def test_preferred_channel_moves_first_and_gets_test_message(world: World) -> None:
    store_contact(ada(world), "mail", "ada@example.org", RecordSource(Source.STAFF), verified_at=NOW)
    store_contact(ada(world), "sms", "+8613800138000", RecordSource(Source.STAFF), verified_at=NOW)
    respond(world, "channel", "mail")
    assert records.channel_order(ada(world))[:2] == ["mail", "sms"]
    assert [each.kind for each in ada(world).messages.all()] == ["test"]


def test_librarian_reply_precedes_questions_until_read(world: World, admin_user: Any) -> None:
    ticket = tickets.ask(ada(world), "find", "Where are the maps?", NOW, None, "t-1")
    assert ticket is not None
    tickets.answer(ticket, admin_user, "Second floor, by the window.", NOW, "t-2")
    respond(world, "face", "5")
    asked = after(world)["ask"]
    assert (asked["kind"], asked["facts"]["words"]) == ("message", "Second floor, by the window.")
    respond(world, "message", "read", asked["about"])
    assert after(world)["ask"] is None


def test_reminder_of_new_loan_is_shown_and_can_be_moved(world: World) -> None:
    world.upload(world.checkout(world.dune))
    (reminder,) = after(world, world.dune.barcode)["reminders"]
    assert reminder["earliest"] <= reminder["day"] <= reminder["latest"]
    respond(world, "reminder", reminder["earliest"], world.dune.barcode)
    (moved,) = after(world, world.dune.barcode)["reminders"]
    assert (moved["day"], moved["reason"]) == (reminder["earliest"], "chosen")


@pytest.mark.parametrize(
    ("ask", "answer", "about"),
    [("contact", "right", "99"), ("contact", "perhaps", "1"), ("channel", "pigeon", ""), ("reminder", "soon", "x")],
)
def test_invalid_answer_does_not_stop_feed(world: World, ask: str, answer: str, about: str) -> None:
    respond(world, ask, answer, about)
    world.upload(world.checkout(world.dune))
    assert carry() == 1


def test_unknown_card_returns_404(world: World) -> None:
    assert world.device.get(f"/api/v1/cards/{'0' * 64}/after").status_code == 404


def on_paper(world: World) -> Message:
    """Choose paper as the channel, with a message waiting for the next receipt."""
    records.set_channel_order(ada(world), "", ["paper"])
    message = queue_message(ada(world), MessageKind.RECALL, "1", {"title": "Utopia"})
    delivery_worker.work(hub_clock().now())
    return message


def test_paper_notice_is_offered_until_printed(world: World) -> None:
    message = on_paper(world)
    (note,) = after(world)["paper"]
    assert "Utopia" in note["words"] and len(note["words"]) <= 300
    assert "http" not in note["words"], "a found receipt must not open the portal"
    assert after(world)["paper"] == [note], "a query does not count as printed"
    respond(world, "message", "printed", note["about"])
    assert after(world)["paper"] == []
    message.refresh_from_db()
    assert message.state == "said"


def test_screen_notice_is_marked_as_notice(world: World) -> None:
    records.set_channel_order(ada(world), "", ["screen"])
    queue_message(ada(world), MessageKind.RECALL, "1", {"title": "Utopia"})
    delivery_worker.work(hub_clock().now())
    asked = after(world)["ask"]
    assert (asked["kind"], asked["facts"]["notice"]) == ("message", "yes") and "Utopia" in asked["facts"]["words"]


def test_paper_notice_requires_paper_channel_and_own_card(world: World) -> None:
    queue_message(ada(world), MessageKind.RECALL, "1", {"title": "Utopia"})
    delivery_worker.work(hub_clock().now())
    assert after(world)["paper"] == [] and Message.objects.get().state == "underway"
    records.set_channel_order(ada(world), "", ["paper"])
    message = on_paper(world)
    about = f"delivery-{message.deliveries.get(channel='screen').pk}"
    row = world.row("said", ask="message", answer="printed", about=about, card=cards.hash_number(LIN_UID))
    world.upload(row)
    carry()
    message.refresh_from_db()
    assert message.state == "underway", "another card cannot confirm the print"


def test_one_question_per_visit_and_each_kind_once_in_thirty_days(world: World) -> None:
    """A patron who ignores all questions is asked each kind once a month, one per visit."""
    store_contact(
        ada(world), "mail", "ada@example.org", RecordSource(Source.STAFF), verified_at=NOW - timedelta(days=300)
    )
    asked_kinds = []
    for _visit in range(6):
        asked = after(world)["ask"]
        asked_kinds.append(asked["kind"] if asked else None)
        if asked:
            respond(world, asked["kind"], "later", asked["about"])
    assert asked_kinds == ["contact", "channel", "face", None, None, None]
    world.advance(days=31)
    assert after(world)["ask"]["kind"] == "contact"


def promo(world: World) -> dict[str, Any] | None:
    found: dict[str, Any] | None = after(world)["strip"]
    return found


def test_segment_offer_requires_consent_and_active_rule(world: World) -> None:
    ada, today = person(world.ada), hub_clock().now().date()
    SegmentMembership.objects.create(person=ada, segment=Segment.AT_RISK, since=today)
    rule = SegmentRule.objects.create(segment=Segment.AT_RISK, on=True, **TEXTS)
    assert promo(world) is None, "the patron has not agreed"
    give_consents(world.ada, Purpose.CAMPAIGN)
    found = promo(world)
    assert found is not None and found["words"] == {"zh": "好久不见", "en": "It has been a while"}
    rule.on = False
    rule.save()
    assert promo(world) is None, "staff have stopped it"


def test_referral_code_is_shown_while_active(world: World) -> None:
    ada = person(world.ada)
    assert promo(world) is None
    invitation = referrals.invite(ada, hub_clock().now())
    found = promo(world)
    assert found is not None and found["link"] == referrals.address(invitation)
    assert found["words"]["en"] == "A friend can join with your code." and found["words"]["zh"] != found["words"]["en"]
    referrals.stop(ada)
    assert promo(world) is None
