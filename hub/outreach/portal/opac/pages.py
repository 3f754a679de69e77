"""Serve the public catalogue on phones: search, title with its copies, and saved searches."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hub.catalogue.models import Title
from hub.catalogue.search.find import MOST, find
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.library_system.central import Copy
from hub.outreach.library_system.registry import the_central
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.portal.models import Scope
from hub.outreach.portal.opac import availability_alert_pages, hold_pages, saved_searches
from hub.outreach.portal.opac.models import LONGEST
from hub.outreach.portal.portal_session import page, patrons_page, session_patron, signed_in
from hub.outreach.portal.rate_limit import take_attempt

ROWS = 20
BY = "phone"
TYPED = "searched"
"""Cookie that keeps the search to be saved for 15 minutes, while the patron signs in."""


@dataclass(frozen=True, slots=True)
class TitleRow:
    """Title in a list. `here` is True if a copy is on the shelf."""

    number: int
    words: str
    author: str
    call_number: str
    here: bool


@dataclass(frozen=True, slots=True)
class CopyPlace:
    """Copy of a title: its branch and call number, and its state."""

    branch: str
    call_number: str
    tone: str
    words: str


@require_safe
@patrons_page
def find_titles(request: HttpRequest) -> HttpResponse:
    """Search the catalogue; searches without results are counted for staff, within a rate limit."""
    typed = request.GET.get("q", "").strip()[:LONGEST]
    answer = find(typed)
    if typed and answer.has_no_match and "page" not in request.GET and take_attempt(request, "missed") is not None:
        programs.missed(typed, hub_clock().now())
    found = Paginator(answer.titles, ROWS).get_page(request.GET.get("page"))
    context = {
        "q": typed,
        "rows": _rows(list(found)),
        "found": found,
        "close": answer.close,
        "cut": len(answer.titles) == MOST,
    }
    return page(request, "find", context)


def _rows(keys: list[int]) -> list[TitleRow]:
    titles = Title.objects.defer("record").in_bulk(keys)
    here = the_central().on_shelf(keys)
    return [
        TitleRow(key, _named(titles[key]), titles[key].author, titles[key].call_number, key in here)
        for key in keys
        if key in titles
    ]


def _named(title: Title) -> str:
    return f"{title.title}: {title.subtitle}" if title.subtitle else str(title.title)


@require_safe
@patrons_page
def title(request: HttpRequest, number: int) -> HttpResponse:
    """Show a title: online access, its copies and where they are."""
    found = get_object_or_404(Title.objects.defer("record"), pk=number)
    copies = the_central().copies(number)
    here = any(each.state == "shelf" for each in copies)
    hold = hold_pages.offer(request, number)
    out = bool(copies) and not here and not (hold and hold.status_text)
    context = {
        "title": found,
        "name": _named(found),
        "places": [_place(each) for each in copies],
        "here": here,
        "hold": hold,
        "back": availability_alert_pages.offer(request, found) if out else None,
    }
    return page(request, "found_title", context)


def _place(copy: Copy) -> CopyPlace:
    tone, words = {
        "shelf": ("done", _("On the shelf")),
        "loan": ("clock", _("On loan")),
        "returned": ("look", _("Just returned, not on the shelf yet")),
        "hold": ("waits", _("On hold for a patron")),
    }[copy.state]
    if copy.state == "loan" and copy.due:
        words = _("On loan until {day}").format(day=formatting.due(copy.due))
    return CopyPlace(copy.branch, copy.call_number, tone, words)


@require_safe
@signed_in(Scope.ALL)
def searches(request: HttpRequest, person: Person) -> HttpResponse:
    """Show the patron's searches and a form for another, filled with what was typed before signing in."""
    return _drawn(request, person, request.GET.get("q", "") or unquote(request.COOKIES.get(TYPED, "")))


@require_POST
@patrons_page
def save(request: HttpRequest) -> HttpResponse:
    """Save a search. Without a session the patron signs in first and finds it in the form."""
    typed, person = request.POST.get("q", "")[:LONGEST], session_patron(request, Scope.ALL)
    if person is None:
        response = redirect(f"{reverse('portal:sign_in')}?to=searches")
        at = reverse("portal:home")
        response.set_cookie(TYPED, quote(typed), max_age=15 * 60, httponly=True, samesite="Lax", path=at)
        return response
    if not consents.given(person, Purpose.ALERTS) and "agree" not in request.POST:
        return _drawn(request, person, typed, _("Tick the box to agree. Without it we cannot send you messages."), 422)
    try:
        kept = saved_searches.save(person, typed, BY, hub_clock().now())
    except SubmissionRejected as wrong:
        return _drawn(request, person, typed, str(wrong), 422)
    messages.success(request, _("Saved. We will tell you about new titles for “{search}”.").format(search=kept.words))
    response = redirect("opac:searches")
    response.delete_cookie(TYPED, path=reverse("portal:home"), samesite="Lax")
    return response


@require_POST
@signed_in(Scope.ALL)
def end(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    saved_searches.end(person, number)
    messages.success(request, _("Stopped. You get no more messages about this search."))
    return redirect("opac:searches")


def _drawn(request: HttpRequest, person: Person, typed: str, fault: str = "", status: int = 200) -> HttpResponse:
    agreed = consents.given(person, Purpose.ALERTS)
    context = {
        "searches": list(person.searches.all()),
        "awaited": list(person.awaited.select_related("title").defer("title__record")),
        "typed": typed[:LONGEST],
        "agreed": agreed,
        "why": "" if agreed else consents.words(consents.text(Purpose.ALERTS)),
        "fault": fault,
    }
    return page(request, "searches", context, status)
