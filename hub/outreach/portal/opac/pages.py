"""Serve the public catalogue on phones: search, title with its copies, and saved searches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hub.catalogue.covers.drawn import ShownCover
from hub.catalogue.models import Title
from hub.catalogue.online_editions import repository
from hub.catalogue.search.find import MOST, find
from hub.catalogue.shelves import bay_lookup
from hub.catalogue.shelves.drawing import Drawing
from hub.catalogue.shelves.drawing import draw_floor as floor_plan
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.public_url import public_url
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.library_system.central import Copy, the_central
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.portal.models import LONGEST, Scope
from hub.outreach.portal.opac import availability_alert_pages, hold_pages, saved_searches
from hub.outreach.portal.pages.home import new_books
from hub.outreach.portal.portal_session import ShareCard, page, patrons_page, session_patron, signed_in, with_icon
from hub.outreach.portal.rate_limit import take_attempt

ROWS = 20
MOST_TOPICS = 6
"""Subject headings shown with a title."""
VIEW = (280, 200)
"""Smallest part of a floor plan that is shown, in its drawing units."""
WORD = 80
"""Length of the word at the patron's place on the plan, in drawing units."""
ROUND = 30
"""Room round the way to a bay, in drawing units."""
BY = "phone"
TYPED = "searched"
"""Cookie that keeps the search to be saved for 15 minutes, while the patron signs in."""


@dataclass(frozen=True, slots=True)
class TitleRow:
    """Title in a list. `here` is True if a copy is on the shelf, `bay` its bay if it is known."""

    number: int
    cover: ShownCover
    words: str
    author: str
    call_number: str
    here: bool
    bay: str


@dataclass(frozen=True, slots=True)
class BranchCopies:
    """Copies of a title at one branch: how many are on the shelf, or when one is expected."""

    branch: str
    call_number: str
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class ShelfPlace:
    """Where copies stand: branch, floor and bay in words, the call number by lines, and the plan of the floor.

    `here` is True if one is on the shelf there.
    """

    here: bool
    where: str
    call_number: tuple[str, ...]
    plan: Drawing | None
    view: str = ""
    """Part of the plan that a phone shows, as an SVG view box: the way to the bay, and shelves around it."""


@require_safe
@patrons_page
def find_titles(request: HttpRequest) -> HttpResponse:
    """Search the catalogue; searches without results are counted for staff, within a rate limit."""
    typed, here_only = request.GET.get("q", "").strip()[:LONGEST], bool(request.GET.get("here"))
    answer = find(typed)
    if typed and answer.has_no_match and "page" not in request.GET and take_attempt(request, "missed") is not None:
        programs.count_failed_search(typed, hub_clock().now())
    here = the_central().on_shelf(list(answer.titles)) if here_only else set()
    found = Paginator([each for each in answer.titles if not here_only or each in here], ROWS).get_page(
        request.GET.get("page")
    )
    context = {
        "here": "find",
        "q": typed,
        "here_only": here_only,
        "rows": _rows(list(found)),
        "found": found,
        "close": answer.close,
        "cut": len(answer.titles) == MOST,
        "new": [] if typed else new_books(hub_clock().now()),
    }
    return page(request, "find", context)


def _rows(keys: list[int]) -> list[TitleRow]:
    titles = Title.objects.defer("record").in_bulk(keys)
    here = the_central().on_shelf(keys)
    bays = bay_lookup.bays_of(each for each in titles.values() if each.pk in here)
    return [
        TitleRow(
            key,
            ShownCover.for_title(titles[key]),
            full_title(titles[key]),
            titles[key].author,
            titles[key].call_number,
            key in here,
            bays.get(key, ""),
        )
        for key in keys
        if key in titles
    ]


def full_title(title: Title) -> str:
    return f"{title.title}: {title.subtitle}" if title.subtitle else str(title.title)


@require_safe
@patrons_page
def title(request: HttpRequest, number: int) -> HttpResponse:
    """Show a title: its copies by branch and where they are, online access, a hold and an availability alert."""
    found = get_object_or_404(Title.objects.defer("record"), pk=number)
    copies = the_central().copies(number)
    here = any(each.state == "shelf" for each in copies)
    hold = hold_pages.offer(request, number)
    out = bool(copies) and not here and not (hold and hold.status_text)
    context = {
        "here": "find",
        "title": found,
        "name": full_title(found),
        "topics": _topics(found),
        "branches": _by_branch(copies),
        "places": _places(found, copies),
        "on_shelf": here,
        "hold": hold,
        "back": availability_alert_pages.offer(request, found) if out else None,
        "agreed": availability_alert_pages.consent_text() if out else "",
        "online": list(repository.offered_editions().filter(title=found)),
        "share": _share(found),
    }
    return page(request, "found_title", context)


def _share(title: Title) -> ShareCard:
    """Return the card of the title, with its cover if the catalogue has a picture of it."""
    card = ShareCard(
        full_title(title),
        " · ".join(filter(None, (title.author, title.call_number))),
        public_url("opac:title", title.pk),
    )
    picture = ShownCover.for_title(title).picture
    return (
        replace(card, picture=public_url("covers:picture", picture), type="image/webp") if picture else with_icon(card)
    )


def _topics(title: Title) -> list[str]:
    """Return the main part of each subject heading, without its subdivisions."""
    heads = (each.split(" -- ")[0].strip() for each in title.headings.splitlines())
    return list(dict.fromkeys(filter(None, heads)))[:MOST_TOPICS]


def _by_branch(copies: list[Copy]) -> list[BranchCopies]:
    grouped: dict[tuple[str, str], list[Copy]] = {}
    for each in copies:
        grouped.setdefault((each.branch, each.call_number), []).append(each)
    return [BranchCopies(branch, number, *_state(rows)) for (branch, number), rows in grouped.items()]


def _state(copies: list[Copy]) -> tuple[str, str]:
    """Return the mark and the words for the copies of one branch: the best that a patron can have."""
    here = sum(each.state == "shelf" for each in copies)
    if here:
        words = _("On the shelf") if len(copies) == 1 else _("{here} of {all} on the shelf")
        return "done", words.format(here=here, all=len(copies))
    if any(each.state == "returned" for each in copies):
        return "look", _("Just returned, not on the shelf yet")
    due = min((each.due for each in copies if each.state == "loan" and each.due), default=None)
    if due is not None:
        return "clock", _("On loan until {day}").format(day=formatting.due(due))
    if any(each.state == "loan" for each in copies):
        return "clock", _("On loan")
    return "waits", _("On hold for a patron")


def _places(title: Title, copies: list[Copy]) -> list[ShelfPlace]:
    """Return the places of the copies that are there now, before those of the others."""
    here = {(each.branch, each.call_number) for each in copies if each.state == "shelf"}
    rows = [_place(each, here) for each in bay_lookup.of_title(title)] if copies else []
    return sorted(rows, key=lambda each: not each.here)


def _place(stand: bay_lookup.Stand, here: set[tuple[str, str]]) -> ShelfPlace:
    bays = " / ".join(each.code for each in stand.bays)
    where = [
        str(stand.branch),
        str(stand.floor) if stand.floor else "",
        _("bay {bay}").format(bay=bays) if bays else _("ask staff for the location"),
    ]
    plan = floor_plan(stand.floor, {each.pk for each in stand.bays}) if stand.floor else None
    return ShelfPlace(
        (str(stand.branch), stand.call_number) in here,
        _(", ").join(filter(None, where)),
        tuple(stand.call_number.split()),
        plan,
        _view(plan) if plan else "",
    )


def _view(plan: Drawing) -> str:
    """Return a part of the plan in the shape of VIEW around the way, as large as the plan allows."""
    lit = next((each for each in plan.boxes if each.lit), None)
    word = (plan.word[0] + (WORD if plan.anchor == "start" else -WORD), plan.word[1])
    ends = [plan.you, word, *([(lit.x, lit.y), (lit.x + lit.width, lit.y + lit.height)] if lit else [])]
    spans = [(min(each[at] for each in ends), max(each[at] for each in ends)) for at in (0, 1)]
    scale = max(1.0, *((last - first + 2 * ROUND) / side for (first, last), side in zip(spans, VIEW, strict=True)))
    sides = [side * scale for side in VIEW]
    whole = (plan.width, plan.height)
    start = [
        min(max((first + last - side) / 2, 0), max(full - side, 0)) if side < full else (full - side) / 2
        for (first, last), side, full in zip(spans, sides, whole, strict=True)
    ]
    return " ".join(f"{each:.0f}" for each in (*start, *sides))


@require_safe
@signed_in(Scope.ALL)
def searches(request: HttpRequest, person: Person) -> HttpResponse:
    """Show the patron's searches and a form for another, filled with what was typed before signing in."""
    return _render_searches(request, person, request.GET.get("q", "") or unquote(request.COOKIES.get(TYPED, "")))


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
    if not consents.has_consented(person, Purpose.ALERTS) and "agree" not in request.POST:
        return _render_searches(
            request, person, typed, _("Tick the box to agree. Without it we cannot send you messages."), 422
        )
    try:
        kept = saved_searches.save(person, typed, BY, hub_clock().now())
    except SubmissionRejected as wrong:
        return _render_searches(request, person, typed, str(wrong), 422)
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


def _render_searches(
    request: HttpRequest, person: Person, typed: str, fault: str = "", status: int = 200
) -> HttpResponse:
    agreed = consents.has_consented(person, Purpose.ALERTS)
    context = {
        "here": "find",
        "searches": list(person.searches.all()),
        "awaited": list(person.awaited.select_related("title").defer("title__record")),
        "typed": typed[:LONGEST],
        "agreed": agreed,
        "why": "" if agreed else consents.words(consents.text(Purpose.ALERTS)),
        "fault": fault,
    }
    return page(request, "searches", context, status)
