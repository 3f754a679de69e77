"""Test that open loans follow the feed, and that only the length remains after the return."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from hub.circulation.models import PendingReturn
from hub.circulation.operations import loan_changes
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reminders import forecasts, reminder_planning
from hub.outreach.recommendations.reminders.models import LoanLength, OpenLoan, Outcome, VisitPattern
from tests.hub.outreach.recommendations.reminders.simulated_patron import TUESDAY, give_back, lend, train_habit
from tests.hub.support.world import World


def test_kiosk_loan_is_stored_with_item_type(world: World) -> None:
    loan = lend(world, world.dune)
    assert (loan.person.ref, loan.type, loan.title) == (world.ada.ref, "book", world.dune.title_id)
    assert loan.due - loan.out_at > timedelta(days=27)


def test_return_leaves_only_length_type_and_week(world: World) -> None:
    hub_clock().set(TUESDAY)
    lend(world, world.dune)
    world.advance(days=10)
    give_back(world, world.dune)
    assert not OpenLoan.objects.exists()
    (length,) = LoanLength.objects.all()
    assert (length.type, length.days, length.week) == ("book", 10.0, date(2026, 12, 7))
    assert {each.name for each in LoanLength._meta.get_fields()} == {
        "id",
        "person",
        "type",
        "days",
        "week",
        "simulated",
    }


def test_recent_loans_outweigh_old_ones(world: World) -> None:
    hub_clock().set(TUESDAY)
    person = lend(world, world.dune).person
    for weeks, days in ((150, 40.0), (4, 10.0)):
        week = date(2026, 11, 30) - timedelta(weeks=weeks)
        LoanLength.objects.bulk_create(
            LoanLength(person=person, type="book", days=days, week=week) for _loan in range(20)
        )
    forecasts.nightly(TUESDAY)
    known = forecasts.learnt("book")
    belief = reminder_planning.believe("book", VisitPattern.objects.get(person=person), known)
    assert belief is not None
    assert math.exp(belief.middle) == pytest.approx(10, rel=0.1)


def test_pending_return_counts_from_return_time_once_received(world: World) -> None:
    lend(world, world.dune)
    world.advance(days=5)
    world.upload(world.checkin(world.dune))
    world.advance(days=3)
    carry()
    assert not LoanLength.objects.exists()
    loan_changes.receive(world.by, world.dune)
    carry()
    assert LoanLength.objects.get().days == pytest.approx(5, abs=0.01)


def test_reopened_return_keeps_loan_open(world: World) -> None:
    lend(world, world.dune)
    world.upload(world.checkin(world.dune))
    carry()
    loan_changes.reopen(world.by, PendingReturn.objects.get())
    carry()
    assert OpenLoan.objects.get().handed_in_at is None


def test_undone_loan_leaves_no_length(world: World) -> None:
    row = world.checkout(world.dune)
    world.upload(row)
    carry()
    world.upload(world.undo(row))
    carry()
    assert not OpenLoan.objects.exists() and not LoanLength.objects.exists()


def test_undone_checkout_of_unreturned_item_restores_loan(world: World) -> None:
    """The patron borrows the unreturned item again and undoes the checkout: the first loan continues."""
    first = lend(world, world.dune)
    world.advance(days=3)
    row = world.checkout(world.dune, no_block=True)
    world.upload(row)
    carry()
    assert LoanLength.objects.count() == 1
    world.upload(world.undo(row))
    carry()
    again = OpenLoan.objects.get()
    assert (again.loan, again.out_at) == (first.loan, first.out_at)
    assert not LoanLength.objects.exists()


def test_several_loans_of_a_day_count_once_for_weekday(world: World) -> None:
    hub_clock().set(TUESDAY)
    lend(world, world.dune)
    lend(world, world.emma)
    world.advance(days=1)
    lend(world, world.utopia)
    assert VisitPattern.objects.get().weekdays == [0, 1, 1, 0, 0, 0, 0]


def test_forecast_outcome_has_no_link_to_patron(world: World) -> None:
    train_habit(world)
    lend(world, world.dune)
    world.advance(days=9)
    give_back(world, world.dune)
    outcome = Outcome.objects.latest("pk")
    assert (outcome.basis, outcome.late, outcome.days) == ("own", False, pytest.approx(9, abs=0.01))
    assert not [field for field in Outcome._meta.get_fields() if field.is_relation]


def test_forgotten_patron_loses_lengths_and_visit_pattern(world: World) -> None:
    train_habit(world)
    Person.objects.get(ref=world.ada.ref).delete()
    assert not LoanLength.objects.exists() and not VisitPattern.objects.exists()
