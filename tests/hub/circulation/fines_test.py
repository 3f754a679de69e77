"""Fines grow while a loan is overdue, and cost in the end what a late return costs; uncollected holds cost once."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from hub.circulation import anonymisation
from hub.circulation.domain_mapping import patron_facts, the_policy
from hub.circulation.models import ClosedDay, Fee, FeeRule, Hold, Library, Loan, Renewal, Rule
from hub.circulation.operations import fees, fines, hold_queue, loan_changes
from hub.circulation.operations.context import Actor
from hub.core.clock import hub_clock
from lending.model import Block
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


def overdue(world: World, days: int) -> Loan:
    """Let Ada have an item on loan that was due this many days ago."""
    loan_changes.checkout(world.by, world.ada, world.dune)
    Loan.objects.update(due=world.by.now - timedelta(days=days))
    (loan,) = world.loans(world.dune)
    return loan


def fine(world: World) -> Fee:
    return Fee.objects.get(patron=world.ada)


def test_fine_grows_night_by_night_as_one_fee_and_is_final_at_the_return(charging: World) -> None:
    overdue(charging, 2)
    assert night(charging) == [], "within the grace"
    for days, amount in ((3, "1.50"), (4, "2.00"), (7, "3.50")):
        hub_clock().set(charging.by.now + timedelta(days=days) - (charging.by.now - Loan.objects.get().due))
        assert night(charging) == night(charging) == [("overdue", Decimal(amount))], "a missed night changes nothing"
        assert fine(charging).growing
    assert "fee_charged" not in charging.event_kinds(), "the feed has the sum once it is final"
    loan_changes.checkin(charging.by, charging.dune, ReturnMode.TRUSTED)
    charging.advance(days=1)
    assert night(charging) == [("overdue", Decimal("3.50"))]
    assert not fine(charging).growing
    FeeRule.objects.update(amount=Decimal(1))
    charging.advance(days=1)
    assert night(charging) == [("overdue", Decimal("3.50"))], "final"
    assert charging.event_kinds().count("fee_charged") == 1


def test_fine_so_far_counts_for_the_block_and_at_every_look(charging: World) -> None:
    """The control is the same account before the look."""
    overdue(charging, 4)
    assert patron_facts(charging.ada).fees == 0
    fines.bring_up_to_date(charging.ada, charging.by.now)
    assert patron_facts(charging.ada).fees == Decimal("2.00")
    Rule.objects.update(fee_threshold=Decimal("1.99"))
    refused = loan_changes.checkout(charging.by, charging.ada, charging.emma)
    assert isinstance(refused, Block)
    assert refused.amount == Decimal("2.00")


def test_payments_and_waivers_count_towards_the_fine_and_later_days_are_owed(charging: World) -> None:
    overdue(charging, 3)
    night(charging)
    fees.take(charging.by, charging.ada, Decimal("1.00"))
    fees.waive(charging.by, fine(charging), Decimal("0.50"), "in hospital")
    assert fine(charging).settled_at is not None
    charging.advance(days=1)
    fines.bring_up_to_date(charging.ada, charging.by.now)
    assert (fine(charging).amount, fine(charging).owed, fine(charging).settled_at) == (
        Decimal("2.00"),
        Decimal("0.5"),
        None,
    )


def test_lost_item_fines_no_later_day(charging: World) -> None:
    overdue(charging, 4)
    loan_changes.lose(charging.by, charging.dune)
    for _day in range(3):
        charging.advance(days=1)
        assert night(charging) == [("overdue", Decimal("2.00"))]
        assert not fine(charging).growing
    loan_changes.receive(charging.by, charging.dune)
    assert night(charging) == [("overdue", Decimal("2.00"))], "found later"


def test_return_that_was_undone_lets_the_fine_grow_again(charging: World) -> None:
    loan = overdue(charging, 4)
    loan_changes.receive(charging.by, charging.dune)
    night(charging)
    loan_changes.undo_return(charging.by, loan)
    charging.advance(days=1)
    assert night(charging) == [("overdue", Decimal("2.50"))]
    loan_changes.receive(charging.by, charging.dune)
    assert night(charging) == [("overdue", Decimal("2.50"))]


def test_written_off_loan_costs_no_fine_but_what_was_paid_stays(charging: World) -> None:
    overdue(charging, 4)
    night(charging)
    fees.take(charging.by, charging.ada, Decimal("0.50"))
    loan_changes.write_off(charging.by, charging.dune, charging.ada)
    assert night(charging) == [("overdue", Decimal("0.50"))]
    assert fine(charging).owed == 0


def test_charging_turned_off_takes_back_what_grew(charging: World) -> None:
    overdue(charging, 4)
    night(charging)
    Library.objects.update(charges=False)
    assert night(charging) == []


def test_paid_fine_of_a_renewed_loan_is_not_charged_again_after_its_retention(charging: World) -> None:
    """Anonymisation deletes what a settled fee was for, but not while the loan is open."""
    overdue(charging, 4)
    night(charging)
    loan_changes.renew(charging.by, charging.ada, charging.dune)
    fees.take(charging.by, charging.ada, Decimal("2.00"))
    charging.advance(days=60)
    anonymisation.anonymise_traces(charging.by.now, 0)
    Loan.objects.update(due=charging.by.now - timedelta(days=1))
    assert [amount for _kind, amount in night(charging)] == [Decimal("2.00")]


def at_return(loan: Loan, end: datetime, closed: set[date]) -> Decimal:
    """Charge at the return: 0.50 for each open day of each delay, after 2 days of grace, at most 5."""
    law, total = the_policy(end), Decimal(0)
    ended = [(each.due_before, each.at) for each in Renewal.objects.filter(loan=loan, undone=False)]
    for due, back in [*ended, (loan.due, end)]:
        day, days = law.local_day(due), 0
        while day < law.local_day(back):
            day += timedelta(days=1)
            days += day not in closed
        total += Decimal("0.50") * days if days > 2 else 0
    return min(total, Decimal(5))


def live_through(world: World, seed: int) -> list[tuple[Decimal, Decimal]]:
    """Live through days of nights that run, run twice or are missed, looks, renewals and payments, until the return.

    Return the fine and what a return would cost, after each night and after the return.
    """
    chance, compared = random.Random(seed), []
    closed = {(world.by.now + timedelta(days=each)).date() for each in chance.sample(range(30), 4)}
    ClosedDay.objects.bulk_create(ClosedDay(day=each) for each in closed)
    Rule.objects.update(renewals=9, fee_threshold=Decimal(99), days=3)
    loan_changes.checkout(world.by, world.ada, world.dune)
    acts: dict[str, Callable[[Actor], object]] = {
        "night": lambda by: fines.charge_by_rules(by.now),
        "look": lambda by: fines.bring_up_to_date(world.ada, by.now),
        "renew": lambda by: loan_changes.renew(by, world.ada, world.dune),
        "pay": lambda by: fees.take(by, world.ada, Decimal("0.80")),
    }
    for _day in range(chance.randint(4, 25)):
        world.advance(days=1)
        for name in chance.choices([*acts, "none"], weights=[8, 3, 1, 3, 4], k=chance.randint(1, 3)):
            if name in acts:
                acts[name](world.by)
            if name in ("night", "look"):
                compared.append((charged(world), at_return(Loan.objects.get(), world.by.now, closed)))
    loan_changes.checkin(world.by, world.dune, ReturnMode.TRUSTED)
    back = world.by.now
    for _night in range(chance.randint(1, 2)):
        world.advance(days=1)
        fines.charge_by_rules(world.by.now)
    return [*compared, (charged(world), at_return(Loan.objects.get(), back, closed))]


def charged(world: World) -> Decimal:
    found = Fee.objects.filter(patron=world.ada).first()
    return found.amount if found else Decimal(0)


@pytest.mark.parametrize("seed", range(12))
def test_any_nights_renewals_and_payments_cost_what_charging_at_the_return_costs(charging: World, seed: int) -> None:
    assert all(fined == expected for fined, expected in live_through(charging, seed))


def test_comparison_finds_a_day_that_is_counted_twice(charging: World, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = fines.open_days_late
    monkeypatch.setattr(fines, "open_days_late", lambda *args: counted(*args) + 1 if counted(*args) else 0)
    assert any(fined != expected for fined, expected in live_through(charging, 3))
