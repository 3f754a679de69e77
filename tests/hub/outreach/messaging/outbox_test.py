"""Test the outbox: one delivery, by the patron's channel, outside quiet hours, or a reason for none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.core.clock import hub_clock
from hub.outreach.messaging import delivery_planner, delivery_worker, on_site_messages, retention, unsubscribe
from hub.outreach.messaging.enqueue import queue_message, withdraw_message
from hub.outreach.messaging.models import Delivery, Message, Pause
from hub.outreach.messaging.settings import Channels, channels
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import RecordSource
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.support.world import NOW, World

STAFF = RecordSource(Source.STAFF, "grace")


def deliver() -> int:
    return delivery_worker.work(hub_clock().now())


def answer(person: Person, key: str = "1") -> Message:
    return queue_message(
        person, MessageKind.ANSWER, key, {"question": "May I bring my dog?", "answer": "Yes, a small one."}
    )


def campaign(person: Person, key: str) -> Message:
    return queue_message(
        person, MessageKind.CAMPAIGN, key, {"heading": {"zh": "读书会", "en": "A reading"}, "body": "Come."}
    )


def attempts(message: Message) -> list[tuple[str, str, str]]:
    return list(message.deliveries.values_list("channel", "state", "code"))


def state(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return str(message.state), message.why


def test_repeated_message_is_delivered_once(ada: Person, post: Mailbox) -> None:
    answer(ada)
    answer(ada)
    deliver()
    deliver()
    assert post.subjects() == ["We have answered: May I bring my dog?"]
    assert "Yes, a small one." in body(post.mails[0]) and "Yes, a small one." in body(post.mails[0], "html")
    assert post.mails[0]["To"] == "ada@example.org"
    assert attempts(Message.objects.get()) == [("mail", "sent", "")]


def test_many_mails_share_one_connection(ada: Person, post: Mailbox) -> None:
    for number in range(20):
        answer(ada, str(number))
    deliver()
    assert (len(post.mails), post.connections) == (20, 1)


def test_chinese_is_the_default_language(ada: Person, post: Mailbox) -> None:
    Person.objects.update(language="")
    answer(ada)
    deliver()
    assert post.subjects() == ["您的咨询已有答复：May I bring my dog?"]
    assert "Test Library" in body(post.mails[0])


def test_message_for_later_waits_until_due(ada: Person, post: Mailbox, world: World) -> None:
    message = queue_message(
        ada, MessageKind.ANSWER, "1", {"question": "?", "answer": "!"}, at=hub_clock().now() + timedelta(hours=1)
    )
    deliver()
    assert post.mails == [] and state(message) == ("waiting", "")
    world.advance(hours=1)
    deliver()
    assert len(post.mails) == 1


def test_expired_message_is_withheld(ada: Person, post: Mailbox, world: World) -> None:
    message = queue_message(
        ada, MessageKind.CODE, "1", {"code": "123456"}, until=hub_clock().now() + timedelta(minutes=10)
    )
    world.advance(minutes=11)
    deliver()
    assert post.mails == [] and state(message) == ("withheld", "over")


def test_withdrawn_message_is_not_sent(ada: Person, post: Mailbox) -> None:
    answer(ada)
    assert withdraw_message(MessageKind.ANSWER, "1")
    deliver()
    assert post.mails == []
    assert not withdraw_message(MessageKind.ANSWER, "1")


def test_quiet_hours_delay_everything_but_codes(ada: Person, post: Mailbox, world: World) -> None:
    world.advance(hours=8)
    message = answer(ada)
    queue_message(ada, MessageKind.CODE, "1", {"code": "402917"}, until=hub_clock().now() + timedelta(minutes=10))
    deliver()
    assert post.subjects() == ["Your code: 402917"]
    assert state(message) == ("waiting", "quiet")
    assert message.next_at == NOW + timedelta(hours=17, minutes=30)
    world.advance(hours=9, minutes=30)
    deliver()
    assert len(post.mails) == 2


def test_personal_quiet_hours_replace_default(ada: Person, post: Mailbox) -> None:
    Person.objects.update(quiet_from="14:00", quiet_to="15:00")
    message = answer(ada)
    deliver()
    assert state(message) == ("waiting", "quiet")
    assert message.next_at == NOW + timedelta(minutes=30)


def test_marketing_without_consent_is_withheld(ada: Person, post: Mailbox) -> None:
    message = campaign(ada, "1")
    deliver()
    assert post.mails == [] and state(message) == ("withheld", "no_consent")


def keep_address_for_loans(person: Person) -> None:
    consents.reserve_field(person, "mail", "phone", hub_clock().now())


def test_marketing_skips_address_kept_for_loans(ada: Person, post: Mailbox) -> None:
    records.set_channel_order(ada, "", ["mail"])
    consents.give(ada, "campaign", "staff grace", "1")
    keep_address_for_loans(ada)
    message = campaign(ada, "1")
    answer(ada)
    deliver()
    assert post.subjects() == ["We have answered: May I bring my dog?"], "the reply still goes to the address"
    assert state(message) == ("withheld", "kept_for_loans") and attempts(message) == []


def test_marketing_uses_next_channel_when_first_is_kept_for_loans(ada: Person, post: Mailbox) -> None:
    consents.give(ada, "campaign", "staff grace", "1")
    keep_address_for_loans(ada)
    message = campaign(ada, "1")
    deliver()
    assert post.mails == [] and attempts(message) == [("screen", "pending", "")]


@pytest.mark.parametrize("kept", [True, False])
def test_planned_marketing_is_rerouted_when_address_becomes_kept_for_loans(
    ada: Person, post: Mailbox, kept: bool
) -> None:
    """Planned while the address served the campaign; the control case without a withdrawal is sent."""
    consents.give(ada, "campaign", "staff grace", "1")
    message = campaign(ada, "1")
    delivery_planner.plan(hub_clock().now(), channels())
    assert attempts(message) == [("mail", "pending", "")]
    if kept:
        keep_address_for_loans(ada)
    deliver()
    assert len(post.mails) == (0 if kept else 1)
    refused = [("mail", "dead", "kept_for_loans"), ("screen", "pending", "")]
    assert attempts(message) == (refused if kept else [("mail", "sent", "")])


def test_marketing_is_limited_to_three_messages_a_week(ada: Person, post: Mailbox, world: World) -> None:
    consents.give(ada, "campaign", "staff grace", "1")
    for number in range(4):
        campaign(ada, str(number))
    deliver()
    assert len(post.mails) == 3
    last = Message.objects.get(state="waiting")
    assert last.why == "enough"
    world.advance(days=7, minutes=1)
    deliver()
    assert len(post.mails) == 4


def test_unknown_address_is_marked_and_next_channel_used(ada: Person, post: Mailbox) -> None:
    post.answers["ada@example.org"] = "550 5.1.1 no such user"
    message = answer(ada)
    deliver()
    assert post.mails == []
    assert attempts(message) == [("mail", "dead", "mail_no_such_address"), ("screen", "pending", "")]
    assert ada.contacts.get().bounced_at is not None
    assert [each.channel for each in records.usable_addresses(ada)] == ["screen"]


def test_full_mailbox_is_retried_with_growing_pauses_then_given_up(ada: Person, post: Mailbox, world: World) -> None:
    post.answers["ada@example.org"] = "452 4.2.2 mailbox full"
    message = answer(ada)
    pauses = []
    deliver()
    while state(message)[0] == "waiting":
        pauses.append(round((message.next_at - hub_clock().now()).total_seconds() / 60))
        hub_clock().set(message.next_at)
        deliver()
    assert pauses == [1, 5, 20, 60, 240]
    assert [each[:2] for each in attempts(message)] == [("mail", "failed")] * 5 + [("screen", "pending")]


def test_address_failing_four_messages_counts_as_bounced(ada: Person, post: Mailbox, world: World) -> None:
    post.answers["ada@example.org"] = "452 4.2.2 mailbox full"
    for number in range(4):
        message = answer(ada, str(number))
        deliver()
        while state(message)[0] == "waiting":
            hub_clock().set(message.next_at)
            deliver()
        world.advance(days=1)
    assert ada.contacts.get().bounced_at is not None
    assert Delivery.objects.filter(channel="mail").count() == 15


def test_unreachable_server_costs_one_attempt_and_pauses_channel(ada: Person, post: Mailbox, world: World) -> None:
    post.down = "554 no service here"
    first, second = answer(ada, "1"), answer(ada, "2")
    deliver()
    assert attempts(first) == [("mail", "failed", "mail_sender")]
    assert attempts(second) == [("mail", "failed", "paused")] and state(second) == ("waiting", "paused")
    assert Pause.objects.get().code == "mail_sender"
    post.down = ""
    world.advance(minutes=2)
    deliver()
    assert len(post.mails) == 2 and not Pause.objects.exists()


def test_message_moves_to_screen_after_a_day_without_server(ada: Person, post: Mailbox, world: World) -> None:
    post.down = "554 no service here"
    message = answer(ada)
    for _hour in range(50):
        deliver()
        world.advance(minutes=30)
    assert state(message)[0] == "underway" and attempts(message)[-1] == ("screen", "pending", "")
    assert ada.contacts.get().bounced_at is None


def test_patron_without_channel_gets_message_on_screen_once(ada: Person, post: Mailbox) -> None:
    ada.contacts.all().delete()
    message = answer(ada)
    deliver()
    (shown,) = on_site_messages.waiting(ada.ref, "screen")
    assert shown.subject == "We have answered: May I bring my dog?"
    assert not on_site_messages.mark_shown("p-stranger", shown.number)
    assert on_site_messages.mark_shown(ada.ref, shown.number)
    assert on_site_messages.waiting(ada.ref, "screen") == [] and state(message) == ("said", "")
    assert not on_site_messages.mark_shown(ada.ref, shown.number)


def test_loan_message_leaves_screen_when_loan_data_expires(ada: Person, post: Mailbox, world: World) -> None:
    ada.contacts.all().delete()
    facts = {"title": "Emma", "act": "borrow", "due": None, "code": "K7Q 2MX"}
    said = queue_message(ada, MessageKind.LOAN_CONFIRMED, "settled 1", facts)
    asked = answer(ada)
    deliver()
    for days, waiting, title in ((25, 2, "Emma"), (1, 1, "Emma"), (4, 1, "")):
        world.advance(days=days)
        retention.tidy(hub_clock().now())
        kept = Message.objects.get(pk=said.pk).decrypted_facts().get("title", "")
        assert (len(on_site_messages.waiting(ada.ref, "screen")), kept) == (waiting, title)
    assert state(asked)[0] == "underway"


def test_withdrawn_consent_removes_campaign_from_screen(ada: Person, post: Mailbox) -> None:
    consents.give(ada, "campaign", "staff grace", "1")
    records.set_channel_order(ada, "", ["screen"])
    message = campaign(ada, "1")
    deliver()
    assert len(on_site_messages.waiting(ada.ref, "screen")) == 1
    consents.withdraw(ada, "campaign", "link")
    assert on_site_messages.waiting(ada.ref, "screen") == []
    assert state(message) == ("withheld", "no_consent")


def test_paper_channel_delivers_to_paper(ada: Person, post: Mailbox) -> None:
    records.set_channel_order(ada, "", ["paper"])
    answer(ada)
    deliver()
    assert [each.kind for each in on_site_messages.waiting(ada.ref, "paper")] == [MessageKind.ANSWER]


def test_code_goes_only_to_the_contact_under_verification(ada: Person, post: Mailbox) -> None:
    other = records.store_contact(ada, "mail", "new@example.org", RecordSource(Source.PHONE))
    queue_message(
        ada,
        MessageKind.CODE,
        "1",
        {"code": "402917", "contact": other.pk},
        until=hub_clock().now() + timedelta(minutes=10),
    )
    deliver()
    assert [each["To"] for each in post.mails] == ["new@example.org"]
    assert "valid for 10 minutes" in body(post.mails[0])


def test_message_to_child_goes_to_guardian(ada: Person, post: Mailbox) -> None:
    child = Person.objects.create(ref="p-child", since=hub_clock().now(), child=True, guardian=ada)
    answer(child)
    deliver()
    assert [each["To"] for each in post.mails] == ["ada@example.org"]


def test_unsubscribed_kind_is_shown_on_screen_only(ada: Person, post: Mailbox) -> None:
    unsubscribe.stop(ada, MessageKind.ANSWER, "link")
    message = answer(ada)
    deliver()
    assert post.mails == [] and attempts(message) == [("screen", "pending", "")]


def test_disabled_channel_fails_planned_delivery_and_message_waits(ada: Person, post: Mailbox) -> None:
    message = answer(ada)
    delivery_planner.plan(hub_clock().now(), channels())
    worker = delivery_worker.Worker()
    worker.settings = Channels()
    assert worker.send_all("mail") == 1
    assert attempts(message) == [("mail", "dead", "turned_off")]
    assert state(message)[0] == "waiting"


def test_message_text_is_erased_after_bounce_period(ada: Person, post: Mailbox, world: World) -> None:
    message = answer(ada)
    deliver()
    assert "dog" not in message.facts and message.decrypted_facts()["answer"] == "Yes, a small one."
    world.advance(days=4)
    retention.tidy(hub_clock().now())
    message.refresh_from_db()
    assert message.facts == "" and message.state == "said"


def test_replaced_address_gets_no_planned_message(ada: Person, post: Mailbox) -> None:
    message = answer(ada)
    delivery_planner.plan(hub_clock().now(), channels())
    records.store_contact(ada, "mail", "new@example.org", STAFF)
    deliver()
    assert "ada@example.org" not in [each["To"] for each in post.mails if "answered" in str(each["Subject"])]
    assert attempts(message)[0] == ("mail", "dead", "moved")
    deliver()
    assert "new@example.org" in [each["To"] for each in post.mails]


def test_consent_withdrawn_after_planning_stops_campaign(ada: Person, post: Mailbox) -> None:
    consents.give(ada, "campaign", "staff grace", "1")
    message = campaign(ada, "1")
    delivery_planner.plan(hub_clock().now(), channels())
    consents.withdraw(ada, "campaign", "link")
    deliver()
    assert post.mails == []
    assert state(message) == ("withheld", "no_consent") and attempts(message) == [("mail", "dead", "no_consent")]
