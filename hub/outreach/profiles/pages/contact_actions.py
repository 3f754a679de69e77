"""Handle staff actions on a contact: add, confirm, verify by code, send a test message, remove."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hub.outreach.delivery.enqueue import queue_message
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.profiles import record_updates, verification_codes
from hub.outreach.profiles.channels import BadAddress, Channel
from hub.outreach.profiles.models import Code, Contact
from hub.outreach.profiles.pages.record import drawn
from hub.outreach.profiles.pages.shared import of, staff
from hub.outreach.profiles.verification_codes import Refused
from hub.staff.staff_access import staff_only
from hub.staff.views.action_results import confirmed, failed


def _one(pk: int) -> Contact:
    found: Contact | None = Contact.objects.select_related("person").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _home(contact: Contact) -> str:
    return reverse("people:record", args=(contact.person_id,))


@require_POST
@staff_only
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an address that the patron gives to staff."""
    person, by = of(pk), staff(request)
    channel, text = request.POST.get("channel", ""), request.POST.get("address", "")
    if channel not in Channel.values:
        raise Http404
    try:
        contact = record_updates.store_contact(person, channel, text, by, verified_at=by.now)
    except BadAddress as bad:
        return drawn(request, person, {"wrong": str(bad), "typed": text, "typed_channel": channel})
    return confirmed(
        request, _("Written down: {channel}").format(channel=contact.get_channel_display()), _home(contact)
    )


@require_POST
@staff_only
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm that the address is right or belongs to the patron."""
    contact = _one(pk)
    words = _("In use now: {channel}") if record_updates.is_unconfirmed(contact) else _("Confirmed: {channel}")
    record_updates.confirm(contact, staff(request))
    return confirmed(request, words.format(channel=contact.get_channel_display()), _home(contact))


@require_POST
@staff_only
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an address; its owner is notified at it."""
    contact = _one(pk)
    record_updates.remove(contact, staff(request))
    words = _("Removed: {channel}. It is told so and deleted in three days.")
    undo = reverse("people:contact_put_back", args=(pk,))
    return confirmed(request, words.format(channel=contact.get_channel_display()), _home(contact), undo)


@require_POST
@staff_only
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo the removal of an address."""
    contact = _one(pk)
    record_updates.put_back(contact, staff(request))
    return confirmed(
        request, _("In use again: {channel}").format(channel=contact.get_channel_display()), _home(contact)
    )


@require_POST
@staff_only
def send_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a code to the address, for the patron to read out."""
    contact = _one(pk)
    sent = verification_codes.send(contact, Code.Aim.BIND)
    if isinstance(sent, Refused):
        return failed(request, refused(sent), _home(contact))
    return confirmed(request, _("A code is on its way. It is good for ten minutes."), _home(contact))


@require_POST
@staff_only
def bind(request: HttpRequest, pk: int) -> HttpResponse:
    """Verify the address by the code that the patron reads out."""
    contact = _one(pk)
    no = verification_codes.bind(contact, request.POST.get("code", ""), staff(request))
    if no is not None:
        return failed(request, refused(no), _home(contact))
    return confirmed(request, _("Bound: {channel}").format(channel=contact.get_channel_display()), _home(contact))


@require_POST
@staff_only
def try_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test message to the address."""
    contact, by = _one(pk), staff(request)
    facts = {"contact": contact.pk, "channel": contact.channel}
    queue_message(contact.person, MessageKind.TEST, f"staff {contact.pk} {by.now:%Y%m%dT%H%M}", facts)
    return confirmed(request, _("A test message is on its way. One a minute is sent at most."), _home(contact))


def refused(why: Refused) -> str:
    """Return why no code was sent or why it was rejected, and what to do."""
    return {
        Refused.WRONG: _("That is not the code. Ask her to read it again."),
        Refused.OVER: _("There is no code that still counts. Send a new one."),
        Refused.TOO_MANY: _("Too many tries for now. Send a new code, or come back tomorrow."),
        Refused.TOO_SOON: _("A code has just been sent. Wait a minute before the next."),
        Refused.NOT_PROVED: _("This address is not proved yet. Bind it by a code first."),
        Refused.NO_PIN: _("A PIN has 4 to 12 digits."),
        Refused.COUNTRY: _("No codes go to this country by text message: see [texts] in channels.toml."),
        Refused.BUDGET: _("No more codes go out by text message today: see [texts] in channels.toml."),
    }[why]
