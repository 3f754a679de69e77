"""Undo checkouts, renewals and returns, each in one database transaction.

The undo of a checkout that was uploaded late may concern a loan that is already closed.
"""

from dataclasses import replace
from uuid import UUID

from django.db.models import F, Q

from hub.circulation.models import Hold, Loan, Patron, PendingReturn, Renewal, Sighting, Transit
from hub.circulation.operations.context import Actor, OperationResult, lock_item, lock_patron, tell
from hub.circulation.operations.holds import give_back, is_free, keep, wait_again
from hub.core.retrying_transaction import atomic
from lending.model import Block, Reason


@atomic
def undo(by: Actor, of: UUID) -> OperationResult | Block:
    """Undo the checkout or renewal made by the transaction `of`, unless the loan has changed since."""
    loan = Loan.objects.filter(Q(transaction=of) | Q(renewed__transaction=of)).select_related("patron", "item").first()
    if loan is None:
        return Block(Reason.NOTHING_TO_UNDO)
    lock_patron(loan.patron)
    lock_item(loan.item)
    loan.refresh_from_db(fields=("state", "due", "renewals", "closed_at", "patron", "nameless"))
    last = loan.renewed.filter(undone=False).last()
    if loan.state == Loan.State.RETURNED and last is None and by.no_block and _undone_before_it_was_back(by, loan):
        return _undo_what_is_over(by, loan)
    if loan.state == Loan.State.HANDED_IN and last is None and by.no_block and loan.transaction == of:
        return _undo_what_is_looked_for(by, loan)
    if loan.state != Loan.State.ON_LOAN or (last.transaction if last else loan.transaction) != of:
        return Block(Reason.NOTHING_TO_UNDO)
    return _undo_renewal(by, loan, last) if last else _undo_checkout(by, loan)


@atomic
def undo_return(by: Actor, loan: Loan) -> OperationResult | Block:
    """Undo a return that staff made by mistake: the loan continues as before, with its due date.

    A hold for which the return kept the copy waits again at its old place, and a transfer that the return began ends.
    A return at a kiosk that staff had confirmed waits to be checked again. The copy counts as not seen at that return,
    or a loan that a kiosk reports later would end with it.

    Returns:
        Block(NOTHING_TO_UNDO) when the loan is not closed, or the copy has been lent, lost or withdrawn since.
    """
    lock_patron(loan.patron)
    item = lock_item(loan.item)
    loan.refresh_from_db(fields=("state", "closed_at", "nameless"))
    lent_since = Loan.objects.filter(item=item, pk__gt=loan.pk).exclude(state=Loan.State.UNDONE)
    stands = item.condition == item.Condition.NORMAL and not loan.nameless and not lent_since.exists()
    if loan.state != Loan.State.RETURNED or not stands:
        return Block(Reason.NOTHING_TO_UNDO)
    for hold in Hold.objects.filter(item=item, state=Hold.State.READY).select_related("patron"):
        wait_again(by, hold)
    Transit.objects.filter(item=item, noted_at__gte=loan.closed_at).delete()
    Sighting.objects.filter(item=item, seen=True, at=loan.closed_at).delete()
    confirmed = loan.handed_in.filter(state=PendingReturn.State.FOUND, closed_at=loan.closed_at).last()
    loan.state, loan.closed_at = Loan.State.ON_LOAN, None
    if confirmed is not None:
        PendingReturn.objects.filter(pk=confirmed.pk).update(state=PendingReturn.State.WAITING, closed_at=None)
        loan.state = Loan.State.HANDED_IN
    loan.save(update_fields=("state", "closed_at"))
    _tell_reopened(by, loan, confirmed)
    return OperationResult(due=loan.due, loan=loan)


def _tell_reopened(by: Actor, loan: Loan, confirmed: PendingReturn | None) -> None:
    """Append the events of a reopened return, dated by the return.

    The figures of that day stay right.
    """
    if confirmed is None:
        tell("loan_reopened", by, loan)
        return
    then = replace(by, now=confirmed.at)
    tell("loan_reopened", then, loan)
    tell("handed_in", then, loan)


def _undone_before_it_was_back(by: Actor, loan: Loan) -> bool:
    return by.believed and loan.closed_at is not None and by.now < loan.closed_at


def _undo_what_is_over(by: Actor, loan: Loan) -> OperationResult:
    """Undo a loan that was uploaded late and whose undo came later still.

    It had been closed only because the copy was seen in the library.
    """
    loan.state = Loan.State.UNDONE
    loan.save(update_fields=("state",))
    tell("checkout_undone", by, loan)
    return OperationResult(loan=loan)


def _undo_what_is_looked_for(by: Actor, loan: Loan) -> OperationResult:
    """Undo a late loan of a copy that was scanned since.

    The patron never took the copy, so staff need not look for it.
    """
    PendingReturn.objects.filter(loan=loan, state=PendingReturn.State.WAITING).update(
        state=PendingReturn.State.FOUND, closed_at=by.now
    )
    return _undo_checkout(by, loan)


def _undo_checkout(by: Actor, loan: Loan) -> OperationResult:
    loan.state, loan.closed_at = Loan.State.UNDONE, by.now
    loan.save(update_fields=("state", "closed_at"))
    tell("checkout_undone", by, loan)
    if loan.former is not None:
        _go_on(by, loan.former, loan.patron)
    if loan.hold is not None and loan.hold.state == Hold.State.COLLECTED:
        _restore_patron(loan.hold, loan.patron)
        give_back(by, loan.hold)
    if loan.displaced is not None and loan.displaced.state == Hold.State.WAITING and is_free(loan.item):
        keep(by, loan.displaced, loan.item)
    return OperationResult(loan=loan)


def _go_on(by: Actor, former: Loan, patron: Patron) -> None:
    """Reopen the same patron's earlier loan that the undone one had closed: its return was never recorded."""
    _restore_patron(former, patron)
    former.state, former.closed_at = Loan.State.ON_LOAN, None
    former.save(update_fields=("state", "closed_at"))
    tell("loan_reopened", by, former)


def _restore_patron(closed: Loan | Hold, patron: Patron) -> None:
    """Restore the patron of a loan or hold that was anonymised: the undone loan names the patron."""
    if not closed.nameless:
        return
    closed.patron, closed.nameless = patron, False
    closed.save(update_fields=("patron", "nameless"))
    if isinstance(closed, Loan):
        Patron.objects.filter(pk=patron.pk, past__gt=0).update(past=F("past") - 1)


def _undo_renewal(by: Actor, loan: Loan, renewal: Renewal) -> OperationResult:
    renewal.undone = True
    renewal.save(update_fields=("undone",))
    loan.due, loan.renewals, loan.rule_id = renewal.due_before, loan.renewals - 1, renewal.rule_before_id
    loan.save(update_fields=("due", "renewals", "rule"))
    tell("renewal_undone", by, loan)
    return OperationResult(due=loan.due, loan=loan)
