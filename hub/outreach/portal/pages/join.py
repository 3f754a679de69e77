"""Register a patron in the portal with the data loans need; provisional until staff confirm them.

A referral code is optional.
"""

from __future__ import annotations

import hmac
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import keyed_hash
from hub.core.language import page_text_language
from hub.outreach.engagement.loyalty import referrals
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import consents, registration, verification_codes
from hub.outreach.patrons.channels import BadAddress, Channel, normalise_address
from hub.outreach.patrons.models import Code, Contact, ProfileField, Source
from hub.outreach.patrons.purposes import ON_JOINING, Purpose
from hub.outreach.patrons.records import RecordSource
from hub.outreach.patrons.registration import Faulty, FilledForm
from hub.outreach.portal.models import Scope
from hub.outreach.portal.pages.address import no_text
from hub.outreach.portal.portal_session import HOUR, page, patrons_page, start_session
from hub.outreach.portal.rate_limit import take_attempt

COOKIE = "join"
OFFERED = (Channel.MAIL, Channel.SMS)


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def join(request: HttpRequest) -> HttpResponse:
    if not the_central().keeps_patrons():
        return page(request, "join", {"at_the_desk": True})
    if request.method != "POST":
        return _render_form(request, {"friend": request.GET.get("by", "")[:20]})
    if take_attempt(request, "join") is None:
        fault = _("Too many registrations. Try again in 15 minutes, or come to the desk.")
        return _render_form(request, request.POST.dict(), {"": fault}, 429)
    typed = request.POST.get("friend", "").strip()
    if typed and referrals.by_code(typed) is None:
        wrong = _("This code does not exist. Check it, or leave it empty.")
        return _render_form(request, request.POST.dict(), {"friend": wrong}, 422)
    try:
        return _register(request, typed)
    except Faulty as faulty:
        return _render_form(request, request.POST.dict(), dict(faulty.faults), 422)


def _register(request: HttpRequest, typed: str) -> HttpResponse:
    year = request.POST.get("birth_year", "").strip()
    if the_central().guardian_age() and not year:
        raise Faulty({"birth_year": _("We need it, because children register with a parent or guardian.")})
    now, channel = hub_clock().now(), request.POST.get("channel", "")
    address = request.POST.get("address", "").strip()[:254]
    if channel not in OFFERED or not address:
        raise Faulty({"address": _("Enter an address where we can reach you.")})
    try:
        refused = verification_codes.refuses(channel, normalise_address(channel, address))
    except BadAddress as bad:
        raise Faulty({"address": str(bad)}) from None
    if refused is not None:
        raise Faulty({"address": no_text(refused)})
    form = FilledForm(
        name=request.POST.get("name", ""),
        category=request.POST.get("category", ""),
        language=page_text_language(),
        contacts={channel: address},
        facts={ProfileField.Name.BIRTH_YEAR: year},
        consents=frozenset(request.POST.getlist("consent")) & set(ON_JOINING),
        key=registration.form_key(request.POST.get("form", "")),
    )
    try:
        taken = registration.register(form, RecordSource(Source.PHONE))
    except Faulty as faulty:
        faults = dict(faulty.faults)
        raise Faulty({**faults, **({"address": faults[channel]} if channel in faults else {})}) from None
    if not taken.new and (now - taken.person.since > HOUR or not _same_browser(request)):
        raise Faulty({"": _("This form was already sent and you are registered. Sign in with a code.")})
    if typed:
        referrals.came(taken.person, typed, now)
    contact = Contact.objects.filter(person=taken.person).latest("pk")
    verification_codes.send(contact, Code.Aim.BIND)
    context = {"identifier": taken.identifier, "contact": contact.pk, "where": contact.masked, "friend": bool(typed)}
    return start_session(page(request, "joined", context), taken.person, Scope.ALL)


def _same_browser(request: HttpRequest) -> bool:
    """Return whether the form was served to this browser: a repeat from another one gets no session."""
    return hmac.compare_digest(request.COOKIES.get(COOKIE, ""), _mark(request.POST.get("form", "")))


def _mark(form: str) -> str:
    return keyed_hash("join form", form)


def _render_form(
    request: HttpRequest, typed: dict[str, str], faults: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    chosen, form = request.POST.getlist("consent"), request.POST.get("form") or str(uuid4())
    response = page(request, "join", {
        "typed": typed,
        "faults": faults or {},
        "fault": (faults or {}).get("") or (_("Please correct the fields marked below.") if faults else ""),
        "asks_year": the_central().guardian_age() > 0,
        "categories": the_central().categories(),
        "channels": [(each.value, each.label) for each in OFFERED],
        "service": consents.words(consents.text(Purpose.SERVICE)),
        "consents": [
            (each.value, each.label, consents.words(consents.text(each)), each.value in chosen) for each in ON_JOINING
        ],
        "form": form,
    }, status)  # fmt: skip
    if "form" not in request.POST:
        response.set_cookie(
            COOKIE, _mark(form), max_age=int(HOUR.total_seconds()), httponly=True, samesite="Lax", path=request.path
        )
    return response
