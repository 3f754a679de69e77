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


def loaned_item(due: datetime, renewals: int = 0) -> Item:
    return Item(
        ItemId("30000000000001"), "Dune", branch=MAIN, status=ItemStatus.ON_LOAN, holder=ADA.ref, due=due,
        renewals=renewals,
    )  # fmt: skip


def library(**changes: Any) -> Policy:
    return Policy((replace(Rule(days=30, renewals=2), **changes),), "Asia/Shanghai")


def last_minute(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=SHANGHAI)


def test_renewal_that_extends_nothing_is_refused_with_the_first_possible_day() -> None:
    item = loaned_item(library().due(Rule(days=30), MAIN, NOW))
    assert renew(library(), ADA, item, MAIN, NOW) == Block(Reason.TOO_EARLY, on=date(2026, 11, 23))
    assert isinstance(renew(library(), ADA, item, MAIN, NOW + timedelta(days=1)), Terms)


@pytest.mark.parametrize(("days_before", "verdict"), [(3, Terms), (2, Block)])
def test_rule_sets_the_earliest_renewal_before_the_due_date(days_before: int, verdict: type) -> None:
    item = loaned_item(last_minute(date(2026, 11, 25)))
    result = renew(library(earliest_renewal=days_before), ADA, item, MAIN, NOW)
    assert isinstance(result, verdict)
    assert result == Block(Reason.TOO_EARLY, on=date(2026, 11, 23)) or isinstance(result, Terms)


def test_hourly_loan_is_refused_without_a_day() -> None:
    policy = library(days=None, hours=4)
    due = NOW + timedelta(hours=4)
    assert renew(policy, ADA, loaned_item(due), MAIN, NOW) == Block(Reason.TOO_EARLY)
    assert isinstance(renew(policy, ADA, loaned_item(due), MAIN, NOW + timedelta(minutes=1)), Terms)


@given(
    st.integers(1, 60),
    st.none() | st.integers(0, 90),
    st.frozensets(st.integers(0, 6), max_size=6),
    st.integers(-5, 90),
)
def test_renewal_is_accepted_on_the_named_day(
    days: int, earliest: int | None, closed: frozenset[int], until: int
) -> None:
    policy = replace(library(days=days, earliest_renewal=earliest), calendars={MAIN: Calendar(closed)})
    due = last_minute(policy.calendars[MAIN].open_from(policy.local_day(NOW) + timedelta(days=until)))
    result = renew(policy, ADA, loaned_item(due), MAIN, NOW)
    if isinstance(result, Terms):
        assert result.due > due
        return
    assert result.on is not None
    assert result.on > policy.local_day(NOW)
    later = datetime.combine(result.on, NOW.time(), SHANGHAI)
    assert isinstance(renew(policy, ADA, loaned_item(due), MAIN, later), Terms)


def test_renewals_left_follow_the_rule_unless_the_ils_decides() -> None:
    assert renewals_left(library(), ADA, loaned_item(NOW, renewals=1), MAIN) == 1
    assert renewals_left(library(), ADA, loaned_item(NOW, renewals=3), MAIN) == 0
    assert renewals_left(replace(library(), central_decides=True), ADA, loaned_item(NOW), MAIN) is None
    assert renewals_left(Policy((), "UTC"), ADA, loaned_item(NOW), MAIN) is None
