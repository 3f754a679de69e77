"""Handle staff changes to a patron record: contacts and their uses, consents, guardian, PIN, cards, notes."""

from datetime import time

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.core.language import text_languages
from hub.core.pages.page import report_error, report_success, staff_action
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import consents, records, registration, verification_codes
from hub.outreach.patrons.channels import CHOSEN, BadAddress, Channel
from hub.outreach.patrons.models import Change, Code, Contact, Note, ProfileField
from hub.outreach.patrons.pages.record import render_record
from hub.outreach.patrons.pages.shared import REGISTER_THERE, get_person, staff
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import person_of
from hub.outreach.patrons.services import outbox
from hub.outreach.patrons.verification_codes import CodeRefusalReason

LONGEST_NOTE = 500


def _home(person: int) -> str:
    return reverse("patrons:record", args=(person,))


@staff_action
def set_channels(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the order of channels for one kind of message or for all; an empty list is valid."""
    person, kind = get_person(pk), request.POST.get("kind", "")
    chosen = [each for each in request.POST.getlist("channel") if each]
    if (kind and kind not in MessageKind.values) or set(chosen) - set(CHOSEN):
        raise Http404
    records.set_channel_order(person, kind, chosen)
    records.note(person, "order", Change.Act.CHANGED, staff(request))
    return report_success(request, _("Channel order saved."), _home(person.pk))


@staff_action
def reset_channels(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a kind of message to the general order of channels."""
    person = get_person(pk)
    person.orders.filter(kind=request.POST.get("kind", "")).exclude(kind="").delete()
    records.note(person, "order", Change.Act.REMOVED, staff(request))
    return report_success(request, _("This message type uses the general channel order again."), _home(person.pk))


@staff_action
def habits(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the language and the quiet hours, in which no messages are sent."""
    person, language = get_person(pk), request.POST.get("language", "")
    try:
        hours = [_hour(request.POST.get(each, "")) for each in ("quiet_from", "quiet_to")]
    except ValueError:
        return report_error(request, _("Enter times as 21:30."), _home(person.pk))
    if (hours[0] is None) != (hours[1] is None):
        return report_error(request, _("Quiet hours need a start and an end time."), _home(person.pk))
    person.language = language if language in text_languages() else ""
    person.quiet_from, person.quiet_to = hours
    person.save(update_fields=("language", "quiet_from", "quiet_to"))
    records.note(person, "language", Change.Act.CHANGED, staff(request))
    return report_success(request, _("Language and quiet hours saved."), _home(person.pk))


def _hour(text: str) -> time | None:
    return time.fromisoformat(text) if text.strip() else None


@staff_action
def facts(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the other facts that the patron stated."""
    person, by = get_person(pk), staff(request)
    year = request.POST.get(ProfileField.Name.BIRTH_YEAR, "").strip()
    if fault := registration.wrong_year(year, by.now.year):
        return report_error(request, fault, _home(person.pk))
    for name in ProfileField.Name:
        value = request.POST.get(name, "")[:300]
        before = person.facts.filter(name=name).first()
        if value.strip() != (before.value.decrypt() if before else ""):
            records.store_field(person, name, value, by, verified_at=by.now)
    return report_success(request, _("Details saved."), _home(person.pk))


@staff_action
def guardian(request: HttpRequest, pk: int) -> HttpResponse:
    """Set whether the patron is a child, and the guardian, whose card is scanned.

    Messages go to the guardian.
    """
    person, number = get_person(pk), request.POST.get("card", "").strip()
    if not request.POST.get("child"):
        person.child, person.guardian = False, None
    else:
        ref = the_central().by_card(number) if number else None
        found = person_of(ref) if ref else person.guardian
        if number and (ref is None or found is None):
            return report_error(request, _("No patron has a card with this number."), _home(person.pk))
        if found is None or found.child or found.pk == person.pk:
            return report_error(
                request, _("The guardian must be another adult patron. Scan the guardian's card."), _home(person.pk)
            )
        person.child, person.guardian = True, found
        records.store_field(person, ProfileField.Name.GUARDIAN, "", staff(request))
    person.save(update_fields=("child", "guardian"))
    records.note(person, "guardian", Change.Act.CHANGED, staff(request))
    return report_success(request, _("Guardian saved."), _home(person.pk))


@staff_action
def consent(request: HttpRequest, pk: int, purpose: str, answer: str) -> HttpResponse:
    """Record the patron's answer to one purpose, with the version of the text shown."""
    person, by = get_person(pk), staff(request)
    if purpose not in Purpose.values or answer not in ("give", "withdraw"):
        raise Http404
    if answer == "give":
        consents.give(person, purpose, by.signature, consents.text(purpose).version, by.now)
    else:
        consents.withdraw(person, purpose, by.signature, by.now)
    records.note(person, "consent", Change.Act.CHANGED, by)
    opposite = "withdraw" if answer == "give" else "give"
    words = _("Consent given: {purpose}") if answer == "give" else _("Consent withdrawn: {purpose}")
    undo = reverse("patrons:consent", args=(pk, purpose, opposite))
    return report_success(request, words.format(purpose=Purpose(purpose).label), _home(person.pk), undo)


@staff_action
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark the patron as a key patron, or remove the mark."""
    person = get_person(pk)
    person.key = not person.key
    person.save(update_fields=("key",))
    records.note(person, "key", Change.Act.ADDED if person.key else Change.Act.REMOVED, staff(request))
    words = _("Marked as a key patron.") if person.key else _("No longer marked as a key patron.")
    return report_success(request, words, _home(person.pk), reverse("patrons:mark", args=(pk,)))


@staff_action
def pin(request: HttpRequest, pk: int) -> HttpResponse:
    """Set a new PIN that the patron, identified at the desk, enters."""
    person, typed = get_person(pk), request.POST.get("pin", "")
    if not the_central().keeps_pins():
        return report_error(request, _("The PIN is kept in the library's ILS. Set a new one there."), _home(person.pk))
    if not verification_codes.PIN.fullmatch(typed):
        return report_error(request, _code_refusal_text(CodeRefusalReason.NO_PIN), _home(person.pk))
    the_central().set_pin(person.ref, typed)
    records.note(person, "pin", Change.Act.CHANGED, staff(request))
    return report_success(request, _("New PIN set."), _home(person.pk))


@staff_action
def lose_cards(request: HttpRequest, pk: int) -> HttpResponse:
    """Block all cards of the patron as lost."""
    person = get_person(pk)
    if not the_central().keeps_patrons():
        return report_error(
            request, _("Cards are kept in the library's ILS. Issue and block them there."), _home(person.pk)
        )
    lost = the_central().lose_cards(person.ref)
    records.note(person, "cards", Change.Act.REMOVED, staff(request))
    return report_success(request, _("Cards reported lost: {count}").format(count=lost), _home(person.pk))


@staff_action
def new_card(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue a new card; open loans stay with the patron."""
    person, by = get_person(pk), staff(request)
    if not the_central().keeps_patrons():
        return report_error(
            request, _("Cards are kept in the library's ILS. Issue and block them there."), _home(person.pk)
        )
    if not the_central().give_card(person.ref, request.POST.get("card", ""), by.name):
        return report_error(request, _("This card is already in use or not valid. Use another card."), _home(person.pk))
    records.note(person, "cards", Change.Act.ADDED, by)
    return report_success(request, _("The new card is active. Loans are unchanged."), _home(person.pk))


@staff_action
def write_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a note about serving the patron."""
    person, by, text = get_person(pk), staff(request), request.POST.get("words", "").strip()
    if not 0 < len(text) <= LONGEST_NOTE:
        return report_error(request, _("A note must have 1 to 500 characters."), _home(person.pk))
    newest = person.notes.first()
    if newest is None or newest.words.decrypt() != text:
        Note.objects.create(person=person, words=text, by=by.name, at=by.now)
    return report_success(request, _("Note saved."), _home(person.pk))


@staff_action
def drop_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a note."""
    note = get_object_or_404(Note.objects.select_related("person"), pk=pk)
    note.delete()
    return report_success(request, _("Note deleted."), _home(note.person_id))


@staff_action
def confirm_identity(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm the patron's identity: from now on they may borrow, unless blocked in the meantime."""
    person, by = get_person(pk), staff(request)
    if not the_central().keeps_patrons():
        return report_error(request, str(REGISTER_THERE), _home(person.pk))
    try:
        done = registration.confirm_identity(person, by, request.POST.get("card", "").strip())
    except registration.Faulty as missing:
        return report_error(request, str(missing), _home(person.pk))
    if not done:
        return report_error(request, _("This card is already in use or not valid. Use another card."), _home(person.pk))
    if not the_central().standing([person.ref])[person.ref].active:
        return report_success(
            request,
            _("Identity checked. The patron stays blocked until staff allow borrowing again."),
            _home(person.pk),
        )
    return report_success(request, _("The patron can borrow now."), _home(person.pk))


@staff_action
def use_field(request: HttpRequest, pk: int, field: str, answer: str) -> HttpResponse:
    """Allow or forbid marketing messages to one field, as the patron says to staff."""
    person, by, home = get_person(pk), staff(request), _home(pk)
    if field not in Channel.values or answer not in ("give", "withdraw"):
        raise Http404
    if answer == "give":
        consents.allow_field(person, field, by.signature, by.now)
        words, opposite = _("News allowed: {field}"), "withdraw"
    else:
        consents.reserve_field(person, field, by.signature, by.now)
        words, opposite = _("Only for loans from now on: {field}"), "give"
    records.note(person, "consent", Change.Act.CHANGED, by)
    undo = reverse("patrons:use", args=(pk, field, opposite))
    return report_success(request, words.format(field=Channel(field).label), home, undo)


@staff_action
def confirm_field(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm a profile field that the patron says is still right."""
    fact = get_object_or_404(ProfileField.objects.select_related("person"), pk=pk, name__in=records.AGES)
    records.confirm_field(fact, staff(request))
    return report_success(
        request, _("Confirmed: {channel}").format(channel=fact.get_name_display()), _home(fact.person_id)
    )


def _get_contact(pk: int) -> Contact:
    return get_object_or_404(Contact.objects.select_related("person"), pk=pk)


@staff_action
def add_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an address that the patron gives to staff."""
    person, by = get_person(pk), staff(request)
    channel, text = request.POST.get("channel", ""), request.POST.get("address", "")
    if channel not in Channel.values:
        raise Http404
    try:
        contact = records.store_contact(person, channel, text, by, verified_at=by.now)
    except BadAddress as bad:
        return render_record(request, person, {"wrong": str(bad), "typed": text, "typed_channel": channel})
    return report_success(
        request, _("Recorded: {channel}").format(channel=contact.get_channel_display()), _home(contact.person_id)
    )


@staff_action
def confirm_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm that the address is right or belongs to the patron."""
    contact = _get_contact(pk)
    words = _("Now in use: {channel}") if records.is_unconfirmed(contact) else _("Confirmed: {channel}")
    records.confirm_contact(contact, staff(request))
    return report_success(request, words.format(channel=contact.get_channel_display()), _home(contact.person_id))


@staff_action
def remove_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an address; its owner is notified at it."""
    contact = _get_contact(pk)
    records.remove_contact(contact, staff(request))
    words = _("Removed: {channel}. The address is notified and deleted in 3 days.")
    undo = reverse("patrons:contact_put_back", args=(pk,))
    return report_success(request, words.format(channel=contact.get_channel_display()), _home(contact.person_id), undo)


@staff_action
def put_back_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo the removal of an address."""
    contact = _get_contact(pk)
    records.put_back_contact(contact, staff(request))
    return report_success(
        request, _("Restored: {channel}").format(channel=contact.get_channel_display()), _home(contact.person_id)
    )


@staff_action
def send_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a code to the address, for the patron to read out."""
    contact = _get_contact(pk)
    sent = verification_codes.send(contact, Code.Aim.BIND)
    if isinstance(sent, CodeRefusalReason):
        return report_error(request, _code_refusal_text(sent), _home(contact.person_id))
    return report_success(request, _("Code sent. It is valid for 10 minutes."), _home(contact.person_id))


@staff_action
def bind_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Verify the address by the code that the patron reads out."""
    contact = _get_contact(pk)
    no = verification_codes.bind(contact, request.POST.get("code", ""), staff(request))
    if no is not None:
        return report_error(request, _code_refusal_text(no), _home(contact.person_id))
    return report_success(
        request, _("Linked: {channel}").format(channel=contact.get_channel_display()), _home(contact.person_id)
    )


@staff_action
def send_test_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test message to the address."""
    contact, by = _get_contact(pk), staff(request)
    facts = {"contact": contact.pk, "channel": contact.channel}
    outbox().queue_message(contact.person, MessageKind.TEST, f"staff {contact.pk} {by.now:%Y%m%dT%H%M}", facts)
    return report_success(request, _("Test message sent. At most 1 per minute."), _home(contact.person_id))


def _code_refusal_text(reason: CodeRefusalReason) -> str:
    """Return why no code was sent or why it was rejected, and what to do."""
    return {
        CodeRefusalReason.WRONG: _("Wrong code. Ask the patron to read it again."),
        CodeRefusalReason.OVER: _("No valid code. Send a new one."),
        CodeRefusalReason.TOO_MANY: _("Too many attempts. Send a new code, or try again tomorrow."),
        CodeRefusalReason.TOO_SOON: _("A code was just sent. Wait 1 minute before the next."),
        CodeRefusalReason.NOT_PROVED: _("This address is not verified yet. Link it with a code first."),
        CodeRefusalReason.NO_PIN: _("A PIN has 4 to 12 digits."),
        CodeRefusalReason.COUNTRY: _("No SMS codes to this country. See [texts] in channels.toml."),
        CodeRefusalReason.BUDGET: _("No more SMS codes today. See [texts] in channels.toml."),
    }[reason]
