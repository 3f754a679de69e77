"""Group the staff pages under the entries of the top bar."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import resolve

from hub.core.pages.frame import staff_frame

if TYPE_CHECKING:
    from hub.core.pages.page import MenuEntry


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
    left = {_view_name(way.url): way for way in ways}
    groups = []
    for place in staff_frame().places:
        names = [name for each in place.views.split() for name in _named(each, left)]
        if names:
            groups.append(_group(str(place.words), tuple(left.pop(name) for name in names)))
    here = next((each for each in groups if each.here), None)
    rest = tuple(left.values())
    within = here.ways if here and len(here.ways) > 1 else ()
    return Bar(tuple(groups), rest, within, sum(way.count for way in rest))


@functools.cache  # a few dozen addresses; resolving one compares it with hundreds of routes
def _view_name(url: str) -> str:
    return resolve(url).view_name


def _named(name: str, left: dict[str, MenuEntry]) -> list[str]:
    others = {each for place in staff_frame().places for each in place.views.split()}
    if name.endswith(":"):
        return [each for each in left if each.startswith(name) and each not in others]
    return [name] if name in left else []


def _group(words: str, ways: tuple[MenuEntry, ...]) -> Group:
    return Group(words, ways[0].url, any(way.here for way in ways), sum(way.count for way in ways), ways)
