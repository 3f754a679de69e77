"""Show the patron's card, set a new PIN by a code sent to a verified address, and report the card as lost."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hub.core.pages import barcodes, formatting
from hub.outreach.library_system.central import the_central, the_patron_cards
from hub.outreach.patrons import verification_codes
from hub.outreach.patrons.models import Change, Code, Contact, Person, Source
from hub.outreach.patrons.records import RecordSource, note
from hub.outreach.patrons.verification_codes import CodeRefusalReason
from hub.outreach.portal.identity_proof import code_contact, is_too_new
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, signed_in
from hub.outreach.portal.rate_limit import take_attempt
from lending.name_masking import mask_name

ENDS_SOON = timedelta(days=30)
"""Time before the last day from which on the page says how to renew the card."""


@dataclass(frozen=True, slots=True)
class ShownCard:
    """The patron's card on their phone. Without a barcode, only the end of the number is shown."""

    name: str
    last4: str
    number: str = ""
    """The number in groups of four; empty if there is no barcode."""
    bars: str = ""
    """The barcode as the path of an SVG that is one unit high."""
    width: float = 0
    """Width of the barcode with its quiet zones, in narrow bars."""
    valid: str = ""
    """What to write about the last day; empty if there is none."""
    notice: str = ""
    """How to renew the card, if it ends soon or has expired."""
    tone: str = "look"


def shown_card(ref: str) -> ShownCard | None:
    """Return the patron's card; the name is masked where the card cannot be shown."""
    cards, status = the_patron_cards(), the_central().standing([ref]).get(ref)
    if status is None:
        return None
    card = cards.card(ref) if cards else None
    last4 = status.identifier[-4:]
    if card is None:
        return ShownCard(mask_name(status.name), last4)
    valid, notice, tone = _validity(card.expires)
    if not card.number or not barcodes.CONTENT[card.symbology].fullmatch(card.number):
        return ShownCard(mask_name(status.name), last4, valid=valid, notice=notice, tone=tone)
    bars = barcodes.bars(card.symbology, card.number)
    return ShownCard(
        status.name,
        last4,
        " ".join(card.number[at : at + 4] for at in range(0, len(card.number), 4)),
        "".join(f"M{left:g} 0h{width:g}v1h-{width:g}z" for left, width in bars),
        sum(bars[-1]) + barcodes.QUIET,
        valid,
        notice,
        tone,
    )


def _validity(expires: date | None) -> tuple[str, str, str]:
    """Return the words for the last day, the notice and its mark."""
    if expires is None:
        return "", "", ""
    day = formatting.day(expires)
    valid = _("Valid until {day}").format(day=day)
    if expires < formatting.today():
        notice = _("Your card expired on {day}. Renew it at the service desk. You can still return books.")
        return _("Expired on {day}").format(day=day), notice.format(day=day), "stop"
    if expires - formatting.today() <= ENDS_SOON:
        return valid, _("Your card ends on {day}. Renew it at the service desk.").format(day=day), "clock"
    return valid, "", ""


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def pin(request: HttpRequest, person: Person) -> HttpResponse:
    """Show where the code goes, and send it. A session alone is not enough: the phone may be unattended."""
    contact = _code_contact(person)
    if request.method != "POST" or contact is None:
        return _render_code_request(request, person, contact)
    if take_attempt(request, "sign_in") is None:
        return _render_code_request(request, person, contact, _("Too many code requests. Try again in 15 minutes."))
    if verification_codes.send(contact, Code.Aim.PIN) in (CodeRefusalReason.TOO_MANY, CodeRefusalReason.TOO_SOON):
        fault = _("A code was just sent, or you reached today's limit. Wait 1 minute, or come to the desk.")
        return _render_code_request(request, person, contact, fault)
    return _render_code_entry(request, contact)


@require_POST
@signed_in(Scope.ALL)
def new_pin(request: HttpRequest, person: Person) -> HttpResponse:
    """Check the code; if it is right, set the new PIN."""
    contact = _code_contact(person)
    if contact is None:
        return redirect("portal:pin")
    digits = "".join(each for each in request.POST.get("code", "") if each.isdecimal())
    refused = verification_codes.new_pin(person, contact, digits, request.POST.get("pin", ""))
    if refused is CodeRefusalReason.NO_PIN:
        return _render_code_entry(request, contact, _("A PIN has 4 to 12 digits."))
    if refused is not None:
        return _render_code_entry(
            request, contact, _("The code is wrong or has expired. Check it, or request a new one.")
        )
    note(person, "pin", Change.Act.CHANGED, RecordSource(Source.PHONE))
    messages.success(request, _("Your new PIN now works at every kiosk."))
    return redirect("portal:me")


def _code_contact(person: Person) -> Contact | None:
    """Return the contact for the code; None if there is none or kiosks would not accept a PIN set here."""
    return code_contact(person) if the_central().keeps_pins() else None


def _render_code_request(
    request: HttpRequest, person: Person, contact: Contact | None, fault: str = ""
) -> HttpResponse:
    context = {
        "here": "me",
        "fault": fault,
        "where": contact.masked if contact else "",
        "keeps_pins": the_central().keeps_pins(),
        "too_new": is_too_new(person),
    }
    return page(request, "pin", context, 429 if fault else 200)


def _render_code_entry(request: HttpRequest, contact: Contact, fault: str = "") -> HttpResponse:
    return page(request, "pin_code", {"here": "me", "fault": fault, "where": contact.masked}, 422 if fault else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def lost_card(request: HttpRequest, person: Person) -> HttpResponse:
    """Explain the effect, which only staff can undo, and block the patron's cards on the button press."""
    keeps = the_central().keeps_patrons()
    if request.method != "POST" or not keeps:
        return page(request, "lost_card", {"here": "me", "keeps_patrons": keeps})
    if the_central().lose_cards(person.ref):
        note(person, "card", Change.Act.REMOVED, RecordSource(Source.PHONE))
        messages.success(
            request, _("Your card is blocked. Get a new one at the desk. Your loans and holds are not affected.")
        )
    else:
        messages.info(request, _("You have no active card, so no one can borrow with one."))
    return redirect("portal:me")
