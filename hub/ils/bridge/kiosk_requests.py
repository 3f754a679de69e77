"""Register patrons and book places at events from kiosks, in the transaction of the uploaded row."""

from __future__ import annotations

import logging

from hub.circulation import cards
from hub.circulation.intake.apply_transaction import card_by
from hub.circulation.models import Card, Patron, PatronCategory
from hub.circulation.operations.context import Actor, OperationResult
from hub.core.clock import hub_clock
from hub.core.language import in_text_languages, text_language, text_languages
from hub.core.places import mobile_pattern
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Booking, Session
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import consents, records, registration
from hub.outreach.patrons.models import ConsentText, Person, ProfileField, Source
from hub.outreach.patrons.purposes import ON_JOINING, Purpose
from hub.outreach.patrons.records import person_of
from hub.outreach.patrons.registration import Faulty, FilledForm
from lending import registration as registering
from lending import wire
from lending.model import Block, CardRef, Reason
from lending.registration import Registration
from lending.responses import EventPlace, SelfRegistration
from lending.showcase import BOOKED, GIVE_BACK, QUEUED, TAKE
from lending.transactions import TransactionId

log = logging.getLogger(__name__)


def registration_form() -> wire.WireForm:
    """Return the registration form for kiosks, with the current consent texts."""
    groups = [wire.WireGroup(code=each.code, name=each.names) for each in PatronCategory.objects.all()]
    return wire.WireForm(
        groups=groups,
        purposes=[_wire_purpose(each) for each in ON_JOINING],
        mobile=mobile_pattern(the_central().time_zone()) or registering.NO_NUMBER,
        languages=list(text_languages()),
        guardian_age=the_central().guardian_age(),
    )


def _wire_purpose(purpose: Purpose) -> wire.WirePurpose:
    shown, names = consents.text(purpose), in_text_languages(lambda: purpose.label)
    return wire.WirePurpose(code=purpose, name=names, words=shown.texts.in_order(), version=shown.version)


def register(by: Actor, act: SelfRegistration) -> OperationResult | Block:
    """Register the patron.

    If the card belongs to another patron, the registration is refused while the patron can still use another card. One
    uploaded later is made without the card. Other faults are not the patron's, because the kiosk validates by the same
    rules; they go to staff.
    """
    try:
        entered = registering.read(act.answer)
    except ValueError as fault:
        log.warning("kiosk %s: %s", by.kiosk.name if by.kiosk else "", fault)
        return Block(Reason.UNREADABLE)
    if by.transaction is None or by.kiosk is None or by.elsewhere:
        return Block(Reason.UNREADABLE)
    taken = act.card is not None and card_by(act.card) is not None
    if taken and not by.no_block:
        return Block(Reason.CARD_TAKEN)
    try:
        made = registration.register(_form(entered, by), records.RecordSource(str(Source.KIOSK), by.kiosk.name, by.now))
    except Faulty as faulty:
        log.warning("kiosk %s: a registration is at fault in %s", by.kiosk.name, ", ".join(sorted(faulty.faults)))
        return Block(Reason.UNREADABLE)
    if act.card is not None and not taken:
        cards.enrol_hashed(Patron.objects.get(ref=made.person.ref), CardRef(act.card))
    return OperationResult()


def _form(entered: Registration, by: Actor) -> FilledForm:
    """Return the form.

    A child cannot consent, and the contact address is then the guardian's, used only to reach the guardian.
    """
    row = TransactionId(str(by.transaction))
    child = registering.is_child(entered.born, by.now.year, the_central().guardian_age())
    contact = entered.contact.strip()
    facts = {str(ProfileField.Name.BIRTH_YEAR): entered.born}
    if child:
        facts[str(ProfileField.Name.GUARDIAN)] = ", ".join(filter(None, (entered.guardian.strip(), contact)))
    shown = {} if child else {name: version for name, version in entered.consents.items() if _was_shown(name, version)}
    return FilledForm(
        name=entered.name,
        category=_group(entered.group),
        language=text_language(entered.language),
        contacts={registering.channel(contact): contact} if contact and not child else {},
        facts=facts,
        consents=frozenset(shown),
        key=by.transaction,
        text_versions=shown,
        number=registering.number(row),
    )


def _was_shown(purpose: str, version: str) -> bool:
    if purpose not in ON_JOINING:
        return False
    shown_now = consents.text(purpose).version == version
    return shown_now or bool(ConsentText.objects.filter(purpose=purpose, version=version).exists())


def _group(code: str) -> str:
    """Return the chosen category, or the library's first one if that is unknown.

    Staff check it when they confirm the patron.
    """
    known = list(PatronCategory.objects.values_list("code", flat=True))
    return code if code in known or not known else known[0]


def book_place(by: Actor, card: Card, act: EventPlace) -> OperationResult | Block:
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
        return _book_session(session, person)
    return _cancel_booking(session, person) if act.answer == GIVE_BACK else Block(Reason.UNREADABLE)


def _session(about: str) -> Session | None:
    if not about.isdecimal() or len(about) >= 19:
        return None
    return Session.objects.filter(pk=int(about), course__shown=True).first()


def _book_session(session: Session, person: Person) -> OperationResult | Block:
    try:
        booking = programs.book(session, person, hub_clock().now())
    except SubmissionRejected:
        return Block(Reason.DATE_OVER)
    return OperationResult(became=QUEUED if booking.state == Booking.State.QUEUED else BOOKED)


def _cancel_booking(session: Session, person: Person) -> OperationResult:
    """Cancel the booking.

    Nothing happens without a booking, or once the event has begun, because attendance is then recorded.
    """
    now = hub_clock().now()
    booking = Booking.objects.filter(session=session, person=person, session__begins__gt=now).first()
    if booking is not None:
        programs.give_back(booking, now)
    return OperationResult()
