"""Place books on the shelf line of a page: covers side by side, or spines on a line of time or of places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
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
NUDGE = 8
"""Most that the labels of the first and the last day move apart to fit both, in percent of the line."""
LARGE = 2
"""Size of large text, as a multiple of the usual one."""
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
    text_x: float = 0
    """Where the label starts or ends, by its anchor, in percent of the line."""
    tight: bool = False
    """True if the label has no room in large text."""
    lit: bool = False

    @property
    def y(self) -> float:
        return round(HEIGHT - self.height, 2)

    @property
    def band_y(self) -> float:
        return round(self.y + 0.75, 2)


@dataclass(frozen=True, slots=True)
class DayLabel:
    """Label of a due day under its spine number `spine`. `x` is where it starts or ends, `width` its length."""

    spine: int
    words: str
    anchor: str
    x: float
    width: float

    def begin(self, size: int = 1) -> float:
        return self.x if self.anchor == "start" else self.x - size * self.width

    def end(self, size: int = 1) -> float:
        return self.x + size * self.width if self.anchor == "start" else self.x


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
    rules = [cover_rule(cover.subject, cover.title) for cover, _day in rows]
    widths = [round(each.spine_width * 0.92, 2) for each in rules]
    labels = _labels(due, places, widths, today)
    shown = {each.spine: each for each in _fitting(labels, 1)}
    large = {each.spine for each in _fitting(labels, LARGE)}
    spines = []
    for number, (rule, x, width) in enumerate(zip(rules, places, widths, strict=True)):
        label = shown.get(number)
        spines.append(
            Spine(
                x=round(x, 2),
                width=width,
                height=round(rule.spine_height * HEIGHT / 14.25, 2),
                colour=rule.spine,
                band=rule.spine_band,
                label=label.words if label else "",
                anchor=label.anchor if label else "start",
                text_x=round(label.x, 2) if label else 0,
                tight=number not in large,
                lit=number == 0,
            )
        )
    return spines


def _labels(due: list[date], places: list[float], widths: list[float], today: date) -> list[DayLabel]:
    """Return a label for each day; those of overdue loans are one. The first and the last make room for each other."""
    days = {max(day, today - timedelta(days=1)): number for number, day in reversed(list(enumerate(due)))}
    found = []
    for day, first in reversed(days.items()):
        words = _("Today") if day == today else _("Late") if day < today else formatting.short(day)
        width = sum(HAN if is_cjk(each) else LETTER for each in words)
        last = max(number for number, each in enumerate(due) if max(each, today - timedelta(days=1)) == day)
        # A label that the screen would cut, with large text, ends at the day's right edge instead.
        if places[first] + LARGE * width <= 100:
            found.append(DayLabel(first, words, "start", places[first], width))
        else:
            found.append(DayLabel(last, words, "end", places[last] + widths[last], width))
    if len(found) > 1:
        overlap = found[0].end() + GAP - found[-1].begin()
        if 0 < overlap <= NUDGE:
            if found[-1].anchor == "start" and found[-1].end() + overlap <= 100:
                found[-1] = replace(found[-1], x=found[-1].x + overlap)
            elif found[0].begin() >= overlap:
                found[0] = replace(found[0], x=found[0].x - overlap)
    return found


def _fitting(labels: list[DayLabel], size: int) -> list[DayLabel]:
    """Return the labels that have room in text of this size: the first, then the last, then those between them."""
    first, *others = labels
    kept, limit = [first], 100.0
    if others and others[-1].begin(size) >= first.end(size) + GAP:
        limit = others[-1].begin(size) - GAP
        kept.append(others[-1])
    edge = first.end(size) + GAP
    for each in others[:-1]:
        if each.begin(size) >= edge and each.end(size) <= limit:
            kept.append(each)
            edge = each.end(size) + GAP
    return kept


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
