"""Check out and renew items, each in one database transaction, as `lending.policy` decides."""

from dataclasses import replace
from datetime import datetime, timedelta

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import Whereabouts, patron_facts, the_policy, whereabouts
from hub.circulation.models import Card, Hold, Loan, Patron, PendingReturn, Renewal
from hub.circulation.operations import external_ils, last_seen
from hub.circulation.operations.context import Actor, OperationResult, lock_item, lock_patron, tell
from hub.circulation.operations.holds import wait_again
from hub.core.retrying_transaction import atomic
from lending import policy
from lending.model import Block, ItemStatus, Reason
from lending.model import Item as ItemFacts

MOST_LATER = timedelta(days=60)
"""Maximum difference of a promised due date from the rules' date; a later one comes from a wrong clock."""


@atomic
def checkout(
    by: Actor,
    patron: Patron,
    item: Item,
    *,
    card: Card | None = None,
    promised: datetime | None = None,
    unverified: bool = False,
    reckoned: bool = False,
) -> OperationResult | Block:
    """Check out the item to the patron.

    An item whose return was not checked is in the library: it can be checked out, which closes the return.
    """
    patron, item = lock_patron(patron), lock_item(item)
    there = whereabouts(item)
    return checkout_held(by, patron, there, card=card, promised=promised, unverified=unverified, reckoned=reckoned)


def checkout_held(
    by: Actor,
    patron: Patron,
    there: Whereabouts,
    *,
    card: Card | None = None,
    promised: datetime | None = None,
    unverified: bool = False,
    reckoned: bool = False,
) -> OperationResult | Block:
    """Like `checkout`, in the caller's transaction, which has locked both rows and read where the item is."""
    item, law, who, what = there.item, the_policy(by.now), patron_facts(patron, card), there.facts
    if (brought := external_ils.imported_loan(by, patron, there)) is not None:
        return external_ils.claim_imported_loan(by, brought)
    verdict = _withdrawn_block(item) or policy.checkout(law, who, what, by.branch.code, by.now)
    rule = law.rule(who.category, what.type, by.branch.code)
    if isinstance(verdict, Block):
        others = what.status is ItemStatus.ON_LOAN and what.holder != who.ref
        if not by.no_block or (others and not by.elsewhere):
            return verdict
        due = _promised_due(law, rule, by, promised)
    else:
        due = _later(by, verdict.due, promised) if by.no_block else verdict.due
    due = external_ils.due(by, promised) or due
    last_seen.note(by, item, seen=True)
    former = _close_former(by, patron, there)
    loan = Loan.objects.create(
        patron=patron,
        item=item,
        branch=by.branch,
        checked_out_at=by.now,
        due=due,
        reckoned=reckoned,
        rule_id=_row_of(rule),
        transaction=by.transaction,
        unverified=unverified,
        uncertain=not by.believed,
        displaced=_displace(by, patron, there),
        hold=_fill_hold(by, patron, there),
        former=former,
    )
    if item.condition == Item.Condition.LOST:
        item.condition = Item.Condition.NORMAL
        item.save(update_fields=("condition",))
    tell("checkout", by, loan)
    return OperationResult(
        due=None if reckoned else due, loan=loan, rule=rule, against=external_ils.staff_notice(by, verdict)
    )


def record_closed_loan(
    by: Actor,
    patron: Patron,
    there: Whereabouts,
    back: datetime,
    *,
    card: Card | None = None,
    promised: datetime | None = None,
    unverified: bool = False,
    reckoned: bool = False,
) -> OperationResult:
    """Record a loan that is already closed.

    The item was seen in the library before the checkout was uploaded. Runs in the caller's transaction, which has
    locked both rows and read where the item is.
    """
    item, law, who, what = there.item, the_policy(by.now), patron_facts(patron, card), there.facts
    rule = law.rule(who.category, what.type, by.branch.code)
    due = external_ils.due(by, promised) or _promised_due(law, rule, by, promised)
    loan = Loan.objects.create(
        patron=patron,
        item=item,
        state=Loan.State.RETURNED,
        branch=by.branch,
        checked_out_at=by.now,
        due=due,
        reckoned=reckoned,
        rule_id=_row_of(rule),
        closed_at=back,
        transaction=by.transaction,
        unverified=unverified,
    )
    tell("checkout", by, loan)
    tell("checkin", replace(by, now=back), loan)
    return OperationResult(due=due, loan=loan, rule=rule)


def _withdrawn_block(item: Item) -> Block | None:
    return Block(Reason.UNKNOWN_ITEM) if item.condition == Item.Condition.WITHDRAWN else None


def _row_of(rule: policy.Rule | None) -> int | None:
    """Return the primary key of the rule to store with the loan; None for a rule that permits no loans."""
    return int(rule.ref) if rule is not None and rule.ref and not rule.reading_room_only else None


def _promised_due(law: policy.Policy, rule: policy.Rule | None, by: Actor, promised: datetime | None) -> datetime:
    """Return the due date of a loan made against the rules: the later of the rule's and the promised one."""
    return _later(by, law.due(rule, by.branch.code, by.now) if rule else by.now, promised)


def _later(by: Actor, own: datetime, promised: datetime | None) -> datetime:
    """Return the promised due date if it is later than `own`, but at most `MOST_LATER` after it.

    Rules may have changed since the promise. A date further off, set by a wrong clock, was not shown to a patron.
    """
    if promised is None or (promised > own + MOST_LATER and not by.clock_right):
        return own
    return max(own, min(promised, own + MOST_LATER))


def _close_former(by: Actor, patron: Patron, there: Whereabouts) -> Loan | None:
    """Close the previous loan of an item that is checked out again.

    Its return was not checked by staff, or was never recorded.

    Returns:
        The loan whose return was not recorded, if it is the same patron's. It continues if the new loan is undone.
    """
    former = there.loan
    if former is None:
        return None
    unnoticed = former.state == Loan.State.ON_LOAN
    former.state, former.closed_at, former.uncertain = Loan.State.RETURNED, by.now, former.uncertain or not by.believed
    former.save(update_fields=("state", "closed_at", "uncertain"))
    PendingReturn.objects.filter(loan=former, state=PendingReturn.State.WAITING).update(
        state=PendingReturn.State.LENT, closed_at=by.now
    )
    tell("checkin", by, former)
    return former if unnoticed and former.patron_id == patron.pk else None


def _displace(by: Actor, patron: Patron, there: Whereabouts) -> Hold | None:
    """Return a hold to the queue if this copy was trapped for it and another patron has borrowed the copy."""
    if there.ready is None or there.ready.patron == patron.pk:
        return None
    other: Hold = Hold.objects.select_related("patron").get(pk=there.ready.pk)
    wait_again(by, other)
    return other


def _fill_hold(by: Actor, patron: Patron, there: Whereabouts) -> Hold | None:
    """Close the borrower's own hold. If another copy was trapped for it, that copy becomes available."""
    found = there.hold_of(patron)
    if found is None:
        return None
    own: Hold = Hold.objects.get(pk=found.pk)
    own.state, own.closed_at = Hold.State.COLLECTED, by.now
    own.save(update_fields=("state", "closed_at"))
    return own


@atomic
def renew(
    by: Actor,
    patron: Patron,
    item: Item,
    *,
    card: Card | None = None,
    promised: datetime | None = None,
    reckoned: bool = False,
) -> OperationResult | Block:
    """Renew the patron's loan of the item."""
    patron, item = lock_patron(patron), lock_item(item)
    return renew_held(by, patron, whereabouts(item), card=card, promised=promised, reckoned=reckoned)


def renew_held(
    by: Actor,
    patron: Patron,
    there: Whereabouts,
    *,
    card: Card | None = None,
    promised: datetime | None = None,
    reckoned: bool = False,
) -> OperationResult | Block:
    """Like `renew`, in the caller's transaction, which has locked both rows and read where the item is."""
    law, who, what, loan = the_policy(by.now), patron_facts(patron, card), there.facts, there.loan
    verdict = policy.renew(law, who, what, by.branch.code, by.now)
    rule = law.rule(who.category, what.type, by.branch.code)
    kept = _promised_due(law, rule, by, promised)
    if isinstance(verdict, Block):
        if not by.no_block or loan is None or not _is_on_loan_to(who.ref, what):
            return verdict
        due = max(loan.due, kept)
        if verdict.reason is Reason.TOO_EARLY and due == loan.due:
            return OperationResult(due=None if loan.reckoned else due, loan=loan, rule=rule)
    else:
        due = max(verdict.due, kept) if by.no_block else verdict.due
    due = external_ils.due(by, promised) or due
    assert loan is not None
    Renewal.objects.create(
        loan=loan,
        at=by.now,
        due_before=loan.due,
        due_after=due,
        rule_before_id=loan.rule_id,
        transaction=by.transaction,
    )
    loan.due, loan.renewals, loan.rule_id, loan.reckoned = due, loan.renewals + 1, _row_of(rule), reckoned
    loan.save(update_fields=("due", "renewals", "rule", "reckoned"))
    tell("renewed", by, loan)
    return OperationResult(
        due=None if reckoned else due, loan=loan, rule=rule, against=external_ils.staff_notice(by, verdict)
    )


def _is_on_loan_to(ref: str, what: ItemFacts) -> bool:
    return what.status is ItemStatus.ON_LOAN and what.holder == ref
