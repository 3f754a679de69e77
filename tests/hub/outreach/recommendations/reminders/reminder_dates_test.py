"""Test the six rules of the reminder date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.outreach.library_system.library_time import local_day
from hub.outreach.recommendations.reminders import reminder_dates, reminder_planning
from hub.outreach.recommendations.reminders.models import OpenLoan, ReminderSettings, TypeHabit, VisitPattern
from hub.outreach.recommendations.reminders.reminder_planning import Learnt

OUT, DUE = date(2026, 12, 1), date(2026, 12, 29)
"""A Tuesday and, four weeks on, another."""
TUESDAY, FRIDAY = 1, 4
SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)


def test_it_is_their_last_usual_weekday_before_it_is_likely_back() -> None:
    assert reminder_dates.reminder(OUT, DUE, date(2026, 12, 17), TUESDAY, 3) == date(2026, 12, 15)
    assert reminder_dates.reminder(OUT, DUE, date(2026, 12, 29), FRIDAY, 3) == date(2026, 12, 25)


def test_without_a_habit_it_is_three_days_before_it_is_due() -> None:
    assert reminder_dates.reminder(OUT, DUE, None, None, 3) == date(2026, 12, 26)
    assert reminder_dates.reminder(OUT, DUE, date(2026, 12, 17), None, 3) == date(2026, 12, 26)


def test_where_no_usual_weekday_is_left_it_is_three_days_before_it_is_due() -> None:
    assert reminder_dates.reminder(OUT, date(2026, 12, 8), date(2026, 12, 3), TUESDAY, 3) == date(2026, 12, 5)


def test_a_weekday_is_theirs_only_where_it_stands_out() -> None:
    assert reminder_dates.usual_weekday([0, 3, 0, 0, 1, 0, 0]) == TUESDAY
    assert reminder_dates.usual_weekday([0, 2, 0, 0, 2, 0, 0]) is None
    assert reminder_dates.usual_weekday([0, 2, 0, 0, 0, 0, 0]) is None
    assert reminder_dates.usual_weekday([1, 1, 1, 0, 0, 0, 0]) is None


def test_an_early_reminder_keeps_its_distance() -> None:
    assert reminder_dates.early(OUT, DUE, date(2026, 12, 26), TUESDAY, 7) == date(2026, 12, 22)
    assert reminder_dates.early(OUT, DUE, date(2026, 12, 26), None, 7) == date(2026, 12, 22)
    assert reminder_dates.early(OUT, DUE, date(2026, 12, 15), TUESDAY, 7) == date(2026, 12, 8)
    assert reminder_dates.early(OUT, date(2026, 12, 5), date(2026, 12, 2), TUESDAY, 7) is None


@given(
    minute=st.integers(0, 3_000_000),
    term=st.timedeltas(timedelta(hours=1), timedelta(days=400)),
    gone=st.timedeltas(timedelta(0), timedelta(days=800)),
    middle=st.floats(-10, 30),
    spread=st.floats(0.001, 20),
    shift=st.floats(-20, 20),
    doubt=st.floats(0, 50),
    returns=st.integers(0, 50),
    visits=st.lists(st.integers(0, 30), min_size=7, max_size=7),
    renewals=st.integers(0, 2),
    chosen=st.none() | st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    before=st.integers(0, 60),
    early=st.integers(0, 60),
    zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "Pacific/Apia", "UTC"]),
)
def test_no_day_is_ever_outside_of_the_loan(
    minute: int,
    term: timedelta,
    gone: timedelta,
    middle: float,
    spread: float,
    shift: float,
    doubt: float,
    returns: int,
    visits: list[int],
    renewals: int,
    chosen: date | None,
    before: int,
    early: int,
    zone: str,
) -> None:
    begin, where = BEGIN + timedelta(minutes=minute), ZoneInfo(zone)
    loan = OpenLoan(loan="1", person_id=1, type="book", out_at=begin, due=begin + term)
    loan.renewals, loan.chosen = renewals, chosen
    rhythm = VisitPattern(person_id=1, weekdays=visits, shift=shift, doubt=doubt, returns=returns)
    known = Learnt({"": TypeHabit(type="", middle=middle, spread=spread, returns=9)}, 0.2)
    reminder_planning.plan_all(
        [loan], {1: rhythm}, known, ReminderSettings(before=before, early=early), where, begin + gone
    )
    first, last = local_day(begin, where), local_day(loan.due, where)
    for day in (loan.usual, loan.likely):
        assert day is not None
        assert min(first + reminder_dates.DAY, last) <= day <= last
    for at in (loan.remind_at, loan.early_at):
        if at is not None:
            assert begin < at < loan.due
            assert min(first + reminder_dates.DAY, last) <= local_day(at, where) <= last
    if loan.early_at is not None and loan.remind_at is not None:
        assert loan.early_at < loan.remind_at


def planned(
    returns: int,
    *,
    visits: int = 20,
    renewals: int = 0,
    chosen: date | None = None,
    days: int = 0,
    shift: float = -0.5,
) -> OpenLoan:
    """A loan of four weeks by one who comes on Tuesdays and keeps things two weeks, give or take."""
    loan = OpenLoan(loan="1", person_id=1, type="book", out_at=BEGIN, due=BEGIN + timedelta(days=28))
    loan.renewals, loan.chosen = renewals, chosen
    rhythm = VisitPattern(person_id=1, weekdays=[0, visits, 0, 0, 0, 0, 0], shift=shift, doubt=0.01, returns=returns)
    known = Learnt({"book": TypeHabit(type="book", middle=3.1, spread=0.2, returns=90)}, 0.2)
    reminder_planning.plan_all([loan], {1: rhythm}, known, ReminderSettings(), SHANGHAI, BEGIN + timedelta(days=days))
    return loan


def test_three_returns_are_enough_and_two_are_not() -> None:
    own, by_type = planned(3), planned(2)
    assert (own.basis, own.why, by_type.basis, by_type.why) == ("own", "habit", "type", "due")
    assert own.usual == date(2026, 12, 14)
    assert own.remind_at == datetime(2026, 12, 15, 10, 0, tzinfo=SHANGHAI)
    assert by_type.remind_at == datetime(2026, 12, 26, 10, 0, tzinfo=SHANGHAI)


def test_whoever_has_renewed_is_reminded_by_the_due_date_alone() -> None:
    assert planned(9, renewals=1).why == "due"


def test_their_own_choice_stands() -> None:
    loan = planned(9, chosen=date(2026, 12, 24))
    assert (loan.why, loan.early_at) == ("chosen", None)
    assert loan.remind_at == datetime(2026, 12, 24, 10, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(("visits", "extra"), [(9, True), (10, False)])
def test_in_their_first_nine_visits_there_is_an_early_one(visits: int, extra: bool) -> None:
    assert (planned(9, visits=visits).early_at is not None) is extra


@pytest.mark.parametrize(("shift", "extra"), [(-0.5, False), (0.6, True)])
def test_whoever_is_likely_to_be_late_has_an_early_one_whenever_the_patron_comes(shift: float, extra: bool) -> None:
    loan = planned(9, visits=200, shift=shift)
    assert loan.late is not None
    assert (loan.late > ReminderSettings().risk) is extra
    assert (loan.early_at is not None) is extra


def test_a_day_that_has_gone_by_unsaid_is_their_next_one() -> None:
    """Otherwise, after a migration of old loans, all missed reminders would be sent in one night."""
    late = planned(9, visits=9, days=16)
    assert (late.remind_at, late.early_at) == (datetime(2026, 12, 22, 10, 0, tzinfo=SHANGHAI), None)
    assert planned(9, days=22).remind_at == datetime(2026, 12, 26, 10, 0, tzinfo=SHANGHAI)
