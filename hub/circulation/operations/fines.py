"""Charge what the fee rules set.

A fine grows while its loan is overdue: a nightly job and each look at the patron's account set its amount to what a
return now would cost. The same job charges uncollected holds; staff charge lost and damaged items.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from hub.catalogue.models import Branch, Item
from hub.circulation.domain_mapping import the_library, the_policy
from hub.circulation.models import Fee, FeeRule, Hold, Loan, Patron, PendingReturn, Renewal
from hub.circulation.operations import external_ils, fees
from hub.circulation.operations.context import Actor, append_event, lock_patron
from hub.core.retrying_transaction import atomic
from lending.policy import Calendar, Policy

LOOKS_BACK = timedelta(days=6)
"""How far back the job looks, so that it catches up after nights without it.

It is less than the shortest time for which closed loans keep their patron, after which `Fee.cause` is deleted.
"""
CHUNK = 500
CAUSE = "loan:"
"""Prefix of `Fee.cause`, followed by the key of the loan."""


@dataclass(frozen=True, slots=True)
class DueFee:
    """A fee that a rule sets, not charged yet."""

    patron: Patron
    branch: Branch
    kind: str
    amount: Decimal
    item: Item | None
    cause: str


@dataclass(frozen=True, slots=True)
class Fine:
    """What a loan costs by the rules if the item comes back now; `grows` is true while it is overdue."""

    loan: Loan
    amount: Decimal
    grows: bool

    @property
    def cause(self) -> str:
        """Return the cause by which the one fee of the loan is found."""
        return f"{CAUSE}{self.loan.pk}"


def charge_by_rules(now: datetime) -> int:
    """Bring all fines up to date and charge uncollected holds; return the number of patrons and holds charged.

    Nothing is charged if the library charges no fees or an ILS keeps the loans, for a loan with an uncertain time, for
    a return that was never recorded, for a due date that was only estimated, or for what ended before the
    rule was made.

    Args:
        now: Aware.
    """
    if external_ils.followed():
        return 0
    rules = list(FeeRule.objects.select_related("category", "item_type")) if the_library().charges else []
    law, everyone = the_policy(now), Loan.objects.all()
    patrons = {
        fine.loan.patron_id: fine.loan.patron for fine in _outdated_fines(everyone, Fee.objects.all(), rules, law, now)
    }
    for patron in patrons.values():
        _set_fines(patron, rules, law, now)
    due = list(_uncollected_holds(rules, law, now))
    known = set(Fee.objects.filter(cause__in=[each.cause for each in due]).values_list("cause", flat=True))
    new = [each for each in due if each.cause not in known]
    for each in new:
        by = Actor(branch=each.branch, now=now)
        fees.charge(by, each.patron, each.kind, each.amount, item=each.item, cause=each.cause)
    return len(patrons) + len(new)


def bring_up_to_date(patron: Patron, now: datetime) -> None:
    """Set the patron's fines to what a return now would cost, before they are shown or paid.

    Args:
        patron: Whose account is looked at.
        now: Aware.
    """
    if not the_library().charges or external_ils.followed():
        return
    rules = list(FeeRule.objects.filter(kind=FeeRule.Kind.OVERDUE))
    loans, own = Loan.objects.filter(patron=patron), Fee.objects.filter(patron=patron)
    law = the_policy(now)
    if any(True for _fine in _outdated_fines(loans, own, rules, law, now)):
        _set_fines(patron, rules, law, now)


def for_open_loans() -> Exists:
    """Return the condition that a fee is the fine of a loan that is still open, and may grow."""
    loans = Loan.objects.filter(state__in=Loan.OPEN, patron=OuterRef("patron"))
    causes = loans.annotate(cause=Concat(Value(CAUSE), Cast("pk", CharField())))
    return Exists(causes.filter(cause=OuterRef("cause")))


def amount_by_rule(kind: str, patron: Patron, item: Item | None) -> Decimal | None:
    """Return what the fee rules set for a lost or damaged item.

    None if no rule applies, or if the library charges no fees.
    """
    if not the_library().charges:
        return None
    rule = _rule(list(FeeRule.objects.filter(kind=kind)), kind, patron, item)
    return rule.amount if rule else None


@atomic
def _set_fines(patron: Patron, rules: Sequence[FeeRule], law: Policy, now: datetime) -> None:
    """Compute the patron's fines again while the patron is locked, and store those that differ."""
    lock_patron(patron)
    loans, own = Loan.objects.filter(patron=patron), Fee.objects.filter(patron=patron)
    for fine in list(_outdated_fines(loans, own, rules, law, now)):
        fee = own.filter(cause=fine.cause).first()
        by = Actor(branch=fine.loan.branch, now=now)
        if fee is not None:
            _set_amount(by, fee, fine)
        elif fine.grows:
            Fee.objects.create(
                patron=patron,
                kind=Fee.Kind.OVERDUE,
                amount=fine.amount,
                item=fine.loan.item,
                charged_at=now,
                cause=fine.cause,
                growing=True,
            )
        else:
            kind = str(Fee.Kind.OVERDUE)
            fees.charge(by, patron, kind, fine.amount, item=fine.loan.item, cause=fine.cause)


def _set_amount(by: Actor, fee: Fee, fine: Fine) -> None:
    """Set what the fine is now. What was paid or waived counts towards it, and is never less than the fee."""
    amount = max(fine.amount, fee.paid + fee.waived)
    if amount == 0 and not fee.payments.exists():
        fee.delete()
        return
    is_final = not fine.grows and (fee.growing or fee.amount != amount)
    settled = None if amount > fee.paid + fee.waived else fee.settled_at or by.now
    changed = {"amount": amount, "growing": fine.grows, "charged_at": by.now, "settled_at": settled}
    if fine.grows:
        Fee.objects.filter(pk=fee.pk).update(**changed)  # no version for every night in the history of changes
        return
    for name, value in changed.items():
        setattr(fee, name, value)
    fee.save(update_fields=tuple(changed))
    if is_final:
        append_event(
            "fee_charged",
            by.now,
            fee=fee.pk,
            patron=fee.patron.ref,
            amount=str(amount),
            cause=fee.kind,
            **by.actor_facts(),
        )


def _outdated_fines(
    loans: "QuerySet[Loan]", own: "QuerySet[Fee]", rules: Sequence[FeeRule], law: Policy, now: datetime
) -> Iterator[Fine]:
    """Yield the fines of these loans that differ from what is stored in these fees."""
    keys = sorted(_keys(loans, own, now))
    for at in range(0, len(keys), CHUNK):
        found = list(_with_facts(Loan.objects.filter(pk__in=keys[at : at + CHUNK])))
        fines = [Fine(each, _amount(each, rules, law, now), _grows(each, now)) for each in found]
        stored = {fee.cause: fee for fee in own.filter(cause__in=[each.cause for each in fines])}
        for fine in fines:
            fee = stored.get(fine.cause)
            if _differs(fine, fee):
                yield fine


def _keys(loans: "QuerySet[Loan]", own: "QuerySet[Fee]", now: datetime) -> set[int]:
    """Return the loans that may cost something: overdue now or before a renewal, open or closed in the last days."""
    renewals = Renewal.objects.filter(loan=OuterRef("pk"), undone=False, at__gt=F("due_before"))
    late = Q(Exists(renewals))
    recent = loans.filter(state=Loan.State.RETURNED, nameless=False, closed_at__gte=now - LOOKS_BACK)
    found = set(loans.filter(Q(due__lt=now) | late, state__in=Loan.OPEN).values_list("pk", flat=True))
    found |= set(recent.filter(Q(closed_at__gt=F("due")) | late).values_list("pk", flat=True))
    growing = own.filter(growing=True).values_list("cause", flat=True)
    return found | {int(cause.removeprefix(CAUSE)) for cause in growing}


def _with_facts(loans: "QuerySet[Loan]") -> "QuerySet[Loan]":
    """Add what decides about a fine; a loan that the same patron's next one ended was returned at an unknown time."""
    loans = loans.annotate(is_followed=Exists(Loan.objects.filter(former=OuterRef("pk"))))
    return loans.select_related("patron__category", "item__type", "branch").prefetch_related("renewed", "handed_in")


def _differs(fine: Fine, fee: Fee | None) -> bool:
    if fee is None:
        return fine.amount > 0
    closed = fine.loan.closed_at
    if not fee.growing and closed is not None and fee.charged_at >= closed:
        return False  # final: a rule that changes later does not change what was charged
    amount = max(fine.amount, fee.paid + fee.waived)
    return closed is not None or (amount, fine.grows) != (fee.amount, fee.growing)


def _grows(loan: Loan, now: datetime) -> bool:
    return loan.state == Loan.State.ON_LOAN and loan.due < now and loan.lost_at is None


def _amount(loan: Loan, rules: Sequence[FeeRule], law: Policy, now: datetime) -> Decimal:
    """Return what the loan costs: the late days before each renewal and before the return, at most the cap."""
    kept = loan.state in Loan.OPEN or loan.state == Loan.State.RETURNED
    rule = _rule(rules, str(FeeRule.Kind.OVERDUE), loan.patron, loan.item)
    if rule is None or not kept or loan.uncertain or loan.reckoned or loan.nameless or loan.is_followed:
        return Decimal(0)
    renewals = [each for each in loan.renewed.all() if not each.undone and not each.uncertain]
    ended = [(each.due_before, each.at, each.at) for each in renewals]
    if not _is_lost_since_unknown(loan):
        ended.append((loan.due, _end(loan, now), loan.closed_at or now))
    calendar, total = law.calendars.get(loan.branch.code, Calendar()), Decimal(0)
    for due, end, closed in ended:
        days = open_days_late(calendar, law.local_day(due), law.local_day(end))
        if days > rule.grace_days and closed >= rule.since:
            total += rule.amount * days
    return total if rule.cap is None else min(total, rule.cap)


def _is_lost_since_unknown(loan: Loan) -> bool:
    lost = loan.item.condition == Item.Condition.LOST
    return lost and loan.lost_at is None and loan.state == Loan.State.ON_LOAN


def _end(loan: Loan, now: datetime) -> datetime:
    """Return the time of the return, of the loss or, while the patron has the item, `now`.

    A return counts by the time at which it was handed in, however late staff checked it.
    """
    handed_in = [each for each in loan.handed_in.all() if each.closed_at == loan.closed_at]
    waiting = loan.state == Loan.State.HANDED_IN
    if waiting:
        handed_in = [each for each in handed_in if each.state == PendingReturn.State.WAITING]
    end = loan.closed_at or now
    if handed_in and loan.state != Loan.State.ON_LOAN:
        end = max(each.at for each in handed_in)
    return min(end, loan.lost_at) if loan.lost_at else end


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
