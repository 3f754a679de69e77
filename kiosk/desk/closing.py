"""A journal that cannot be written: what was agreed before is told, then nothing is promised; knows no disk."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import account, details, farewell, holding, lines, places, receipt, registering
from kiosk.desk.home import welcome
from kiosk.desk.session import Context, Session, on_visit
from kiosk.domain.transactions import Checkin, Checkout, Renew, Said, Undo
from kiosk.events import NotWritten
from kiosk.health import Condition, PartState
from kiosk.views import (
    Errand,
    Farewell,
    Help,
    IdleWarning,
    OutOfOrder,
    Refused,
    Registering,
    SignIn,
    Technician,
    TouchTest,
)

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
    if isinstance(session.view, Registering) and (read := registering.broken_off(session.view)) is not None:
        return session.show(read)
    return farewell.finish(session, ctx)


def not_written(session: Session, ctx: Context, event: NotWritten) -> Session:
    """The act never was: its line goes, and what was to be taken back or made longer stands as it stood."""
    match event.act:
        case Undo(of=of):
            line = lines.by_transaction(session.lines, of)
            return lines.put(session, lines.as_before(line)) if line else session
        case Checkout():
            return _off(session, event, Errand.BORROW)
        case Checkin():
            return _off(session, event, Errand.RETURN)
        case Renew():
            return account.undone(_off(session, event, Errand.RENEW), ctx, event.item)
        case Said() as said:
            session = places.not_written(holding.not_written(session, said), said)
            session = receipt.not_written(registering.not_written(session, said), said)
            return details.not_written(session, said)


def _off(session: Session, event: NotWritten, errand: Errand) -> Session:
    visit = session.visit
    lending = tuple(each for each in visit.lending if errand is not Errand.BORROW or each != event.item)
    taking = tuple(each for each in visit.taking if errand is not Errand.RETURN or each != event.item)
    line = lines.find(session.lines, event.item, errand)
    session = on_visit(session, lending=lending, taking=taking)
    return lines.take(session, line) if line else session
