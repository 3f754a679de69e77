"""The nightly job charges late returns and uncollected holds by the fee rules, each once."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from hub.circulation.models import ClosedDay, Fee, FeeRule, Hold, Library, Loan
from hub.circulation.operations import fines, hold_queue, loan_changes
from hub.core.clock import hub_clock
from lending.policy import Calendar
from lending.transactions import ReturnMode
from tests.hub.support.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def charging(world: World) -> World:
    """A library that charges 0.50 for each day after 2 days of grace, at most 5."""
    Library.objects.update(charges=True)
    FeeRule.objects.create(kind="overdue", amount=Decimal("0.50"), grace_days=2, cap=Decimal(5))
    return world


def return_late(world: World, days: int) -> Loan:
    """Let Ada return an item this many days after its due date."""
    loan_changes.checkout(world.by, world.ada, world.dune)
    (loan,) = world.loans(world.dune)
    loan.due = world.by.now - timedelta(days=days)
    loan.save()
    loan_changes.checkin(world.by, world.dune, ReturnMode.TRUSTED)
    return loan


def night(world: World) -> list[tuple[str, Decimal]]:
    fines.charge_by_rules(world.by.now + timedelta(hours=8))
    return [(fee.kind, fee.amount) for fee in Fee.objects.all()]


@pytest.mark.parametrize(("days", "amount"), [(1, None), (2, None), (3, "1.50"), (9, "4.50"), (30, "5.00")])
def test_late_return_costs_each_day_after_the_grace_up_to_the_cap(
    charging: World, days: int, amount: str | None
) -> None:
    return_late(charging, days)
    expected = [("overdue", Decimal(amount))] if amount else []
    assert night(charging) == expected
    assert night(charging) == expected, "a second night charges nothing again"


def test_days_on_which_the_branch_was_closed_cost_nothing(charging: World) -> None:
    for back in (1, 2):
        ClosedDay.objects.create(day=(charging.by.now - timedelta(days=back)).date())
    return_late(charging, 5)
    assert night(charging) == [("overdue", Decimal("1.50"))]


def test_open_days_are_counted_from_the_day_after_the_due_date() -> None:
    monday = date(2026, 11, 30)
    sundays = Calendar(weekdays=frozenset({6}))
    assert fines.open_days_late(sundays, monday, monday) == 0
    assert fines.open_days_late(sundays, monday, monday + timedelta(days=7)) == 6


@pytest.mark.parametrize("change", ["charges", "uncertain", "reckoned", "old", "erased rule"])
def test_nothing_is_charged_without_ground(charging: World, change: str) -> None:
    """The control is the parametrised test above."""
    loan = return_late(charging, 9)
    found = Loan.objects.filter(pk=loan.pk)
    match change:
        case "charges":
            Library.objects.update(charges=False)
        case "uncertain":
            found.update(uncertain=True)
        case "reckoned":
            found.update(reckoned=True)
        case "old":
            found.update(closed_at=charging.by.now - timedelta(days=7))
        case _:
            FeeRule.objects.all().delete()
    assert night(charging) == []


def test_most_specific_rule_applies(charging: World) -> None:
    FeeRule.objects.create(kind="overdue", item_type=charging.book, amount=Decimal(2))
    FeeRule.objects.create(kind="overdue", category=charging.adult, amount=Decimal(0))
    return_late(charging, 3)
    assert night(charging) == []
    FeeRule.objects.filter(category=charging.adult).delete()
    assert night(charging) == [("overdue", Decimal(6))]


def test_uncollected_hold_costs_once_and_a_collected_one_nothing(charging: World) -> None:
    FeeRule.objects.create(kind="not_collected", amount=Decimal(1))
    hold = charging.place_hold(charging.ada, charging.emma)
    hold_queue.trap(charging.by, charging.emma)
    kept = Hold.objects.get(pk=hold.pk)
    assert kept.state == Hold.State.READY
    Hold.objects.filter(pk=hold.pk).update(until=hub_clock().now().date() - timedelta(days=1))
    assert night(charging) == [], "still on the hold shelf"
    hold_queue.cancel(charging.by, Hold.objects.get(pk=hold.pk))
    assert night(charging) == [("not_collected", Decimal(1))]
    assert night(charging) == [("not_collected", Decimal(1))]


def test_hold_cancelled_in_time_costs_nothing(charging: World) -> None:
    FeeRule.objects.create(kind="not_collected", amount=Decimal(1))
    hold = charging.place_hold(charging.ada, charging.emma)
    hold_queue.trap(charging.by, charging.emma)
    hold_queue.cancel(charging.by, Hold.objects.get(pk=hold.pk))
    assert night(charging) == []


@pytest.mark.parametrize("lent_again", [False, True])
def test_days_between_the_return_and_its_check_cost_nothing(charging: World, lent_again: bool) -> None:
    """The patron handed the item in 3 days late at a kiosk; staff checked it, or the next patron took it, on day 9."""
    loan_changes.checkout(charging.by, charging.ada, charging.dune)
    (loan,) = charging.loans(charging.dune)
    loan.due = charging.by.now - timedelta(days=9)
    loan.save()
    handed_in = replace(charging.by, now=charging.by.now - timedelta(days=6))
    loan_changes.checkin(handed_in, charging.dune, ReturnMode.PROVISIONAL)
    if lent_again:
        loan_changes.checkout(charging.by, charging.lin, charging.dune)
    else:
        loan_changes.receive(charging.by, charging.dune)
    assert night(charging) == [("overdue", Decimal("1.50"))]


def test_return_that_was_never_recorded_costs_nothing(charging: World) -> None:
    loan_changes.checkout(replace(charging.by, now=charging.by.now - timedelta(days=9)), charging.ada, charging.dune)
    Loan.objects.update(due=charging.by.now - timedelta(days=8))
    loan_changes.checkout(replace(charging.by, no_block=True), charging.ada, charging.dune)
    assert [loan.state for loan in charging.loans(charging.dune)] == [Loan.State.RETURNED, Loan.State.ON_LOAN]
    assert night(charging) == []


def test_new_rule_charges_nothing_for_what_ended_before_it(world: World) -> None:
    Library.objects.update(charges=True)
    return_late(world, 9)
    Loan.objects.update(closed_at=world.by.now - timedelta(minutes=1))
    FeeRule.objects.create(kind="overdue", amount=Decimal(1))
    assert night(world) == []
    Loan.objects.update(closed_at=world.by.now)
    assert night(world) == [("overdue", Decimal(9))]
