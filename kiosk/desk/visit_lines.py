"""Maintain the lines of a visit (find, add, settle, refuse) and the patron's loan count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, assert_never

from kiosk.central import Accepted, Deferred, Outcome, Refused, Source, Sourced
from kiosk.desk.effects import AskPatron, Deliver
from kiosk.desk.session import Context, Session, notice, on_visit, with_guest
from kiosk.events import PatronKnown, PromiseSettled, Settled
from kiosk.views import (
    Account,
    Asking,
    AskLibrarian,
    Borrowing,
    Cover,
    Details,
    Farewell,
    ForYou,
    LineState,
    Returning,
    TagState,
    View,
    VisitLine,
    VisitTask,
)
from kiosk.views import Refused as RefusedView
from lending.model import Block, Item, ItemId, Patron
from lending.transactions import PinStatus, TransactionId

WENT_WELL = (LineState.DONE, LineState.SAVED)


def find(lines: tuple[VisitLine, ...], item: ItemId, errand: VisitTask) -> VisitLine | None:
    return next((line for line in lines if line.item == item and line.errand is errand), None)


def by_transaction(lines: tuple[VisitLine, ...], transaction: TransactionId) -> VisitLine | None:
    return next((line for line in lines if line.transaction == transaction), None)


def checking(lines: tuple[VisitLine, ...]) -> bool:
    return any(line.state is LineState.CHECKING or line.tag is TagState.SWITCHING for line in lines)


def went_well(lines: tuple[VisitLine, ...]) -> tuple[VisitLine, ...]:
    return tuple(line for line in lines if line.state in WENT_WELL)


def without_waiting(lines: tuple[VisitLine, ...]) -> tuple[VisitLine, ...]:
    """Return the lines without those that only waited for a card."""
    return tuple(line for line in lines if line.state is not LineState.WAITING)


def put(session: Session, line: VisitLine) -> Session:
    """Replace the line of the same item and errand, or add it on top."""
    lines = session.lines
    if find(lines, line.item, line.errand) is None:
        return session.with_lines((line, *lines))
    same = (line.item, line.errand)
    return session.with_lines(tuple(line if (each.item, each.errand) == same else each for each in lines))


def put_anywhere(session: Session, line: VisitLine) -> Session:
    """Replace the line on the list, on the farewell that followed, or among those of a card that is set aside."""
    same = (line.item, line.errand)

    def replace_in(lines: tuple[VisitLine, ...]) -> tuple[VisitLine, ...]:
        return tuple(line if (each.item, each.errand) == same else each for each in lines)

    ground = session.ground
    if isinstance(ground, Farewell):
        return session.on_ground(replace(ground, lines=replace_in(ground.lines)))
    if find(session.lines, *same) is None and any(find(each.lines, *same) for each in session.visit.aside):
        aside = tuple(replace(each, lines=replace_in(each.lines)) for each in session.visit.aside)
        return on_visit(session, aside=aside)
    return put(session, line)


def take(session: Session, line: VisitLine) -> Session:
    return session.with_lines(tuple(each for each in session.lines if each != line))


def describe_line(line: VisitLine, item: Item | None) -> VisitLine:
    """Add the item's description to the line."""
    if item is None:
        return line
    return replace(
        line,
        title=item.title,
        author=item.author,
        subject=item.subject,
        cover=item.cover,
        call_number=item.call_number,
    )


def report_duplicate(session: Session, line: VisitLine) -> Session:
    """Report that the item is on the list already."""
    return notice(put(session, replace(line, again=True)), "already_listed")


def put_back(line: VisitLine) -> VisitLine:
    """Return the line of an item without a loan that waits until it lies on the pad again."""
    return replace(
        VisitLine(line.item, line.errand, LineState.WAITING, tag=TagState.LIFTED),
        title=line.title,
        author=line.author,
        subject=line.subject,
        cover=line.cover,
        call_number=line.call_number,
    )


def as_before(line: VisitLine) -> VisitLine:
    """Restore a completed line whose undo failed."""
    tag = TagState.OWED if line.tag is TagState.LISTED else line.tag
    return replace(line, state=LineState.DONE if line.confirmed else LineState.SAVED, tag=tag)


def apply_result(line: VisitLine, event: Settled | PromiseSettled, due: Any = None) -> VisitLine:
    """Apply the courier's result; lines become DONE or SAVED in no other way."""
    match event.outcome:
        case Accepted() as accepted:
            return replace(
                line,
                state=LineState.DONE,
                due=None if accepted.due_text else accepted.due or due,
                due_text=accepted.due_text,
                place=accepted.place,
                goes_on=accepted.goes_on,
                applied=accepted.applied,
                someone_waits=line.someone_waits or accepted.someone_waits,
                confirmed=True,
                transaction=event.transaction,
            )
        case Deferred() as deferred:
            return replace(
                line, state=LineState.SAVED, due=deferred.due or due, confirmed=False, transaction=event.transaction
            )
        case Refused(block=block):
            return replace(line, state=LineState.REFUSED, block=block)
        case _:
            assert_never(event.outcome)


def shown_outcome(outcome: Outcome) -> tuple[LineState, Block | None]:
    """Return how the outcome of a request is shown, and why it was refused."""
    match outcome:
        case Accepted():
            return LineState.DONE, None
        case Deferred():
            return LineState.SAVED, None
        case Refused(block=block):
            return LineState.REFUSED, block
        case _:
            assert_never(outcome)


def update_renewed_loan(session: Session, line: VisitLine) -> Session:
    """Set the new due date on the loan line of the same visit after a successful renewal."""
    loan = find(session.lines, line.item, VisitTask.BORROW)
    if line.errand is not VisitTask.RENEW or line.state not in WENT_WELL or loan is None or loan.state not in WENT_WELL:
        return session
    return put(session, replace(loan, due=line.due, due_text=line.due_text))


def mark_sent(session: Session) -> Session:
    """Mark the lines whose transaction this step submits."""
    going = {effect.item for effect in session.wanted if isinstance(effect, Deliver)}
    lines = session.lines
    marked = tuple(
        replace(line, sent=True) if line.item in going and line.state is LineState.CHECKING else line for line in lines
    )
    return session if marked == lines else session.with_lines(marked)


def refuse(session: Session, line: VisitLine, block: Block) -> Session:
    """Mark the line as refused and show the refusal over the current errand."""
    refused = replace(line, state=LineState.REFUSED, block=block)
    if line.tag is not TagState.NONE:  # one of a pile: the list says it
        return put(replace(session, visit=replace(session.visit, finishing=False)), refused)
    return say_no(put(session, refused), refused)


def say_no(session: Session, line: VisitLine) -> Session:
    """Show the refusal and cancel a pending finish, so that the patron sees it."""
    session = replace(session, visit=replace(session.visit, finishing=False))
    return session.show(_cover_with_refusal(session.view, line))


def _cover_with_refusal(view: View, line: VisitLine) -> Any:
    """Put the refusal over the errand, below any overlays."""
    if isinstance(view, Cover | Asking):
        return replace(view, under=_cover_with_refusal(view.under, line))
    match view:
        case RefusedView():
            return replace(view, line=line)
        case Borrowing() | Returning() | Account() | ForYou() | Details() | AskLibrarian():
            return RefusedView(line, view)
        case _:
            return view


def store_patron(session: Session, patron: Patron, source: Source) -> Session:
    """Store a fresh patron record; pending transactions may already be included in its loan count."""
    return on_visit(session, patron=patron, source=source, included=_pending_items(session), recounting=False)


def _pending_items(session: Session) -> tuple[ItemId, ...]:
    visit = session.visit
    falling = {drop.item for drop in visit.drops if not drop.delivered}
    undoing = (line.item for line in session.lines if line.transaction and line.state is LineState.CHECKING)
    return (*visit.lending, *(each for each in visit.taking if each not in falling), *undoing)


def is_capped(session: Session, confirmed: bool) -> bool:
    """Return whether a loan counts against the offline limit: unconfirmed, or with an unverified PIN."""
    return not confirmed or session.visit.verified is PinStatus.UNVERIFIED


def count_loan(session: Session, item: ItemId, change: int, capped: bool = False) -> Session:
    """Add `change` to the patron's loans, and to the offline limit if `capped`."""
    visit = session.visit
    if visit.patron is None or item in visit.included:
        return session
    kind = visit.items[item].type if item in visit.items else "book"
    return on_visit(session, patron=with_loan(visit.patron, kind, change, promised=change if capped else 0))


def release_offline_limit(session: Session, item: ItemId) -> Session:
    """Remove a promised loan from the offline limit once the library system has confirmed it."""
    visit = session.visit
    if visit.patron is None or visit.verified is PinStatus.UNVERIFIED or item in visit.included:
        return session
    return on_visit(session, patron=replace(visit.patron, promised=max(0, visit.patron.promised - 1)))


def with_loan(patron: Patron, kind: str, change: int, promised: int = 0) -> Patron:
    loans = {**patron.loans, kind: max(0, patron.loans.get(kind, 0) + change)}
    return replace(patron, loans=loans, promised=max(0, patron.promised + promised))


def count_anew(session: Session) -> Session:
    """Request the loan count again once all pending transactions are settled."""
    visit = session.visit
    if not visit.included or visit.card is None or visit.recounting or checking(session.lines):
        return session
    return on_visit(session, recounting=True, overtaken=False).want(AskPatron(visit.card))


def on_recount(session: Session, ctx: Context, event: PatronKnown) -> Session:
    """Apply the new count; discard and repeat it if another transaction came between."""
    visit = session.visit
    if not visit.recounting or visit.card != event.card or visit.patron is None:
        return session
    session = on_visit(session, recounting=False)
    if visit.overtaken or checking(session.lines):
        return session
    session = on_visit(session, included=())
    if not isinstance(event.answer, Sourced):
        return session
    now = event.answer.value
    promised = visit.patron.promised if visit.verified is PinStatus.UNVERIFIED else now.promised
    return with_guest(on_visit(session, patron=replace(visit.patron, loans=now.loans, promised=promised)), ctx)
