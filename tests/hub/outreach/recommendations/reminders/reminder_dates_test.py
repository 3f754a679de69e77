"""Test the six rules of the reminder date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.outreach.library_system.central import local_day
from hub.outreach.recommendations.reminders import reminder_dates, reminder_planning
from hub.outreach.recommendations.reminders.models import OpenLoan, ReminderSettings, TypeHabit, VisitPattern
from hub.outreach.recommendations.reminders.reminder_planning import Learnt

OUT, DUE = date(2026, 12, 1), date(2026, 12, 29)
"""Two Tuesdays, four weeks apart."""
TUESDAY, FRIDAY = 1, 4
SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "likely", "weekday", "expected"),
    [
        (DUE, date(2026, 12, 17), TUESDAY, date(2026, 12, 15)),
        (DUE, date(2026, 12, 29), FRIDAY, date(2026, 12, 25)),
        (DUE, None, None, date(2026, 12, 26)),
        (DUE, date(2026, 12, 17), None, date(2026, 12, 26)),
        (date(2026, 12, 8), date(2026, 12, 3), TUESDAY, date(2026, 12, 5)),
    ],
    ids=["usual Tuesday", "usual Friday", "no habit", "no usual weekday", "no usual weekday left"],
)
def test_reminder_is_on_last_usual_weekday_else_three_days_before_due_date(
    due: date, likely: date | None, weekday: int | None, expected: date
) -> None:
    assert reminder_dates.reminder(OUT, due, likely, weekday, 3) == expected


def test_usual_weekday_requires_clear_majority() -> None:
    assert reminder_dates.usual_weekday([0, 3, 0, 0, 1, 0, 0]) == TUESDAY
    assert reminder_dates.usual_weekday([0, 2, 0, 0, 2, 0, 0]) is None
    assert reminder_dates.usual_weekday([0, 2, 0, 0, 0, 0, 0]) is None
    assert reminder_dates.usual_weekday([1, 1, 1, 0, 0, 0, 0]) is None


def test_early_reminder_keeps_distance_from_main_reminder() -> None:
    assert reminder_dates.early(OUT, DUE, date(2026, 12, 26), TUESDAY, 7) == date(2026, 12, 22)
    assert reminder_dates.early(OUT, DUE, date(2026, 12, 26), None, 7) == date(2026, 12, 22)
    assert reminder_dates.early(OUT, DUE, date(2026, 12, 15), TUESDAY, 7) == date(2026, 12, 8)
    assert reminder_dates.early(OUT, date(2026, 12, 5), date(2026, 12, 2), TUESDAY, 7) is None


@given(
    minute=st.integers(0, 3_000_000),
    term=st.timedeltas(timedelta(hours=1), timedelta(days=400)),
    elapsed=st.timedeltas(timedelta(0), timedelta(days=800)),
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
def test_planned_dates_lie_within_loan(
    minute: int,
    term: timedelta,
    elapsed: timedelta,
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
    begin, tz = BEGIN + timedelta(minutes=minute), ZoneInfo(zone)
    loan = OpenLoan(loan="1", person_id=1, type="book", out_at=begin, due=begin + term)
    loan.renewals, loan.chosen = renewals, chosen
    pattern = VisitPattern(person_id=1, weekdays=visits, shift=shift, doubt=doubt, returns=returns)
    known = Learnt({"": TypeHabit(type="", middle=middle, spread=spread, returns=9)}, 0.2)
    reminder_planning.plan_all(
        [loan], {1: pattern}, known, ReminderSettings(before=before, early=early), tz, begin + elapsed
    )
    first, last = local_day(begin, tz), local_day(loan.due, tz)
    for day in (loan.usual, loan.likely):
        assert day is not None
        assert min(first + reminder_dates.DAY, last) <= day <= last
    for at in (loan.remind_at, loan.early_at):
        if at is not None:
            assert begin < at < loan.due
            assert min(first + reminder_dates.DAY, last) <= local_day(at, tz) <= last
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
    """Plan a four-week loan of a patron who comes on Tuesdays and keeps items for about two weeks."""
    loan = OpenLoan(loan="1", person_id=1, type="book", out_at=BEGIN, due=BEGIN + timedelta(days=28))
    loan.renewals, loan.chosen = renewals, chosen
    pattern = VisitPattern(person_id=1, weekdays=[0, visits, 0, 0, 0, 0, 0], shift=shift, doubt=0.01, returns=returns)
    known = Learnt({"book": TypeHabit(type="book", middle=3.1, spread=0.2, returns=90)}, 0.2)
    reminder_planning.plan_all([loan], {1: pattern}, known, ReminderSettings(), SHANGHAI, BEGIN + timedelta(days=days))
    return loan


def test_own_habit_requires_three_returns() -> None:
    own, by_type = planned(3), planned(2)
    assert (own.basis, own.why, by_type.basis, by_type.why) == ("own", "habit", "type", "due")
    assert own.usual == date(2026, 12, 14)
    assert own.remind_at == datetime(2026, 12, 15, 10, 0, tzinfo=SHANGHAI)
    assert by_type.remind_at == datetime(2026, 12, 26, 10, 0, tzinfo=SHANGHAI)


def test_renewed_loan_is_reminded_by_due_date() -> None:
    assert planned(9, renewals=1).why == "due"


def test_chosen_date_is_kept() -> None:
    loan = planned(9, chosen=date(2026, 12, 24))
    assert (loan.why, loan.early_at) == ("chosen", None)
    assert loan.remind_at == datetime(2026, 12, 24, 10, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(("visits", "extra"), [(9, True), (10, False)])
def test_first_nine_visits_get_early_reminder(visits: int, extra: bool) -> None:
    assert (planned(9, visits=visits).early_at is not None) is extra


@pytest.mark.parametrize(("shift", "extra"), [(-0.5, False), (0.6, True)])
def test_likely_late_return_gets_early_reminder(shift: float, extra: bool) -> None:
    loan = planned(9, visits=200, shift=shift)
    assert loan.late is not None
    assert (loan.late > ReminderSettings().risk) is extra
    assert (loan.early_at is not None) is extra


def test_missed_reminder_moves_to_next_usual_day() -> None:
    """Otherwise, after a migration of old loans, all missed reminders would be sent in one night."""
    late = planned(9, visits=9, days=16)
    assert (late.remind_at, late.early_at) == (datetime(2026, 12, 22, 10, 0, tzinfo=SHANGHAI), None)
    assert planned(9, days=22).remind_at == datetime(2026, 12, 26, 10, 0, tzinfo=SHANGHAI)
