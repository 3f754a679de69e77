"""Takes items back: handed in at a kiosk, seen by staff, or not found and reopened; never believes a camera alone."""

from dataclasses import replace

from kiosk.domain import policy
from kiosk.domain.model import Block, ItemStatus, Reason
from kiosk.domain.transactions import ReturnMode
from kiosk.hub.atomic import atomic
from kiosk.hub.catalogue.models import Item
from kiosk.hub.circulation import feed
from kiosk.hub.circulation.desk import in_house, sightings, transits
from kiosk.hub.circulation.desk.terms import By, Done, lock_item, lock_patron, tell
from kiosk.hub.circulation.facts import Whereabouts, item_facts, open_loan, whereabouts
from kiosk.hub.circulation.models import HandedIn, Loan, Patron


@atomic
def checkin(by: By, item: Item, mode: ReturnMode) -> Done | Block:
    """Takes the item back as the mode says; with no_block an item that is on no loan is welcome too.

    A lost item stays lost until the item itself was seen. A return that is refused is noted all the same: a loan of the
    item may come late.
    """
    return checkin_held(by, whereabouts(lock_item(item)), mode)


def checkin_held(by: By, there: Whereabouts, mode: ReturnMode) -> Done | Block:
    """As `checkin`, in the caller's transaction, which holds the item's row and has read where it is."""
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
            in_house.count(by, item)
        return verdict
    if taken_in:
        _find(by, item)
    seen_elsewhere = by.elsewhere and taken_in
    if loan is None or (loan.state == Loan.State.HANDED_IN and not seen_elsewhere):
        return _taken(by, there)
    if mode is ReturnMode.PROVISIONAL:
        loan.state, loan.uncertain = Loan.State.HANDED_IN, loan.uncertain or not by.believed
        loan.save(update_fields=("state", "uncertain"))
        HandedIn.objects.create(loan=loan, at=by.now, kiosk=by.kiosk, transaction=by.transaction)
        tell("handed_in", by, loan)
    else:
        _close(by, loan)
    return _taken(by, there, loan)


@atomic
def receive(by: By, item: Item) -> Done | Block:
    """Takes back an item that staff hold in their hands: a loan is closed, a handed-in one confirmed, a lost one found.

    Block(NOT_ON_LOAN) when nothing was to be done.
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
            in_house.count(by, item)
        return Block(Reason.NOT_ON_LOAN)
    if loan is not None:
        _close(by, loan)
    return _taken(by, there, loan)


def _was_used_here(by: By, there: Whereabouts) -> bool:
    """A copy that comes to the returns without a loan was read here, unless it is under way between branches.

    A row that is late may be told before its loan.
    """
    on_shelf = there.facts.status is ItemStatus.ON_SHELF and by.believed and not by.no_block
    return on_shelf and in_house.is_fresh(by, there.item) and transits.of(there.item) is None


def _find(by: By, item: Item) -> bool:
    """A lost item is lost no more; False when it was not."""
    if item.condition != Item.Condition.LOST:
        return False
    item.condition = Item.Condition.NORMAL
    item.save(update_fields=("condition",))
    feed.append("item_found", by.now, item=item.barcode, title=item.title_id, **by.who())
    return True


def _close(by: By, loan: Loan) -> None:
    """What was handed in at a known time was late or not by that, and is no less known for who saw it afterwards."""
    confirmed = HandedIn.objects.filter(loan=loan, state=HandedIn.State.WAITING).update(
        state=HandedIn.State.FOUND, closed_at=by.now
    )
    by = replace(by, believed=by.believed or not loan.uncertain) if confirmed else by
    loan.state, loan.closed_at, loan.uncertain = Loan.State.RETURNED, by.now, loan.uncertain or not by.believed
    loan.save(update_fields=("state", "closed_at", "uncertain"))
    tell("return_confirmed" if confirmed else "checkin", by, loan)
    transits.send_home(by, loan.item)


def _taken(by: By, there: Whereabouts, loan: Loan | None = None) -> Done:
    waits, home = there.waiting > 0, there.item.branch
    return Done(
        someone_waits=waits,
        place=by.branch.hold_place if waits else by.branch.return_place,
        goes_on=None if waits or home.pk == by.branch.pk else home,
        loan=loan,
    )


@atomic
def found(by: By, case: HandedIn) -> Done | Block:
    """Staff have seen the handed-in item: the loan is closed."""
    return receive(by, case.loan.item) if _waiting(case) else Block(Reason.NOT_ON_LOAN)


@atomic
def reopen(by: By, case: HandedIn) -> Done | Block:
    """The handed-in item is not there: the loan goes on with its old due date."""
    loan = case.loan
    lock_patron(loan.patron)
    lock_item(loan.item)
    if not _waiting(case):
        return Block(Reason.NOT_ON_LOAN)
    HandedIn.objects.filter(pk=case.pk).update(state=HandedIn.State.REOPENED, closed_at=by.now)
    loan.refresh_from_db(fields=("state",))
    loan.state = Loan.State.ON_LOAN
    loan.save(update_fields=("state",))
    sightings.forget_scans(loan.item)
    tell("loan_reopened", by, loan)
    return Done(due=loan.due, loan=loan)


def _waiting(case: HandedIn) -> bool:
    case.refresh_from_db(fields=("state",))
    return bool(case.state == HandedIn.State.WAITING)


@atomic
def write_off(by: By, item: Item, patron: Patron | None) -> Done:
    """Gives up a copy that this patron has, or nobody knows who: it counts as lost, and nobody owes it.

    A loan to somebody else is over: she has not got it.
    """
    item = lock_item(item)
    loan = open_loan(item)
    if loan is not None and patron is not None and loan.patron_id == patron.pk:
        HandedIn.objects.filter(loan=loan, state=HandedIn.State.WAITING).update(
            state=HandedIn.State.REOPENED, closed_at=by.now
        )
        loan.state, loan.closed_at = Loan.State.GONE, by.now
        loan.save(update_fields=("state", "closed_at"))
        tell("loan_written_off", by, loan)
    elif loan is not None:
        _close(by, loan)
    lose(by, item)
    return Done(loan=loan)


@atomic
def ask_back(by: By, loan: Loan) -> Done | Block:
    """Asks the patron to bring it back at once; the loan goes on. Block(NOT_ON_LOAN) when it is back."""
    lock_item(loan.item)
    loan.refresh_from_db(fields=("state",))
    if loan.state != Loan.State.ON_LOAN:
        return Block(Reason.NOT_ON_LOAN)
    loan.asked_back_at = by.now
    loan.save(update_fields=("asked_back_at",))
    tell("asked_back", by, loan)
    return Done(due=loan.due, loan=loan)


@atomic
def lose(by: By, item: Item) -> Done | Block:
    """Declares the item lost; an open loan stays open, for it is still owed."""
    item = lock_item(item)
    if item_facts(item).status is ItemStatus.LOST:
        return Block(Reason.ITEM_LOST)
    item.condition = Item.Condition.LOST
    item.save(update_fields=("condition",))
    loan = open_loan(item)
    patron = loan.patron.ref if loan else None
    feed.append("item_lost", by.now, item=item.barcode, title=item.title_id, patron=patron, **by.who())
    return Done(loan=loan)
