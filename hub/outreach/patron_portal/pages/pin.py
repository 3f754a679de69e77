"""Let the patron set a new PIN by a code sent to a verified address."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.delivery.reach_estimate import reachable
from hub.outreach.library_system_registry import the_central
from hub.outreach.patron_portal.models import Scope
from hub.outreach.patron_portal.portal_session import page, signed_in
from hub.outreach.patron_portal.rate_limit import count_attempt, is_limited
from hub.outreach.profiles import verification_codes
from hub.outreach.profiles.channels import masked
from hub.outreach.profiles.models import Change, Code, Contact, Person, Source
from hub.outreach.profiles.record_updates import RecordSource, note
from hub.outreach.profiles.verification_codes import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def pin(request: HttpRequest, person: Person) -> HttpResponse:
    """Show where the code goes, and send it. A session alone is not enough: the phone may be unattended."""
    contact = _proved(person)
    if request.method != "POST" or contact is None:
        return _asked(request, contact)
    if is_limited(request, "sign_in"):
        return _asked(request, contact, _("Codes were asked for too often from here. Wait a quarter of an hour."))
    count_attempt(request, "sign_in")
    if verification_codes.send(contact, Code.Aim.PIN) in (Refused.TOO_MANY, Refused.TOO_SOON):
        fault = _("A code was sent just now, or too many today. Wait a minute, or come to the desk.")
        return _asked(request, contact, fault)
    return _typed(request, contact)


@require_POST
@signed_in(Scope.ALL)
def new_pin(request: HttpRequest, person: Person) -> HttpResponse:
    """Check the code; if it is right, set the new PIN."""
    contact = _proved(person)
    if contact is None:
        return redirect("phone:pin")
    digits = "".join(each for each in request.POST.get("code", "") if each.isdecimal())
    refused = verification_codes.new_pin(person, contact, digits, request.POST.get("pin", ""))
    if refused is Refused.NO_PIN:
        return _typed(request, contact, _("A PIN has 4 to 12 digits."))
    if refused is not None:
        return _typed(request, contact, _("This code is not right, or it is over. Look again, or ask for a new one."))
    note(person, "pin", Change.Act.CHANGED, RecordSource(Source.PHONE))
    messages.success(request, _("Your new PIN counts from now on, at every kiosk."))
    return redirect("phone:me")


def _proved(person: Person) -> Contact | None:
    """Return the contact for the code; None if there is none or kiosks would not accept a PIN set here."""
    return reachable(verification_codes.proved(person), MessageKind.CODE) if the_central().keeps_pins() else None


def _asked(request: HttpRequest, contact: Contact | None, fault: str = "") -> HttpResponse:
    context = {"here": "me", "fault": fault, "where": _where(contact), "keeps_pins": the_central().keeps_pins()}
    return page(request, "pin", context, 429 if fault else 200)


def _typed(request: HttpRequest, contact: Contact, fault: str = "") -> HttpResponse:
    return page(request, "pin_code", {"here": "me", "fault": fault, "where": _where(contact)}, 422 if fault else 200)


def _where(contact: Contact | None) -> str:
    return masked(contact.channel, contact.address.opened()) if contact else ""
