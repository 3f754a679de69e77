"""Close the kiosk: on staff's instruction once the visit has ended, or because the journal cannot be written."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import account, event_booking, farewell, for_you, hold_requests, my_details, registration, visit_lines
from kiosk.desk.home import IDENTIFY, welcome
from kiosk.desk.session import Context, Session, on_visit
from kiosk.events import NotWritten, RemoteAccess, ServiceInstruction
from kiosk.system.health import Condition, PartState
from kiosk.views import (
    Farewell,
    Help,
    IdleWarning,
    OutOfOrder,
    Refused,
    Registering,
    Signal,
    SignIn,
    Technician,
    TouchTest,
    VisitTask,
    Welcome,
)
from lending.responses import (
    AvailabilityAlertRequest,
    EventPlace,
    HoldRequest,
    PatronResponse,
    ReceiptRequest,
    RecommendationFeedback,
    SearchAlertRequest,
    SelfRegistration,
)
from lending.transactions import Checkin, Checkout, Renew, TagReport, Undo

MENDS_ITSELF = "full"
"""Reason that can clear while the kiosk runs (disk full); every other one needs a restart."""


def handle_instruction(session: Session, ctx: Context, event: ServiceInstruction) -> Session:
    """Apply the latest instruction from staff."""
    session = replace(session, kept_closed=event.closed)
    return _show_to_staff(session, ctx, IDENTIFY) if event.identify else session


def show_remote_access(session: Session, ctx: Context, event: RemoteAccess) -> Session:
    """Say on the first screen what staff do remotely."""
    return _show_to_staff(session, ctx, event.notice)


def _show_to_staff(session: Session, ctx: Context, notice: str) -> Session:
    if isinstance(session.view, Welcome) and session.view.signal is not Signal.BUSY:
        return session.show(welcome(ctx, notice))
    return session


def apply_service_state(session: Session, ctx: Context) -> Session:
    """Show or remove the out-of-service screen between visits. A journal failure takes precedence."""
    if session.closed:
        return session
    ground = session.ground
    if session.kept_closed is None:
        return session.on_ground(welcome(ctx)) if isinstance(ground, OutOfOrder) else session
    covered = isinstance(session.view, Help | SignIn | Technician | TouchTest | IdleWarning | Welcome | OutOfOrder)
    waits = isinstance(ground, OutOfOrder) or (isinstance(ground, Welcome) and ground.signal is not Signal.BUSY)
    if not (covered and waits):
        return session
    closed = session.kept_closed
    return session.on_ground(OutOfOrder(closed.why, message=closed if closed.words else None))


def is_shut(session: Session) -> bool:
    """Return whether cards and items start nothing."""
    if session.closed:
        return True
    return session.kept_closed is not None and isinstance(session.ground, Farewell | OutOfOrder)


def close(session: Session, why: str) -> Session:
    """Accept no new errands; the first reason is kept."""
    return session if session.closed else replace(session, closed=why)


def journal_changed(session: Session, ctx: Context, state: PartState) -> Session:
    """Apply the journal's state as found by housekeeping."""
    if state.condition is Condition.FAULTY:
        return close(session, state.reason)
    if session.closed != MENDS_ITSELF:
        return session
    session = replace(session, closed="")
    return session.on_ground(welcome(ctx)) if isinstance(session.ground, OutOfOrder) else session


def end_closed_visit(session: Session, ctx: Context) -> Session:
    """End the visit of a closed desk after pending checks; a message on screen may be read first.

    If the patron leaves such a message unread, nothing more is shown: after a technician's visit their items would be
    visible to others.
    """
    if not session.closed or isinstance(session.ground, Farewell | OutOfOrder):
        return session
    view = session.view.under if isinstance(session.view, IdleWarning) else session.view
    if isinstance(view, Refused | Help | SignIn | Technician | TouchTest):
        return session
    if isinstance(session.view, Registering) and (read := registration.last_view(session.view)) is not None:
        return session.show(read)
    return farewell.finish(session, ctx)


def not_written(session: Session, ctx: Context, event: NotWritten) -> Session:
    """Undo a transaction that was not written: remove its line, or restore the line it would have changed."""
    match event.act:
        case Undo(transaction=undone):
            line = visit_lines.by_transaction(session.lines, undone)
            return visit_lines.put(session, visit_lines.as_before(line)) if line else session
        case Checkout():
            return _remove_line(session, event, VisitTask.BORROW)
        case Checkin():
            return _remove_line(session, event, VisitTask.RETURN)
        case TagReport():
            return session
        case Renew():
            return account.undone(_remove_line(session, event, VisitTask.RENEW), ctx, event.item)
        case HoldRequest() | AvailabilityAlertRequest() | SearchAlertRequest() as act:
            return hold_requests.not_written(session, act)
        case EventPlace() as act:
            return event_booking.not_written(session, act)
        case SelfRegistration() as act:
            return registration.not_written(session, act)
        case ReceiptRequest() as act:
            return farewell.receipt_not_written(session, act)
        case RecommendationFeedback() as act:
            return for_you.not_written(session, act)
        case PatronResponse() as act:
            return my_details.not_written(session, act)


def _remove_line(session: Session, event: NotWritten, errand: VisitTask) -> Session:
    visit = session.visit
    lending = tuple(each for each in visit.lending if errand is not VisitTask.BORROW or each != event.item)
    taking = tuple(each for each in visit.taking if errand is not VisitTask.RETURN or each != event.item)
    line = visit_lines.find(session.lines, event.item, errand)
    session = on_visit(session, lending=lending, taking=taking)
    return visit_lines.take(session, line) if line else session
