"""Test the trial of a draft on past loans, compared with the rules in force on each day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.circulation.loan_rules.replay import Past, Replay, RuleOutcome
from lending.model import Block, Reason
from lending.policy import Policy, Rule, RuleVersion

END = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
FIRST = END - timedelta(days=30)
BOOKS, DVDS = Rule(item_type="book", days=28, limit=3), Rule(item_type="dvd", days=28, limit=3)
POLICY = Policy((BOOKS, DVDS), "Asia/Shanghai")


def past_loan(days_ago: float, patron: int = 1, kind: str = "dvd", kept: float | None = 10) -> Past:
    at = END - timedelta(days=days_ago)
    return Past(patron, "adult", kind, "main", at, at + timedelta(days=kept) if kept is not None else None)


def run_trial(*loans: Past, draft: tuple[Rule, ...], policy: Policy = POLICY) -> dict[str, RuleOutcome]:
    return {each.item_type: each for each in Replay(policy, draft, FIRST, END).run(loans)}


def test_shorter_dvd_period_changes_only_dvd_due_dates() -> None:
    found = run_trial(past_loan(20), past_loan(20, kind="book"), draft=(BOOKS, replace(DVDS, days=7)))
    dvd, book = found["dvd"], found["book"]
    assert (dvd.loans, dvd.earlier, dvd.later, dvd.days, dvd.refused) == (1, 1, 0, -21, 0)
    assert (dvd.late, dvd.late_by_draft) == (0, 1), "returned on the tenth day"
    (example,) = dvd.examples
    assert (example.day, example.before, example.after) == (date(2026, 11, 5), date(2026, 12, 3), date(2026, 11, 12))
    assert (book.loans, book.earlier, book.late_by_draft) == (1, 0, 0)
    assert not book.touched


def test_lower_limit_refuses_excess_loans_and_refused_loans_do_not_count() -> None:
    loans = (past_loan(20), past_loan(19), past_loan(18), past_loan(17, patron=2))
    found = run_trial(*loans, draft=(BOOKS, replace(DVDS, limit=1)))["dvd"]
    assert (found.loans, found.refused) == (4, 2)
    assert all(each.after == Block(Reason.LIMIT, count=1) for each in found.examples)
    again = run_trial(past_loan(20, kept=1), past_loan(18, kept=1), draft=(BOOKS, replace(DVDS, limit=1)))["dvd"]
    assert again.refused == 0, "the first item was already returned"
    never = (past_loan(20, kept=1.5), past_loan(19), past_loan(18))
    assert run_trial(*never, draft=(BOOKS, replace(DVDS, limit=1)))["dvd"].refused == 1, (
        "the refused second loan does not count"
    )


def test_in_house_only_or_missing_rule_refuses_the_loan() -> None:
    found = run_trial(past_loan(20), draft=(BOOKS, replace(DVDS, reading_room_only=True)))["dvd"]
    assert found.refused == 1
    assert run_trial(past_loan(20), draft=(BOOKS,))["dvd"].examples[0].after == Block(Reason.NO_RULE)


def test_earlier_loan_keeps_its_rule_and_is_renewed_by_the_draft() -> None:
    old = replace(past_loan(40, kept=30), renewed=(END - timedelta(days=15),))
    found = run_trial(old, draft=(BOOKS, replace(DVDS, days=7)))["dvd"]
    assert (found.loans, found.refused, found.earlier, found.renewed, found.not_renewed) == (0, 0, 0, 1, 0)
    assert (found.late, found.late_by_draft) == (0, 0), "a renewal never shortens the loan"
    never = run_trial(old, draft=(BOOKS, replace(DVDS, renewals=0)))["dvd"]
    assert never.not_renewed == 1
    assert (never.late, never.late_by_draft) == (0, 1)


def test_loans_are_compared_with_the_rules_of_their_day() -> None:
    """DVDs are lent for a week since ten days ago: a draft that says so too changes only what was lent before."""
    week = (BOOKS, replace(DVDS, days=7))
    policy = replace(POLICY, editions=(RuleVersion(date(2026, 11, 15), week),))
    found = run_trial(past_loan(20, kept=2), past_loan(5, kept=2), draft=week, policy=policy)["dvd"]
    assert (found.loans, found.earlier) == (2, 1)


def test_loans_made_against_the_current_rules_are_not_refused_by_the_draft() -> None:
    loans = tuple(past_loan(20 - number) for number in range(4))
    found = run_trial(*loans, draft=(BOOKS, replace(DVDS, limit=4)))["dvd"]
    assert (found.loans, found.refused) == (4, 0)


kinds = st.sampled_from(["dvd", "book"])
pasts = st.lists(
    st.builds(past_loan, st.floats(0, 60), st.integers(1, 3), kinds, st.one_of(st.none(), st.floats(0.01, 40))),
    max_size=20,
)


@given(pasts)
def test_equal_rules_change_nothing(loans: list[Past]) -> None:
    assert not any(each.touched for each in run_trial(*loans, draft=POLICY.rules).values())


@given(pasts, st.integers(0, 4), st.integers(0, 60))
def test_each_loan_is_counted_once(loans: list[Past], limit: int, days: int) -> None:
    draft = tuple(replace(each, limit=limit, days=days) for each in POLICY.rules)
    found = run_trial(*loans, draft=draft)
    assert sum(each.loans for each in found.values()) == sum(FIRST <= each.lent_at <= END for each in loans)
    for each in found.values():
        assert each.refused + each.earlier + each.later <= each.loans
        assert (each.days < 0) <= bool(each.earlier)
