"""The number pad that stands in for a scanner that does not work: a book's number is typed; knows no driver."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import show
from kiosk.desk.admit import LONGEST_NUMBER
from kiosk.desk.session import Context, Session, notice
from kiosk.health import Condition, PartName
from kiosk.views import Borrowing, Returning

MISTYPED = "mistyped"


def stands_in(session: Session) -> Session:
    """Puts the pad on the lists while the scanner is faulty, and takes it away when it has healed."""
    ground = session.ground
    if not isinstance(ground, Borrowing | Returning):
        return session
    scanner = session.parts.get(PartName.BARCODE_SCANNER)
    faulty = scanner is not None and scanner.condition is Condition.FAULTY
    if faulty == (ground.typed is not None):
        return session
    return session.on_ground(replace(ground, typed="" if faulty else None))


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
