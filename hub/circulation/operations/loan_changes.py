"""Check out, renew, check in and undo, each in one database transaction, as `lending.policy` decides.

A camera's report alone never closes a loan: staff check the return, or reopen the loan of an item that was not found.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import Whereabouts, item_facts, open_loan, patron_facts, the_policy, whereabouts
from hub.circulation.models import Card, Hold, Loan, Patron, PendingReturn, Renewal, Sighting, Transit
from hub.circulation.operations import external_ils, hold_queue, sightings
from hub.circulation.operations.context import Actor, OperationResult, append_event, lock_item, lock_patron, tell
from hub.circulation.operations.hold_queue import give_back, is_free, keep, wait_again
from hub.core.retrying_transaction import atomic
from lending import policy
from lending.model import Block, ItemStatus, Reason
from lending.transactions import ReturnMode

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
    item, law, borrower, what = there.item, the_policy(by.now), patron_facts(patron, card), there.facts
    if by.elsewhere and (brought := external_ils.imported_loan(by, patron, there)) is not None:
        return external_ils.claim_imported_loan(by, brought)
    withdrawn = Block(Reason.UNKNOWN_ITEM) if item.condition == Item.Condition.WITHDRAWN else None
    verdict = withdrawn or policy.checkout(law, borrower, what, by.branch.code, by.now)
    rule = law.patron_rule(borrower, what.type, by.branch.code)
    if isinstance(verdict, Block):
        others = what.status is ItemStatus.ON_LOAN and what.holder != borrower.ref
        if not by.no_block or (others and not by.elsewhere):
            return verdict
        due = _promised_due(law, rule, by, promised)
    else:
        due = _later(by, verdict.due, promised) if by.no_block else verdict.due
    due = promised if by.elsewhere and promised else due
    sightings.note(by, item, seen=True)
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
    return OperationResult(due=None if reckoned else due, loan=loan, rule=rule, overruled=_broken_rule(by, verdict))


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
    item, law, borrower, what = there.item, the_policy(by.now), patron_facts(patron, card), there.facts
    rule = law.patron_rule(borrower, what.type, by.branch.code)
    due = promised if by.elsewhere and promised else _promised_due(law, rule, by, promised)
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
    law, borrower, what, loan = the_policy(by.now), patron_facts(patron, card), there.facts, there.loan
    verdict = policy.renew(law, borrower, what, by.branch.code, by.now)
    rule = law.patron_rule(borrower, what.type, by.branch.code)
    promised_due = _promised_due(law, rule, by, promised)
    if isinstance(verdict, Block):
        if not by.no_block or loan is None or not external_ils.has(patron, there):
            return verdict
        due = max(loan.due, promised_due)
        if verdict.reason is Reason.TOO_EARLY and due == loan.due:
            return OperationResult(due=None if loan.reckoned else due, loan=loan, rule=rule)
    else:
        due = max(verdict.due, promised_due) if by.no_block else verdict.due
    due = promised if by.elsewhere and promised else due
    assert loan is not None
    Renewal.objects.create(
        loan=loan,
        at=by.now,
        due_before=loan.due,
        due_after=due,
        rule_before_id=loan.rule_id,
        transaction=by.transaction,
        uncertain=not by.believed,
    )
    loan.due, loan.renewals, loan.rule_id, loan.reckoned = due, loan.renewals + 1, _row_of(rule), reckoned
    loan.save(update_fields=("due", "renewals", "rule", "reckoned"))
    tell("renewed", by, loan)
    return OperationResult(due=None if reckoned else due, loan=loan, rule=rule, overruled=_broken_rule(by, verdict))


def _broken_rule(by: Actor, verdict: object) -> Block | None:
    """Return what staff must see of the verdict: nothing if the ILS has decided by its own rules."""
    return verdict if isinstance(verdict, Block) and not by.elsewhere else None


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
        sightings.note_what_ends_no_loan(by, item)
    if verdict is None or (taken_in and not refused):
        sightings.note(by, item, seen=taken_in)
    if verdict is not None and refused:
        if used_here:
            sightings.count_use(by, item)
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
    sightings.note(by, item, seen=True)
    if loan is None:
        sightings.note_what_ends_no_loan(by, item)
    if loan is None and not was_lost:
        if used_here:
            sightings.count_use(by, item)
        return Block(Reason.NOT_ON_LOAN)
    if loan is not None:
        _close(by, loan)
    return _return_result(by, there, loan)


def _was_used_here(by: Actor, there: Whereabouts) -> bool:
    """Return whether a copy that is not on loan was read in the library.

    A copy in transit between branches was not, and a return that is uploaded late may precede its loan.
    """
    on_shelf = there.facts.status is ItemStatus.ON_SHELF and by.believed and not by.no_block
    return on_shelf and sightings.is_fresh(by, there.item) and hold_queue.open_transfer(there.item) is None


def _find(by: Actor, item: Item) -> bool:
    """Mark a lost item as found; return whether it was lost."""
    if item.condition != Item.Condition.LOST:
        return False
    item.condition = Item.Condition.NORMAL
    item.save(update_fields=("condition",))
    append_event("item_found", by.now, item=item.barcode, title=item.title_id, **by.actor_facts())
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
    hold_queue.send_home(by, loan.item)


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
    sightings.forget_scans(loan.item)
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
    if loan is not None:
        loan.lost_at = by.now
        loan.save(update_fields=("lost_at",))
    append_event("item_lost", by.now, item=item.barcode, title=item.title_id, patron=patron, **by.actor_facts())
    return OperationResult(loan=loan)


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
    loan.state, loan.closed_at, loan.lost_at = Loan.State.ON_LOAN, None, None
    if confirmed is not None:
        PendingReturn.objects.filter(pk=confirmed.pk).update(state=PendingReturn.State.WAITING, closed_at=None)
        loan.state = Loan.State.HANDED_IN
    loan.save(update_fields=("state", "closed_at", "lost_at"))
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
