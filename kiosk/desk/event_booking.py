"""Book or cancel a place at a course or event for the identified patron, as a transaction."""

from __future__ import annotations

from dataclasses import replace

from kiosk.central import Accepted
from kiosk.desk.effects import submit
from kiosk.desk.session import Context, Session, guest_of, is_locked, on_visit
from kiosk.desk.visit_lines import shown_outcome
from kiosk.events import Settled
from kiosk.views import Learn, LineState
from kiosk.views.learn import BookedPlace
from lending.model import Block, Reason
from lending.responses import EventPlace
from lending.showcase import GIVE_BACK, TAKE


def request_place(session: Session, ctx: Context, view: Learn) -> Session:
    """Book a place at the selected date, or cancel the patron's own; needs the PIN if the library requires it."""
    course, card = view.course, session.visit.card
    assert course is not None and card is not None, "a place is booked from its page, by card"
    before = session.visit.places.get(course.date)
    gives, became = before is not None and before.is_hers, before.became if before else ""
    view = replace(view, guest=guest_of(session, ctx), lines=session.lines)
    if is_locked(session, ctx):
        block = Block(Reason.NEEDS_CENTRAL)
        return _with_place(session.show(view), course.date, BookedPlace(LineState.REFUSED, gives, became, block))
    request = EventPlace(GIVE_BACK if gives else TAKE, str(course.date), card)
    session = _with_place(session.show(view), course.date, BookedPlace(LineState.CHECKING, gives, became))
    return session.want(submit(request))


def on_settled(session: Session, event: Settled, act: EventPlace) -> Session:
    """Apply the courier's result; the patron may be looking at another view meanwhile."""
    place = _pending_place(session, act)
    if place is None:
        return session
    state, block = shown_outcome(event.outcome)
    became = event.outcome.became if isinstance(event.outcome, Accepted) else place.became
    return _with_place(session, int(act.about), replace(place, state=state, block=block, became=became))


def not_written(session: Session, act: EventPlace) -> Session:
    """Restore the state before, because the journal write failed and nothing was promised."""
    place = _pending_place(session, act)
    if place is None:
        return session
    return _with_place(
        session, int(act.about), replace(place, state=LineState.DONE, gives=False) if place.gives else None
    )


def _pending_place(session: Session, act: EventPlace) -> BookedPlace | None:
    """Return the place for which this card's request is pending."""
    if act.card != session.visit.card:
        return None
    place = session.visit.places.get(int(act.about))
    return place if place is not None and place.state is LineState.CHECKING else None


def _with_place(session: Session, date: int, place: BookedPlace | None) -> Session:
    places = {**session.visit.places} | ({} if place is None else {date: place})
    if place is None:
        places.pop(date, None)
    session = on_visit(session, places=places)
    ground = session.ground
    return session.on_ground(replace(ground, places=places)) if isinstance(ground, Learn) else session
