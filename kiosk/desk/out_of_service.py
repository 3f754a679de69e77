"""Take the kiosk out of service on staff's instruction, once the current visit has ended."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk.home import IDENTIFY, welcome
from kiosk.desk.session import Context, Session
from kiosk.events import ServiceInstruction
from kiosk.views import Farewell, Help, IdleWarning, OutOfOrder, Signal, SignIn, Technician, TouchTest, Welcome


def handle_instruction(session: Session, ctx: Context, event: ServiceInstruction) -> Session:
    """Apply the latest instruction from staff."""
    session = replace(session, kept_closed=event.closed)
    if event.identify and isinstance(session.view, Welcome) and session.view.signal is not Signal.BUSY:
        return session.show(welcome(ctx, IDENTIFY))
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
    return session.on_ground(OutOfOrder(closed.why, message=closed if closed.zh or closed.en else None))


def is_shut(session: Session) -> bool:
    """Return whether cards and items start nothing."""
    if session.closed:
        return True
    return session.kept_closed is not None and isinstance(session.ground, Farewell | OutOfOrder)
