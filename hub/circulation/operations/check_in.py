"""Check items in: return at a kiosk, check by staff, or reopen the loan of an item that was not found.

A camera's report alone never closes a loan.
"""

from dataclasses import replace

from hub.catalogue.models import Item
from hub.circulation import event_feed
from hub.circulation.domain_mapping import Whereabouts, item_facts, open_loan, whereabouts
from hub.circulation.models import Loan, Patron, PendingReturn
from hub.circulation.operations import in_house_use, last_seen, transits
from hub.circulation.operations.context import Actor, OperationResult, lock_item, lock_patron, tell
from hub.core.retrying_transaction import atomic
from lending import policy
from lending.model import Block, ItemStatus, Reason
from lending.transactions import ReturnMode


@atomic
def checkin(by: Actor, item: Item, mode: ReturnMode) -> OperationResult | Block:
    """Check the item in as the mode says; with `no_block`, also an item that is not on loan.

    A lost item stays lost until the item itself was seen. A refused return is recorded too, because the item's loan may
    be uploaded late.
    """
    return checkin_held(by, whereabouts(lock_item(item)), mode)


def checkin_held(by: Actor, there: Whereabouts, mode: ReturnMode) -> OperationResult | Block:
    """Like `checkin`, in the caller's transaction.

    The caller has locked the item's row and read where the item is.
    """
    item, loan, verdict = there.item, there.loan, policy.checkin(there.facts)
    refused = verdict is not None and not by.no_block
    taken_in = mode is not ReturnMode.PROVISIONAL
    used_here = refused and _was_used_here(by, there)
    if verdict is not None:
        last_seen.note_what_ends_no_loan(by, item)
    if verdict is None or (taken_in and not refused):
        last_seen.note(by, item, seen=taken_in)
    if verdict is not None and refused:
        if used_here:
            in_house_use.count(by, item)
        return verdict
    if taken_in:
        _find(by, item)
    seen_elsewhere = by.elsewhere and taken_in
    if loan is None or (loan.state == Loan.State.HANDED_IN and not seen_elsewhere):
        return _return_result(by, there)
    if mode is ReturnMode.PROVISIONAL:
        loan.state, loan.uncertain = Loan.State.HANDED_IN, loan.uncertain or not by.believed
        loan.save(update_fields=("state", "uncertain"))
        PendingReturn.objects.create(loan=loan, at=by.now, kiosk=by.kiosk, transaction=by.transaction)
        tell("handed_in", by, loan)
    else:
        _close(by, loan)
    return _return_result(by, there, loan)


@atomic
def receive(by: Actor, item: Item) -> OperationResult | Block:
    """Check in an item that staff have at hand: close a loan, confirm a return, or find a lost item.

    Returns:
        Block(NOT_ON_LOAN) if there was nothing to do.
    """
    there = whereabouts(lock_item(item))
    item, loan = there.item, there.loan
    used_here = _was_used_here(by, there)
    was_lost = _find(by, item)
    last_seen.note(by, item, seen=True)
    if loan is None:
        last_seen.note_what_ends_no_loan(by, item)
    if loan is None and not was_lost:
        if used_here:
            in_house_use.count(by, item)
        return Block(Reason.NOT_ON_LOAN)
    if loan is not None:
        _close(by, loan)
    return _return_result(by, there, loan)


def _was_used_here(by: Actor, there: Whereabouts) -> bool:
    """Return whether a copy that is not on loan was read in the library.

    A copy in transit between branches was not, and a return that is uploaded late may precede its loan.
    """
    on_shelf = there.facts.status is ItemStatus.ON_SHELF and by.believed and not by.no_block
    return on_shelf and in_house_use.is_fresh(by, there.item) and transits.open_transfer(there.item) is None


def _find(by: Actor, item: Item) -> bool:
    """Mark a lost item as found; return whether it was lost."""
    if item.condition != Item.Condition.LOST:
        return False
    item.condition = Item.Condition.NORMAL
    item.save(update_fields=("condition",))
    event_feed.append("item_found", by.now, item=item.barcode, title=item.title_id, **by.actor_facts())
    return True


def _close(by: Actor, loan: Loan) -> None:
    """Close the loan, and confirm a return that staff had not checked.

    If the return itself has a certain time, that time decides about overdue fees, and the loan stays certain even if
    the time of the check is not.
    """
    confirmed = PendingReturn.objects.filter(loan=loan, state=PendingReturn.State.WAITING).update(
        state=PendingReturn.State.FOUND, closed_at=by.now
    )
    by = replace(by, believed=by.believed or not loan.uncertain) if confirmed else by
    loan.state, loan.closed_at, loan.uncertain = Loan.State.RETURNED, by.now, loan.uncertain or not by.believed
    loan.save(update_fields=("state", "closed_at", "uncertain"))
    tell("return_confirmed" if confirmed else "checkin", by, loan)
    transits.send_home(by, loan.item)


def _return_result(by: Actor, there: Whereabouts, loan: Loan | None = None) -> OperationResult:
    waits, home = there.waiting > 0, there.item.branch
    return OperationResult(
        someone_waits=waits,
        place=by.branch.hold_place if waits else by.branch.return_place,
        goes_on=None if waits or home.pk == by.branch.pk else home,
        loan=loan,
    )


@atomic
def confirm_return(by: Actor, case: PendingReturn) -> OperationResult | Block:
    """Confirm a return after staff have found the item: the loan is closed."""
    return receive(by, case.loan.item) if _waiting(case) else Block(Reason.NOT_ON_LOAN)


@atomic
def reopen(by: Actor, case: PendingReturn) -> OperationResult | Block:
    """Reopen the loan with its old due date, because the returned item cannot be found."""
    loan = case.loan
    lock_patron(loan.patron)
    lock_item(loan.item)
    if not _waiting(case):
        return Block(Reason.NOT_ON_LOAN)
    PendingReturn.objects.filter(pk=case.pk).update(state=PendingReturn.State.REOPENED, closed_at=by.now)
    loan.refresh_from_db(fields=("state",))
    loan.state = Loan.State.ON_LOAN
    loan.save(update_fields=("state",))
    last_seen.forget_scans(loan.item)
    tell("loan_reopened", by, loan)
    return OperationResult(due=loan.due, loan=loan)


def _waiting(case: PendingReturn) -> bool:
    case.refresh_from_db(fields=("state",))
    return bool(case.state == PendingReturn.State.WAITING)


@atomic
def write_off(by: Actor, item: Item, patron: Patron | None) -> OperationResult:
    """Write off a copy that this patron, or an unknown person, has: it becomes lost without a fee.

    A loan to another patron is closed, because that patron does not have the copy.
    """
    item = lock_item(item)
    loan = open_loan(item)
    if loan is not None and patron is not None and loan.patron_id == patron.pk:
        PendingReturn.objects.filter(loan=loan, state=PendingReturn.State.WAITING).update(
            state=PendingReturn.State.REOPENED, closed_at=by.now
        )
        loan.state, loan.closed_at = Loan.State.GONE, by.now
        loan.save(update_fields=("state", "closed_at"))
        tell("loan_written_off", by, loan)
    elif loan is not None:
        _close(by, loan)
    lose(by, item)
    return OperationResult(loan=loan)


@atomic
def ask_back(by: Actor, loan: Loan) -> OperationResult | Block:
    """Request that the patron return the item at once; the loan continues.

    Returns:
        Block(NOT_ON_LOAN) if the item is back.
    """
    lock_item(loan.item)
    loan.refresh_from_db(fields=("state",))
    if loan.state != Loan.State.ON_LOAN:
        return Block(Reason.NOT_ON_LOAN)
    loan.asked_back_at = by.now
    loan.save(update_fields=("asked_back_at",))
    tell("asked_back", by, loan)
    return OperationResult(due=loan.due, loan=loan)


@atomic
def lose(by: Actor, item: Item) -> OperationResult | Block:
    """Declare the item lost. An open loan stays open, because the patron still owes the item."""
    item = lock_item(item)
    if item_facts(item).status is ItemStatus.LOST:
        return Block(Reason.ITEM_LOST)
    item.condition = Item.Condition.LOST
    item.save(update_fields=("condition",))
    loan = open_loan(item)
    patron = loan.patron.ref if loan else None
    event_feed.append("item_lost", by.now, item=item.barcode, title=item.title_id, patron=patron, **by.actor_facts())
    return OperationResult(loan=loan)
