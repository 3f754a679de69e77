"""Test the earliest renewal: not before it moves the due date, nor before the rule's own day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.model import Block, Item, ItemId, ItemStatus, Patron, PatronRef, Reason
from lending.policy import Calendar, Policy, Rule, Terms, renew, renewals_left

MAIN = "main"
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ADA = Patron(PatronRef("p-ada"), "adult")


def lent(due: datetime, renewals: int = 0) -> Item:
    return Item(
        ItemId("30000000000001"), "Dune", branch=MAIN, status=ItemStatus.ON_LOAN, holder=ADA.ref, due=due,
        renewals=renewals,
    )  # fmt: skip


def library(**changes: Any) -> Policy:
    return Policy((replace(Rule(days=30, renewals=2), **changes),), "Asia/Shanghai")


def last_minute(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=SHANGHAI)


def test_a_renewal_that_moves_nothing_is_refused_with_its_first_day() -> None:
    lent_today = lent(library().due(Rule(days=30), MAIN, NOW))
    assert renew(library(), ADA, lent_today, MAIN, NOW) == Block(Reason.TOO_EARLY, on=date(2026, 11, 23))
    assert isinstance(renew(library(), ADA, lent_today, MAIN, NOW + timedelta(days=1)), Terms)


@pytest.mark.parametrize(("days_before", "verdict"), [(3, Terms), (2, Block)])
def test_the_rule_may_say_how_many_days_before_the_due_date_it_begins(days_before: int, verdict: type) -> None:
    item = lent(last_minute(date(2026, 11, 25)))
    judged = renew(library(earliest_renewal=days_before), ADA, item, MAIN, NOW)
    assert isinstance(judged, verdict)
    assert judged == Block(Reason.TOO_EARLY, on=date(2026, 11, 23)) or isinstance(judged, Terms)


def test_a_loan_by_hours_names_no_day_of_today() -> None:
    policy = library(days=None, hours=4)
    due = NOW + timedelta(hours=4)
    assert renew(policy, ADA, lent(due), MAIN, NOW) == Block(Reason.TOO_EARLY)
    assert isinstance(renew(policy, ADA, lent(due), MAIN, NOW + timedelta(minutes=1)), Terms)


@given(
    st.integers(1, 60),
    st.none() | st.integers(0, 90),
    st.frozensets(st.integers(0, 6), max_size=6),
    st.integers(-5, 90),
)
def test_on_the_day_that_is_named_it_may_be_renewed(
    days: int, earliest: int | None, closed: frozenset[int], until: int
) -> None:
    policy = replace(library(days=days, earliest_renewal=earliest), calendars={MAIN: Calendar(closed)})
    due = last_minute(policy.calendars[MAIN].open_from(policy.local_day(NOW) + timedelta(days=until)))
    judged = renew(policy, ADA, lent(due), MAIN, NOW)
    if isinstance(judged, Terms):
        assert judged.due > due
        return
    assert judged.on is not None
    assert judged.on > policy.local_day(NOW)
    later = datetime.combine(judged.on, NOW.time(), SHANGHAI)
    assert isinstance(renew(policy, ADA, lent(due), MAIN, later), Terms)


def test_how_many_are_left() -> None:
    assert renewals_left(library(), ADA, lent(NOW, renewals=1), MAIN) == 1
    assert renewals_left(library(), ADA, lent(NOW, renewals=3), MAIN) == 0
    assert renewals_left(replace(library(), central_decides=True), ADA, lent(NOW), MAIN) is None
    assert renewals_left(Policy((), "UTC"), ADA, lent(NOW), MAIN) is None
