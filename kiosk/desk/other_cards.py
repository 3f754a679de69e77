"""Handle several cards in one visit: set one aside with its lines and take it up again."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import my_details, visit_lines
from kiosk.desk.session import Context, Session, Visit
from kiosk.views import Identify, VisitTask
from lending.model import CardRef

MOST = 4
"""Maximum cards in a visit; each has its own mark (colour)."""


def has_room(session: Session, ctx: Context) -> bool:
    """Return whether another card may join: a patron is identified and no PIN is required for borrowing."""
    known = session.visit.patron is not None and session.visit.card is not None
    return known and ctx.rules.pin != "always" and len(session.visit.aside) + 1 < MOST


def is_settled(session: Session) -> bool:
    """Return whether nothing is pending whose result would arrive while another card is active."""
    visit = session.visit
    return not (visit_lines.checking(session.lines) or visit.lending or visit.taking or visit.drops)


def holds(session: Session, card: CardRef) -> bool:
    return any(each.card == card for each in session.visit.aside)


def alone(session: Session) -> Session:
    """Set the current card aside and identify another."""
    session = _set_aside(session)
    marks = {each.mark for each in session.visit.aside}
    mark = next(each for each in range(1, MOST + 1) if each not in marks)
    visit = Visit(session.visit.number + 1, aside=session.visit.aside, mark=mark)
    return replace(session, visit=visit).show(Identify(VisitTask.BORROW))


def take_up(session: Session, card: CardRef) -> Session:
    """Take up a card that was set aside, under a new visit number so that late results for the other are dropped."""
    return _make_current(_set_aside(session), card)


def following(session: Session) -> Session | None:
    """Return the session for the next card whose farewell is still due, or None."""
    for each in session.visit.aside:
        if visit_lines.went_well(each.lines) and each.card is not None:
            return _make_current(session, each.card)
    return None


def _make_current(session: Session, card: CardRef) -> Session:
    found = next(each for each in session.visit.aside if each.card == card)
    rest = tuple(each for each in session.visit.aside if each is not found)
    visit = replace(found, number=session.visit.number + 1, aside=rest, lines=())
    return replace(session, visit=visit).show(Identify(VisitTask.BORROW, lines=found.lines))


def _set_aside(session: Session) -> Session:
    """Keep only what may last of the current card: a PIN check must not carry over to the other users."""
    done = visit_lines.without_waiting(session.lines)
    session = my_details.forget(session, visit_lines.went_well(done))
    visit = session.visit
    if visit.patron is None or visit.card is None:
        return session
    kept = Visit(
        card=visit.card,
        patron=visit.patron,
        source=visit.source,
        items=visit.items,
        forgets=visit.forgets,
        forgotten=visit.forgotten,
        mark=visit.mark or 1,
        look=visit.look,
        greeted=visit.greeted,
        greeting=visit.greeting,
        lines=done,
    )
    return replace(session, visit=replace(visit, aside=(*visit.aside, kept)))
