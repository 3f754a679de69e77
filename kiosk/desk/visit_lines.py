"""The list of the visit: finding, putting and settling its lines, and saying no to one; judges nothing itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, assert_never

from kiosk.central import Accepted, Deferred, Refused
from kiosk.desk.effects import Deliver
from kiosk.desk.session import Session, notice
from kiosk.events import PromiseSettled, Settled
from kiosk.views import (
    Account,
    Asking,
    AskLibrarian,
    Borrowing,
    Details,
    ForYou,
    Help,
    IdleWarning,
    LineState,
    Returning,
    SignIn,
    Technician,
    TouchTest,
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


def agreed(lines: tuple[VisitLine, ...]) -> tuple[VisitLine, ...]:
    """Without those that only waited for a card."""
    return tuple(line for line in lines if line.state is not LineState.WAITING)


def put(session: Session, line: VisitLine) -> Session:
    """In the place of the line of the same item and errand, else on top."""
    lines = session.lines
    if find(lines, line.item, line.errand) is None:
        return session.with_lines((line, *lines))
    same = (line.item, line.errand)
    return session.with_lines(tuple(line if (each.item, each.errand) == same else each for each in lines))


def take(session: Session, line: VisitLine) -> Session:
    return session.with_lines(tuple(each for each in session.lines if each != line))


def described(line: VisitLine, item: Item | None) -> VisitLine:
    """The line with what is known of the item."""
    if item is None:
        return line
    return replace(line, title=item.title, author=item.author, subject=item.subject, call_number=item.call_number)


def listed_already(session: Session, line: VisitLine) -> Session:
    """The same item again: said, and nothing else."""
    return notice(put(session, replace(line, again=True)), "already_listed")


def as_before(line: VisitLine) -> VisitLine:
    """A line that went through, before somebody wanted it undone."""
    return replace(line, state=LineState.DONE if line.confirmed else LineState.SAVED)


def settled(line: VisitLine, event: Settled | PromiseSettled, due: Any = None) -> VisitLine:
    """The line after the courier's answer; nothing is DONE or SAVED by any other way."""
    match event.outcome:
        case Accepted() as accepted:
            return replace(
                line,
                state=LineState.DONE,
                due=None if accepted.due_told else accepted.due or due,
                due_told=accepted.due_told,
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


def renewed(session: Session, line: VisitLine) -> Session:
    """Gives the loan of the same visit the date of its renewal, where that went well."""
    loan = find(session.lines, line.item, VisitTask.BORROW)
    if line.errand is not VisitTask.RENEW or line.state not in WENT_WELL or loan is None or loan.state not in WENT_WELL:
        return session
    return put(session, replace(loan, due=line.due, due_told=line.due_told))


def sent(session: Session) -> Session:
    """Marks the lines whose act goes to the library system with this step."""
    going = {effect.item for effect in session.wanted if isinstance(effect, Deliver)}
    lines = session.lines
    marked = tuple(
        replace(line, sent=True) if line.item in going and line.state is LineState.CHECKING else line for line in lines
    )
    return session if marked == lines else session.with_lines(marked)


def refuse(session: Session, line: VisitLine, block: Block) -> Session:
    """Keeps the line as refused and says so over whatever errand is going on."""
    refused = replace(line, state=LineState.REFUSED, block=block)
    return say_no(put(session, refused), refused)


def say_no(session: Session, line: VisitLine) -> Session:
    """Shows the refusal; a visit that was about to finish waits, for the patron has to hear of it."""
    session = replace(session, visit=replace(session.visit, finishing=False))
    return session.show(_over(session.view, line))


def _over(view: View, line: VisitLine) -> Any:
    """Lays the refusal on the errand, under whatever covers it."""
    match view:
        case Help() | SignIn() | Technician() | TouchTest() | IdleWarning() | Asking():
            return replace(view, under=_over(view.under, line))
        case RefusedView():
            return replace(view, line=line)
        case Borrowing() | Returning() | Account() | ForYou() | Details() | AskLibrarian():
            return RefusedView(line, view)
        case _:
            return view
