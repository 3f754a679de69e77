"""Book or cancel a patron's place at an event from a kiosk, in the transaction of the uploaded row."""

from __future__ import annotations

from hub.circulation.models import Card
from hub.circulation.operations import Actor, OperationResult
from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Booking, Session
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.records import person_of
from lending.model import Block, Reason
from lending.responses import EventPlace
from lending.showcase import BOOKED, GIVE_BACK, QUEUED, TAKE


def take(by: Actor, card: Card, act: EventPlace) -> OperationResult | Block:
    """Book or cancel the place.

    The result of a booking made offline is sent to the patron as a message, like that of every booking. A card that is
    no longer active books nothing, unless the kiosk has confirmed the booking already.
    """
    if card.status != Card.Status.ACTIVE and not by.no_block:
        return Block(Reason.CARD_LOST if card.status == Card.Status.LOST else Reason.CARD_BLOCKED)
    session = _session(act.about)
    person = person_of(card.patron.ref)
    if session is None or person is None:
        return Block(Reason.DATE_OVER)
    if act.answer == TAKE:
        return _book(session, person)
    return _cancel(session, person) if act.answer == GIVE_BACK else Block(Reason.UNREADABLE)


def _session(about: str) -> Session | None:
    if not about.isdecimal() or len(about) >= 19:
        return None
    return Session.objects.filter(pk=int(about), course__shown=True).first()


def _book(session: Session, person: Person) -> OperationResult | Block:
    try:
        booking = programs.book(session, person, hub_clock().now())
    except SubmissionRejected:
        return Block(Reason.DATE_OVER)
    return OperationResult(became=QUEUED if booking.state == Booking.State.QUEUED else BOOKED)


def _cancel(session: Session, person: Person) -> OperationResult:
    """Cancel the booking.

    Nothing happens without a booking, or once the event has begun, because attendance is then recorded.
    """
    now = hub_clock().now()
    booking = Booking.objects.filter(session=session, person=person, session__begins__gt=now).first()
    if booking is not None:
        programs.give_back(booking, now)
    return OperationResult()
