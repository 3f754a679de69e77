"""Group the staff pages under the entries of the top bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import resolve
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from hub.staff.page import MenuEntry


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the bar and its pages' names; a name that ends in a colon is every page of that app."""

    words: _StrPromise
    views: str


PLACES: tuple[Place, ...] = (
    Place(gettext_lazy("Today"), "staff:today staff:exceptions staff:unseen staff:kiosks"),
    Place(gettext_lazy("Desk"), "staff:desk"),
    Place(
        gettext_lazy("Patrons"),
        "staff:patrons people:lists voice:questions voice:feedback staff:fees day:absent reading:",
    ),
    Place(
        gettext_lazy("Collection"),
        "staff:items search: finding: staff:loans staff:holds staff:transits habit:overdue voice:suggestions",
    ),
    Place(gettext_lazy("Messages"), "delivery: news: campaigns:"),
    Place(gettext_lazy("Figures"), "day:figures day:goals voice:questionnaires"),
)
"""Entries in the bar's order. Pages that are not listed here go behind the last entry, More."""


@dataclass(frozen=True, slots=True)
class Group:
    """An entry of the bar: its link, the number of cases that wait behind it, and its pages."""

    words: str
    url: str
    here: bool
    count: int
    ways: tuple[MenuEntry, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar; `within` is the row below it: the other pages of the current entry, if there are any."""

    groups: tuple[Group, ...]
    rest: tuple[MenuEntry, ...]
    within: tuple[MenuEntry, ...]
    rest_count: int


def arranged(ways: Sequence[MenuEntry]) -> Bar:
    """Put each page under its entry; leave out an entry without a page."""
    left = {resolve(way.url).view_name: way for way in ways}
    groups = []
    for place in PLACES:
        names = [name for each in place.views.split() for name in _named(each, left)]
        if names:
            groups.append(_group(str(place.words), tuple(left.pop(name) for name in names)))
    here = next((each for each in groups if each.here), None)
    rest = tuple(left.values())
    within = here.ways if here and len(here.ways) > 1 else ()
    return Bar(tuple(groups), rest, within, sum(way.count for way in rest))


def _named(name: str, left: dict[str, MenuEntry]) -> list[str]:
    others = {each for place in PLACES for each in place.views.split()}
    if name.endswith(":"):
        return [each for each in left if each.startswith(name) and each not in others]
    return [name] if name in left else []


def _group(words: str, ways: tuple[MenuEntry, ...]) -> Group:
    return Group(words, ways[0].url, any(way.here for way in ways), sum(way.count for way in ways), ways)
