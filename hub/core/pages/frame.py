"""Define what the staff pages take from the packages above: the library, the menu, and who may open what.

`hub.staff.frame` fills it in one place; the setting `STAFF_FRAME` names that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from hub.core.roles import Right

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Guard = Callable[[HttpRequest, str, Mapping[str, object]], "HttpResponse | None"]
"""Given the request, the URL name and the URL's arguments, return a response instead of the page, or None."""


class StaffLibrary(Protocol):
    """The library as its staff pages show it; `str()` of it is its name in the page's language."""

    timezone: str
    """IANA name."""
    currency: str
    """ISO 4217 code."""
    followed_since: datetime | None
    """Since when an external ILS keeps the loans; None if the hub does."""
    charges: bool
    """Whether the library charges fees at all."""
    named_days: int
    """Days for which the titles of returned loans remain with the patron."""


@dataclass(frozen=True, slots=True)
class MenuPage:
    """A page of the menu: `name` is the entry under which views declare themselves, `view` its URL name."""

    name: str
    words: _StrPromise
    view: str
    count: Callable[[], int] | None = None
    """Return the number of cases that wait on the page; None if nothing waits there."""
    is_needed: Callable[[], bool] = lambda: True
    """Return whether this library needs the page at all."""


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """An entry of the bar and its pages' URL names; a name that ends in a colon is every page of that app."""

    words: _StrPromise
    views: str


@dataclass(frozen=True, slots=True)
class StaffFrame:
    """What frames every staff page."""

    library: Callable[[], StaffLibrary | None]
    """Return the library, or None before the hub has been set up."""
    pages: tuple[MenuPage, ...]
    """Pages in the menu's order."""
    places: tuple[NavigationEntry, ...]
    """Entries in the bar's order. Pages that are not listed here go behind the last entry, More."""
    needs: Mapping[Right, str]
    """URL names that need each right, separated by spaces; `news:` is every URL of an app."""
    guards: tuple[Guard, ...]
    """Called in order before a page that the user may open."""
    record_header: Callable[[HttpRequest, str, str], Mapping[str, object]]
    """Given the request, the patron's reference and the current tab, return the context of a record's head."""


def staff_frame() -> StaffFrame:
    """Return the frame that the setting `STAFF_FRAME` names."""
    return import_string(settings.STAFF_FRAME)
