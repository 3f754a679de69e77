"""Test that open loans follow the feed, and that only the length remains after the return."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from hub.circulation import operations
from hub.circulation.models import PendingReturn
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reminders import forecast_training, reminder_planning
from hub.outreach.recommendations.reminders.models import LoanLength, OpenLoan, Outcome, VisitPattern
from tests.hub.outreach.recommendations.reminders.simulated_patron import TUESDAY, give_back, lend, teach
from tests.hub.support.world import World


def test_a_loan_at_the_kiosk_is_known_with_its_item_type(world: World) -> None:
    loan = lend(world, world.dune)
    assert (loan.person.ref, loan.type, loan.title) == (world.ada.ref, "book", world.dune.title_id)
    assert loan.due - loan.out_at > timedelta(days=27)


def test_after_the_return_only_length_type_and_week_are_left(world: World) -> None:
    hub_clock().set(TUESDAY)
    lend(world, world.dune)
    world.ahead(days=10)
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


def test_what_the_patron_does_now_counts_more_than_what_the_patron_did_years_ago(world: World) -> None:
    hub_clock().set(TUESDAY)
    person = lend(world, world.dune).person
    for weeks, days in ((150, 40.0), (4, 10.0)):
        week = date(2026, 11, 30) - timedelta(weeks=weeks)
        LoanLength.objects.bulk_create(
            LoanLength(person=person, type="book", days=days, week=week) for _loan in range(20)
        )
    forecast_training.nightly(TUESDAY)
    known = forecast_training.learnt("book")
    belief = reminder_planning.believed("book", VisitPattern.objects.get(person=person), known)
    assert belief is not None
    assert math.exp(belief.middle) == pytest.approx(10, rel=0.1)


def test_what_is_handed_in_counts_from_then_and_only_when_it_was_seen(world: World) -> None:
    lend(world, world.dune)
    world.ahead(days=5)
    world.tell(world.returns(world.dune))
    world.ahead(days=3)
    carry()
    assert not LoanLength.objects.exists()
    operations.receive(world.by, world.dune)
    carry()
    assert LoanLength.objects.get().days == pytest.approx(5, abs=0.01)


def test_what_was_not_found_is_out_as_before(world: World) -> None:
    lend(world, world.dune)
    world.tell(world.returns(world.dune))
    carry()
    operations.reopen(world.by, PendingReturn.objects.get())
    carry()
    assert OpenLoan.objects.get().handed_in_at is None


def test_an_undone_loan_teaches_nothing(world: World) -> None:
    row = world.borrows(world.dune)
    world.tell(row)
    carry()
    world.tell(world.undoes(row))
    carry()
    assert not OpenLoan.objects.exists() and not LoanLength.objects.exists()


def test_a_return_that_was_none_takes_its_length_back(world: World) -> None:
    """The kiosk lends an item that was not returned to the same patron, and undoes it: the loan continues."""
    first = lend(world, world.dune)
    world.ahead(days=3)
    row = world.borrows(world.dune, no_block=True)
    world.tell(row)
    carry()
    assert LoanLength.objects.count() == 1
    world.tell(world.undoes(row))
    carry()
    again = OpenLoan.objects.get()
    assert (again.loan, again.out_at) == (first.loan, first.out_at)
    assert not LoanLength.objects.exists()


def test_each_day_counts_once_under_its_weekday(world: World) -> None:
    hub_clock().set(TUESDAY)
    lend(world, world.dune)
    lend(world, world.emma)
    world.ahead(days=1)
    lend(world, world.utopia)
    assert VisitPattern.objects.get().weekdays == [0, 1, 1, 0, 0, 0, 0]


def test_forecast_and_outcome_name_nobody(world: World) -> None:
    teach(world)
    lend(world, world.dune)
    world.ahead(days=9)
    give_back(world, world.dune)
    outcome = Outcome.objects.latest("pk")
    assert (outcome.basis, outcome.late, outcome.days) == ("own", False, pytest.approx(9, abs=0.01))
    assert not [field for field in Outcome._meta.get_fields() if field.is_relation]


def test_forgetting_them_takes_their_habit(world: World) -> None:
    teach(world)
    Person.objects.get(ref=world.ada.ref).delete()
    assert not LoanLength.objects.exists() and not VisitPattern.objects.exists()
