"""What stands in for a part that does not work: the number pad, and the other ways to show a card; knows no driver."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import show
from kiosk.desk.admit import LONGEST_NUMBER
from kiosk.desk.session import Context, Session, notice
from kiosk.health import Condition, PartName
from kiosk.views import Borrowing, Identify, Returning, Ways, Welcome

MISTYPED = "mistyped"


def stands_in(session: Session) -> Session:
    """Puts the pad on the lists while the scanner is faulty, and asks for a card only in ways that work."""
    ground = session.ground
    pad, scanner = (_condition(session, part) for part in (PartName.CARD_READER, PartName.BARCODE_SCANNER))
    match ground:
        case Borrowing() | Returning():
            faulty = scanner is Condition.FAULTY
            if faulty == (ground.typed is not None):
                return session
            return session.on_ground(replace(ground, typed="" if faulty else None))
        case Welcome() | Identify() if ground.ways != (ways := Ways(pad, scanner)):
            return session.on_ground(replace(ground, ways=ways))
        case _:
            return session


def _condition(session: Session, part: PartName) -> Condition:
    """A part that has not told yet is waited for."""
    state = session.parts.get(part)
    return Condition.READY if state is None else state.condition


def pressed(session: Session, ctx: Context, name: str, digit: str) -> Session:
    """A key of the pad. A number that is none of the library's stays, so that it can be mended."""
    ground = session.ground
    if not isinstance(ground, Borrowing | Returning) or ground.typed is None:
        return session
    match name:
        case "key" if len(ground.typed) < LONGEST_NUMBER:
            return session.on_ground(replace(ground, typed=ground.typed + digit))
        case "erase":
            return session.on_ground(replace(ground, typed=ground.typed[:-1]))
        case "enter" if ctx.rules.numbers.kind(ground.typed) is None:
            return notice(session, MISTYPED)
        case "enter":
            return show.scanned(session.on_ground(replace(ground, typed="")), ctx, ground.typed)
        case _:
            return session
