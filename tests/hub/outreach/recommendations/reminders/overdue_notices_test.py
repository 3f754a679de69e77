"""Test overdue notices by the library's steps, and items that count as lost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from hub.catalogue.models import Item
from hub.circulation import operations
from hub.circulation.models import Fee, Loan
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.recommendations.reminders import overdue_notices
from hub.outreach.recommendations.reminders.models import Lost, OpenLoan, OverdueNoticeStep, ReminderSettings
from tests.hub.outreach.recommendations.reminders.simulated_patron import give_back, lend, said
from tests.hub.support.world import World


@pytest.fixture(autouse=True)
def rungs(world: World) -> None:
    OverdueNoticeStep.objects.all().delete()
    for days in (1, 7, 21):
        OverdueNoticeStep.objects.create(days=days)


def live(days: int) -> list[int]:
    """Let the days pass; return those on which a notice was sent."""
    found = []
    for day in range(1, days + 1):
        world_day = hub_clock().now() + timedelta(days=1)
        hub_clock().set(world_day)
        if overdue_notices.notices(world_day):
            found.append(day)
    return found


def test_one_notice_for_each_rung(world: World) -> None:
    lend(world, world.dune)
    assert live(60) == [29, 35, 49]
    assert len({message.key for message in said(MessageKind.OVERDUE)}) == 3


def test_none_before_the_moment_of_the_day(world: World) -> None:
    lend(world, world.dune)
    world.ahead(days=29, hours=-6)
    assert overdue_notices.notices(hub_clock().now()) == 0


def test_whoever_comes_late_to_the_ladder_hears_of_one_rung(world: World) -> None:
    lend(world, world.dune)
    world.ahead(days=40)
    assert overdue_notices.notices(hub_clock().now()) == 1
    assert overdue_notices.notices(hub_clock().now()) == 0


def test_two_items_are_one_notice(world: World) -> None:
    lend(world, world.dune)
    lend(world, world.emma)
    world.ahead(days=29)
    assert overdue_notices.notices(hub_clock().now()) == 1


def test_none_for_what_is_handed_in(world: World) -> None:
    lend(world, world.dune)
    world.tell(world.returns(world.dune))
    carry()
    assert live(40) == []


def test_a_renewed_loan_begins_the_ladder_anew(world: World) -> None:
    lend(world, world.dune)
    live(27)
    world.tell(world.renews(world.dune, due=hub_clock().now() + timedelta(days=28)))
    carry()
    assert live(30) == [29]


def test_after_too_long_it_is_lost_and_charged_once(world: World) -> None:
    ReminderSettings.objects.create(lost_after=60, lost_fee=Decimal("35.00"))
    lend(world, world.dune)
    world.ahead(days=87)
    assert overdue_notices.give_up(hub_clock().now()) == 0
    world.ahead(days=1)
    assert overdue_notices.give_up(hub_clock().now()) == 1
    assert overdue_notices.give_up(hub_clock().now()) == 0
    carry()
    assert Item.objects.get(pk=world.dune.pk).condition == Item.Condition.LOST
    assert [fee.amount for fee in Fee.objects.filter(patron=world.ada)] == [Decimal("35.00")]
    (lost,) = Lost.objects.all()
    assert (lost.state, lost.fee) == ("lost", Decimal("35.00"))
    assert OpenLoan.objects.get().lost
    assert len(said(MessageKind.LOST)) == 1
    assert live(10) == []


def test_it_turns_up_again(world: World) -> None:
    ReminderSettings.objects.create(lost_after=60)
    lend(world, world.dune)
    world.ahead(days=90)
    overdue_notices.give_up(hub_clock().now())
    carry()
    assert not Fee.objects.exists()
    give_back(world, world.dune)
    assert Lost.objects.get().state == "found"
    assert not OpenLoan.objects.exists()
    assert Loan.objects.get().state == Loan.State.RETURNED


def test_what_staff_declare_lost_is_on_the_list_too(world: World) -> None:
    lend(world, world.dune)
    operations.lose(world.by, world.dune)
    carry()
    assert Lost.objects.get().person == OpenLoan.objects.get().person


def test_nobody_is_charged_by_a_clock_that_nobody_believes(world: World) -> None:
    ReminderSettings.objects.create(lost_after=60, lost_fee=Decimal("35.00"))
    lend(world, world.dune)
    OpenLoan.objects.update(believed=False)
    world.ahead(days=90)
    assert overdue_notices.give_up(hub_clock().now()) == 0


def test_zero_days_never_give_up(world: World) -> None:
    ReminderSettings.objects.create(lost_after=0)
    lend(world, world.dune)
    world.ahead(days=900)
    assert overdue_notices.give_up(hub_clock().now()) == 0
