"""Show a patron's saved searches and alerts on their page; staff add and end them at the desk.

They disclose what the patron reads, so they are shown only while the patron's card is at the desk.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hub.audit import access_log
from hub.core.clock import hub_clock
from hub.outreach.feedback.deduplication import SubmissionRejected
from hub.outreach.opac import availability_alerts, saved_searches
from hub.outreach.opac.models import LONGEST
from hub.outreach.profiles import consents
from hub.outreach.profiles.feed_consumer import person_of
from hub.outreach.profiles.models import Person
from hub.outreach.profiles.purposes import Purpose
from hub.staff.staff_access import staff_only
from hub.staff.views.action_results import confirmed, failed


def panel(request: HttpRequest, ref: str) -> tuple[str, Mapping[str, object]] | None:
    """Return the search panel of the patron page; details only while the card is at the desk."""
    person = person_of(ref)
    if person is None:
        return None
    agreed, searches = consents.given(person, Purpose.ALERTS), list(person.searches.all())
    present = access_log.by_card(request, ref)
    return "finding/panel.html", {
        "request": request,
        "person": person,
        "count": len(searches),
        "searches": searches if present else [],
        "titles": list(person.awaited.select_related("title").defer("title__record")) if present else [],
        "agreed": agreed,
        "why": "" if agreed else consents.words(consents.text(Purpose.ALERTS)),
        "longest": LONGEST,
    }


def _home(person: Person) -> str:
    return reverse("staff:patron_of", args=(person.ref,))


@require_POST
@staff_only
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Save a search for the patron; without a consent, only if it is given now."""
    person = get_object_or_404(Person, pk=pk)
    if person.child and person.guardian is None:
        words = _("She is a child and nobody agrees for her: scan her guardian's card in her record first.")
        return failed(request, words, _home(person))
    if not consents.given(person, Purpose.ALERTS) and "agree" not in request.POST:
        words = _("Read the sentence to her and tick that she agrees: without it nobody may write to her.")
        return failed(request, words, _home(person))
    by = f"staff {request.user.get_username()}"
    try:
        kept = saved_searches.save(person, request.POST.get("q", ""), by, hub_clock().now())
    except SubmissionRejected as wrong:
        return failed(request, str(wrong), _home(person))
    return confirmed(request, _("She is told what comes in for “{search}”.").format(search=kept.words), _home(person))


@require_POST
@staff_only
def end_title(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """End an availability alert of the patron."""
    person = get_object_or_404(Person, pk=pk)
    if not availability_alerts.end(person, number):
        return failed(request, _("She is not told of this title any more."), _home(person))
    return confirmed(request, _("She is not told of this title."), _home(person))


@require_POST
@staff_only
def end(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """End a saved search of the patron."""
    person = get_object_or_404(Person, pk=pk)
    if not saved_searches.end(person, number):
        return failed(request, _("She has no such search any more."), _home(person))
    return confirmed(request, _("This search tells her nothing more."), _home(person))
