"""Charge what the fee rules set.

A nightly job charges late returns and uncollected holds, staff charge lost and damaged items.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Subquery

from hub.catalogue.models import Branch, Item
from hub.circulation.domain_mapping import the_library, the_policy
from hub.circulation.models import Fee, FeeRule, Hold, Loan, Patron, PendingReturn
from hub.circulation.operations import external_ils, fees
from hub.circulation.operations.context import Actor
from lending.policy import Calendar, Policy

LOOKS_BACK = timedelta(days=6)
"""How far back the job looks, so that it catches up after nights without it.

It is less than the shortest time for which closed loans keep their patron, after which `Fee.cause` is deleted.
"""


@dataclass(frozen=True, slots=True)
class DueFee:
    """A fee that a rule sets, not charged yet."""

    patron: Patron
    branch: Branch
    kind: str
    amount: Decimal
    item: Item | None
    cause: str


def charge_by_rules(now: datetime) -> int:
    """Charge each late return and each uncollected hold of the last days once; return the number of new fees.

    Nothing is charged if the library charges no fees or an ILS keeps the loans, for a loan with an uncertain time, for
    a return that was never recorded, for a due date that was only estimated, or for what ended before the
    rule was made.

    Args:
        now: Aware.
    """
    rules = list(FeeRule.objects.select_related("category", "item_type"))
    if not rules or not the_library().charges or external_ils.followed():
        return 0
    law = the_policy(now)
    due = [*_late_returns(rules, law, now), *_uncollected_holds(rules, law, now)]
    known = set(Fee.objects.filter(cause__in=[each.cause for each in due]).values_list("cause", flat=True))
    new = [each for each in due if each.cause not in known]
    for each in new:
        by = Actor(branch=each.branch, now=now)
        fees.charge(by, each.patron, each.kind, each.amount, item=each.item, cause=each.cause)
    return len(new)


def amount_by_rule(kind: str, patron: Patron, item: Item | None) -> Decimal | None:
    """Return what the fee rules set for a lost or damaged item.

    None if no rule applies, or if the library charges no fees.
    """
    if not the_library().charges:
        return None
    rule = _rule(list(FeeRule.objects.filter(kind=kind)), kind, patron, item)
    return rule.amount if rule else None


def _late_returns(rules: Sequence[FeeRule], law: Policy, now: datetime) -> Iterator[DueFee]:
    """Yield the late returns, by the time of the return itself, however late staff checked it.

    A loan that ended only because the same patron checked the copy out again was returned at an unknown time.
    """
    handed_in = PendingReturn.objects.filter(loan=OuterRef("pk"), closed_at=OuterRef("closed_at")).order_by("-at")
    loans = Loan.objects.filter(
        state=Loan.State.RETURNED,
        closed_at__gte=now - LOOKS_BACK,
        closed_at__gt=F("due"),
        uncertain=False,
        reckoned=False,
        nameless=False,
    )
    loans = loans.exclude(Exists(Loan.objects.filter(former=OuterRef("pk"))))
    loans = loans.annotate(handed_in_at=Subquery(handed_in.values("at")[:1]))
    for loan in loans.select_related("patron__category", "item__type", "branch"):
        back = loan.handed_in_at or loan.closed_at
        rule = _rule(rules, str(FeeRule.Kind.OVERDUE), loan.patron, loan.item)
        calendar = law.calendars.get(loan.branch.code, Calendar())
        days = open_days_late(calendar, law.local_day(loan.due), law.local_day(back))
        if rule is None or days <= rule.grace_days or loan.closed_at < rule.since:
            continue
        amount = rule.amount * days
        amount = amount if rule.cap is None else min(amount, rule.cap)
        if amount > 0:
            kind = str(Fee.Kind.OVERDUE)
            yield DueFee(loan.patron, loan.branch, kind, amount, loan.item, f"loan:{loan.pk}")


def _uncollected_holds(rules: Sequence[FeeRule], law: Policy, now: datetime) -> Iterator[DueFee]:
    """Yield the holds that were cancelled after the last day on which they could be collected."""
    holds = Hold.objects.filter(
        state=Hold.State.CANCELLED, until__isnull=False, closed_at__gte=now - LOOKS_BACK, nameless=False
    )
    for hold in holds.select_related("patron__category", "item__type", "pickup"):
        rule = _rule(rules, str(FeeRule.Kind.NOT_COLLECTED), hold.patron, hold.item)
        if rule is None or hold.closed_at < rule.since:
            continue
        if rule.amount > 0 and law.local_day(hold.closed_at) > hold.until:
            kind = str(Fee.Kind.NOT_COLLECTED)
            yield DueFee(hold.patron, hold.pickup, kind, rule.amount, hold.item, f"hold:{hold.pk}")


def _rule(rules: Sequence[FeeRule], kind: str, patron: Patron, item: Item | None) -> FeeRule | None:
    """Return the most specific rule that applies."""
    found = [
        each
        for each in rules
        if each.kind == kind
        and each.category_id in (None, patron.category_id)
        and each.item_type_id in (None, item.type_id if item else None)
    ]
    return max(found, key=lambda each: (each.category_id is not None, each.item_type_id is not None), default=None)


def open_days_late(calendar: Calendar, due: date, returned: date) -> int:
    """Return the open days after the due date, up to and including the day of the return."""
    days = (due + timedelta(days=ahead) for ahead in range(1, (returned - due).days + 1))
    return sum(day.weekday() not in calendar.weekdays and day not in calendar.dates for day in days)
