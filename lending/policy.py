"""Decide whether a loan, renewal or return is allowed, from data-driven rules; used by kiosk and hub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import assert_never
from zoneinfo import ZoneInfo

from lending.model import Block, CardStatus, Item, ItemStatus, Patron, Reason

ANY = "*"
LAST_MINUTE = time(23, 59)
WEEK = frozenset(range(7))
LONGEST_LOAN = timedelta(days=36_500)
LONGEST_CLOSURE = 400
"""Consecutive days; a calendar without an open day within them is rejected as a mistake."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Loan conditions for patron category x item type x branch; `*` matches all and the most specific rule wins.

    Exactly one of `days` and `hours` is the loan period, unless the item is for use in the library only.
    """

    category: str = ANY
    item_type: str = ANY
    branch: str = ANY
    days: int | None = None
    hours: int | None = None
    limit: int = 10
    """Loans of any type at which borrowing stops."""
    type_limit: int | None = None
    """Loans of this item's type at which borrowing stops."""
    renewals: int = 2
    fee_threshold: Decimal = Decimal(10)
    """Fees owed, in the library's currency, above which borrowing and renewing stop."""
    reading_room_only: bool = False
    earliest_renewal: int | None = None
    """Days before the due date from which renewal is allowed; None means as soon as it would move the due date."""
    renews_awaited: bool = False
    """A loan may be renewed although a hold is waiting for the title."""
    ref: str = field(default="", compare=False)
    """The central's id of the rule; empty if it has none."""

    def exactness(self) -> tuple[bool, bool, bool]:
        """Sort key: a rule for a category outranks one for an item type, and that one for a branch."""
        return (self.category != ANY, self.item_type != ANY, self.branch != ANY)

    def covers(self, category: str, item_type: str, branch: str) -> bool:
        """Return whether the rule applies to this combination."""
        return self.category in (ANY, category) and self.item_type in (ANY, item_type) and self.branch in (ANY, branch)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days on which a branch is closed."""

    weekdays: frozenset[int] = frozenset()
    """Closed weekdays; 0 is Monday."""
    dates: frozenset[date] = frozenset()

    def open_from(self, day: date) -> date:
        """Return the first open day from `day` on. Raise ValueError if there is none within 400 days."""
        for ahead in range(LONGEST_CLOSURE):
            candidate = day + timedelta(days=ahead)
            if candidate.weekday() not in self.weekdays and candidate not in self.dates:
                return candidate
        raise ValueError(f"no open day in the {LONGEST_CLOSURE} days after {day}: correct the calendar's closed days")


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """Rules that replace all earlier ones from the start of a day, in the library's time zone."""

    since: date
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """What the library grants some patrons on top of their loan rule.

    All numbers are additions of 0 or more: a service extends what the rule allows, and opens nothing that it forbids.
    """

    days: int = 0
    """Added to loan periods in days; loans by the hour are left as they are."""
    loans: int = 0
    renewals: int = 0
    until: date | None = None
    """Last day, in the library's time zone."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Why the patron has it, as a sentence to the patron by language code."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one library, as sent in the snapshot.

    `rules` hold until the first of the `editions` begins. Call `on(now)` before any decision.
    """

    rules: tuple[Rule, ...]
    timezone: str
    """IANA name, such as Asia/Shanghai."""
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    """By branch; a branch without a calendar is always open."""
    branches: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Branch names by branch and language code."""
    offline_cap: int = 10
    """Loans that one patron may take while the central is away."""
    currency: str = "CNY"
    editions: tuple[RuleVersion, ...] = ()
    """Future rule versions, in order of their start."""
    services: Mapping[str, Service] = field(default_factory=dict)
    """Services by the id that `Patron.services` names; all have begun."""
    central_decides: bool = False
    """The library system is reachable and applies its own rules: limits here are shown but block no loan."""
    checkout_enabled: bool = True
    """The library system reports that checkouts are enabled."""
    renewal_enabled: bool = True
    """The library system reports that renewals are enabled."""

    def policy_at(self, moment: datetime) -> Policy:
        """Return the policy in force at a moment, with the later editions and without the services that ended."""
        if not (self.editions or self.services):
            return self
        day = self.local_day(moment)
        begun = [each for each in self.editions if each.since <= day]
        ended = [key for key, each in self.services.items() if each.until is not None and each.until < day]
        found = replace(self, rules=begun[-1].rules, editions=self.editions[len(begun) :]) if begun else self
        if not ended:
            return found
        return replace(found, services={key: each for key, each in self.services.items() if key not in ended})

    def check(self) -> None:
        """Raise ValueError if a loan could not be dated by this policy."""
        try:
            ZoneInfo(self.timezone)
        except (KeyError, OSError, ValueError):
            raise ValueError(f"unknown time zone: {self.timezone[:40]!r}") from None
        for branch, calendar in self.calendars.items():
            if calendar.weekdays >= WEEK:
                raise ValueError(f"branch {branch!r} is closed on every day of the week")
            for day in calendar.dates:
                calendar.open_from(day)
        for rule in (*self.rules, *(rule for each in self.editions for rule in each.rules)):
            if max(rule.days or 0, (rule.hours or 0) // 24) > LONGEST_LOAN.days:
                raise ValueError(f"a rule allows loans longer than {LONGEST_LOAN.days} days")

    def rule(self, category: str, item_type: str, branch: str) -> Rule | None:
        """Return the most specific rule for this combination, or None."""
        fitting = [rule for rule in self.rules if rule.covers(category, item_type, branch)]
        return max(fitting, key=Rule.exactness, default=None)

    def rule_for(self, category: str, item_type: str, branch: str) -> Rule | None:
        """As `rule`; if the library system decides and gives the due date itself, fall back to the shortest rule."""
        found = self.rule(category, item_type, branch)
        if found is not None or not self.central_decides:
            return found
        dated = [each for each in self.rules if each.days and not each.reading_room_only]
        return min(dated, key=lambda each: each.days or 0, default=None)

    def patron_rule(self, patron: Patron, item_type: str, branch: str) -> Rule | None:
        """As `rule_for`, extended by the patron's services."""
        found = self.rule_for(patron.category, item_type, branch)
        return self._extend(found, patron) if found is not None else None

    def services_of(self, patron: Patron) -> tuple[Service, ...]:
        """Return the patron's services; none where the library system applies its own rules."""
        if self.central_decides:
            return ()
        return tuple(self.services[each] for each in patron.services if each in self.services)

    def extra_days(self, patron: Patron, rule: Rule) -> int:
        """Return by how many days the patron's services lengthen a loan by this rule."""
        return max((each.days for each in self.services_of(patron)), default=0) if rule.days else 0

    def _extend(self, rule: Rule, patron: Patron) -> Rule:
        """Return the rule with the greatest of each addition: several services do not add up."""
        found = self.services_of(patron)
        if not found:
            return rule
        return replace(
            rule,
            days=rule.days and rule.days + self.extra_days(patron, rule),
            limit=rule.limit and rule.limit + max(each.loans for each in found),
            renewals=rule.renewals and rule.renewals + max(each.renewals for each in found),
        )

    def lending(self, patron: Patron, branch: str) -> tuple[Rule, ...]:
        """Return the patron's rule for each item type, without those for use in the library only."""
        types = sorted({ANY, *(rule.item_type for rule in self.rules)})
        winners = (self.rule(patron.category, each, branch) for each in types)
        return tuple(self._extend(rule, patron) for rule in winners if rule is not None and not rule.reading_room_only)

    def local_day(self, moment: datetime) -> date:
        """Return the date of an aware time in the library's time zone."""
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    def due(self, rule: Rule, branch: str, now: datetime) -> datetime:
        """Return the due date, moved to an open day if needed; aware, in the library's time zone."""
        zone = ZoneInfo(self.timezone)
        calendar = self.calendars.get(branch, Calendar())
        if rule.hours is not None:
            exact = (now.astimezone(UTC) + timedelta(hours=rule.hours)).astimezone(zone)
            open_day = calendar.open_from(exact.date())
            return exact if open_day == exact.date() else datetime.combine(open_day, LAST_MINUTE, zone)
        day = calendar.open_from(self.local_day(now) + timedelta(days=rule.days or 0))
        return datetime.combine(day, LAST_MINUTE, zone)


@dataclass(frozen=True, slots=True)
class Terms:
    """An approval: the due date and the renewals that remain."""

    due: datetime
    renewals_left: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """A patron's loan limit and current number of loans."""

    allowed: int
    on_loan: int
    certain: bool = True
    """False if a library system applies a limit that it does not report."""

    @property
    def left(self) -> int:
        """Number of items that may still be borrowed."""
        return max(0, self.allowed - self.on_loan)


def allowance(policy: Policy, patron: Patron, branch: str) -> Allowance:
    """Return the allowance by the highest limit for this patron at this branch, over all item types."""
    limits = (rule.limit for rule in policy.lending(patron, branch))
    return Allowance(max(limits, default=0), patron.on_loan, certain=not policy.central_decides)


def borrowing_block(policy: Policy, patron: Patron, branch: str, now: datetime) -> Block | None:
    """Check the patron alone: block only for causes that apply to every item (card, fees, limit)."""
    if block := card_block(policy, patron, now) or patron.barred:
        return block
    if not policy.checkout_enabled:
        return Block(Reason.CENTRAL_FORBIDS)
    if policy.central_decides:
        return None
    rules = policy.lending(patron, branch)
    if rules and all(patron.fees > rule.fee_threshold for rule in rules):
        return Block(Reason.FEES, amount=patron.fees)
    shelf = allowance(policy, patron, branch)
    if shelf.left == 0:
        return Block(Reason.LIMIT, count=shelf.allowed)
    return None


def offline_block(policy: Policy, patron: Patron) -> Block | None:
    """Check the limit of loans that one patron may take while the central is away."""
    if patron.promised >= policy.offline_cap:
        return Block(Reason.OFFLINE_CAP, count=policy.offline_cap)
    return None


def card_block(policy: Policy, patron: Patron, now: datetime) -> Block | None:
    """Return the block that the status or the expiry of the card causes, or None."""
    match patron.card:
        case CardStatus.BLOCKED:
            return Block(Reason.CARD_BLOCKED)
        case CardStatus.LOST:
            return Block(Reason.CARD_LOST)
        case CardStatus.PROVISIONAL:
            return Block(Reason.CARD_PROVISIONAL)
        case CardStatus.ACTIVE:
            pass
        case _:
            assert_never(patron.card)
    if patron.expires is not None and patron.expires < policy.local_day(now):
        return Block(Reason.CARD_EXPIRED, on=patron.expires)
    return None


def checkout(policy: Policy, patron: Patron, item: Item, branch: str, now: datetime) -> Terms | Block:
    """Decide on a loan of `item` to `patron` at `branch`; a handed-in item is in the library and may be lent."""
    if not policy.checkout_enabled:
        return Block(Reason.CENTRAL_FORBIDS)
    if block := card_block(policy, patron, now) or patron.barred or _item_block(policy, patron, item):
        return block
    rule = policy.patron_rule(patron, item.type, branch)
    if rule is None:
        return Block(Reason.NO_RULE)
    if policy.central_decides:
        return Terms(policy.due(rule, branch, now), rule.renewals)
    if rule.reading_room_only:
        return Block(Reason.READING_ROOM)
    if patron.fees > rule.fee_threshold:
        return Block(Reason.FEES, amount=patron.fees)
    if patron.on_loan >= rule.limit:
        return Block(Reason.LIMIT, count=rule.limit)
    if rule.type_limit is not None and patron.loans.get(item.type, 0) >= rule.type_limit:
        return Block(Reason.TYPE_LIMIT, count=rule.type_limit)
    return Terms(policy.due(rule, branch, now), rule.renewals)


def _item_block(policy: Policy, patron: Patron, item: Item) -> Block | None:
    match item.status:
        case ItemStatus.LOST:
            return Block(Reason.ITEM_LOST)
        case ItemStatus.ON_LOAN if item.holder == patron.ref:
            return Block(Reason.ALREADY_YOURS, on=policy.local_day(item.due) if item.due else None)
        case ItemStatus.ON_LOAN:
            return Block(Reason.ON_LOAN_TO_OTHER)
        case ItemStatus.ON_SHELF | ItemStatus.HANDED_IN | ItemStatus.ON_HOLD_SHELF:
            pass
        case _:
            assert_never(item.status)
    if item.reserved_for is not None and item.reserved_for != patron.ref:
        return Block(Reason.HELD_FOR_OTHER)
    return None


def renew(policy: Policy, patron: Patron, item: Item, branch: str, now: datetime) -> Terms | Block:
    """Decide on a renewal; one that would not move the due date is too early."""
    if not policy.renewal_enabled:
        return Block(Reason.CENTRAL_FORBIDS)
    if block := card_block(policy, patron, now):
        return block
    if item.status is not ItemStatus.ON_LOAN:
        return Block(Reason.NOT_ON_LOAN)
    if item.holder != patron.ref:
        return Block(Reason.NOT_YOURS)
    rule = policy.patron_rule(patron, item.type, branch)
    if rule is None:
        return Block(Reason.NO_RULE)
    if policy.central_decides:
        return Terms(policy.due(rule, branch, now), rule.renewals)
    if item.waiting > 0 and not rule.renews_awaited:
        return Block(Reason.SOMEONE_WAITS)
    if patron.fees > rule.fee_threshold:
        return Block(Reason.FEES, amount=patron.fees)
    if item.renewals >= rule.renewals:
        return Block(Reason.NO_RENEWALS_LEFT, count=rule.renewals)
    due = policy.due(rule, branch, now)
    if item.due and (early := _too_early(policy, rule, item.due, due, now)):
        return early
    return Terms(due, rule.renewals - item.renewals - 1)


def _too_early(policy: Policy, rule: Rule, before: datetime, after: datetime, now: datetime) -> Block | None:
    """Return a block if a renewal from `before` to `after` moves nothing, or the rule sets a waiting time.

    For a loan by the hour, the block has no date if the loan may be renewed later today.
    """
    today, last = policy.local_day(now), policy.local_day(before)
    first = last - timedelta(days=LONGEST_LOAN.days if rule.earliest_renewal is None else rule.earliest_renewal)
    if after <= before:
        moves = before - timedelta(hours=rule.hours) if rule.hours is not None else None
        first = max(first, policy.local_day(moves) if moves else last - timedelta(days=(rule.days or 0) - 1))
    elif today >= first:
        return None
    return Block(Reason.TOO_EARLY, on=first if first > today else None)


def renewals_left(policy: Policy, patron: Patron, item: Item, branch: str) -> int | None:
    """Return the remaining renewals by the rules; None if no rule here applies."""
    rule = policy.patron_rule(patron, item.type, branch)
    if rule is None or policy.central_decides or not policy.renewal_enabled:
        return None
    return max(0, rule.renewals - item.renewals)


def checkin(item: Item) -> Block | None:
    """Decide on a return, regardless of the borrower; only an item that is already in the library is refused.

    A lost item is accepted: the patron must be able to leave it here.
    """
    match item.status:
        case ItemStatus.ON_LOAN | ItemStatus.LOST:
            return None
        case ItemStatus.ON_SHELF | ItemStatus.HANDED_IN | ItemStatus.ON_HOLD_SHELF:
            return Block(Reason.NOT_ON_LOAN)
        case _:
            assert_never(item.status)


def is_overdue(policy: Policy, due: datetime, now: datetime) -> bool:
    """Return whether a due date is over; the caller excludes handed-in items."""
    return now > due.astimezone(ZoneInfo(policy.timezone))
