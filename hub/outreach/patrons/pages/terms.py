"""Serve the settings for records: when a contact is stale, who is a key patron, the consent texts."""

import itertools
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import consents, key_patrons
from hub.outreach.patrons.models import Consent, ConsentText, ProfileSettings
from hub.outreach.patrons.purposes import Purpose

MONTHS, LOANS = 60, 10_000
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class TextRow:
    """Consent text in use, and the number of consents given to this version."""

    purpose: str
    words: str
    version: str
    since: str
    chinese: str
    english: str
    agreed: int


@require_http_methods(["GET", "POST"])
@staff_only
def terms(request: HttpRequest) -> HttpResponse:
    """Show and save the settings."""
    settled = ProfileSettings.now()
    if request.method == "POST":
        return _save_settings(request, settled)
    return page(request, "records", "patrons/terms.html", {
        "terms": settled,
        "categories": [(code, words, code in settled.key_categories) for code, words in the_central().categories()],
        "reached": len(key_patrons.key_persons(hub_clock().now())),
        "texts": [_text(each) for each in Purpose],
        "months": MONTHS, "most_loans": LOANS, "longest": LONGEST,
    })  # fmt: skip


def _save_settings(request: HttpRequest, settled: ProfileSettings) -> HttpResponse:
    home = reverse("patrons:terms")
    months, loans = (request.POST.get(each, "").strip() for each in ("stale_months", "key_loans"))
    if not (months.isdecimal() and 1 <= int(months) <= MONTHS):
        return report_error(request, _("Enter a number of months from 1 to 60."), home)
    if not (loans.isdecimal() and int(loans) <= LOANS):
        return report_error(request, _("Enter a number of loans from 0 to 10000."), home)
    known = dict(the_central().categories())
    settled.stale_months, settled.key_loans = int(months), int(loans)
    settled.key_categories = [each for each in request.POST.getlist("category") if each in known]
    settled.save()
    count = len(key_patrons.key_persons(hub_clock().now()))
    return report_success(request, _("Saved. Key patrons now: {count}.").format(count=f"{count:,}"), home)


def _text(purpose: Purpose) -> TextRow:
    text = consents.text(purpose)
    agreed = Consent.objects.filter(purpose=purpose, given=True, text_version=text.version).count()
    return TextRow(
        purpose, str(purpose.label), text.version, formatting.day(text.since), text.chinese, text.english, agreed
    )


@staff_action
def new_text(request: HttpRequest, purpose: str) -> HttpResponse:
    """Publish a new version of a consent text. Earlier consents keep the version that was agreed to."""
    if purpose not in Purpose.values:
        raise Http404
    home, now = reverse("patrons:terms"), hub_clock().now()
    chinese, english = (request.POST.get(each, "").strip() for each in ("chinese", "english"))
    if not (0 < len(chinese) <= LONGEST and 0 < len(english) <= LONGEST):
        return report_error(request, _("Enter text in both languages, at most 1000 characters each."), home)
    before = consents.text(purpose)
    if (before.chinese, before.english) == (chinese, english):
        return report_error(request, _("This text is already in use."), home)
    version = _next_version(purpose, now.year)
    ConsentText.objects.create(purpose=Purpose(purpose), version=version, chinese=chinese, english=english, since=now)
    return report_success(request, _("New consent text in use: {version}").format(version=version), home)


def _next_version(purpose: str, year: int) -> str:
    """Return a version name that no text of the purpose has, the default texts included."""
    taken = set(ConsentText.objects.filter(purpose=purpose).values_list("version", flat=True))
    return next(each for number in itertools.count(len(taken) + 1) if (each := f"{year}-{number}") not in taken)
