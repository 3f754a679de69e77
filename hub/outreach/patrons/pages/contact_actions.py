"""Handle staff actions on a contact: add, confirm, verify by code, send a test message, remove."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.staff_access import staff_action
from hub.outreach.patrons import records, verification_codes
from hub.outreach.patrons.channels import BadAddress, Channel
from hub.outreach.patrons.models import Code, Contact
from hub.outreach.patrons.pages.record import render_record
from hub.outreach.patrons.pages.shared import get_person, staff
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.services import outbox
from hub.outreach.patrons.verification_codes import CodeRefusalReason


def _get_contact(pk: int) -> Contact:
    return get_object_or_404(Contact.objects.select_related("person"), pk=pk)


def _home(contact: Contact) -> str:
    return reverse("patrons:record", args=(contact.person_id,))


@staff_action
def add(request: HttpRequest, pk: int) -> HttpResponse:
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
        request, _("Recorded: {channel}").format(channel=contact.get_channel_display()), _home(contact)
    )


@staff_action
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm that the address is right or belongs to the patron."""
    contact = _get_contact(pk)
    words = _("Now in use: {channel}") if records.is_unconfirmed(contact) else _("Confirmed: {channel}")
    records.confirm_contact(contact, staff(request))
    return report_success(request, words.format(channel=contact.get_channel_display()), _home(contact))


@staff_action
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an address; its owner is notified at it."""
    contact = _get_contact(pk)
    records.remove_contact(contact, staff(request))
    words = _("Removed: {channel}. The address is notified and deleted in 3 days.")
    undo = reverse("patrons:contact_put_back", args=(pk,))
    return report_success(request, words.format(channel=contact.get_channel_display()), _home(contact), undo)


@staff_action
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo the removal of an address."""
    contact = _get_contact(pk)
    records.put_back_contact(contact, staff(request))
    return report_success(
        request, _("Restored: {channel}").format(channel=contact.get_channel_display()), _home(contact)
    )


@staff_action
def send_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a code to the address, for the patron to read out."""
    contact = _get_contact(pk)
    sent = verification_codes.send(contact, Code.Aim.BIND)
    if isinstance(sent, CodeRefusalReason):
        return report_error(request, code_refusal_text(sent), _home(contact))
    return report_success(request, _("Code sent. It is valid for 10 minutes."), _home(contact))


@staff_action
def bind(request: HttpRequest, pk: int) -> HttpResponse:
    """Verify the address by the code that the patron reads out."""
    contact = _get_contact(pk)
    no = verification_codes.bind(contact, request.POST.get("code", ""), staff(request))
    if no is not None:
        return report_error(request, code_refusal_text(no), _home(contact))
    return report_success(request, _("Linked: {channel}").format(channel=contact.get_channel_display()), _home(contact))


@staff_action
def try_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test message to the address."""
    contact, by = _get_contact(pk), staff(request)
    facts = {"contact": contact.pk, "channel": contact.channel}
    outbox().queue_message(contact.person, MessageKind.TEST, f"staff {contact.pk} {by.now:%Y%m%dT%H%M}", facts)
    return report_success(request, _("Test message sent. At most 1 per minute."), _home(contact))


def code_refusal_text(why: CodeRefusalReason) -> str:
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
    }[why]
