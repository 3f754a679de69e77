"""Sign in by a code sent to a verified address, without disclosing whether a card or address exists."""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hub.core import signed_links
from hub.core.clock import hub_clock
from hub.outreach.messaging.settings import channels_or_none
from hub.outreach.patrons import verification_codes
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.portal import sign_in_codes
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import end, page, patrons_page, start_session
from hub.outreach.portal.rate_limit import give_back, take_attempt

PURPOSE = "phone code asked for"
"""Purpose of the signed attempt.

Its name differs from that of older releases, whose attempts named a patron: one left open over an update is treated
as expired.
"""
OWN = (
    *("home", "loans", "fees", "me", "notifications", "quiet", "digest", "consents", "known", "ask"),
    *(
        "courses",
        "lost_card",
        "pin",
        "questionnaires",
        "for_you",
        "reading",
        "events",
        "mine",
        "export",
        "erase",
        "family",
    ),
)
ROOMS = {**{each: f"portal:{each}" for each in OWN}, "searches": "opac:searches"}
"""Pages to which signing in can lead."""
ONE_OF = {"event": "portal:event", "hold": "opac:hold", "back": "opac:back"}
NUMBERED = re.compile(rf"({'|'.join(ONE_OF)})-(\d{{1,9}})")
"""Pages about one event, or about one title to place a hold on or to be notified of."""


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the card, then for the code. The second page is the same for known and unknown cards."""
    to = _room(request.POST.get("to", ""))
    if "of" in request.POST:
        return _enter(request, to)
    if not channels_or_none().sends(MessageKind.CODE):
        return page(request, "no_codes", {"by_kiosk": settings.PUBLIC})
    if request.method != "POST":
        return page(request, "sign_in", {"to": _room(request.GET.get("to", ""))})
    number = request.POST.get("card", "").strip()[:64]
    if not number:
        return page(request, "sign_in", {"to": to, "fault": _("Enter your card number first.")}, 422)
    if take_attempt(request, "sign_in") is None:
        fault = _("Too many code requests. Try again in 15 minutes, or come to the desk.")
        return page(request, "sign_in", {"to": to, "fault": fault}, 429)
    attempt = signed_links.token(
        PURPOSE, f"{sign_in_codes.ask(number):020}", hub_clock().now() + verification_codes.GOOD_FOR
    )
    return page(request, "code", {"to": to, "of": attempt})


def _enter(request: HttpRequest, to: str) -> HttpResponse:
    attempts = take_attempt(request, "code")
    if attempts is None:
        fault = _("Too many wrong codes. Try again in 15 minutes, or come to the desk.")
        return page(request, "sign_in", {"to": to, "fault": fault}, 429)
    person = _verify(request.POST["of"], request.POST.get("code", ""))
    if person is None:
        fault = _("The code is wrong or has expired. Check it, or request a new one.")
        return page(request, "code", {"to": to, "of": request.POST["of"][:400], "fault": fault}, 422)
    give_back(attempts)
    return start_session(redirect(_address(to)), person, Scope.ALL)


def _verify(attempt: str, typed: str) -> Person | None:
    """Return the patron who entered the code sent for this attempt, or None."""
    subject = signed_links.subject_of_token(PURPOSE, attempt)
    digits = "".join(each for each in typed if each.isdecimal())
    return sign_in_codes.check_code(int(subject), digits) if subject else None


@require_POST
@patrons_page
def sign_out(request: HttpRequest) -> HttpResponse:
    return end(request, redirect("portal:home"))


def _room(asked: str) -> str:
    return asked if asked in ROOMS or NUMBERED.fullmatch(asked) else "loans"


def _address(room: str) -> str:
    one = NUMBERED.fullmatch(room)
    return reverse(ONE_OF[one[1]], args=(int(one[2]),)) if one else reverse(ROOMS[room])
