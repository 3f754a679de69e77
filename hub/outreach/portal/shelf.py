"""Place books on the shelf line of a page: covers side by side, or spines on a line of time or of places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from django.utils.translation import gettext as _

from hub.catalogue.covers.drawn import ShownCover, covers_by_title
from hub.core.pages import formatting
from lending.cover_design import cover_rule
from lending.title_search import is_cjk

FIRST, LAST = 5.2, 89.0
"""Left edge of the first and the last spine, in percent of the line."""
APART = 5.8
"""Minimum distance of two spines, in percent."""
LETTER, HAN, GAP = 1.9, 3.3, 2.5
"""Width of a letter, of a Chinese character and of the gap between two labels, in percent of a narrow line."""
SPAN = 14
"""Minimum number of days that a line of time covers."""
MOST_PLACES = 40
"""Places that are drawn one by one; more are drawn in proportion."""
HEIGHT = 5.2
"""Height of the highest spine, in the size of the text."""


@dataclass(frozen=True, slots=True)
class ShelvedBook:
    """Book on a shelf: its cover, the id of its title (None if it is not in the catalogue), and a word below."""

    cover: ShownCover
    title: int | None
    words: str
    word: str = ""
    lit: bool = False


@dataclass(frozen=True, slots=True)
class Spine:
    """Spine on a line. `x` and `width` are percent of the line, `height` and `y` are in the size of the text."""

    x: float
    width: float
    height: float
    colour: str
    band: str
    label: str = ""
    anchor: str = "start"
    lit: bool = False

    @property
    def y(self) -> float:
        return round(HEIGHT - self.height, 2)

    @property
    def band_y(self) -> float:
        return round(self.y + 0.75, 2)

    @property
    def text_x(self) -> float:
        return self.x if self.anchor == "start" else round(self.x + self.width, 2)


@dataclass(frozen=True, slots=True)
class Places:
    """Places of an event on the line: spines for booked ones, ticks (percent) for free ones, the next one lit."""

    spines: tuple[Spine, ...]
    ticks: tuple[float, ...]
    lit: float | None
    width: float


def covers_of(titles: Iterable[tuple[int | None, str]]) -> list[ShownCover]:
    """Return the cover of each title, given its id and its text; without an id it is drawn from the text."""
    rows = list(titles)
    found = covers_by_title([pk for pk, _words in rows if pk is not None])
    return [found.get(pk or 0) or ShownCover(words) for pk, words in rows]


def due_line(loans: Sequence[tuple[ShownCover, date]], today: date) -> list[Spine]:
    """Place loans by their due day, overdue ones at the beginning. The first one is lit."""
    rows = sorted(loans, key=lambda each: each[1])
    if not rows:
        return []
    due = [day for _cover, day in rows]
    days = [max((day - today).days, 0) for day in due]
    places = _apart([FIRST + (LAST - FIRST) * each / max(SPAN, days[-1]) for each in days])
    spines, labelled, begun = [], 0.0, FIRST
    for number, ((cover, day), x) in enumerate(zip(rows, places, strict=True)):
        label, rule = "", cover_rule(cover.subject, cover.title)
        width = round(rule.spine_width * 0.92, 2)
        words = _("Today") if day == today else _("Late") if day < today else formatting.short(day)
        needed = sum(HAN if is_cjk(each) else LETTER for each in words)
        first, last = day not in due[:number], day not in due[number + 1 :]
        begun = x if first else begun
        # A label that the screen would cut, with text of double size, ends at the day's right edge instead.
        fits = begun + 2 * needed <= 100
        at = x if fits else x + width - needed
        if at >= labelled and (first if fits else last):
            label, labelled = words, at + needed + GAP
        spines.append(
            Spine(
                x=round(x, 2),
                width=width,
                height=round(rule.spine_height * HEIGHT / 14.25, 2),
                colour=rule.spine,
                band=rule.spine_band,
                label=label,
                anchor="start" if fits else "end",
                lit=number == 0,
            )
        )
    return spines


def _apart(places: list[float]) -> list[float]:
    """Move spines that would overlap to the right, at the end of the line to the left; spread many evenly."""
    if (len(places) - 1) * APART > LAST - FIRST:
        step = (LAST - FIRST) / (len(places) - 1)
        return [FIRST + step * number for number in range(len(places))]
    moved = list(accumulate(places, lambda before, each: max(each, before + APART)))
    limits = (LAST - APART * number for number in reversed(range(len(places))))
    return [min(each, limit) for each, limit in zip(moved, limits, strict=True)]


def event_places(places: int, taken: int, free_next: bool) -> Places | None:
    """Return the places of an event on its line; None if it has no limit worth drawing."""
    if places < 1:
        return None
    drawn = min(places, MOST_PLACES)
    booked = min(round(taken * drawn / places), drawn)
    if taken < places and booked == drawn:
        booked -= 1
    step = (100 - 2 * FIRST) / drawn
    spines = []
    for number in range(booked):
        rule = cover_rule(str((number * 7 + 3) % 10), f"{number}")
        height = round(rule.spine_height * 3.6 / 14.25, 2)
        x, width = round(FIRST + step * number, 2), round(step * 0.74, 2)
        spines.append(Spine(x, width, height, rule.spine, rule.spine_band))
    ticks = tuple(round(FIRST + step * (number + 0.37), 2) for number in range(booked, drawn))
    lit = round(FIRST + step * booked, 2) if free_next and booked < drawn else None
    return Places(tuple(spines), ticks, lit, round(step * 0.74, 2))
