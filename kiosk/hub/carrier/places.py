"""Gives a patron a place that she took at a kiosk, or takes it back, in the commit of her row; decides who is first."""

from __future__ import annotations

from kiosk.domain.model import Block, Reason
from kiosk.domain.places import BOOKED, GIVE_BACK, QUEUED, TAKE
from kiosk.domain.transactions import Said
from kiosk.hub.circulation.desk import By, Done
from kiosk.hub.circulation.models import Card
from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.people.known import person_of
from kiosk.hub.outreach.people.models import Person
from kiosk.hub.outreach.voice import training
from kiosk.hub.outreach.voice.intake import NotTaken
from kiosk.hub.outreach.voice.models import Booking, Session


def take(by: By, card: Card, act: Said) -> Done | Block:
    """What she asked for while the hub was away is told to her by message, as every place is.

    A card that is not in use any more takes none, unless it was promised to whoever held it.
    """
    if card.status != Card.Status.ACTIVE and not by.no_block:
        return Block(Reason.CARD_LOST if card.status == Card.Status.LOST else Reason.CARD_BLOCKED)
    session = _session(act.about)
    person = person_of(card.patron.ref)
    if session is None or person is None:
        return Block(Reason.DATE_OVER)
    if act.answer == TAKE:
        return _taken(session, person)
    return _given_back(session, person) if act.answer == GIVE_BACK else Block(Reason.UNREADABLE)


def _session(about: str) -> Session | None:
    if not about.isdecimal() or len(about) >= 19:
        return None
    found: Session | None = Session.objects.filter(pk=int(about), course__shown=True).first()
    return found


def _taken(session: Session, person: Person) -> Done | Block:
    try:
        booking = training.book(session, person, hub_clock().now())
    except NotTaken:
        return Block(Reason.DATE_OVER)
    return Done(became=QUEUED if booking.state == Booking.State.QUEUED else BOOKED)


def _given_back(session: Session, person: Person) -> Done:
    """Whoever has none has nothing to give back, and what has begun keeps who came."""
    now = hub_clock().now()
    booking = Booking.objects.filter(session=session, person=person, session__begins__gt=now).first()
    if booking is not None:
        training.give_back(booking, now)
    return Done()
