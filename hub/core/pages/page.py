"""Serve staff pages: who may open them, the parts that all of them share, and the answers of their buttons."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from hub.core import rights
from hub.core.pages import formatting
from hub.core.pages.frame import staff_frame

View = Callable[..., HttpResponse]
ROWS = 25


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """An entry of the top bar."""

    words: str
    url: str
    is_current: bool
    count: int = 0
    view: str = ""


def staff_only(view: View) -> View:
    """Require staff sign-in and the page's permission; then ask the guards of the staff frame.

    The page uses the library's time zone, and browsers must not store it.
    """

    @functools.wraps(view)
    @cache_control(no_store=True, private=True)
    def guarded_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("staff:sign_in"))
        if not request.user.is_staff:
            return render(request, "staff/notice.html", {"notice": "stranger"}, status=403)
        frame = staff_frame()
        library = frame.library()
        if library is None:
            context = {"notice": "no_library", "may_set_up": rights.may_open(request.user, "library:first_run")}
            return render(request, "staff/notice.html", context, status=503)
        asked = request.resolver_match.view_name
        with formatting.for_staff_of(library):
            if not rights.may_open(request.user, asked):
                return render(request, "staff/notice.html", {"notice": "role", "ways": []}, status=403)
            answers = (guard(request, asked, kwargs) for guard in frame.guards)
            return next(filter(None, answers), None) or view(request, *args, **kwargs)

    return guarded_view


def staff_page(view: View) -> View:
    """Serve a page to staff, as `staff_only` admits them: GET alone."""
    return require_GET(staff_only(view))


def staff_action(view: View) -> View:
    """Let staff press a button, as `staff_only` admits them: POST alone."""
    return require_POST(staff_only(view))


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
            "kept": _query(request),
            "kept_there": formatting.library().followed_since is not None,
            "charges": formatting.library().charges,
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
        if rights.may_open(request.user, each.view) and each.is_needed()
    ]


def paginate(request: HttpRequest, rows: object) -> Page:
    """Return the requested page of a query, or the nearest existing one."""
    return Paginator(rows, ROWS).get_page(request.GET.get("page"))


def tabs(words: Mapping[str, str], counts: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """Return the tabs of a list by name, each with its count if it has one."""
    return tuple((name, f"{text} {counts[name]:,}" if name in counts else text) for name, text in words.items())


def _query(request: HttpRequest) -> str:
    """Return the query string without its page number, so that paging keeps the filters."""
    query = request.GET.copy()
    query.pop("page", None)
    return f"{query.urlencode()}&" if query else ""


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """An entry of the bar: its link, the number of cases that wait behind it, and its pages."""

    words: str
    url: str
    is_current: bool
    count: int
    ways: tuple[MenuEntry, ...]


@dataclass(frozen=True, slots=True)
class TopBar:
    """The bar; `within` is the row below it: the other pages of the current entry, if there are any."""

    groups: tuple[MenuGroup, ...]
    rest: tuple[MenuEntry, ...]
    within: tuple[MenuEntry, ...]
    rest_count: int


def build_bar(ways: Sequence[MenuEntry]) -> TopBar:
    """Put each page under its entry; leave out an entry without a page."""
    left = {_view_name(way.url): way for way in ways}
    groups = []
    for place in staff_frame().places:
        names = [name for each in place.views.split() for name in _view_names(each, left)]
        if names:
            groups.append(_group(str(place.words), tuple(left.pop(name) for name in names)))
    here = next((each for each in groups if each.is_current), None)
    rest = tuple(left.values())
    within = here.ways if here and len(here.ways) > 1 else ()
    return TopBar(tuple(groups), rest, within, sum(way.count for way in rest))


@functools.cache  # a few dozen addresses; resolving one compares it with hundreds of routes
def _view_name(url: str) -> str:
    return resolve(url).view_name


def _view_names(name: str, left: dict[str, MenuEntry]) -> list[str]:
    if name.endswith(":"):
        others = {each for place in staff_frame().places for each in place.views.split()}
        return [each for each in left if each.startswith(name) and each not in others]
    return [name] if name in left else []


def _group(words: str, ways: tuple[MenuEntry, ...]) -> MenuGroup:
    return MenuGroup(words, ways[0].url, any(way.is_current for way in ways), sum(way.count for way in ways), ways)


def report_success(request: HttpRequest, words: str, home: str, undo: str = "") -> HttpResponse:
    """Confirm an action, with a button that posts to `undo` and then shows the page with the action's own button.

    The page travels in the form and not in the address, because it may name a search.
    """
    here = _here(request, request.POST.get("back", "")) if undo else ""
    messages.success(request, words, extra_tags=f"{undo} {here}".strip())
    return back(request, home)


def report_error(request: HttpRequest, words: str, home: str) -> HttpResponse:
    """Report an error of the input, and go back."""
    messages.error(request, words)
    return back(request, home)


def back(request: HttpRequest, home: str) -> HttpResponse:
    """Redirect to the page with the button, else to `home`."""
    return redirect(_here(request, request.POST.get("back", "")) or home)


def next_page(request: HttpRequest) -> str:
    """Return the URL of the page that `then` names; empty if it belongs to another site."""
    return _here(request, request.POST.get("then") or request.GET.get("then", ""))


def _here(request: HttpRequest, url: str) -> str:
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}) else ""
