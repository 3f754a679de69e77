"""Prove a patron's identity again, at a kiosk or on a phone, by PIN or by a code sent to a verified address.

A session alone is not enough for a copy of all data, an erasure or a new PIN: the phone may be unattended. A patron who
was identified at a kiosk continues on the phone by a QR code that is valid once and for minutes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.core.clock import hub_clock
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.reach_estimate import reachable
from hub.outreach.patrons import verification_codes
from hub.outreach.patrons.models import Code, Contact, Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.portal import message_links
from hub.outreach.portal.message_links import open_link
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import HOUR, page, patrons_page, start_session
from hub.outreach.portal.rate_limit import take_attempt

AIM = Code.Aim.SIGN
HANDOVER_PAGE = "portal:from_kiosk"
HANDOVER_GOOD_FOR = timedelta(minutes=10)
"""Validity of the hand-over page; short, because the phone is at hand."""
Verdict = Literal["right", "wrong", "locked"]


def way(person: Person) -> Contact | None:
    """Return the contact for the code: the one verified last, for a child the guardian's."""
    return next(iter(verification_codes.verified_contacts(person)), None)


def send(person: Person) -> str:
    """Send a code; return why it was not sent, or empty. A repeated request keeps the last valid code."""
    contact = way(person)
    return send_to(contact) if contact else str(verification_codes.CodeRefusalReason.NOT_PROVED)


def send_to(contact: Contact) -> str:
    """Send a code to this contact, like `send`."""
    sent = verification_codes.send(contact, AIM)
    if isinstance(sent, Code) or verification_codes.open_one(contact, AIM) is not None:
        return ""
    return str(sent)


def check(person: Person, typed: str) -> Verdict:
    """Check the code that was entered; `locked` after too many wrong ones."""
    contact = way(person)
    if contact is None:
        return "wrong"
    refused = verification_codes.sign_in(person, contact, typed)
    if refused is None:
        return "right"
    return "locked" if refused is verification_codes.CodeRefusalReason.TOO_MANY else "wrong"


def handover_url(person: Person, about: str) -> str:
    """Return the URL where the patron's phone continues, once, with full access.

    Links with different `about` are used up separately.
    """
    return message_links.signed_link(HANDOVER_PAGE, person.pk, about, HANDOVER_GOOD_FOR)


@dataclass(frozen=True, slots=True)
class ProofForm:
    """What the page asks for next, with its HTTP status.

    `address` is the masked address that a code goes to; empty if none can be sent, and `too_new` is True if that is
    only for now. `sent` is True once one was sent.
    """

    pins: bool
    address: str
    too_new: bool = False
    sent: bool = False
    fault: str = ""
    status: int = 200


def prove(request: HttpRequest, person: Person) -> ProofForm | None:
    """Judge the proof in the request; return None if it is right, else the form to show."""
    contact = code_contact(person)
    form = ProofForm(the_central().keeps_pins(), contact.masked if contact else "", is_too_new(person))
    if request.method != "POST":
        return form
    if "send" in request.POST and contact:
        if take_attempt(request, "sign_in") is None:
            return replace(form, fault=_("Too many code requests. Try again in 15 minutes."), status=429)
        if send_to(contact):
            fault = _("A code was just sent, or you reached today's limit. Wait 1 minute, or come to the desk.")
            return replace(form, fault=fault, status=429)
        return replace(form, sent=True)
    if "code" in request.POST and contact:
        digits = "".join(each for each in request.POST["code"] if each.isdecimal())
        if verification_codes.sign_in(person, contact, digits) is None:
            return None
        fault = _("The code is wrong or has expired. Check it, or request a new one.")
        return replace(form, sent=True, fault=fault, status=422)
    pin = request.POST.get("pin", "").strip()[:12]
    if not form.pins or not pin:
        return replace(form, status=422)
    match the_central().check_pin(person.ref, pin):
        case "right":
            return None
        case "wrong":
            return replace(form, fault=_("The PIN is wrong. Nothing was done."), status=422)
        case "locked":
            return replace(form, fault=_("Too many wrong PINs. Wait 15 minutes, or use a code."), status=429)


def code_contact(person: Person) -> Contact | None:
    """Return the contact for a code that proves the identity: one that was confirmed before the session began.

    Otherwise a stranger with the unattended phone could confirm their own address and get the code there.
    """
    settled = [each for each in verification_codes.verified_contacts(person) if not _is_new(each)]
    return reachable(settled, MessageKind.CODE)


def is_too_new(person: Person) -> bool:
    """Return whether no code can be sent only because the address was confirmed just now."""
    found = verification_codes.verified_contacts(person)
    return any(_is_new(each) for each in found) and code_contact(person) is None


def _is_new(contact: Contact) -> bool:
    """Return whether a session that is still open may have confirmed it."""
    return contact.bound_at is not None and contact.bound_at > hub_clock().now() - HOUR


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def from_kiosk(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in on the button press, not on opening.

    After it, a photo that someone else took of the code is invalid.
    """
    link = open_link(HANDOVER_PAGE, token)
    if link is None or link.used:
        return page(request, "over", {"used": link is not None, "to": "me"}, 410)
    if request.method != "POST":
        return page(request, "from_kiosk", {"here": "me"})
    if not link.use():
        return page(request, "over", {"used": True, "to": "me"}, 410)
    return start_session(redirect("portal:me"), link.person, Scope.ALL)
