"""Maintain the lines of a visit: find, add, settle and refuse them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, assert_never

from kiosk.central import Accepted, Deferred, Outcome, Refused
from kiosk.desk.effects import Deliver
from kiosk.desk.session import Session, notice
from kiosk.events import PromiseSettled, Settled
from kiosk.views import (
    Account,
    Asking,
    AskLibrarian,
    Borrowing,
    Cover,
    Details,
    ForYou,
    LineState,
    Returning,
    View,
    VisitLine,
    VisitTask,
)
from kiosk.views import Refused as RefusedView
from lending.model import Block, Item, ItemId
from lending.transactions import TransactionId

WENT_WELL = (LineState.DONE, LineState.SAVED)


def find(lines: tuple[VisitLine, ...], item: ItemId, errand: VisitTask) -> VisitLine | None:
    return next((line for line in lines if line.item == item and line.errand is errand), None)


def by_transaction(lines: tuple[VisitLine, ...], transaction: TransactionId) -> VisitLine | None:
    return next((line for line in lines if line.transaction == transaction), None)


def checking(lines: tuple[VisitLine, ...]) -> bool:
    return any(line.state is LineState.CHECKING for line in lines)


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


def as_before(line: VisitLine) -> VisitLine:
    """Restore a completed line whose undo failed."""
    return replace(line, state=LineState.DONE if line.confirmed else LineState.SAVED)


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
