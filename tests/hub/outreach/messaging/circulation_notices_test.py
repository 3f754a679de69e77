"""Test that loans and holds become messages to their patron, once, and only while they are true."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from hub.catalogue.models import Branch
from hub.circulation.models import Hold
from hub.circulation.operations import hold_queue, loan_changes
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.messaging import delivery_worker
from hub.outreach.messaging.delivery_planner import next_moment
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person
from hub.staff import exceptions
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

ZONE = ZoneInfo("Asia/Shanghai")


def relay_and_deliver() -> None:
    carry()
    delivery_worker.work(hub_clock().now())


def test_confirmed_offline_loan_is_announced_once(world: World, ada: Person, post: Mailbox) -> None:
    world.upload(world.checkout(world.dune, no_block=True))
    relay_and_deliver()
    relay_and_deliver()
    (mail,) = post.mails
    assert post.subjects() == ["Confirmed: loan of Dune"]
    assert "Due: Wednesday 23 December" in body(mail) and "Receipt: " in body(mail)


def test_rejected_offline_loan_is_announced_without_blame_and_again_after_staff_fix(
    world: World, ada: Person, post: Mailbox
) -> None:
    loan_changes.checkout(world.by, world.lin, world.dune)
    world.upload(world.checkout(world.dune, no_block=True))
    relay_and_deliver()
    assert post.subjects() == ["Not possible: loan of Dune"] and "This is not your fault" in body(post.mails[0])
    about = exceptions.subject_of(world.open_cases()[0])
    assert about.patron is not None and about.item is not None
    exceptions.lend(about, world.by, about.patron, about.item)
    relay_and_deliver()
    assert post.subjects()[1:] == ["Confirmed: loan of Dune"]


def test_loan_confirmed_at_kiosk_sends_no_message(world: World, ada: Person, post: Mailbox) -> None:
    world.upload(world.checkout(world.dune))
    relay_and_deliver()
    assert post.mails == []


@pytest.mark.parametrize(
    ("returned", "subjects", "states"),
    [(False, ["Please return Dune"], [("said", "")]), (True, [], [("withheld", "over")])],
)
def test_recall_notice_is_sent_unless_item_is_returned_before_delivery(
    world: World, ada: Person, post: Mailbox, returned: bool, subjects: list[str], states: list[tuple[str, str]]
) -> None:
    world.upload(world.checkout(world.dune))
    loan_changes.ask_back(world.by, world.loans(world.dune)[0])
    carry()
    if returned:
        world.upload(world.checkin(world.dune, "trusted"))
    relay_and_deliver()
    assert post.subjects() == subjects
    assert [(each.state, each.why) for each in Message.objects.all()] == states


def test_hold_notice_is_not_sent_after_cancellation(world: World, ada: Person, post: Mailbox) -> None:
    hold = world.place_hold(world.ada, world.utopia)
    assert isinstance(hold_queue.trap(world.by, world.utopia), Hold)
    carry()
    hold_queue.cancel(world.by, hold)
    relay_and_deliver()
    assert post.mails == []


def test_transactions_of_visit_share_one_receipt_by_mail(world: World, ada: Person, post: Mailbox) -> None:
    world.upload(world.checkout(world.dune))
    relay_and_deliver()
    world.advance(minutes=15)
    relay_and_deliver()
    assert post.mails == []
    records.set_channel_order(ada, "receipt", ["mail"])
    world.upload(world.checkout(world.emma))
    relay_and_deliver()
    world.upload(world.checkin(world.dune))
    relay_and_deliver()
    assert post.mails == []
    world.advance(minutes=11)
    relay_and_deliver()
    (mail,) = post.mails
    assert "Emma" in body(mail) and "Dune" in body(mail)


def test_forgotten_patron_takes_messages_along(world: World, ada: Person, post: Mailbox) -> None:
    hold_queue.trap(world.by, world.place_hold(world.ada, world.utopia).title.items.get())
    relay_and_deliver()
    assert Message.objects.count() == 1
    ada.delete()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("at", "hours", "then"),
    [
        ("2026-11-25 20:59", ("21:00", "08:00"), "2026-11-25 20:59"),
        ("2026-11-25 21:00", ("21:00", "08:00"), "2026-11-26 08:00"),
        ("2026-11-26 03:00", ("21:00", "08:00"), "2026-11-26 08:00"),
        ("2026-11-26 08:00", ("21:00", "08:00"), "2026-11-26 08:00"),
        ("2026-11-25 13:00", ("12:00", "14:00"), "2026-11-25 14:00"),
        ("2026-11-25 14:00", ("12:00", "14:00"), "2026-11-25 14:00"),
        ("2026-11-25 03:00", ("00:00", "00:00"), "2026-11-25 03:00"),
        ("2026-12-31 23:00", ("21:00", "08:00"), "2027-01-01 08:00"),
    ],
)
def test_quiet_hours_end_in_the_morning(at: str, hours: tuple[str, str], then: str) -> None:
    usual = (time.fromisoformat(hours[0]), time.fromisoformat(hours[1]))
    now = datetime.fromisoformat(at).replace(tzinfo=ZONE)
    assert next_moment(now, Person(), usual, ZONE) == datetime.fromisoformat(then).replace(tzinfo=ZONE)


@pytest.mark.parametrize(("language", "place"), [("en", "Main house"), ("zh", "总馆")])
def test_pickup_branch_is_named_in_the_language_of_the_patron(
    world: World, ada: Person, post: Mailbox, language: str, place: str
) -> None:
    """The language of the worker process does not matter."""
    Branch.objects.update(name="总馆", name_en="Main house")
    Person.objects.update(language=language)
    world.place_hold(world.ada, world.utopia)
    Grace().post("trap", barcode=world.utopia.barcode)
    carry()
    with override("zh-hans" if language == "en" else "en"):
        delivery_worker.work(hub_clock().now())
    (mail,) = post.mails
    assert place in body(mail)
