"""Render a staff page with the parts that all of them share: library, navigation and counts."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.audit import alarms, roles
from hub.circulation.models import ExceptionCase, PendingReturn
from hub.fleet.models import HelpCall
from hub.staff import formatting
from hub.staff.more_menu import MORE

ROWS = 25


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """An entry of the top bar."""

    words: str
    url: str
    here: bool
    count: int = 0
    view: str = ""


def page(
    request: HttpRequest, current: str, template: str, context: Mapping[str, object], status: int = 200
) -> HttpResponse:
    """Render the template; `current` is the name of its entry in the top bar."""
    found: HttpResponse = render(
        request,
        template,
        {
            "library": str(formatting.library()),
            "ways": _permitted(request, ways(current)),
            "more": _permitted(request, more(current)),
            "kept_there": formatting.library().followed_since is not None,
            **context,
        },
        status=status,
    )
    return found


def ways(current: str) -> list[MenuEntry]:
    """Return the entries of the top bar, three of them with the number of waiting cases."""
    exceptions = ExceptionCase.objects.filter(resolved_at=None).count()
    calls = HelpCall.objects.filter(seen_at=None).count()
    unseen = PendingReturn.objects.filter(state=PendingReturn.State.WAITING).count()
    entries = (
        ("today", _("Today"), 0),
        ("desk", _("Desk"), 0),
        ("patrons", _("Patrons"), 0),
        ("items", _("Items"), 0),
        ("loans", _("Loans"), 0),
        ("holds", _("Holds"), 0),
        ("transits", _("Between branches"), 0),
        ("fees", _("Fees"), 0),
        ("exceptions", _("Exceptions"), exceptions),
        ("unseen", _("Handed in"), unseen),
        ("kiosks", _("Kiosks"), calls),
    )
    return [
        MenuEntry(words, reverse(f"staff:{name}"), name == current, count, f"staff:{name}")
        for name, words, count in entries
    ]


def _permitted(request: HttpRequest, entries: list[MenuEntry]) -> list[MenuEntry]:
    """Return the entries that the user's role may open."""
    return [each for each in entries if roles.may_open(request.user, each.view)]


def more(current: str) -> list[MenuEntry]:
    """Return the entries behind the last one of the top bar."""
    counts = {"audit": alarms.waiting()}
    return [
        MenuEntry(str(each.words), reverse(each.url), each.name == current, counts.get(each.name, 0), each.url)
        for each in MORE
    ]


def paged(request: HttpRequest, rows: object) -> Page:
    """Return the requested page of a query, or the nearest existing one."""
    return Paginator(rows, ROWS).get_page(request.GET.get("page"))


def kept(request: HttpRequest) -> str:
    """Return the query string without its page number, so that paging keeps the filters."""
    query = request.GET.copy()
    query.pop("page", None)
    return f"{query.urlencode()}&" if query else ""
