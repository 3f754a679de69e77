"""Test that loans and holds become messages to their patron, once, and only while they are true."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from hub.catalogue.models import Branch
from hub.circulation import operations
from hub.circulation.models import Hold
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.messaging import delivery_worker
from hub.outreach.messaging.delivery_planner import next_moment
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import contacts
from hub.outreach.patrons.models import Person
from hub.staff import exception_fixes
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

ZONE = ZoneInfo("Asia/Shanghai")


def a_minute() -> None:
    carry()
    delivery_worker.work(hub_clock().now())


def test_a_loan_that_was_saved_and_is_confirmed_now_is_told(world: World, ada: Person, post: Mailbox) -> None:
    world.tell(world.borrows(world.dune, no_block=True))
    a_minute()
    a_minute()
    (mail,) = post.mails
    assert post.subjects() == ["Confirmed: loan of Dune"]
    assert "Due: Wednesday 23 December" in body(mail) and "Receipt: " in body(mail)


def test_one_that_is_refused_is_told_without_blame_and_again_when_staff_have_lent_it(
    world: World, ada: Person, post: Mailbox
) -> None:
    operations.checkout(world.by, world.lin, world.dune)
    world.tell(world.borrows(world.dune, no_block=True))
    a_minute()
    assert post.subjects() == ["Not possible: loan of Dune"] and "This is not your fault" in body(post.mails[0])
    about = exception_fixes.subject_of(world.open_cases()[0])
    assert about.patron is not None and about.item is not None
    exception_fixes.lend(about, world.by, about.patron, about.item)
    a_minute()
    assert post.subjects()[1:] == ["Confirmed: loan of Dune"]


def test_a_loan_that_the_patron_was_told_of_at_the_kiosk_is_not_told_again(
    world: World, ada: Person, post: Mailbox
) -> None:
    world.tell(world.borrows(world.dune))
    a_minute()
    assert post.mails == []


def test_a_book_that_is_asked_back_and_is_back_before_the_mail_leaves_is_not_asked_for(
    world: World, ada: Person, post: Mailbox
) -> None:
    world.tell(world.borrows(world.dune))
    operations.ask_back(world.by, world.loans(world.dune)[0])
    carry()
    world.tell(world.returns(world.dune, "trusted"))
    a_minute()
    assert post.mails == []
    assert [(each.state, each.why) for each in Message.objects.all()] == [("withheld", "over")]


def test_a_book_that_is_asked_back_is(world: World, ada: Person, post: Mailbox) -> None:
    world.tell(world.borrows(world.dune))
    operations.ask_back(world.by, world.loans(world.dune)[0])
    a_minute()
    assert post.subjects() == ["Please return Dune"]


def test_a_hold_that_is_cancelled_before_the_mail_leaves_is_not_told(world: World, ada: Person, post: Mailbox) -> None:
    hold = world.waits(world.ada, world.utopia)
    assert isinstance(operations.trap(world.by, world.utopia), Hold)
    carry()
    operations.cancel(world.by, hold)
    a_minute()
    assert post.mails == []


def test_the_acts_of_a_visit_stand_on_one_receipt_for_whoever_wants_it_by_mail(
    world: World, ada: Person, post: Mailbox
) -> None:
    world.tell(world.borrows(world.dune))
    a_minute()
    world.ahead(minutes=15)
    a_minute()
    assert post.mails == []
    contacts.set_order(ada, "receipt", ["mail"])
    world.tell(world.borrows(world.emma))
    a_minute()
    world.tell(world.returns(world.dune))
    a_minute()
    assert post.mails == []
    world.ahead(minutes=11)
    a_minute()
    (mail,) = post.mails
    assert "Emma" in body(mail) and "Dune" in body(mail)


def test_whoever_is_forgotten_takes_their_messages_with_them(world: World, ada: Person, post: Mailbox) -> None:
    operations.trap(world.by, world.waits(world.ada, world.utopia).title.items.get())
    a_minute()
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
def test_quiet_hours_end_in_the_morning_of_the_same_night(at: str, hours: tuple[str, str], then: str) -> None:
    usual = (time.fromisoformat(hours[0]), time.fromisoformat(hours[1]))
    now = datetime.fromisoformat(at).replace(tzinfo=ZONE)
    assert next_moment(now, Person(), usual, ZONE) == datetime.fromisoformat(then).replace(tzinfo=ZONE)


@pytest.mark.parametrize(("language", "place"), [("en", "Main house"), ("zh", "总馆")])
def test_where_a_hold_is_picked_up_is_told_in_their_language(
    world: World, ada: Person, post: Mailbox, language: str, place: str
) -> None:
    """Whichever language the worker has."""
    Branch.objects.update(name="总馆", name_en="Main house")
    Person.objects.update(language=language)
    world.waits(world.ada, world.utopia)
    Grace().presses("trap", barcode=world.utopia.barcode)
    carry()
    with override("zh-hans" if language == "en" else "en"):
        delivery_worker.work(hub_clock().now())
    (mail,) = post.mails
    assert place in body(mail)
