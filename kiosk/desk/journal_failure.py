"""A journal that cannot be written: what was agreed before is told, then nothing is promised; knows no disk."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import (
    account,
    event_booking,
    farewell,
    hold_requests,
    my_details,
    receipt_message,
    registration,
    visit_lines,
)
from kiosk.desk.home import welcome
from kiosk.desk.session import Context, Session, on_visit
from kiosk.events import NotWritten
from kiosk.system.health import Condition, PartState
from kiosk.views import (
    Farewell,
    Help,
    IdleWarning,
    OutOfOrder,
    Refused,
    Registering,
    SignIn,
    Technician,
    TouchTest,
    VisitTask,
)
from lending.transactions import Checkin, Checkout, PatronResponse, Renew, Undo

MENDS_ITSELF = "full"
"""Room may come back under a running kiosk; every other failure wants a new start."""


def close(session: Session, why: str) -> Session:
    """From now on nothing is begun. The first reason stays."""
    return session if session.closed else replace(session, closed=why)


def journal_changed(session: Session, ctx: Context, state: PartState) -> Session:
    """What housekeeping found, also while nobody stands here."""
    if state.condition is Condition.FAULTY:
        return close(session, state.reason)
    if session.closed != MENDS_ITSELF:
        return session
    session = replace(session, closed="")
    return session.on_ground(welcome(ctx)) if isinstance(session.ground, OutOfOrder) else session


def ended(session: Session, ctx: Context) -> Session:
    """A closed desk ends the visit after what is still being checked; what is being read may be read first.

    Whoever walks away from that is told nothing: when a technician has gone too, her books are nobody's to see.
    """
    if not session.closed or isinstance(session.ground, Farewell | OutOfOrder):
        return session
    view = session.view.under if isinstance(session.view, IdleWarning) else session.view
    if isinstance(view, Refused | Help | SignIn | Technician | TouchTest):
        return session
    if isinstance(session.view, Registering) and (read := registration.broken_off(session.view)) is not None:
        return session.show(read)
    return farewell.finish(session, ctx)


def not_written(session: Session, ctx: Context, event: NotWritten) -> Session:
    """The act never was: its line goes, and what was to be taken back or made longer stands as it stood."""
    match event.act:
        case Undo(of=of):
            line = visit_lines.by_transaction(session.lines, of)
            return visit_lines.put(session, visit_lines.as_before(line)) if line else session
        case Checkout():
            return _off(session, event, VisitTask.BORROW)
        case Checkin():
            return _off(session, event, VisitTask.RETURN)
        case Renew():
            return account.undone(_off(session, event, VisitTask.RENEW), ctx, event.item)
        case PatronResponse() as said:
            session = event_booking.not_written(hold_requests.not_written(session, said), said)
            session = receipt_message.not_written(registration.not_written(session, said), said)
            return my_details.not_written(session, said)


def _off(session: Session, event: NotWritten, errand: VisitTask) -> Session:
    visit = session.visit
    lending = tuple(each for each in visit.lending if errand is not VisitTask.BORROW or each != event.item)
    taking = tuple(each for each in visit.taking if errand is not VisitTask.RETURN or each != event.item)
    line = visit_lines.find(session.lines, event.item, errand)
    session = on_visit(session, lending=lending, taking=taking)
    return visit_lines.take(session, line) if line else session
