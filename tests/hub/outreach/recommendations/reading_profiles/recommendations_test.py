"""Test recommendation messages: consent, reasons, the chosen interval, and reactions in the portal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import Title
from hub.circulation import cards
from hub.circulation.models import Card, CardRecommendations
from hub.core.clock import hub_clock
from hub.ils.bridge import card_data
from hub.ils.bridge.feed_relay import carry
from hub.outreach.messaging import delivery_worker
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import RecordSource
from hub.outreach.recommendations.reading_profiles import nightly, reading_choices, recommendations
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from hub.outreach.recommendations.reading_profiles.models import Opinion, Recommendation
from lending import sealing, wire
from lending.model import Recommendation as KioskRecommendation
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.outreach.portal.phone import press
from tests.hub.outreach.recommendations.reading_profiles.readers import (
    add_book,
    borrow_in_turn,
    give_consents,
    person,
    train_co_loans,
)
from tests.hub.staff.staff_client import words
from tests.hub.support.snapshot_reader import Reader
from tests.hub.support.world import ADA_UID, LIN_UID, World

ADA_CARD, LIN_CARD = cards.hash_number(ADA_UID), cards.hash_number(LIN_UID)


@pytest.fixture
def ada(world: World) -> Person:
    """Create a patron who reads Austen, has an address and has consented."""
    add_book(world, "30000000000101", "Persuasion", "Austen, Jane", "823 AUS")
    records.store_contact(person(world.ada), "mail", "ada@example.org", RecordSource(Source.STAFF, "grace"))
    own = give_consents(world.ada)
    own.language = "en"
    own.save()
    borrow_in_turn(world, world.emma)
    borrow_in_turn(world, world.dune, uid=LIN_UID)
    nightly.nightly(hub_clock().now())
    return own


def messages_to(of: Person) -> list[Message]:
    return list(Message.objects.filter(person=of, kind=MessageKind.RECOMMENDATION).order_by("pk"))


def test_message_gives_reasons_and_link_accepts_feedback(world: World, ada: Person, client: Client) -> None:
    assert len(messages_to(ada)) == 1 and not messages_to(person(world.lin)), "no message without consent"
    with mailbox() as box:
        delivery_worker.work(hub_clock().now())
        (mail,) = box.mails
    text = body(mail).replace("=\r\n", "")
    assert "Persuasion / Austen, Jane (because this interests you: Literature)" in text
    found = re.search(r"/p/for-you/\S+", text)
    assert found is not None
    seen = found.group()
    assert "Persuasion" in words(client.get(seen, headers={"accept-language": "en"}).content)
    assert not Opinion.objects.exists(), "opening the page is no opinion"
    title = str(Recommendation.objects.filter(person=ada, new=False)[0].title)
    press(client, seen, seen, says="not", title=title)
    assert Opinion.objects.get(person=ada).says == "not"
    assert preferences_of(ada).days == 16
    assert client.get(seen).status_code == 302, "the link is used, but this phone stays signed in"
    assert Client().get(seen).status_code == 410


def test_message_names_past_titles_only_with_separate_consent(world: World, ada: Person) -> None:
    """A past title or author is reading history, and others may see a message."""

    def notes() -> list[str]:
        return [each["note"]["en"] for each in messages_to(ada)[-1].decrypted_facts()["items"]]

    give_consents(world.lin)
    train_co_loans(world)
    world.advance(days=15)
    nightly.nightly(hub_clock().now())
    assert notes() and not any("borrowed" in each or "Austen" in each for each in notes())
    consents.give(ada, Purpose.TITLES, "phone", consents.text(Purpose.TITLES).version)
    world.advance(days=15)
    nightly.nightly(hub_clock().now())
    assert "because it is also by Austen, Jane" in notes()
    consents.withdraw(ada, Purpose.TITLES, "phone")
    assert messages_to(ada)[-1].state == Message.State.WITHHELD, "the waiting message names past titles"


def test_next_message_waits_for_interval(world: World, ada: Person) -> None:
    recommendations.nightly(hub_clock().now())
    assert len(messages_to(ada)) == 1
    world.advance(days=13)
    recommendations.nightly(hub_clock().now())
    assert len(messages_to(ada)) == 1
    world.advance(days=1, hours=1)
    recommendations.nightly(hub_clock().now())
    assert len(messages_to(ada)) == 2


def test_message_is_retried_when_nothing_is_available(world: World, ada: Person) -> None:
    Message.objects.all().delete()
    own = preferences_of(ada)
    own.told_at = None
    own.save()
    saved = list(Recommendation.objects.all())
    Recommendation.objects.all().delete()
    assert recommendations.nightly(hub_clock().now()) == 0 and preferences_of(ada).told_at is None
    Recommendation.objects.bulk_create(saved)
    assert recommendations.nightly(hub_clock().now()) == 1


@pytest.mark.parametrize("purpose", [Purpose.HISTORY, Purpose.RECOMMENDATIONS])
def test_message_is_withheld_after_withdrawn_consent(world: World, ada: Person, purpose: Purpose) -> None:
    consents.withdraw(ada, purpose, "phone")
    with mailbox() as box:
        delivery_worker.work(hub_clock().now())
        assert not box.mails
    assert messages_to(ada)[0].state == "withheld"


def test_page_explains_missing_consent(world: World, client: Client) -> None:
    link = message_link(world)
    page = words(client.get(link, headers={"accept-language": "en"}).content)
    assert "They need your consent to a reading history and to recommendations" in page
    assert client.get(reverse("portal:for_you")).status_code == 302


def message_link(world: World) -> str:
    from tests.hub.outreach.portal.phone import link

    return link(person(world.lin), page="portal:for_you_by_link")


@pytest.fixture
def kiosk_reader(world: World) -> Person:
    """Ada reads Austen and has consented; Lin reads too, and has not."""
    add_book(world, "30000000000101", "Persuasion", "Austen, Jane", "823 AUS")
    own = give_consents(world.ada)
    borrow_in_turn(world, world.emma)
    borrow_in_turn(world, world.dune, uid=LIN_UID)
    run_nightly()
    return own


def run_nightly() -> int:
    nightly.nightly(hub_clock().now())
    return card_data.carry(hub_clock().now())


@pytest.fixture
def reader(world: World, kiosk_reader: Person) -> Reader:
    snapshot_reader = Reader(world.device)
    assert snapshot_reader.poll()
    return snapshot_reader


def boxes(reader: Reader) -> dict[str, str]:
    """Return the sealed recommendations of the last poll, by card."""
    return {each.card: each.picks for page in reader.pages for each in page.cards}


def recommendations_of(reader: Reader, card: str) -> tuple[KioskRecommendation, ...]:
    return wire.picks_from(sealing.open_with_card(card, boxes(reader)[card]))


def test_recommendations_are_sealed_to_card_with_bilingual_reason(reader: Reader) -> None:
    (pick,) = [each for each in recommendations_of(reader, ADA_CARD) if each.title == "Persuasion" and not each.new]
    assert pick.why["en"] == "because it is also by Austen, Jane" and "Austen" in pick.why["zh"]
    assert pick.items == ("30000000000101",)
    assert boxes(reader)[LIN_CARD] == ""
    with pytest.raises(sealing.SealBroken):
        sealing.open_with_card(LIN_CARD, boxes(reader)[ADA_CARD])


def test_unchanged_recommendations_are_not_sent_again(reader: Reader) -> None:
    assert run_nightly() == 0
    assert not reader.poll()


@pytest.mark.parametrize("purpose", [Purpose.HISTORY, Purpose.RECOMMENDATIONS])
def test_withdrawn_consent_clears_recommendations_of_that_card_only(
    reader: Reader, kiosk_reader: Person, purpose: Purpose
) -> None:
    consents.withdraw(kiosk_reader, purpose, "phone")
    assert reader.poll() and not reader.is_restarted
    sealed = boxes(reader)
    assert ADA_CARD in sealed and LIN_CARD not in sealed and set(sealed.values()) == {""}
    assert not CardRecommendations.objects.exists()


def test_rejected_title_disappears_at_next_poll(
    reader: Reader, kiosk_reader: Person, django_capture_on_commit_callbacks: object
) -> None:
    before = [each.title for each in recommendations_of(reader, ADA_CARD)]
    title = Title.objects.get(title="Persuasion").pk
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        reading_choices.not_for_me(kiosk_reader, title)
    assert reader.poll()
    after = [each.title for each in recommendations_of(reader, ADA_CARD)]
    assert "Persuasion" in before and "Persuasion" not in after
    assert set(after) & set(before), "only that title is gone"


def test_lost_card_gets_empty_recommendations(reader: Reader, world: World) -> None:
    Card.objects.filter(hash=ADA_CARD).update(status=Card.Status.LOST)
    assert reader.poll()
    assert boxes(reader) == {ADA_CARD: ""}


def test_forgotten_patron_leaves_no_recommendations(reader: Reader, kiosk_reader: Person) -> None:
    kiosk_reader.delete()
    assert not CardRecommendations.objects.exists()


def test_consenting_patron_without_card_is_skipped(reader: Reader, world: World) -> None:
    Person.objects.create(ref="no-card", since=hub_clock().now())
    consents.give(Person.objects.get(ref="no-card"), Purpose.HISTORY, "phone", "1")
    consents.give(Person.objects.get(ref="no-card"), Purpose.RECOMMENDATIONS, "phone", "1")
    assert run_nightly() == 0


def respond(world: World, answer: str, about: str, ask: str = "pick") -> None:
    """Upload a response twice, as after a lost reply."""
    row = world.row("said", ask=ask, answer=answer, about=about, card=ADA_CARD)
    for _again in range(2):
        assert world.upload(row)["outcome"] == "accepted"
        carry()


def test_kiosk_opinion_changes_recommendations(
    reader: Reader, world: World, kiosk_reader: Person, django_capture_on_commit_callbacks: object
) -> None:
    (pick,) = [each for each in recommendations_of(reader, ADA_CARD) if each.title == "Persuasion" and not each.new]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        respond(world, "not", pick.about)
    assert [(each.says, f"title-{each.title}") for each in kiosk_reader.opinions.all()] == [("not", pick.about)]
    assert reader.poll()
    after = [each.title for each in recommendations_of(reader, ADA_CARD)]
    assert after and "Persuasion" not in after


def test_opinion_taken_back_at_kiosk_restores_recommendations(
    reader: Reader, world: World, kiosk_reader: Person, django_capture_on_commit_callbacks: object
) -> None:
    before = {each.title for each in recommendations_of(reader, ADA_CARD)}
    (pick,) = [each for each in recommendations_of(reader, ADA_CARD) if each.title == "Persuasion" and not each.new]
    for answer in ("like", "not", "withdraw"):
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            respond(world, answer, pick.about)
    assert not kiosk_reader.opinions.exists()
    assert preferences_of(kiosk_reader).days == 14
    assert reader.poll()
    assert {each.title for each in recommendations_of(reader, ADA_CARD)} == before


def test_opinion_taken_back_leaves_the_opinions_of_other_titles(world: World, kiosk_reader: Person) -> None:
    persuasion, dune = (Title.objects.get(title=each).pk for each in ("Persuasion", "Dune"))
    respond(world, "like", f"title-{dune}")
    respond(world, "withdraw", f"title-{persuasion}")
    assert [each.title for each in kiosk_reader.opinions.all()] == [dune]


def test_opinion_sent_late_yields_to_a_newer_one(world: World, kiosk_reader: Person) -> None:
    title = Title.objects.get(title="Persuasion").pk
    said = [
        world.row("said", ask="pick", answer=each, about=f"title-{title}", card=ADA_CARD, no_block=True)
        for each in ("like", "withdraw")
    ]
    world.advance(hours=1)
    reading_choices.not_for_me(kiosk_reader, title)
    for row in said:
        assert world.upload(row)["outcome"] == "accepted"
    carry()
    assert [each.says for each in kiosk_reader.opinions.all()] == ["not"]


@pytest.mark.parametrize(("answer", "about"), [("dance", "title-1"), ("like", "title-x"), ("like", "title-999999")])
def test_invalid_opinion_is_ignored(world: World, kiosk_reader: Person, answer: str, about: str) -> None:
    respond(world, answer, about)
    assert not kiosk_reader.opinions.exists()


def offered_question(world: World) -> dict[str, Any] | None:
    answer: dict[str, Any] | None = world.device.get(f"/api/v1/cards/{ADA_CARD}/after").json()["ask"]
    return answer


def test_available_recommendation_is_asked_after_other_questions(world: World, kiosk_reader: Person) -> None:
    assert offered_question(world)["kind"] == "face"  # type: ignore[index]
    respond(world, "4", "", ask="face")
    found = offered_question(world)
    assert found is not None and (found["kind"], found["facts"]["title"]) == ("pick", "Persuasion")
    assert found["facts"]["number"] == "823 AUS" and found["facts"]["why_en"] == "because it is also by Austen, Jane"
    respond(world, "like", found["about"])
    assert offered_question(world) is None
    assert [(each.says, f"title-{each.title}") for each in kiosk_reader.opinions.all()] == [("like", found["about"])]
    world.advance(days=31)
    assert offered_question(world)["kind"] == "face"  # type: ignore[index]
    respond(world, "later", "", ask="face")
    found = offered_question(world)
    assert found is not None and found["facts"]["title"] == "Dune", "the first title was already rated"


def test_title_on_loan_is_not_asked_about(world: World, kiosk_reader: Person) -> None:
    respond(world, "4", "", ask="face")
    (copy,) = Title.objects.get(title="Persuasion").items.all()
    assert world.upload(world.checkout(copy, LIN_UID))["outcome"] == "accepted"
    found = offered_question(world)
    assert found is not None and found["facts"]["title"] == "Dune"


@pytest.mark.parametrize("purpose", [Purpose.HISTORY, Purpose.RECOMMENDATIONS])
def test_title_question_requires_both_consents(world: World, kiosk_reader: Person, purpose: Purpose) -> None:
    respond(world, "4", "", ask="face")
    assert offered_question(world) is not None
    consents.withdraw(kiosk_reader, purpose, "phone")
    assert offered_question(world) is None


def test_postponed_title_question_leaves_no_opinion(
    world: World, kiosk_reader: Person, caplog: pytest.LogCaptureFixture
) -> None:
    respond(world, "4", "", ask="face")
    found = offered_question(world)
    assert found is not None
    respond(world, "later", found["about"])
    assert (
        offered_question(world) is None and not kiosk_reader.opinions.exists() and "title or opinion" not in caplog.text
    )


def again(reader: Reader) -> list[str]:
    return [each.title for each in recommendations_of(reader, ADA_CARD) if each.again and not each.about]


def test_past_title_is_sent_only_while_not_on_loan(reader: Reader, world: World) -> None:
    assert again(reader) == ["Emma"]
    for row, expected in ((world.checkout(world.emma), []), (world.checkin(world.emma, "trusted"), ["Emma"])):
        assert world.upload(row)["outcome"] == "accepted"
        carry()
        run_nightly()
        assert reader.poll() and again(reader) == expected


def test_patron_without_history_gets_new_titles(world: World) -> None:
    give_consents(world.ada)
    run_nightly()
    reader = Reader(world.device)
    assert reader.poll()
    found = recommendations_of(reader, ADA_CARD)
    assert {"Dune", "Emma", "Utopia"} <= {each.title for each in found}
    assert {(each.why["en"], each.why["zh"], each.about) for each in found} == {("new here", "本馆新到", "")}
