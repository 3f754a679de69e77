"""Ask a signed-in patron for a fresh proof, by PIN or by a code sent to a verified address, as a kiosk does.

A session alone is not enough for a copy of all data or for an erasure: the phone may be unattended.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.outreach.library_system.registry import the_central
from hub.outreach.messaging.reach_estimate import reachable
from hub.outreach.patrons.channels import mask_address
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Person
from hub.outreach.portal.my_details import identity_proof
from hub.outreach.portal.rate_limit import take_attempt


@dataclass(frozen=True, slots=True)
class ProofForm:
    """What the page asks for next, with its HTTP status.

    `where` is the masked address that a code goes to; empty if none can be sent. `sent` is True once one was sent.
    """

    pins: bool
    where: str
    sent: bool = False
    fault: str = ""
    status: int = 200


def prove(request: HttpRequest, person: Person) -> ProofForm | None:
    """Judge the proof in the request; return None if it is right, else the form to show."""
    pins, where = the_central().keeps_pins(), _masked_address(person)
    if request.method != "POST":
        return ProofForm(pins, where)
    if "send" in request.POST and where:
        if take_attempt(request, "sign_in") is None:
            return ProofForm(pins, where, False, _("Too many code requests. Try again in 15 minutes."), 429)
        if identity_proof.send(person):
            fault = _("A code was just sent, or you reached today's limit. Wait 1 minute, or come to the desk.")
            return ProofForm(pins, where, False, fault, 429)
        return ProofForm(pins, where, True)
    if "code" in request.POST and where:
        digits = "".join(each for each in request.POST["code"] if each.isdecimal())
        if identity_proof.check(person, digits) == "right":
            return None
        fault = _("The code is wrong or has expired. Check it, or request a new one.")
        return ProofForm(pins, where, True, fault, 422)
    pin = request.POST.get("pin", "").strip()[:12]
    if not pins or not pin:
        return ProofForm(pins, where, status=422)
    match the_central().check_pin(person.ref, pin):
        case "right":
            return None
        case "wrong":
            return ProofForm(pins, where, False, _("The PIN is wrong. Nothing was done."), 422)
        case "locked":
            return ProofForm(pins, where, False, _("Too many wrong PINs. Wait 15 minutes, or use a code."), 429)


def _masked_address(person: Person) -> str:
    contact = identity_proof.way(person)
    if contact is None or reachable([contact], MessageKind.CODE) is None:
        return ""
    return mask_address(contact.channel, contact.address.decrypt())
