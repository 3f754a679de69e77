"""Show a patron's saved searches and alerts on their page; staff add and end them at the desk.

They disclose what the patron reads, so they are shown only while the patron's card is at the desk.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.core import card_presence
from hub.core.clock import hub_clock
from hub.core.pages.page import report_error, report_success, staff_action
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import person_of
from hub.outreach.portal.models import LONGEST
from hub.outreach.portal.opac import availability_alerts, saved_searches


def panel(request: HttpRequest, ref: str) -> tuple[str, Mapping[str, object]] | None:
    """Return the search panel of the patron page; details only while the card is at the desk."""
    person = person_of(ref)
    if person is None:
        return None
    agreed, searches = consents.has_consented(person, Purpose.ALERTS), list(person.searches.all())
    present = card_presence.by_card(request, ref)
    return "opac/panel.html", {
        "request": request,
        "person": person,
        "count": len(searches),
        "searches": searches if present else [],
        "titles": list(person.awaited.select_related("title", "branch").defer("title__record")) if present else [],
        "agreed": agreed,
        "why": "" if agreed else consents.words(consents.text(Purpose.ALERTS)),
        "longest": LONGEST,
    }


def _home(person: Person) -> str:
    return reverse("staff:patron_of", args=(person.ref,))


@staff_action
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Save a search for the patron; without a consent, only if it is given now."""
    person = get_object_or_404(Person, pk=pk)
    if person.child and person.guardian is None:
        words = _(
            "The patron is a child without a guardian on record: first scan the guardian's card in the patron's record."
        )
        return report_error(request, words, _home(person))
    if not consents.has_consented(person, Purpose.ALERTS) and "agree" not in request.POST:
        words = _(
            "Read the sentence to the patron and tick the box if they agree. Without consent "
            "the library cannot send them messages."
        )
        return report_error(request, words, _home(person))
    by = f"staff {request.user.get_username()}"
    try:
        search = saved_searches.save_search(person, request.POST.get("q", ""), by, hub_clock().now())
    except SubmissionRejected as wrong:
        return report_error(request, str(wrong), _home(person))
    return report_success(
        request,
        _("The patron will be told about new titles for “{search}”.").format(search=search.words),
        _home(person),
    )


@staff_action
def end_title(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """End an availability alert of the patron."""
    person = get_object_or_404(Person, pk=pk)
    if not availability_alerts.delete_alert(person, number, request.POST.get("branch")):
        return report_error(request, _("The availability alert for this title is stopped."), _home(person))
    return report_success(request, _("No availability alert for this title."), _home(person))


@staff_action
def end(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """End a saved search of the patron."""
    person = get_object_or_404(Person, pk=pk)
    if not saved_searches.delete_search(person, number):
        return report_error(request, _("The patron no longer has this search."), _home(person))
    return report_success(request, _("Alerts for this search are stopped."), _home(person))
