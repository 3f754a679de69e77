"""Serve the staff page for registering a patron, with the purpose of each field and separate consents."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.core.clock import hub_clock
from hub.core.language import language_names, page_text_language, text_languages
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_only
from hub.outreach.library_system.central import the_central, the_patron_pages
from hub.outreach.patrons import consents, registration
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import ProfileField
from hub.outreach.patrons.pages.shared import REGISTER_THERE, staff
from hub.outreach.patrons.purposes import ASKED, Purpose
from hub.outreach.patrons.registration import Faulty, FilledForm
from hub.outreach.patrons.services import referrals

registered_at_desk = Signal()
"""Sent with `request` and `ref` when a member of staff has registered a patron."""
OFFERED = (Channel.MAIL, Channel.SMS)
"""Channels offered at the desk; WeChat and WeCom accounts are linked by the patron."""
TOLD = tuple(each for each in ProfileField.Name if each != ProfileField.Name.GUARDIAN)
"""Facts asked at the desk; a guardian is identified by their card instead."""


@dataclass(frozen=True, slots=True)
class RegistrationField:
    """Form field with the text entered and its error message."""

    name: str
    words: str
    typed: str
    fault: str


@dataclass(frozen=True, slots=True)
class ConsentChoice:
    """Consent to choose, with its text."""

    value: str
    words: str
    text: str
    chosen: bool


@require_http_methods(["GET", "POST"])
@staff_only
def register(request: HttpRequest) -> HttpResponse:
    """Show the form; register the patron if it is valid, else show every error."""
    if not the_central().keeps_patrons():
        return report_error(request, str(REGISTER_THERE), reverse("patrons:lists"))
    if request.method == "GET":
        return _render_form(request, {})
    number = request.POST.get("guardian", "").strip()
    form = FilledForm(
        name=request.POST.get("name", ""),
        category=request.POST.get("category", ""),
        language=request.POST.get("language", page_text_language()),
        contacts={each: request.POST.get(each, "") for each in OFFERED},
        facts={each: request.POST.get(each, "")[:300] for each in TOLD},
        consents=frozenset(request.POST.getlist("consent")),
        key=registration.form_key(request.POST.get("form", "")),
        guardian=(the_central().by_card(number) or "") if number else "",
    )
    friend = request.POST.get("friend", "").strip()
    if friend and referrals().by_code(friend) is None:
        return _render_form(request, {"friend": _("This code does not exist. Check it, or leave it empty.")})
    try:
        taken = registration.register(form, staff(request))
    except Faulty as wrong:
        return _render_form(request, dict(wrong.faults))
    if taken.new:
        registered_at_desk.send(sender=None, request=request, ref=taken.person.ref)
    if friend:
        referrals().came(taken.person, friend, hub_clock().now())
    words = _("Registered. The patron can borrow. Patron number: {number}. Now issue a card.")
    words = words.format(number=taken.identifier)
    fees = system.unpaid_fees(taken.person.ref) if taken.new and (system := the_patron_pages()) else []
    if owed := sum((each.owed for each in fees), Decimal(0)):
        words = _("{words} Membership fee charged: {amount}, to pay under Fees.").format(
            words=words, amount=formatting.money(owed)
        )
    return report_success(request, words, reverse("staff:patron_of", args=(taken.person.ref,)))


def _render_form(request: HttpRequest, faults: dict[str, str]) -> HttpResponse:
    chosen, age = request.POST.getlist("consent"), the_central().guardian_age()
    guardian = _("Guardian's card or number, required below the age of {age}")

    def field(name: str, words: str) -> RegistrationField:
        return RegistrationField(name, words, request.POST.get(name, ""), faults.get(name, ""))

    return page(request, "patrons", "patrons/register.html", {
        "name": field("name", _("Name")),
        "category": field("category", _("Patron category")),
        "categories": the_central().categories(),
        "language": request.POST.get("language", page_text_language()),
        "languages": language_names(text_languages()),
        "contacts": [field(each, words) for each, words in ((Channel.MAIL, _("Email")), (Channel.SMS, _("Mobile")))],
        "facts": [field(each, each.label) for each in TOLD],
        "guardian": field("guardian", guardian.format(age=age)) if age else None,
        "friend": field("friend", _("Referral code (optional)")),
        "service": consents.words(consents.text(Purpose.SERVICE)),
        "consents": [
            ConsentChoice(each, each.label, consents.words(consents.text(each)), each in chosen)
            for each in ASKED
        ],
        "faulty": bool(faults),
        "form": request.POST.get("form") or str(uuid4()),
    }, status=400 if faults else 200)  # fmt: skip
