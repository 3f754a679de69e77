"""How the book was that was just brought back: a face beside it, changed by another touch, and said when she goes."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import visit_lines
from kiosk.desk.effects import Deliver
from kiosk.desk.session import Session, is_proved
from kiosk.views import Farewell, VisitLine
from lending.model import CardRef, ItemId
from lending.title_rating import BOOK
from lending.transactions import PatronResponse


def touched(session: Session, line: VisitLine, face: str) -> Session:
    """The same face again takes it back."""
    return visit_lines.put(session, replace(line, face="" if line.face == face else face))


def left(session: Session) -> Session:
    """Whoever has touched a face and goes has said it, of each book once."""
    if isinstance(session.ground, Farewell):
        return session
    faced = (line for line in session.lines if line.face)
    return session.want(
        *(Deliver(ItemId(""), PatronResponse(BOOK, line.face, line.item, _whose(session, line.item))) for line in faced)
    )


def left_aside(session: Session) -> Session:
    """Nobody comes back for the cards that were set aside: what was said there is said too, of nobody."""
    faced = (line for each in session.visit.aside for line in each.lines if line.face)
    return session.want(*(Deliver(ItemId(""), PatronResponse(BOOK, line.face, line.item)) for line in faced))


def _whose(session: Session, item: ItemId) -> CardRef | None:
    """Hers where she has proved that the card is hers, and the book was on loan to her; else nobody's."""
    patron, known = session.visit.patron, session.visit.items.get(item)
    hers = patron is not None and known is not None and known.holder == patron.ref and is_proved(session)
    return session.visit.card if hers else None
