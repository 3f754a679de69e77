"""Test the outbox: one delivery, by the patron's channel, outside quiet hours, or a reason for none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.core.clock import hub_clock
from hub.outreach.messaging import delivery_planner, delivery_worker, on_site_messages, retention, unsubscribe
from hub.outreach.messaging.enqueue import queue_message, withdraw_message
from hub.outreach.messaging.models import Delivery, Message, Pause
from hub.outreach.messaging.settings import channels
from hub.outreach.patrons import consents, contacts, field_consents, record_updates
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.record_updates import RecordSource
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.support.world import NOW, World

STAFF = RecordSource(Source.STAFF, "grace")


def works() -> int:
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


def test_what_is_said_arrives_once(ada: Person, post: Mailbox) -> None:
    answer(ada)
    answer(ada)
    works()
    works()
    assert post.subjects() == ["We have answered: May I bring my dog?"]
    assert "Yes, a small one." in body(post.mails[0]) and "Yes, a small one." in body(post.mails[0], "html")
    assert post.mails[0]["To"] == "ada@example.org"
    assert attempts(Message.objects.get()) == [("mail", "sent", "")]


def test_many_mails_go_over_one_connection(ada: Person, post: Mailbox) -> None:
    for number in range(20):
        answer(ada, str(number))
    works()
    assert (len(post.mails), post.connections) == (20, 1)


def test_chinese_is_for_whoever_chose_no_other_language(ada: Person, post: Mailbox) -> None:
    Person.objects.update(language="")
    answer(ada)
    works()
    assert post.subjects() == ["您的提问有回复了：May I bring my dog?"]
    assert "Test Library" in body(post.mails[0])


def test_a_message_for_later_waits(ada: Person, post: Mailbox, world: World) -> None:
    message = queue_message(
        ada, MessageKind.ANSWER, "1", {"question": "?", "answer": "!"}, at=hub_clock().now() + timedelta(hours=1)
    )
    works()
    assert post.mails == [] and state(message) == ("waiting", "")
    world.ahead(hours=1)
    works()
    assert len(post.mails) == 1


def test_what_is_of_no_use_any_more_is_not_sent(ada: Person, post: Mailbox, world: World) -> None:
    message = queue_message(
        ada, MessageKind.CODE, "1", {"code": "123456"}, until=hub_clock().now() + timedelta(minutes=10)
    )
    world.ahead(minutes=11)
    works()
    assert post.mails == [] and state(message) == ("withheld", "over")


def test_what_was_taken_back_in_time_is_not_sent(ada: Person, post: Mailbox) -> None:
    answer(ada)
    assert withdraw_message(MessageKind.ANSWER, "1")
    works()
    assert post.mails == []
    assert not withdraw_message(MessageKind.ANSWER, "1")


def test_nobody_is_written_to_at_night_but_for_what_the_patron_waits_for(
    ada: Person, post: Mailbox, world: World
) -> None:
    world.ahead(hours=8)
    message = answer(ada)
    queue_message(ada, MessageKind.CODE, "1", {"code": "402917"}, until=hub_clock().now() + timedelta(minutes=10))
    works()
    assert post.subjects() == ["Your code: 402917"]
    assert state(message) == ("waiting", "quiet")
    assert message.next_at == NOW + timedelta(hours=17, minutes=30)
    world.ahead(hours=9, minutes=30)
    works()
    assert len(post.mails) == 2


def test_their_own_quiet_hours_stand_in_place_of_the_usual(ada: Person, post: Mailbox) -> None:
    Person.objects.update(quiet_from="14:00", quiet_to="15:00")
    message = answer(ada)
    works()
    assert state(message) == ("waiting", "quiet")
    assert message.next_at == NOW + timedelta(minutes=30)


def test_marketing_goes_to_nobody_who_has_not_agreed(ada: Person, post: Mailbox) -> None:
    message = campaign(ada, "1")
    works()
    assert post.mails == [] and state(message) == ("withheld", "no_consent")


def keeps_their_address(person: Person) -> None:
    field_consents.withdraw(person, "mail", "phone", hub_clock().now())


def test_marketing_does_not_go_where_the_patron_keeps_for_their_loans(ada: Person, post: Mailbox) -> None:
    contacts.set_order(ada, "", ["mail"])
    consents.give(ada, "campaign", "staff grace", "1")
    keeps_their_address(ada)
    message = campaign(ada, "1")
    answer(ada)
    works()
    assert post.subjects() == ["We have answered: May I bring my dog?"], "what the patron asked goes there all the same"
    assert state(message) == ("withheld", "kept_for_loans") and attempts(message) == []


def test_marketing_takes_their_next_way_where_the_patron_keeps_the_first(ada: Person, post: Mailbox) -> None:
    consents.give(ada, "campaign", "staff grace", "1")
    keeps_their_address(ada)
    message = campaign(ada, "1")
    works()
    assert post.mails == [] and attempts(message) == [("screen", "pending", "")]


@pytest.mark.parametrize("kept", [True, False])
def test_what_was_planned_before_is_not_sent_where_the_patron_keeps_it_now(
    ada: Person, post: Mailbox, kept: bool
) -> None:
    """Planned while the address served the campaign; the control case without a withdrawal is sent."""
    consents.give(ada, "campaign", "staff grace", "1")
    message = campaign(ada, "1")
    delivery_planner.plan(hub_clock().now(), channels())
    assert attempts(message) == [("mail", "pending", "")]
    if kept:
        keeps_their_address(ada)
    works()
    assert len(post.mails) == (0 if kept else 1)
    refused = [("mail", "dead", "kept_for_loans"), ("screen", "pending", "")]
    assert attempts(message) == (refused if kept else [("mail", "sent", "")])


def test_marketing_comes_three_times_in_a_week_at_most(ada: Person, post: Mailbox, world: World) -> None:
    consents.give(ada, "campaign", "staff grace", "1")
    for number in range(4):
        campaign(ada, str(number))
    works()
    assert len(post.mails) == 3
    last = Message.objects.get(state="waiting")
    assert last.why == "enough"
    world.ahead(days=7, minutes=1)
    works()
    assert len(post.mails) == 4


def test_an_address_that_nobody_has_is_left_alone_and_the_next_way_taken(ada: Person, post: Mailbox) -> None:
    post.answers["ada@example.org"] = "550 5.1.1 no such user"
    message = answer(ada)
    works()
    assert post.mails == []
    assert attempts(message) == [("mail", "dead", "mail_no_such_address"), ("screen", "pending", "")]
    assert ada.contacts.get().bounced_at is not None
    assert [each.channel for each in contacts.usable_addresses(ada)] == ["screen"]


def test_what_came_back_is_not_tried_for_ever(ada: Person, post: Mailbox) -> None:
    post.answers["ada@example.org"] = "550 5.1.1 no such user"
    for number in range(5):
        answer(ada, str(number))
        works()
    assert Delivery.objects.filter(channel="mail").count() == 1


def test_a_full_mailbox_is_tried_again_ever_more_seldom_and_then_left(ada: Person, post: Mailbox, world: World) -> None:
    post.answers["ada@example.org"] = "452 4.2.2 mailbox full"
    message = answer(ada)
    pauses = []
    works()
    while state(message)[0] == "waiting":
        pauses.append(round((message.next_at - hub_clock().now()).total_seconds() / 60))
        hub_clock().set(message.next_at)
        works()
    assert pauses == [1, 5, 20, 60, 240]
    assert [each[:2] for each in attempts(message)] == [("mail", "failed")] * 5 + [("screen", "pending")]


def test_an_address_that_takes_nothing_message_after_message_counts_as_one_that_bounces(
    ada: Person, post: Mailbox, world: World
) -> None:
    post.answers["ada@example.org"] = "452 4.2.2 mailbox full"
    for number in range(4):
        message = answer(ada, str(number))
        works()
        while state(message)[0] == "waiting":
            hub_clock().set(message.next_at)
            works()
        world.ahead(days=1)
    assert ada.contacts.get().bounced_at is not None
    assert Delivery.objects.filter(channel="mail").count() == 15


def test_a_server_that_is_away_costs_one_attempt_not_one_of_each_message(
    ada: Person, post: Mailbox, world: World
) -> None:
    post.down = "554 no service here"
    first, second = answer(ada, "1"), answer(ada, "2")
    works()
    assert attempts(first) == [("mail", "failed", "mail_sender")]
    assert attempts(second) == [("mail", "failed", "paused")] and state(second) == ("waiting", "paused")
    assert Pause.objects.get().code == "mail_sender"
    post.down = ""
    world.ahead(minutes=2)
    works()
    assert len(post.mails) == 2 and not Pause.objects.exists()


def test_after_a_day_without_the_server_it_waits_on_the_screen(ada: Person, post: Mailbox, world: World) -> None:
    post.down = "554 no service here"
    message = answer(ada)
    for _hour in range(50):
        works()
        world.ahead(minutes=30)
    assert state(message)[0] == "underway" and attempts(message)[-1] == ("screen", "pending", "")
    assert ada.contacts.get().bounced_at is None


def test_whoever_has_no_way_finds_it_on_the_screen_at_their_next_visit(ada: Person, post: Mailbox) -> None:
    ada.contacts.all().delete()
    message = answer(ada)
    works()
    (waits,) = on_site_messages.waiting(ada.ref, "screen")
    assert waits.subject == "We have answered: May I bring my dog?"
    assert not on_site_messages.shown("p-stranger", waits.number)
    assert on_site_messages.shown(ada.ref, waits.number)
    assert on_site_messages.waiting(ada.ref, "screen") == [] and state(message) == ("said", "")
    assert not on_site_messages.shown(ada.ref, waits.number)


def test_what_was_said_of_a_loan_waits_on_the_screen_for_no_longer_than_the_loan_is_theirs(
    ada: Person, post: Mailbox, world: World
) -> None:
    ada.contacts.all().delete()
    facts = {"title": "Emma", "act": "borrow", "due": None, "code": "K7Q 2MX"}
    said = queue_message(ada, MessageKind.LOAN_CONFIRMED, "settled 1", facts)
    asked = answer(ada)
    works()
    for days, waiting, words in ((25, 2, "Emma"), (1, 1, "Emma"), (4, 1, "")):
        world.ahead(days=days)
        retention.tidy(hub_clock().now())
        told = Message.objects.get(pk=said.pk).told().get("title", "")
        assert (len(on_site_messages.waiting(ada.ref, "screen")), told) == (waiting, words)
    assert state(asked)[0] == "underway"


def test_what_the_patron_withdrew_since_is_not_on_the_screen_at_their_next_visit(ada: Person, post: Mailbox) -> None:
    consents.give(ada, "campaign", "staff grace", "1")
    contacts.set_order(ada, "", ["screen"])
    message = campaign(ada, "1")
    works()
    assert len(on_site_messages.waiting(ada.ref, "screen")) == 1
    consents.withdraw(ada, "campaign", "link")
    assert on_site_messages.waiting(ada.ref, "screen") == []
    assert state(message) == ("withheld", "no_consent")


def test_paper_is_for_whoever_asked_for_it(ada: Person, post: Mailbox) -> None:
    contacts.set_order(ada, "", ["paper"])
    answer(ada)
    works()
    assert [each.kind for each in on_site_messages.waiting(ada.ref, "paper", "zh")] == [MessageKind.ANSWER]


def test_a_code_goes_to_the_one_contact_that_it_proves(ada: Person, post: Mailbox) -> None:
    other = record_updates.store_contact(ada, "mail", "new@example.org", RecordSource(Source.PHONE))
    queue_message(
        ada,
        MessageKind.CODE,
        "1",
        {"code": "402917", "contact": other.pk},
        until=hub_clock().now() + timedelta(minutes=10),
    )
    works()
    assert [each["To"] for each in post.mails] == ["new@example.org"]
    assert "valid for 10 minutes" in body(post.mails[0])


def test_a_childs_messages_go_to_the_guardian(ada: Person, post: Mailbox) -> None:
    child = Person.objects.create(ref="p-child", since=hub_clock().now(), child=True, guardian=ada)
    answer(child)
    works()
    assert [each["To"] for each in post.mails] == ["ada@example.org"]


def test_a_kind_that_the_patron_stopped_is_on_the_screen_only(ada: Person, post: Mailbox) -> None:
    unsubscribe.stop(ada, MessageKind.ANSWER, "link")
    message = answer(ada)
    works()
    assert post.mails == [] and attempts(message) == [("screen", "pending", "")]


def test_a_channel_that_was_turned_off_meanwhile_gives_way(ada: Person, post: Mailbox) -> None:
    from hub.outreach.messaging.delivery_planner import plan
    from hub.outreach.messaging.settings import Channels, channels

    message = answer(ada)
    plan(hub_clock().now(), channels())
    worker = delivery_worker.Worker()
    worker.found = Channels()
    assert worker.send_all("mail") == 1
    assert attempts(message) == [("mail", "dead", "turned_off")]
    assert state(message)[0] == "waiting"


def test_what_was_said_is_emptied_when_it_cannot_come_back_any_more(ada: Person, post: Mailbox, world: World) -> None:
    from hub.outreach.messaging.retention import tidy

    message = answer(ada)
    works()
    assert "dog" not in message.facts and message.told()["answer"] == "Yes, a small one."
    world.ahead(days=4)
    tidy(hub_clock().now())
    message.refresh_from_db()
    assert message.facts == "" and message.state == "said"


def test_an_address_that_is_theirs_no_more_gets_nothing_that_was_planned_for_it(ada: Person, post: Mailbox) -> None:
    from hub.outreach.messaging.delivery_planner import plan
    from hub.outreach.messaging.settings import channels

    message = answer(ada)
    plan(hub_clock().now(), channels())
    record_updates.store_contact(ada, "mail", "new@example.org", STAFF)
    works()
    assert "ada@example.org" not in [each["To"] for each in post.mails if "answered" in str(each["Subject"])]
    assert attempts(message)[0] == ("mail", "dead", "moved")
    works()
    assert "new@example.org" in [each["To"] for each in post.mails]


def test_whoever_withdraws_while_a_campaign_goes_out_is_not_written_to_any_more(ada: Person, post: Mailbox) -> None:
    from hub.outreach.messaging.delivery_planner import plan
    from hub.outreach.messaging.settings import channels

    consents.give(ada, "campaign", "staff grace", "1")
    message = campaign(ada, "1")
    plan(hub_clock().now(), channels())
    consents.withdraw(ada, "campaign", "link")
    works()
    assert post.mails == []
    assert state(message) == ("withheld", "no_consent") and attempts(message) == [("mail", "dead", "no_consent")]
