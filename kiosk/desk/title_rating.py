"""Let a patron rate a returned item with a smiley; submitted when the patron leaves."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import visit_lines
from kiosk.desk.effects import submit
from kiosk.desk.session import Session, is_proved
from kiosk.views import Farewell, VisitLine
from lending.model import CardRef, ItemId
from lending.responses import ItemRating


def rate(session: Session, line: VisitLine, face: str) -> Session:
    """Set the rating of an item; the same smiley again removes it."""
    return visit_lines.put(session, replace(line, face="" if line.face == face else face))


def on_leave(session: Session) -> Session:
    """Submit the ratings given in the visit, one per item."""
    if isinstance(session.ground, Farewell):
        return session
    faced = (line for line in session.lines if line.face)
    return session.want(
        *(submit(ItemRating(line.face, line.item, _card_for_rating(session, line.item))) for line in faced)
    )


def submit_aside(session: Session) -> Session:
    """Submit the ratings of the cards set aside anonymously, because their visit ends without a farewell."""
    faced = (line for each in session.visit.aside for line in each.lines if line.face)
    return session.want(*(submit(ItemRating(line.face, line.item)) for line in faced))


def _card_for_rating(session: Session, item: ItemId) -> CardRef | None:
    """Return the card for a rating: only with proved identity and if the item was on loan to it; otherwise None."""
    patron, known = session.visit.patron, session.visit.items.get(item)
    is_theirs = patron is not None and known is not None and known.holder == patron.ref and is_proved(session)
    return session.visit.card if is_theirs else None
