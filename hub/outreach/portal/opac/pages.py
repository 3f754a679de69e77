"""Serve the public catalogue on phones: search, title with its copies, and online editions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from hub.catalogue.covers.drawn import ShownCover
from hub.catalogue.marc import book_details
from hub.catalogue.models import Edition, Item, Title
from hub.catalogue.online_editions import repository
from hub.catalogue.online_editions.fields import usable
from hub.catalogue.search.index import MOST, find
from hub.catalogue.shelves import bay_lookup
from hub.catalogue.shelves.bay_lookup import Drawing
from hub.catalogue.shelves.bay_lookup import draw_floor as floor_plan
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.signed_links import public_url
from hub.outreach.engagement.feedback import programs
from hub.outreach.library_system.central import Copy, the_central
from hub.outreach.portal.models import LONGEST, Scope
from hub.outreach.portal.opac import availability_alerts, holds
from hub.outreach.portal.opac.filters import LANGUAGES, FilteredSearch, Filters
from hub.outreach.portal.pages.home import new_books
from hub.outreach.portal.portal_session import ShareCard, page, patrons_page, session_patron, with_icon
from hub.outreach.portal.rate_limit import take_attempt

ROWS = 20
WIDE = 5000
"""Titles that are filtered or sorted: more than are listed otherwise, as most may be filtered out."""
MOST_TOPICS = 6
"""Subject headings shown with a title."""
VIEW = (280, 200)
"""Smallest part of a floor plan that is shown, in its drawing units."""
WORD = 80
"""Length of the word at the patron's place on the plan, in drawing units."""
ROUND = 30
"""Room round the way to a bay, in drawing units."""


@dataclass(frozen=True, slots=True)
class OpacTitle:
    """Title in a list, with the best state of its copies: its mark and its words."""

    number: int
    cover: ShownCover
    words: str
    author: str
    call_number: str
    tone: str
    state: str
    alert: availability_alerts.RowAlert | None = None
    """Alert offered in the row, if no copy is on a shelf."""


@dataclass(frozen=True, slots=True)
class BranchCopies:
    """Copies of a title at one branch: how many are on the shelf, or when one is expected.

    `call_number` is empty if the page shows the same one above the branches.
    """

    branch: str
    call_number: str
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class ShelfPlace:
    """Where copies are: floor and bay in words, the call number by lines, and the plan of the floor.

    `is_available` is True if one is on the shelf there.
    """

    is_available: bool
    words: str
    call_number: tuple[str, ...]
    plan: Drawing | None
    view: str = ""
    """Part of the plan that a phone shows, as an SVG view box: the way to the bay, and shelves around it."""


@require_safe
@patrons_page
def find_titles(request: HttpRequest) -> HttpResponse:
    """Search the catalogue; searches without results are counted for staff, within a rate limit."""
    typed = request.GET.get("q", "").strip()[:LONGEST]
    search = FilteredSearch(typed, request.GET)
    most = WIDE if search.hidden else MOST
    answer = find(typed, most)
    if typed and answer.has_no_match and "page" not in request.GET and take_attempt(request, "missed") is not None:
        programs.count_failed_search(typed, hub_clock().now())
    kept = search.titles(answer.titles)
    found = Paginator(kept, ROWS).get_page(request.GET.get("page"))
    context = {
        "here": "find",
        "q": typed,
        "search": search,
        "address": f"?{request.GET.urlencode()}",
        "chips": search.chips(answer.titles) if answer.titles else [],
        "removals": search.removals(answer.titles) if answer.titles and not kept else [],
        "matches": len(answer.titles),
        "sorting": search.sorting(),
        "rows": _rows(request, list(found), search.filters),
        "found": found,
        "close": answer.close,
        "cut": len(answer.titles) == most,
        "new": [] if typed else new_books(hub_clock().now()),
    }
    return page(request, "find", context)


def _rows(request: HttpRequest, keys: list[int], filters: Filters) -> list[OpacTitle]:
    titles = Title.objects.defer("record").in_bulk(keys)
    here = the_central().on_shelf(keys, filters.branch, filters.type)
    bays = bay_lookup.bays_of(each for each in titles.values() if each.pk in here)
    away = the_central().copies([key for key in keys if key in titles and key not in here])
    alerts = availability_alerts.row_alerts(request, [key for key, copies in away.items() if _is_out(copies)])
    return [
        OpacTitle(
            key,
            ShownCover.for_title(titles[key]),
            full_title(titles[key]),
            titles[key].author,
            titles[key].call_number,
            *(_shelf_state(bays.get(key, "")) if key in here else _state_elsewhere(away[key])),
            alerts.get(key),
        )
        for key in keys
        if key in titles
    ]


def _shelf_state(bay: str) -> tuple[str, str]:
    return "done", _("On the shelf, bay %(bay)s") % {"bay": bay} if bay else _("On the shelf")


def _state_elsewhere(copies: list[Copy]) -> tuple[str, str]:
    """Return the mark and the words for a title without a copy on the shelf, or on that of the chosen branch."""
    if not copies:
        return "clock", _("Not on the shelf")
    branch, on_loan = next((each.branch for each in copies if each.state == "shelf"), ""), _("On loan, due {day}")
    return ("done", _("On the shelf at {branch}").format(branch=branch)) if branch else _state(copies, on_loan)


def _is_out(copies: list[Copy]) -> bool:
    """Return whether the library has the title, but no copy on a shelf."""
    return bool(copies) and not any(each.state == "shelf" for each in copies)


def full_title(title: Title) -> str:
    return f"{title.title}: {title.subtitle}" if title.subtitle else str(title.title)


@require_safe
@patrons_page
def title(request: HttpRequest, number: int) -> HttpResponse:
    """Show a title: its copies by branch and where they are, online access, a hold and an availability alert."""
    found = get_object_or_404(Title, pk=number)
    copies = the_central().copies([number])[number]
    hold = holds.hold_offer(request, number)
    first = _first_branch(request, copies)
    asked = [] if hold and hold.status_text else sorted(copies, key=lambda each: each.branch != first)
    alerts = availability_alerts.alert_offers(request, found, asked)
    places = _places(found, copies, first)
    details = book_details(bytes(found.record)) if found.record else None
    context = {
        "here": "find",
        "title": found,
        "name": full_title(found),
        "topics": _topics(found),
        "summary": details.summary if details else "",
        "facts": _facts(found, details.pages if details else 0),
        "branches": _by_branch(copies, first, {" ".join(each.call_number) for each in places}),
        "places": places[:1],
        "more_places": [each for each in places[1:] if each.plan],
        "on_shelf": any(each.state == "shelf" for each in copies),
        "hold": hold,
        "alerts": alerts[:1],
        "more_alerts": alerts[1:],
        "agreed": availability_alerts.consent_text(),
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


def _facts(title: Title, pages: int) -> list[str]:
    """Return year and number of pages, then type and language, as far as they are known."""
    types = {str(each.type) for each in Item.objects.filter(title=title).select_related("type")}
    size = ngettext("{count} page", "{count} pages", pages).format(count=pages) if pages else ""
    printed = [str(title.year or ""), size]
    kind = [types.pop() if len(types) == 1 else "", str(LANGUAGES.get(title.language, ""))]
    return [line for line in (_(", ").join(filter(None, each)) for each in (printed, kind)) if line]


def _topics(title: Title) -> list[str]:
    """Return the main part of each subject heading, without its subdivisions."""
    heads = (each.split(" -- ")[0].strip() for each in title.headings.splitlines())
    return list(dict.fromkeys(filter(None, heads)))[:MOST_TOPICS]


def _first_branch(request: HttpRequest, copies: list[Copy]) -> str:
    """Return the branch to show first: where the patron's holds go, else one with a copy on the shelf."""
    person = session_patron(request, Scope.LOANS)
    holds = the_central().account(person.ref).holds if person else ()
    wanted = [*(each.pickup for each in reversed(holds)), *(each.branch for each in copies if each.state == "shelf")]
    branches = [each.branch for each in copies]
    return next((each for each in [*wanted, *branches] if each in branches), "")


def _by_branch(copies: list[Copy], first: str, shown: set[str]) -> list[BranchCopies]:
    """Return the copies by branch, after the first those with one on the shelf, without call numbers in `shown`."""
    grouped: dict[str, list[Copy]] = {}
    for each in copies:
        grouped.setdefault(each.branch, []).append(each)
    rows = []
    for branch, found in grouped.items():
        numbers = dict.fromkeys(each.call_number for each in found if each.call_number not in shown)
        rows.append(BranchCopies(branch, " / ".join(filter(None, numbers)), *_state(found, _("Due {day}"))))
    return sorted(rows, key=lambda each: (each.branch != first, each.tone != "done"))


def _state(copies: list[Copy], due_words: str) -> tuple[str, str]:
    """Return the mark and the words for the copies of one branch: the best that a patron can have."""
    here = sum(each.state == "shelf" for each in copies)
    if here:
        return "done", _("{here} of {all} in").format(here=here, all=len(copies))
    if any(each.state == "returned" for each in copies):
        return "look", _("Just returned, not on the shelf yet")
    due = min((each.due for each in copies if each.state == "loan" and each.due), default=None)
    if due is not None:
        return "clock", due_words.format(day=formatting.due(due))
    if any(each.state == "loan" for each in copies):
        return "clock", _("On loan")
    return "waits", _("On hold for a patron")


def _places(title: Title, copies: list[Copy], first: str) -> list[ShelfPlace]:
    """Return the places of the copies that are there now, or else of all copies: first that of the first branch."""
    here = {(each.branch, each.call_number) for each in copies if each.state == "shelf"}
    found = bay_lookup.of_title(title) if copies else []
    found = [each for each in found if (str(each.branch), each.call_number) in here] or found
    found.sort(key=lambda each: str(each.branch) != first)
    return [_place(each, here, named=number > 0 or str(each.branch) != first) for number, each in enumerate(found)]


def _place(stand: bay_lookup.FloorPlace, here: set[tuple[str, str]], *, named: bool) -> ShelfPlace:
    """Return where the copies are. Unless `named`, the branch is the first one in the list below the place."""
    bays = " / ".join(each.code for each in stand.bays)
    where = [
        str(stand.branch) if named else "",
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
@patrons_page
def read_edition(request: HttpRequest, pk: int) -> HttpResponse:
    """Redirect the public to the online edition and count the use, without a person.

    Only addresses in the catalogue are possible targets.
    """
    edition = Edition.objects.select_related("title").filter(pk=pk).first()
    if edition is None or not edition.offered or not usable(edition.url):
        title = edition.title if edition else None
        return page(request, "gone", {"title": title}, status=404 if edition is None else 410)
    if request.method == "GET":
        repository.count_opening(edition, timezone.localtime(hub_clock().now()).date())
    return HttpResponseRedirect(edition.url)
