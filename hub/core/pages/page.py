"""Render a staff page with the parts that all of them share: library, navigation and counts."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from hub.core import rights
from hub.core.pages import formatting
from hub.core.pages.frame import staff_frame

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
    return render(
        request,
        template,
        {
            "library": str(formatting.library()),
            "ways": menu(request, current),
            "kept_there": formatting.library().followed_since is not None,
            **context,
        },
        status=status,
    )


def menu(request: HttpRequest, current: str) -> list[MenuEntry]:
    """Return the entries of the menu that the user's role may open, with the number of waiting cases."""
    return [
        MenuEntry(
            str(each.words), reverse(each.view), each.name == current, each.count() if each.count else 0, each.view
        )
        for each in staff_frame().pages
        if rights.may_open(request.user, each.view)
    ]


def paged(request: HttpRequest, rows: object) -> Page:
    """Return the requested page of a query, or the nearest existing one."""
    return Paginator(rows, ROWS).get_page(request.GET.get("page"))


def tabs(words: Mapping[str, str], counts: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """Return the tabs of a list by name, each with its count if it has one."""
    return tuple((name, f"{text} {counts[name]:,}" if name in counts else text) for name, text in words.items())


def kept(request: HttpRequest) -> str:
    """Return the query string without its page number, so that paging keeps the filters."""
    query = request.GET.copy()
    query.pop("page", None)
    return f"{query.urlencode()}&" if query else ""
