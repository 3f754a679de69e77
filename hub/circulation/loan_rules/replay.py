"""Replay past loans by a draft of the loan rules, and compare it with the rules in force at the time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import IntEnum

from django.db.models import Min, Q

from hub.circulation import anonymisation
from hub.circulation.domain_mapping import the_policy
from hub.circulation.models import Loan, PendingReturn, Renewal
from lending import policy
from lending.model import Block, Item, ItemId, ItemStatus, Patron, PatronRef
from lending.policy import Policy, Rule, Terms

EXAMPLES = 3
"""Maximum number of examples of each kind per category and item type."""
MONTH = timedelta(days=30)
CHUNK = 5000


class EventKind(IntEnum):
    """What happened, in the order that applies to simultaneous events."""

    BACK = 0
    RENEWED = 1
    LENT = 2


@dataclass(frozen=True, slots=True)
class Past:
    """A past loan. `patron` only distinguishes patrons from each other and is not shown."""

    patron: int
    category: str
    item_type: str
    branch: str
    lent_at: datetime
    back: datetime | None = None
    """When the loan no longer counted towards limits."""
    renewed: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """An example of the draft's effect on a loan or renewal, without patron and title."""

    day: date
    branch: str
    before: date | None
    after: date | Block
    renewal: bool = False


@dataclass(slots=True)
class RuleOutcome:
    """What the draft would have changed for a patron category and an item type."""

    category: str
    item_type: str
    loans: int = 0
    refused: int = 0
    """Loans that the rules of their day permit and the draft does not."""
    earlier: int = 0
    later: int = 0
    days: int = 0
    """Sum of the days by which due dates would have moved."""
    renewed: int = 0
    not_renewed: int = 0
    late: int = 0
    late_by_draft: int = 0
    """Returned after the due date, or overdue at the end, if all patrons had come on the same days."""
    examples: list[Example] = field(default_factory=list)

    @property
    def touched(self) -> bool:
        return bool(self.refused or self.earlier or self.later or self.not_renewed or self.late != self.late_by_draft)


@dataclass(slots=True)
class ReplayedLoans:
    """The loans as one set of rules would have them: number per patron, and due dates."""

    had: defaultdict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    due: dict[int, datetime] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)


class Replay:
    """Replays loans from `first` to `end`.

    `law` has all rule versions; `draft` is the set of rules to try.
    """

    def __init__(self, law: Policy, draft: tuple[Rule, ...], first: datetime, end: datetime) -> None:
        self._law, self._tried = law, replace(law, rules=draft, editions=())
        self._first, self._end = first, end
        self._narrow: dict[tuple[int, str, str, str], Policy] = {}
        self._then, self._draft = ReplayedLoans(), ReplayedLoans()
        self._outcomes: dict[tuple[str, str], RuleOutcome] = {}

    def run(self, loans: Iterable[Past]) -> list[RuleOutcome]:
        """Replay the loans in order of time; return the outcome for each category and item type."""
        past = list(loans)
        for at, act, number in sorted(_events(past)):
            if at > self._end:
                break
            loan = past[number]
            match act:
                case EventKind.LENT:
                    self._lend(number, loan, at)
                case EventKind.RENEWED:
                    self._renew(number, loan, at)
                case EventKind.BACK:
                    self._take_back(number, loan, at)
        for number in {*self._then.due, *self._draft.due}:
            self._late(number, past[number], self._end)
        return sorted(self._outcomes.values(), key=lambda each: (each.category, each.item_type))

    def _lend(self, number: int, loan: Past, at: datetime) -> None:
        before = self._checkout_verdict(self._law.policy_at(at), self._then, loan, at)
        after = self._checkout_verdict(self._tried, self._draft, loan, at)
        if at < self._first or isinstance(before, Block):
            after = before  # it was made before the trial began, or against the rules and would be so again
        self._note(self._then, number, loan, before)
        if isinstance(after, Terms) or after is before:
            self._note(self._draft, number, loan, after)
        if at < self._first:
            return
        found = self._outcome_for(loan)
        found.loans += 1
        if isinstance(before, Terms) and isinstance(after, Block):
            found.refused += 1
            self._show(found, loan, at, None, after)
        elif isinstance(before, Terms) and isinstance(after, Terms):
            moved = (self._law.local_day(after.due) - self._law.local_day(before.due)).days
            found.earlier, found.later = found.earlier + (moved < 0), found.later + (moved > 0)
            found.days += moved
            if moved:
                self._show(found, loan, at, before.due, after.due)

    def _renew(self, number: int, loan: Past, at: datetime) -> None:
        if number not in self._then.due:
            return
        before = self._renewal_verdict(self._law.policy_at(at), self._then, number, loan, at)
        by = self._tried if at >= self._first else self._law.policy_at(at)
        after = self._renewal_verdict(by, self._draft, number, loan, at)
        for side, verdict in ((self._then, before), (self._draft, after)):
            if isinstance(verdict, Terms):
                side.due[number], side.times[number] = verdict.due, side.times.get(number, 0) + 1
        if at < self._first:
            return
        found = self._outcome_for(loan)
        found.renewed += 1
        if isinstance(before, Terms) and isinstance(after, Block):
            found.not_renewed += 1
            self._show(found, loan, at, None, after, renewal=True)

    def _take_back(self, number: int, loan: Past, at: datetime) -> None:
        self._late(number, loan, at)
        for side in (self._then, self._draft):
            if side.due.pop(number, None) is not None:
                side.had[loan.patron][loan.item_type] -= 1

    def _late(self, number: int, loan: Past, at: datetime) -> None:
        if at < self._first:
            return
        found = self._outcome_for(loan)
        found.late += number in self._then.due and at > self._then.due[number]
        found.late_by_draft += number in self._draft.due and at > self._draft.due[number]

    def _checkout_verdict(self, law: Policy, side: ReplayedLoans, loan: Past, at: datetime) -> Terms | Block:
        patron = Patron(PatronRef(str(loan.patron)), loan.category, loans=side.had[loan.patron])
        return policy.checkout(self._single_rule_policy(law, loan), patron, _item(loan), loan.branch, at)

    def _renewal_verdict(
        self, law: Policy, side: ReplayedLoans, number: int, loan: Past, at: datetime
    ) -> Terms | Block | None:
        """Return the verdict; None if this side does not have the loan."""
        if number not in side.due:
            return None
        patron = Patron(PatronRef(str(loan.patron)), loan.category)
        item = replace(
            _item(loan),
            status=ItemStatus.ON_LOAN,
            holder=patron.ref,
            due=side.due[number],
            renewals=side.times.get(number, 0),
        )
        return policy.renew(self._single_rule_policy(law, loan), patron, item, loan.branch, at)

    def _single_rule_policy(self, law: Policy, loan: Past) -> Policy:
        """Return the policy reduced to the one rule that decides here, to look it up only once."""
        key = (id(law.rules), loan.category, loan.item_type, loan.branch)
        if key not in self._narrow:
            rule = law.rule(loan.category, loan.item_type, loan.branch)
            self._narrow[key] = replace(law, rules=(rule,) if rule else (), editions=())
        return self._narrow[key]

    def _note(self, side: ReplayedLoans, number: int, loan: Past, verdict: Terms | Block) -> None:
        had = side.had[loan.patron]
        had[loan.item_type] = had.get(loan.item_type, 0) + 1
        side.due[number] = verdict.due if isinstance(verdict, Terms) else self._end

    def _outcome_for(self, loan: Past) -> RuleOutcome:
        key = (loan.category, loan.item_type)
        return self._outcomes.setdefault(key, RuleOutcome(*key))

    def _show(
        self, found: RuleOutcome, loan: Past, at: datetime, before: datetime | None, after: datetime | Block,
        renewal: bool = False,
    ) -> None:  # fmt: skip
        alike = [each for each in found.examples if isinstance(each.after, Block) == isinstance(after, Block)]
        if len(alike) < EXAMPLES:
            day = self._law.local_day
            outcome = after if isinstance(after, Block) else day(after)
            found.examples.append(Example(day(at), loan.branch, day(before) if before else None, outcome, renewal))


def _events(past: list[Past]) -> Iterator[tuple[datetime, EventKind, int]]:
    for number, loan in enumerate(past):
        yield loan.lent_at, EventKind.LENT, number
        for at in loan.renewed:
            yield at, EventKind.RENEWED, number
        if loan.back is not None:
            yield max(loan.back, loan.lent_at + timedelta.resolution), EventKind.BACK, number


def _item(loan: Past) -> Item:
    return Item(ItemId(""), type=loan.item_type, branch=loan.branch)


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What the draft would have changed from `first` to `end`."""

    first: datetime
    end: datetime
    outcomes: tuple[RuleOutcome, ...]

    def total(self, figure: str) -> int:
        return sum(getattr(each, figure) for each in self.outcomes)


def last_month(rules: tuple[Rule, ...], now: datetime) -> TrialReport:
    """Replay the last 30 days by these rules, and compare them with the rules in force on each day."""
    first = now - MONTH
    replay = Replay(the_policy(), rules, first, now)
    return TrialReport(first, now, tuple(replay.run(_past(first, now))))


def _past(first: datetime, end: datetime) -> Iterator[Past]:
    """Yield the loans that began in that time or were open at its beginning."""
    meant = Q(closed_at=None) | Q(closed_at__gte=first)
    loans = Loan.objects.filter(meant, checked_out_at__lte=end).exclude(state=Loan.State.UNDONE)
    handed_in = _first_return_times(first)
    renewed = _renewals(first)
    columns = (
        "pk", "patron_id", "patron__identifier", "patron__category__code", "item__type__code", "branch__code",
        "checked_out_at", "closed_at",
    )  # fmt: skip
    for pk, patron, number, category, kind, branch, out, closed in (
        loans.order_by("pk").values_list(*columns).iterator(chunk_size=CHUNK)
    ):
        yield Past(
            -pk if number.startswith(anonymisation.NUMBER) else patron,
            category,
            kind,
            branch,
            out,
            min(filter(None, (closed, handed_in.get(pk))), default=None),
            tuple(renewed.get(pk, ())),
        )


def _first_return_times(first: datetime) -> dict[int, datetime]:
    """Return when each loan was first returned, from which time it no longer counts towards limits.

    Returns that turned out to be wrong, and whose loan was reopened, are left out.
    """
    rows = PendingReturn.objects.exclude(state=PendingReturn.State.REOPENED)
    rows = rows.filter(Q(loan__closed_at=None) | Q(loan__closed_at__gte=first))
    return dict(rows.order_by().values_list("loan").annotate(at=Min("at")))


def _renewals(first: datetime) -> dict[int, list[datetime]]:
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    rows = Renewal.objects.filter(undone=False).filter(Q(loan__closed_at=None) | Q(loan__closed_at__gte=first))
    for loan, at in rows.order_by("at").values_list("loan", "at").iterator(chunk_size=CHUNK):
        found[loan].append(at)
    return found
