"""The law at the desk and at the hub: judges by rules that are data; asks nobody and knows no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import assert_never
from zoneinfo import ZoneInfo

from lending.model import Block, CardStatus, Item, ItemStatus, Patron, PatronRef, Reason

ANY = "*"
LAST_MINUTE = time(23, 59)
WEEK = frozenset(range(7))
LONGEST_LOAN = timedelta(days=36_500)
LONGEST_CLOSURE = 400
"""Days after which a calendar without an open day is taken for a mistake."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for a patron category x item type x branch; `*` matches all, and the most exact rule wins.

    Exactly one of `days` and `hours` is the loan period, unless the item stays in the library.
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
    """Days before the due date from which a loan may be renewed; None: as soon as that moves the date."""
    renews_awaited: bool = False
    """A loan may be renewed though somebody waits for the title."""
    ref: str = field(default="", compare=False)
    """The central's own name for it; empty where it has none."""

    def exactness(self) -> tuple[bool, bool, bool]:
        return (self.category != ANY, self.item_type != ANY, self.branch != ANY)

    def covers(self, category: str, item_type: str, branch: str) -> bool:
        return self.category in (ANY, category) and self.item_type in (ANY, item_type) and self.branch in (ANY, branch)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days on which a branch is closed."""

    weekdays: frozenset[int] = frozenset()
    """0 is Monday."""
    dates: frozenset[date] = frozenset()

    def open_from(self, day: date) -> date:
        """The first open day from `day` on. Raises ValueError when none comes within 400 days."""
        for ahead in range(LONGEST_CLOSURE):
            candidate = day + timedelta(days=ahead)
            if candidate.weekday() not in self.weekdays and candidate not in self.dates:
                return candidate
        raise ValueError(f"no open day in the {LONGEST_CLOSURE} days after {day}: mend the calendar's closed days")


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """Rules that take the place of all those before them, from the first minute of a day in the library on."""

    since: date
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one library, as they travel in the snapshot.

    `rules` hold until the first of the `editions` begins: whoever judges asks for those `on` the moment first.
    """

    rules: tuple[Rule, ...]
    timezone: str
    """IANA name, such as Asia/Shanghai."""
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    """By branch; a branch without one never closes."""
    branches: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What they are called, by language."""
    offline_cap: int = 10
    """Loans that one patron may take while the central is away."""
    currency: str = "CNY"
    editions: tuple[RuleVersion, ...] = ()
    """In the order in which they begin."""
    central_decides: bool = False
    """The library's system judges by rules of its own and answers just now: limits are told here and stop nobody."""
    lends: bool = True
    """The library's system says that it lends just now."""
    renews: bool = True
    """It says that it renews."""

    def on(self, moment: datetime) -> Policy:
        """The policy whose rules hold at that moment, with the editions that come after it."""
        if not self.editions:
            return self
        day = self.local_day(moment)
        begun = [each for each in self.editions if each.since <= day]
        return replace(self, rules=begun[-1].rules, editions=self.editions[len(begun) :]) if begun else self

    def check(self) -> None:
        """Raises ValueError where no loan can be dated by it."""
        try:
            ZoneInfo(self.timezone)
        except (KeyError, OSError, ValueError):
            raise ValueError(f"no such time zone: {self.timezone[:40]!r}") from None
        for branch, calendar in self.calendars.items():
            if calendar.weekdays >= WEEK:
                raise ValueError(f"branch {branch!r} is closed on every day of the week")
            for day in calendar.dates:
                calendar.open_from(day)
        for rule in (*self.rules, *(rule for each in self.editions for rule in each.rules)):
            if max(rule.days or 0, (rule.hours or 0) // 24) > LONGEST_LOAN.days:
                raise ValueError(f"a loan longer than {LONGEST_LOAN.days} days")

    def rule(self, category: str, item_type: str, branch: str) -> Rule | None:
        fitting = [rule for rule in self.rules if rule.covers(category, item_type, branch)]
        return max(fitting, key=Rule.exactness, default=None)

    def rule_for(self, category: str, item_type: str, branch: str) -> Rule | None:
        """As `rule`. Where the library's system decides, and says its own date, the shortest stands in for none."""
        found = self.rule(category, item_type, branch)
        if found is not None or not self.central_decides:
            return found
        dated = [each for each in self.rules if each.days and not each.reading_room_only]
        return min(dated, key=lambda each: each.days or 0, default=None)

    def lending(self, category: str, branch: str) -> tuple[Rule, ...]:
        """The rules that decide for this category here, one per item type, without those that lend nothing."""
        types = sorted({ANY, *(rule.item_type for rule in self.rules)})
        winners = (self.rule(category, each, branch) for each in types)
        return tuple(rule for rule in winners if rule is not None and not rule.reading_room_only)

    def local_day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    def due(self, rule: Rule, branch: str, now: datetime) -> datetime:
        """The end of the loan, never on a closed day. Aware, in the library's time zone."""
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
    """A yes: what was agreed."""

    due: datetime
    renewals_left: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the patron may have, has, and has left."""

    allowed: int
    on_loan: int
    certain: bool = True
    """False: a library system decides by a limit that it does not tell."""

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.on_loan)


def allowance(policy: Policy, patron: Patron, branch: str) -> Allowance:
    """By the rule that is widest for this patron here, whatever the item: what no rule would lend is none of it."""
    limits = (rule.limit for rule in policy.lending(patron.category, branch))
    return Allowance(max(limits, default=0), patron.on_loan, certain=not policy.central_decides)


def may_borrow(policy: Policy, patron: Patron, branch: str, now: datetime) -> Block | None:
    """Judges the patron alone: blocks only what would be blocked whatever the item - card, fees, limit."""
    if block := card_block(policy, patron, now) or patron.barred:
        return block
    if not policy.lends:
        return Block(Reason.CENTRAL_FORBIDS)
    if policy.central_decides:
        return None
    rules = policy.lending(patron.category, branch)
    if rules and all(patron.fees > rule.fee_threshold for rule in rules):
        return Block(Reason.FEES, amount=patron.fees)
    shelf = allowance(policy, patron, branch)
    if shelf.left == 0:
        return Block(Reason.LIMIT, count=shelf.allowed)
    return None


def offline_block(policy: Policy, patron: Patron) -> Block | None:
    """Judges what one patron may still take while the central is away."""
    if patron.promised >= policy.offline_cap:
        return Block(Reason.OFFLINE_CAP, count=policy.offline_cap)
    return None


def card_block(policy: Policy, patron: Patron, now: datetime) -> Block | None:
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
    """Judges a loan of `item` to `patron` at `branch`; a handed-in item is in the library and may go out."""
    if not policy.lends:
        return Block(Reason.CENTRAL_FORBIDS)
    if block := card_block(policy, patron, now) or patron.barred or _item_block(policy, patron, item):
        return block
    rule = policy.rule_for(patron.category, item.type, branch)
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
    """Judges a renewal of a loan; one that would not move the due date is too early."""
    if not policy.renews:
        return Block(Reason.CENTRAL_FORBIDS)
    if block := card_block(policy, patron, now):
        return block
    if item.status is not ItemStatus.ON_LOAN:
        return Block(Reason.NOT_ON_LOAN)
    if item.holder != patron.ref:
        return Block(Reason.NOT_YOURS)
    rule = policy.rule_for(patron.category, item.type, branch)
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
    """Return a block where a renewal from `before` to `after` moves nothing, or the rule says to wait.

    A loan by hours names no day where it may be renewed later today.
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
    """Return how often a loan may still be renewed by the rules; None where no rule here says."""
    rule = policy.rule_for(patron.category, item.type, branch)
    if rule is None or policy.central_decides or not policy.renews:
        return None
    return max(0, rule.renewals - item.renewals)


def checkin(item: Item) -> Block | None:
    """Judges a return: what is in the library cannot be handed in; whose loan it is does not matter.

    A lost item that comes back is taken: nobody is sent home with it.
    """
    match item.status:
        case ItemStatus.ON_LOAN | ItemStatus.LOST:
            return None
        case ItemStatus.ON_SHELF | ItemStatus.HANDED_IN | ItemStatus.ON_HOLD_SHELF:
            return Block(Reason.NOT_ON_LOAN)
        case _:
            assert_never(item.status)


def is_overdue(policy: Policy, due: datetime, now: datetime) -> bool:
    """A loan is overdue from the moment its due date is over; a handed-in item is never asked about."""
    return now > due.astimezone(ZoneInfo(policy.timezone))


def holder_of(item: Item) -> PatronRef | None:
    return item.holder if item.status is ItemStatus.ON_LOAN else None
