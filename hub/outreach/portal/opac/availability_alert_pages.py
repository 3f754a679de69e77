"""Let the patron request or cancel an availability alert for a title in the portal."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.core.language import is_english
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.patrons.models import Person
from hub.outreach.portal.models import Scope
from hub.outreach.portal.opac import availability_alerts
from hub.outreach.portal.portal_session import page, session_patron, signed_in
from lending.kiosk_consents import TELL_BACK


@dataclass(frozen=True, slots=True)
class Offer:
    """Alert offered on the page of an unavailable title. `is_requested` is True if the patron has requested it."""

    is_requested: bool


def offer(request: HttpRequest, title: Title) -> Offer | None:
    """Return None if the patron has the title or a hold on it."""
    person = session_patron(request, Scope.ALL)
    if person is not None and availability_alerts.has_title_or_hold(person, title):
        return None
    return Offer(person is not None and person.awaited.filter(title=title).exists())


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def back(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    """Show the consent text and store the alert; refused if the patron has the title or a hold on it."""
    title = get_object_or_404(Title.objects.defer("record"), pk=number)
    if availability_alerts.has_title_or_hold(person, title):
        messages.info(request, _("You already have it, or have a hold on it."))
        return redirect("opac:title", number)
    fault = ""
    if request.method == "POST":
        try:
            availability_alerts.ask(person, title, TELL_BACK.version, hub_clock().now())
        except SubmissionRejected as wrong:
            fault = str(wrong)
        else:
            messages.success(request, _("Saved. We will tell you once, when it is back on the shelf."))
            return redirect("opac:title", number)
    context = {"here": "find", "title": title, "agreed": consent_text(), "fault": fault}
    return page(request, "back", context, 422 if fault else 200)


def consent_text() -> str:
    """Return what the patron agrees to with an alert, in the active language."""
    return TELL_BACK.english if is_english() else TELL_BACK.chinese


@require_POST
@signed_in(Scope.ALL)
def end(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    availability_alerts.end(person, number)
    messages.success(request, _("Stopped. You get no message about this title."))
    return redirect(*(("opac:title", number) if "title" in request.POST else ("opac:searches",)))
