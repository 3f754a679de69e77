"""Makes a provisional patron of what somebody told at a kiosk, in the commit of her row; judges no loan."""

from __future__ import annotations

import logging

from django.utils.translation import override

from hub.circulation import cards
from hub.circulation.apply_transaction import card_by
from hub.circulation.models import Patron, PatronCategory
from hub.circulation.operations import Actor, OperationResult
from hub.outreach.profiles import consents, record_updates, registration
from hub.outreach.profiles.models import ConsentText, ProfileField, Source
from hub.outreach.profiles.purposes import AT_ONCE, Purpose
from hub.outreach.profiles.registration import Faulty, Form
from lending import registration as registering
from lending import wire
from lending.model import Block, CardRef, Reason
from lending.registration import Registration
from lending.transactions import PatronResponse, TransactionId

log = logging.getLogger(__name__)
LANGUAGES = ("zh", "en")


def form() -> wire.WireForm:
    """What a kiosk asks, with the words of now."""
    groups = [wire.WireGroup(code=each.code, name=each.names) for each in PatronCategory.objects.all()]
    return wire.WireForm(groups=groups, purposes=[_asked(each) for each in AT_ONCE])


def _asked(purpose: Purpose) -> wire.WirePurpose:
    shown, names = consents.text(purpose), {}
    for language, spoken in (("zh", "zh-hans"), ("en", "en")):
        with override(spoken):
            names[language] = str(purpose.label)
    words = {"zh": shown.chinese, "en": shown.english}
    return wire.WirePurpose(code=purpose, name=names, words=words, version=shown.version)


def take(by: Actor, act: PatronResponse) -> OperationResult | Block:
    """A card that is somebody's is refused while she can hold another one to the reader; later she goes without.

    Whatever cannot be taken is nobody's fault who stands there: a desk asks by the same law. So it goes to staff.
    """
    try:
        told = registering.read(act.answer)
    except ValueError as fault:
        log.warning("kiosk %s: %s", by.kiosk.name if by.kiosk else "", fault)
        return Block(Reason.UNREADABLE)
    if by.transaction is None or by.kiosk is None or by.elsewhere:
        return Block(Reason.UNREADABLE)
    taken = act.card is not None and card_by(act.card) is not None
    if taken and not by.no_block:
        return Block(Reason.CARD_TAKEN)
    try:
        made = registration.register(
            _form(told, by), record_updates.RecordSource(str(Source.KIOSK), by.kiosk.name, by.now)
        )
    except Faulty as faulty:
        log.warning("kiosk %s: a registration is at fault in %s", by.kiosk.name, ", ".join(sorted(faulty.faults)))
        return Block(Reason.UNREADABLE)
    if act.card is not None and not taken:
        cards.enrol_hashed(Patron.objects.get(ref=made.person.ref), CardRef(act.card))
    return OperationResult()


def _form(told: Registration, by: Actor) -> Form:
    """A child agrees to nothing by herself, and her guardian's address is only to find the guardian by."""
    row, child = TransactionId(str(by.transaction)), registering.is_child(told.born, by.now.year)
    contact = told.contact.strip()
    facts = {str(ProfileField.Name.BIRTH_YEAR): told.born}
    if child:
        facts[str(ProfileField.Name.GUARDIAN)] = ", ".join(filter(None, (told.guardian.strip(), contact)))
    shown = {} if child else {name: version for name, version in told.consents.items() if _was_shown(name, version)}
    return Form(
        name=told.name,
        category=_group(told.group),
        language=told.language if told.language in LANGUAGES else LANGUAGES[0],
        contacts={registering.channel(contact): contact} if contact and not child else {},
        facts=facts,
        consents=frozenset(shown),
        key=by.transaction,
        shown=shown,
        number=registering.number(row),
    )


def _was_shown(purpose: str, version: str) -> bool:
    if purpose not in AT_ONCE:
        return False
    shown_now = consents.text(purpose).version == version
    return shown_now or bool(ConsentText.objects.filter(purpose=purpose, version=version).exists())


def _group(code: str) -> str:
    """The one that she chose; the library's first where it has only one, or has that one no more: staff see her."""
    known = list(PatronCategory.objects.values_list("code", flat=True))
    return code if code in known or not known else known[0]
