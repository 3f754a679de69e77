"""Send the receipt as a message: submit the visit's transactions once, and show the outcome."""

from __future__ import annotations

from dataclasses import replace

from kiosk.central import Accepted, Refused
from kiosk.desk import farewell
from kiosk.desk.effects import submit
from kiosk.desk.session import Session
from kiosk.events import Settled
from kiosk.views import Farewell, LineState, ReceiptState
from lending.responses import ReceiptRequest, in_parts


def acts(view: Farewell) -> tuple[str, ...]:
    """Return `errand:barcode` for each completed line, oldest first."""
    done = [line for line in view.lines if line.state in (LineState.DONE, LineState.SAVED)]
    return tuple(f"{line.errand}:{line.item}" for line in reversed(done))


def send(session: Session, view: Farewell) -> Session:
    card, done = session.visit.card, acts(view)
    if card is None or view.message is None:
        return session
    requests = (submit(ReceiptRequest(part, card=card)) for part in in_parts(done))
    return session.show(replace(view, receipt=ReceiptState.SENDING, receipt_problem="")).want(*requests)


def on_settled(session: Session, event: Settled, act: ReceiptRequest) -> Session:
    """Apply the courier's result; of several parts, the one still queued decides the state shown."""
    match event.outcome:
        case Accepted():
            return _with_outcome(session, act, ReceiptState.SENT)
        case Refused():
            return not_written(session, act)
        case _:
            return _with_outcome(session, act, ReceiptState.KEPT)


def not_written(session: Session, act: ReceiptRequest) -> Session:
    """Offer the other receipt options again after the request could not be written or was refused."""
    view = session.ground
    if isinstance(view, Farewell) and _awaited(session, view, act):
        receipt, problem = farewell.receipt_offer(session)
        return session.on_ground(replace(view, receipt=receipt, receipt_problem=problem, message=None))
    return session


def _with_outcome(session: Session, act: ReceiptRequest, state: ReceiptState) -> Session:
    view = session.ground
    if not isinstance(view, Farewell) or not _awaited(session, view, act) or view.receipt is ReceiptState.KEPT:
        return session
    return session.on_ground(replace(view, receipt=state))


def _awaited(session: Session, view: Farewell, act: ReceiptRequest) -> bool:
    sending = (ReceiptState.SENDING, ReceiptState.SENT, ReceiptState.KEPT)
    return act.card == session.visit.card and view.receipt in sending
