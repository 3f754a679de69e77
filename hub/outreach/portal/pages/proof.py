"""Ask a signed-in patron for a fresh proof, by PIN or by a code sent to a verified address, as a kiosk does.

A session alone is not enough for a copy of all data, an erasure or a new PIN: the phone may be unattended.
"""

from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.core.clock import hub_clock
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.reach_estimate import reachable
from hub.outreach.patrons import verification_codes
from hub.outreach.patrons.channels import mask_address
from hub.outreach.patrons.models import Contact, Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.portal.my_details import identity_proof
from hub.outreach.portal.portal_session import HOUR
from hub.outreach.portal.rate_limit import take_attempt


@dataclass(frozen=True, slots=True)
class ProofForm:
    """What the page asks for next, with its HTTP status.

    `where` is the masked address that a code goes to; empty if none can be sent, and `too_new` is True if that is only
    for now. `sent` is True once one was sent.
    """

    pins: bool
    where: str
    too_new: bool = False
    sent: bool = False
    fault: str = ""
    status: int = 200


def prove(request: HttpRequest, person: Person) -> ProofForm | None:
    """Judge the proof in the request; return None if it is right, else the form to show."""
    contact = code_contact(person)
    form = ProofForm(the_central().keeps_pins(), mask_contact(contact), is_too_new(person))
    if request.method != "POST":
        return form
    if "send" in request.POST and contact:
        if take_attempt(request, "sign_in") is None:
            return replace(form, fault=_("Too many code requests. Try again in 15 minutes."), status=429)
        if identity_proof.send_to(contact):
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


def mask_contact(contact: Contact | None) -> str:
    """Return the address with most of it hidden; empty without one."""
    return mask_address(contact.channel, contact.address.decrypt()) if contact else ""
