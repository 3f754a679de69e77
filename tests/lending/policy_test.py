"""Test the lending policy: rule selection, due dates, checkouts, renewals and returns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lending.model import Block, CardStatus, Item, ItemId, ItemStatus, Patron, PatronRef, Reason
from lending.policy import (
    ANY,
    Allowance,
    Calendar,
    Policy,
    Rule,
    RuleVersion,
    Terms,
    allowance,
    borrowing_block,
    card_block,
    checkin,
    checkout,
    is_overdue,
    offline_block,
    renew,
)

MAIN = "main"
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ADA, LIN = Patron(PatronRef("p-ada"), "adult"), Patron(PatronRef("p-lin"), "adult")
DUNE = Item(ItemId("30000000000001"), "Dune", branch=MAIN)
POLICY = Policy((Rule(days=30, limit=3, renewals=2),), "Asia/Shanghai")

ZONES = ["Asia/Shanghai", "Asia/Ulaanbaatar", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]
moments = st.integers(0, 8 * 365 * 24 * 60).map(
    lambda minute: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(0, minute * 60)
)
zones = st.sampled_from(ZONES)
calendars = st.builds(
    Calendar,
    st.frozensets(st.integers(0, 6), max_size=6),
    st.frozensets(st.dates(date(2024, 1, 1), date(2032, 6, 1)), max_size=30),
)
rules = st.one_of(st.builds(Rule, days=st.integers(0, 120)), st.builds(Rule, hours=st.integers(1, 200)))
names = st.sampled_from([ANY, "a", "b"])
any_rules = st.builds(Rule, category=names, item_type=names, branch=names, days=st.integers(1, 50))


def loaned(item: Item = DUNE, to: Patron = ADA, due: datetime = NOW + timedelta(days=1), renewals: int = 0) -> Item:
    return replace(item, status=ItemStatus.ON_LOAN, holder=to.ref, due=due, renewals=renewals)


@given(rules, calendars, zones, moments)
def test_due_date_never_falls_on_a_closed_day(rule: Rule, calendar: Calendar, zone: str, now: datetime) -> None:
    policy = Policy((rule,), zone, {MAIN: calendar})
    due = policy.due(rule, MAIN, now)
    day = policy.local_day(due)
    assert day == due.date()
    assert day.weekday() not in calendar.weekdays
    assert day not in calendar.dates


@given(rules, calendars, zones, moments)
def test_loan_is_never_shorter_than_its_rule(rule: Rule, calendar: Calendar, zone: str, now: datetime) -> None:
    policy = Policy((rule,), zone, {MAIN: calendar})
    due = policy.due(rule, MAIN, now)
    assert due >= now
    if rule.hours is not None:
        assert due >= now + timedelta(hours=rule.hours)
    else:
        assert due.date() >= policy.local_day(now) + timedelta(days=rule.days or 0)
        assert due.time() == time(23, 59)


@example(24, "Europe/Berlin", datetime(2026, 3, 28, 12, 0, tzinfo=UTC))
@given(st.integers(1, 200), zones, moments)
def test_hourly_loans_last_real_hours_across_clock_changes(hours: int, zone: str, now: datetime) -> None:
    rule = Rule(hours=hours)
    for moment in (now, now.astimezone(ZoneInfo(zone))):
        due = Policy((rule,), zone).due(rule, MAIN, moment)
        assert due.astimezone(UTC) - now == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("now", "offset"),
    [
        (datetime(2026, 3, 14, 12, 0, tzinfo=UTC), timedelta(hours=2)),
        (datetime(2026, 10, 11, 12, 0, tzinfo=UTC), timedelta(hours=1)),
    ],
)
def test_daily_loans_end_at_the_end_of_the_day_across_clock_changes(now: datetime, offset: timedelta) -> None:
    rule = Rule(days=15)
    due = Policy((rule,), "Europe/Berlin").due(rule, MAIN, now)
    assert (due.date(), due.time()) == (now.date() + timedelta(days=15), time(23, 59))
    assert due.utcoffset() == offset


def test_due_date_uses_the_librarys_time_zone() -> None:
    evening = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    rule = Rule(days=1)
    assert Policy((rule,), "Asia/Shanghai").due(rule, MAIN, evening).date() == date(2026, 11, 24)
    assert Policy((rule,), "Europe/Berlin").due(rule, MAIN, evening).date() == date(2026, 11, 23)


def test_hourly_loan_ending_on_a_closed_day_ends_on_the_next_open_day() -> None:
    rule = Rule(hours=3)
    policy = Policy((rule,), "Asia/Shanghai", {MAIN: Calendar(dates=frozenset({date(2026, 11, 22)}))})
    assert policy.due(rule, MAIN, NOW) == datetime(2026, 11, 23, 23, 59, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert policy.due(rule, "annex", NOW) == NOW + timedelta(hours=3)


def test_calendar_without_an_open_day_raises() -> None:
    with pytest.raises(ValueError, match="no open day in the 400 days after 2026-11-22"):
        Calendar(frozenset(range(7))).open_from(date(2026, 11, 22))


@given(st.lists(any_rules, max_size=8), st.sampled_from("ab"), st.sampled_from("ab"), st.sampled_from("ab"))
def test_most_specific_rule_wins(many: list[Rule], category: str, item_type: str, branch: str) -> None:
    found = Policy(tuple(many), "UTC").rule(category, item_type, branch)
    fitting = [rule for rule in many if rule.covers(category, item_type, branch)]
    assert (found is None) == (not fitting)
    if found is not None:
        assert found in fitting
        assert not any(rule.exactness() > found.exactness() for rule in fitting)


def test_category_outranks_item_type_and_item_type_outranks_branch() -> None:
    by_branch, by_type, by_category = Rule(branch=MAIN), Rule(item_type="dvd", branch=MAIN), Rule(category="child")
    policy = Policy((by_branch, by_type, by_category), "UTC")
    assert policy.rule("child", "dvd", MAIN) is by_category
    assert policy.rule("adult", "dvd", MAIN) is by_type
    assert policy.rule("adult", "book", MAIN) is by_branch
    assert policy.rule("adult", "book", "annex") is None


@given(
    st.integers(0, 60),
    calendars,
    zones,
    moments,
    st.timedeltas(timedelta(days=-300), timedelta(days=300)),
    st.integers(0, 1),
)
def test_renewal_extends_the_due_date_or_is_too_early(
    days: int, calendar: Calendar, zone: str, now: datetime, until: timedelta, used: int
) -> None:
    policy = Policy((Rule(days=days, renewals=2),), zone, {MAIN: calendar})
    verdict = renew(policy, ADA, loaned(due=now + until, renewals=used), MAIN, now)
    if isinstance(verdict, Block):
        assert verdict.reason is Reason.TOO_EARLY
        assert policy.due(policy.rules[0], MAIN, now) <= now + until
        return
    assert verdict.due > now + until
    assert verdict.renewals_left == 1 - used


def test_loan_without_a_due_date_can_be_renewed() -> None:
    verdict = renew(POLICY, ADA, replace(loaned(), due=None), MAIN, NOW)
    assert isinstance(verdict, Terms)


def test_checkout_follows_the_rule() -> None:
    verdict = checkout(POLICY, ADA, DUNE, MAIN, NOW)
    assert verdict == Terms(datetime(2026, 12, 22, 23, 59, tzinfo=ZoneInfo("Asia/Shanghai")), 2)


@pytest.mark.parametrize("status", [ItemStatus.ON_SHELF, ItemStatus.HANDED_IN])
def test_item_in_the_library_can_be_checked_out(status: ItemStatus) -> None:
    assert isinstance(checkout(POLICY, ADA, replace(DUNE, status=status), MAIN, NOW), Terms)


def test_trapped_item_is_lent_only_to_its_hold() -> None:
    trapped = replace(DUNE, status=ItemStatus.ON_HOLD_SHELF, reserved_for=LIN.ref)
    assert isinstance(checkout(POLICY, LIN, trapped, MAIN, NOW), Terms)
    assert checkout(POLICY, ADA, trapped, MAIN, NOW) == Block(Reason.HELD_FOR_OTHER)


@pytest.mark.parametrize(
    ("patron", "item", "block"),
    [
        (replace(ADA, card=CardStatus.BLOCKED), DUNE, Block(Reason.CARD_BLOCKED)),
        (replace(ADA, card=CardStatus.LOST), DUNE, Block(Reason.CARD_LOST)),
        (replace(ADA, card=CardStatus.PROVISIONAL), DUNE, Block(Reason.CARD_PROVISIONAL)),
        (replace(ADA, expires=date(2026, 11, 21)), DUNE, Block(Reason.CARD_EXPIRED, on=date(2026, 11, 21))),
        (ADA, replace(DUNE, status=ItemStatus.LOST), Block(Reason.ITEM_LOST)),
        (ADA, loaned(to=LIN), Block(Reason.ON_LOAN_TO_OTHER)),
        (ADA, loaned(), Block(Reason.ALREADY_YOURS, on=date(2026, 11, 23))),
        (ADA, replace(loaned(), due=None), Block(Reason.ALREADY_YOURS)),
        (replace(ADA, fees=Decimal("10.01")), DUNE, Block(Reason.FEES, amount=Decimal("10.01"))),
        (replace(ADA, loans={"book": 2, "dvd": 1}), DUNE, Block(Reason.LIMIT, count=3)),
    ],
)
def test_checkout_is_blocked_with_its_reason(patron: Patron, item: Item, block: Block) -> None:
    assert checkout(POLICY, patron, item, MAIN, NOW) == block


def test_expiry_day_and_exact_fee_threshold_do_not_block_checkout() -> None:
    ada = replace(ADA, expires=date(2026, 11, 22), fees=Decimal(10), loans={"book": 2})
    assert isinstance(checkout(POLICY, ada, DUNE, MAIN, NOW), Terms)
    assert borrowing_block(POLICY, ada, MAIN, NOW) is None


def test_exact_fee_threshold_does_not_block_renewal() -> None:
    ada = replace(ADA, fees=Decimal(10))
    assert isinstance(renew(POLICY, ada, loaned(), MAIN, NOW), Terms)
    cent_more = replace(ADA, fees=Decimal("10.01"))
    assert renew(POLICY, cent_more, loaned(), MAIN, NOW) == Block(Reason.FEES, amount=Decimal("10.01"))


def test_item_type_limit_blocks_that_type_only() -> None:
    policy = Policy((Rule(days=30), Rule(item_type="dvd", days=7, type_limit=1)), "UTC")
    ada = replace(ADA, loans={"dvd": 1})
    assert checkout(policy, ada, replace(DUNE, type="dvd"), MAIN, NOW) == Block(Reason.TYPE_LIMIT, count=1)
    assert isinstance(checkout(policy, ada, DUNE, MAIN, NOW), Terms)


def test_item_without_a_rule_or_for_in_house_use_is_not_lent() -> None:
    policy = Policy((Rule(item_type="map", reading_room_only=True),), "UTC")
    assert checkout(policy, ADA, DUNE, MAIN, NOW) == Block(Reason.NO_RULE)
    assert checkout(policy, ADA, replace(DUNE, type="map"), MAIN, NOW) == Block(Reason.READING_ROOM)
    assert renew(policy, ADA, loaned(), MAIN, NOW) == Block(Reason.NO_RULE)


@pytest.mark.parametrize(
    ("patron", "item", "block"),
    [
        (replace(ADA, card=CardStatus.BLOCKED), loaned(), Block(Reason.CARD_BLOCKED)),
        (ADA, DUNE, Block(Reason.NOT_ON_LOAN)),
        (ADA, loaned(to=LIN), Block(Reason.NOT_YOURS)),
        (ADA, replace(loaned(), waiting=1), Block(Reason.SOMEONE_WAITS)),
        (replace(ADA, fees=Decimal(11)), loaned(), Block(Reason.FEES, amount=Decimal(11))),
        (ADA, loaned(renewals=2), Block(Reason.NO_RENEWALS_LEFT, count=2)),
    ],
)
def test_renewal_is_blocked_with_its_reason(patron: Patron, item: Item, block: Block) -> None:
    assert renew(POLICY, patron, item, MAIN, NOW) == block


@pytest.mark.parametrize("status", ItemStatus)
def test_only_loaned_or_lost_items_can_be_checked_in(status: ItemStatus) -> None:
    block = checkin(replace(DUNE, status=status, holder=LIN.ref))
    assert block == (None if status in (ItemStatus.ON_LOAN, ItemStatus.LOST) else Block(Reason.NOT_ON_LOAN))


def test_patron_is_checked_without_an_item() -> None:
    assert borrowing_block(POLICY, replace(ADA, card=CardStatus.LOST), MAIN, NOW) == Block(Reason.CARD_LOST)
    assert borrowing_block(POLICY, replace(ADA, fees=Decimal(11)), MAIN, NOW) == Block(Reason.FEES, amount=Decimal(11))
    assert borrowing_block(POLICY, replace(ADA, loans={"book": 3}), MAIN, NOW) == Block(Reason.LIMIT, count=3)
    assert borrowing_block(POLICY, ADA, MAIN, NOW) is None
    assert card_block(POLICY, ADA, NOW) is None


def test_allowance_is_never_negative() -> None:
    assert allowance(POLICY, replace(ADA, loans={"book": 1, "dvd": 1}), MAIN) == Allowance(3, 2)
    assert Allowance(3, 5).left == 0


def test_allowance_without_a_general_rule_is_the_highest_of_the_patrons_rules() -> None:
    dvds, books, maps = Rule("adult", "dvd", limit=2), Rule(item_type="book", limit=7), Rule(item_type="map", limit=20)
    policy = Policy((dvds, books, Rule("child", limit=9), replace(maps, reading_room_only=True)), "UTC")
    assert allowance(policy, ADA, MAIN).allowed == 7
    assert allowance(Policy((), "UTC"), ADA, MAIN).allowed == 0


@given(st.integers(0, 20), st.integers(0, 20))
def test_offline_checkouts_are_limited_by_the_cap(promised: int, cap: int) -> None:
    block = offline_block(replace(POLICY, offline_cap=cap), replace(ADA, promised=promised))
    assert (block is None) == (promised < cap)
    assert block is None or block == Block(Reason.OFFLINE_CAP, count=cap)


@given(moments, zones, st.timedeltas(timedelta(days=-3), timedelta(days=3)))
def test_overdue_begins_after_the_due_moment(due: datetime, zone: str, later: timedelta) -> None:
    policy = Policy((), zone)
    assert is_overdue(policy, due, due + later) == (later > timedelta(0))


@given(st.lists(any_rules, min_size=1, max_size=5), st.integers(0, 12), st.integers(0, 12), moments)
def test_checkout_never_exceeds_the_limit(many: list[Rule], books: int, films: int, now: datetime) -> None:
    policy = Policy(tuple(many), "Asia/Shanghai")
    ada = replace(ADA, category="a", loans={"a": books, "b": films})
    item = replace(DUNE, type="a")
    rule = policy.rule("a", "a", "a")
    assume(rule is not None)
    verdict = checkout(policy, ada, item, "a", now)
    assert isinstance(verdict, Terms) == (rule is not None and books + films < rule.limit)


limited_rules = st.builds(
    Rule,
    category=names,
    item_type=names,
    branch=names,
    days=st.just(30),
    limit=st.integers(0, 6),
    fee_threshold=st.sampled_from([Decimal(0), Decimal(10)]),
    reading_room_only=st.booleans(),
)


@given(
    st.lists(limited_rules, max_size=6),
    st.integers(0, 6),
    st.sampled_from([Decimal(0), Decimal(5), Decimal(20)]),
    st.sampled_from("ab"),
)
def test_patron_who_could_borrow_an_item_is_never_blocked_beforehand(
    many: list[Rule], books: int, fees: Decimal, item_type: str
) -> None:
    policy = Policy(tuple(many), "UTC")
    ada = replace(ADA, category="a", loans={"a": books}, fees=fees)
    if isinstance(checkout(policy, ada, replace(DUNE, type=item_type), "a", NOW), Terms):
        assert borrowing_block(policy, ada, "a", NOW) is None
        assert allowance(policy, ada, "a").left > 0


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (replace(POLICY, timezone="Asia/Shanghia"), "Shanghia"),
        (replace(POLICY, timezone=""), "time zone"),
        (replace(POLICY, timezone="../etc"), "time zone"),
        (replace(POLICY, calendars={"main": Calendar(frozenset(range(7)))}), "main"),
        (
            replace(
                POLICY, calendars={"main": Calendar(dates=frozenset(date.fromordinal(740_000 + n) for n in range(500)))}
            ),
            "no open day",
        ),
        (replace(POLICY, rules=(Rule(days=10**9),)), "longer"),
        (replace(POLICY, rules=(Rule(hours=10**12),)), "longer"),
    ],
)
def test_invalid_policy_raises_with_its_fault(bad: Policy, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        bad.check()


def test_valid_policy_passes_the_check() -> None:
    POLICY.check()


WEEK_FROM_TUESDAY = RuleVersion(date(2026, 11, 24), (Rule(days=7, limit=3),))
"""NOW is a Sunday."""
LAST_MINUTE_OF_MONDAY = datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)
"""23:59:59 in Shanghai."""


def test_rule_version_applies_from_midnight_of_its_day_in_the_library() -> None:
    policy = replace(POLICY, editions=(WEEK_FROM_TUESDAY,))
    before, after = (
        policy.policy_at(LAST_MINUTE_OF_MONDAY),
        policy.policy_at(LAST_MINUTE_OF_MONDAY + timedelta(seconds=1)),
    )
    assert before == policy
    assert after == replace(POLICY, rules=WEEK_FROM_TUESDAY.rules)
    assert checkout(before, ADA, DUNE, MAIN, NOW) == Terms(POLICY.due(POLICY.rules[0], MAIN, NOW), 2)
    terms = checkout(after, ADA, DUNE, MAIN, NOW)
    assert isinstance(terms, Terms)
    assert after.local_day(terms.due) == date(2026, 11, 29)


@given(st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=5, unique=True), moments)
def test_newest_started_rule_version_applies_and_later_ones_remain(days: list[date], now: datetime) -> None:
    editions = tuple(RuleVersion(each, (Rule(days=number + 1),)) for number, each in enumerate(sorted(days)))
    policy = replace(POLICY, editions=editions)
    today = policy.local_day(now)
    held = policy.policy_at(now)
    begun = [each for each in editions if each.since <= today]
    assert held.rules == (begun[-1].rules if begun else POLICY.rules)
    assert all(each.since > today for each in held.editions)
    assert held.policy_at(now) == held
    later = now + timedelta(days=400)
    assert held.policy_at(later) == policy.policy_at(later), "a policy received ahead leads to the same rules"


def test_faulty_future_rule_version_raises() -> None:
    with pytest.raises(ValueError, match="longer"):
        replace(POLICY, editions=(RuleVersion(date(2027, 1, 1), (Rule(days=40_000),)),)).check()


def test_item_with_a_hold_is_renewed_only_if_the_rule_allows_it() -> None:
    with_hold = replace(loaned(), waiting=1)
    assert renew(POLICY, ADA, with_hold, MAIN, NOW) == Block(Reason.SOMEONE_WAITS)
    generous = replace(POLICY, rules=(replace(POLICY.rules[0], renews_awaited=True),))
    assert isinstance(renew(generous, ADA, with_hold, MAIN, NOW), Terms)
