"""The end of a visit: finishing, the receipt, the countdown to home; keeps nothing."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import lines
from kiosk.desk.effects import Print
from kiosk.desk.home import TAKE_YOUR_CARD, home
from kiosk.desk.session import Context, Session, guest_of, notice, on_visit
from kiosk.domain.transactions import receipt_code
from kiosk.events import ReceiptPrinted
from kiosk.health import Condition, PartName
from kiosk.views import FAREWELL_SECONDS, Farewell, Line, ReceiptState


def finish(session: Session, ctx: Context) -> Session:
    """Ends the visit: at once when nothing was done, and after what is still being checked."""
    if isinstance(session.ground, Farewell):
        return leave(session, ctx)
    session = session.show(session.ground)
    if lines.checking(session.lines):
        return notice(on_visit(session, finishing=True), "wait_for_checking")
    done = lines.went_well(session.lines)
    if not done:
        return leave(session, ctx)
    receipt, problem = _offer(session)
    return on_visit(session, finishing=False).show(
        Farewell(
            done,
            guest_of(session, ctx),
            receipt,
            problem,
            code=look_up_code(done),
            card_on_reader=bool(session.on_reader),
        )
    )


def leave(session: Session, ctx: Context) -> Session:
    """Home; a card that still lies on the reader is asked for, and starts nothing."""
    return home(session, ctx, TAKE_YOUR_CARD if session.on_reader else "")


def look_up_code(done: tuple[Line, ...]) -> str:
    """The receipt's code, made of the last transaction; empty when all is confirmed."""
    if all(line.confirmed for line in done):
        return ""
    last = next((line.transaction for line in done if line.transaction), None)
    return receipt_code(last) if last else ""


def _offer(session: Session) -> tuple[ReceiptState, str]:
    """Whether there is paper, and why not; a kiosk that never had a printer has nothing to say about it."""
    printer = session.parts.get(PartName.RECEIPT_PRINTER)
    if printer is None or printer.condition is Condition.READY:
        return ReceiptState.OFFERED, ""
    if printer.condition is Condition.ABSENT:
        return ReceiptState.NO_PRINTER, ""
    return ReceiptState.NO_PRINTER, printer.reason or "driver_error"


def printer_changed(session: Session) -> Session:
    """Offers the receipt while there is a printer for it."""
    ground = session.ground
    if not isinstance(ground, Farewell) or ground.receipt not in (ReceiptState.OFFERED, ReceiptState.NO_PRINTER):
        return session
    receipt, problem = _offer(session)
    return session.on_ground(replace(ground, receipt=receipt, receipt_problem=problem))


def print_receipt(session: Session, view: Farewell) -> Session:
    printing = replace(view, receipt=ReceiptState.PRINTING, receipt_problem="", seconds=FAREWELL_SECONDS)
    return session.show(printing).want(Print(printing, session.status))


def printed(session: Session, event: ReceiptPrinted) -> Session:
    ground = session.ground
    if not isinstance(ground, Farewell):
        return session
    state = ReceiptState.FAILED if event.failed else ReceiptState.PRINTED
    return session.on_ground(
        replace(ground, receipt=state, receipt_problem=event.failed or "", seconds=FAREWELL_SECONDS)
    )


def tick(session: Session, ctx: Context, view: Farewell) -> Session:
    if view.seconds <= 1:
        return leave(session, ctx)
    return session.show(replace(view, seconds=view.seconds - 1))
