"""Test overdue notices by the library's steps, and items that count as lost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from hub.catalogue.models import Item
from hub.circulation.models import Fee, FeeRule, Library, Loan
from hub.circulation.operations import fees, loan_changes
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.recommendations.reminders import notices
from hub.outreach.recommendations.reminders.models import Lost, OpenLoan, OverdueNoticeStep, ReminderSettings
from tests.hub.outreach.recommendations.reminders.simulated_patron import give_back, lend, waiting_messages
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


@pytest.fixture(autouse=True)
def notice_steps(world: World) -> None:
    OverdueNoticeStep.objects.all().delete()
    for days in (1, 7, 21):
        OverdueNoticeStep.objects.create(days=days)


def notice_days(days: int) -> list[int]:
    """Let the days pass; return those on which a notice was sent."""
    found = []
    for day in range(1, days + 1):
        world_day = hub_clock().now() + timedelta(days=1)
        hub_clock().set(world_day)
        if notices.notices(world_day):
            found.append(day)
    return found


def test_one_notice_is_sent_per_step(world: World) -> None:
    lend(world, world.dune)
    assert notice_days(60) == [29, 35, 49]
    assert len({message.key for message in waiting_messages(MessageKind.OVERDUE)}) == 3


def test_no_notice_before_time_of_day(world: World) -> None:
    lend(world, world.dune)
    world.advance(days=29, hours=-6)
    assert notices.notices(hub_clock().now()) == 0


def test_late_first_run_sends_only_one_notice(world: World) -> None:
    lend(world, world.dune)
    world.advance(days=40)
    assert notices.notices(hub_clock().now()) == 1
    assert notices.notices(hub_clock().now()) == 0


def test_two_overdue_items_share_one_notice(world: World) -> None:
    lend(world, world.dune)
    lend(world, world.emma)
    world.advance(days=29)
    assert notices.notices(hub_clock().now()) == 1


def test_returned_item_gets_no_notice(world: World) -> None:
    lend(world, world.dune)
    world.upload(world.checkin(world.dune))
    carry()
    assert notice_days(40) == []


def test_renewal_restarts_notice_steps(world: World) -> None:
    lend(world, world.dune)
    notice_days(27)
    world.upload(world.renewal(world.dune, due=hub_clock().now() + timedelta(days=28)))
    carry()
    assert notice_days(30) == [29]


def test_long_overdue_item_is_marked_lost_and_charged_once(world: World) -> None:
    Library.objects.update(charges=True)
    ReminderSettings.objects.create(lost_after=60, lost_fee=Decimal("35.00"))
    lend(world, world.dune)
    world.advance(days=87)
    assert notices.give_up(hub_clock().now()) == 0
    world.advance(days=1)
    assert notices.give_up(hub_clock().now()) == 1
    assert notices.give_up(hub_clock().now()) == 0
    carry()
    assert Item.objects.get(pk=world.dune.pk).condition == Item.Condition.LOST
    assert [fee.amount for fee in Fee.objects.filter(patron=world.ada)] == [Decimal("35.00")]
    (lost,) = Lost.objects.all()
    assert (lost.state, lost.fee) == ("lost", Decimal("35.00"))
    assert OpenLoan.objects.get().lost
    assert len(waiting_messages(MessageKind.LOST)) == 1
    assert notice_days(10) == []


def test_lost_item_costs_what_its_rule_sets_and_nothing_in_a_library_without_fees(world: World) -> None:
    ReminderSettings.objects.create(lost_after=60, lost_fee=Decimal("35.00"))
    FeeRule.objects.create(kind=FeeRule.Kind.LOST, item_type=world.book, amount=Decimal("48.00"))
    lend(world, world.dune)
    world.advance(days=89)
    notices.give_up(hub_clock().now())
    assert (Fee.objects.count(), Lost.objects.get().fee) == (0, Decimal(0))
    Library.objects.update(charges=True)
    lend(world, world.emma)
    world.advance(days=89)
    notices.give_up(hub_clock().now())
    assert [each.amount for each in Fee.objects.filter(item=world.emma)] == [Decimal("48.00")]
    assert Lost.objects.get(item=world.emma.barcode).fee == Decimal("48.00")


def test_list_of_lost_items_says_whether_the_fee_is_still_owed(world: World) -> None:
    Library.objects.update(charges=True)
    ReminderSettings.objects.create(lost_after=60, lost_fee=Decimal(35))
    lend(world, world.dune)
    world.advance(days=90)
    notices.give_up(hub_clock().now())
    grace, lost = Grace(), reverse("reminders:overdue") + "?show=lost"
    assert "Fee owed: 35.00 CNY" in words(grace.client.get(lost).content)
    Lost.objects.update(state=Lost.State.FOUND)
    found = grace.client.get(reverse("reminders:overdue") + "?show=found")
    assert "35.00 CNY was charged. Resolve it" in words(found.content)
    Lost.objects.update(state=Lost.State.LOST)
    fees.take(world.by, world.ada, Decimal(35))
    assert "Fee of 35.00 CNY paid or waived" in words(grace.client.get(lost).content)


def test_lost_item_is_found_when_returned(world: World) -> None:
    ReminderSettings.objects.create(lost_after=60)
    lend(world, world.dune)
    world.advance(days=90)
    notices.give_up(hub_clock().now())
    carry()
    assert not Fee.objects.exists()
    give_back(world, world.dune)
    assert Lost.objects.get().state == "found"
    assert not OpenLoan.objects.exists()
    assert Loan.objects.get().state == Loan.State.RETURNED


def test_item_marked_lost_by_staff_is_listed(world: World) -> None:
    lend(world, world.dune)
    loan_changes.lose(world.by, world.dune)
    carry()
    assert Lost.objects.get().person == OpenLoan.objects.get().person


def test_unreliable_due_date_causes_no_lost_charge(world: World) -> None:
    ReminderSettings.objects.create(lost_after=60, lost_fee=Decimal("35.00"))
    lend(world, world.dune)
    OpenLoan.objects.update(believed=False)
    world.advance(days=90)
    assert notices.give_up(hub_clock().now()) == 0


def test_zero_days_disables_marking_lost(world: World) -> None:
    ReminderSettings.objects.create(lost_after=0)
    lend(world, world.dune)
    world.advance(days=900)
    assert notices.give_up(hub_clock().now()) == 0
