"""Place books on the shelf line of a page: covers side by side, or spines on a line of time or of places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.utils.translation import gettext as _

from hub.catalogue.covers.drawn import ShownCover, covers_by_title
from hub.core.pages import formatting
from lending.cover_design import cover_rule
from lending.title_search import is_cjk

FIRST, LAST = 5.2, 89.0
"""Left edge of the first and the last spine, in percent of the line."""
EDGE = 100 - FIRST
"""Right edge of the spines and labels, in percent of the line."""
CLOSE, APART = 0.5, 1.8
"""Gap between two spines of one day, and between those of two days, in percent."""
LETTER, HAN, GAP = 1.9, 3.3, 2.5
"""Width of a letter, of a Chinese character and of the gap between two labels, in percent of a narrow line."""
EXACT = 0.01
"""Rounding error of positions, in percent."""
LARGE = 2
"""Size of large text, as a multiple of the usual one."""
SPAN = 14
"""Minimum number of days that a line of time covers."""
MOST_PLACES = 40
"""Places that are drawn one by one; more are drawn in proportion."""
HEIGHT, LOW = 5.2, 2.8
"""Height of the highest spine of loans, and of an event's places, in the size of the text."""
FOOT = 0.2
"""Part of a spine behind the line, in the size of the text."""


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
    is_low: bool = False
    """True if the label hangs in the second row, because those of near days need the first."""
    lit: bool = False
    highest: float = HEIGHT

    @property
    def y(self) -> float:
        return round(self.highest - self.height, 2)

    @property
    def standing(self) -> float:
        """Height as it is drawn: its foot ends behind the line, so that only the top has round corners."""
        return round(self.height + FOOT, 2)

    @property
    def band_y(self) -> float:
        return round(self.y + 0.75, 2)


@dataclass(frozen=True, slots=True)
class DueDay:
    """Loans due on one day, those overdue being one day: the number of the first, and how many there are.

    `width` is that of their spines, `length` that of the label `words`, in percent of the line.
    """

    first: int
    count: int
    width: float
    words: str
    length: float

    def label(self, x: float, row: int) -> DayLabel:
        """Return the label of spines that begin at `x`: centred, unless an edge of the line is too near."""
        begin = x + (self.width - self.length) / 2
        if begin < FIRST:
            return DayLabel(self, "start", FIRST, row)
        if begin + self.length > EDGE:
            return DayLabel(self, "end", EDGE, row)
        return DayLabel(self, "middle", x + self.width / 2, row)


@dataclass(frozen=True, slots=True)
class DayLabel:
    """Label of a due day. `x` is where it starts, has its middle or ends, by its anchor, in percent of the line."""

    day: DueDay
    anchor: str
    x: float
    row: int

    def begin(self, size: int = 1) -> float:
        return self.x - size * self.day.length * {"start": 0, "middle": 0.5, "end": 1}[self.anchor]

    def end(self, size: int = 1) -> float:
        return self.begin(size) + size * self.day.length


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
    """Place loans by their due day, overdue ones at the beginning, with the day below. The first one is lit."""
    rows = sorted(loans, key=lambda each: each[1])
    if not rows:
        return []
    rules = [cover_rule(cover.subject, cover.title) for cover, _day in rows]
    widths = [round(each.spine_width * 0.92, 2) for each in rules]
    days = _days([day for _cover, day in rows], widths, today)
    left = [max((rows[each.first][1] - today).days, 0) for each in days]
    targets = [FIRST + (LAST - FIRST) * each / max(SPAN, left[-1]) for each in left]
    for lines in (1, 2):
        starts = _spread(days, targets, lines)
        if starts:
            break
    places = _places(days, starts, widths) if starts else _evenly(len(rows))
    labels = [each.label(places[each.first], number % lines) for number, each in enumerate(days)]
    shown = {each.day.first: each for row in range(lines) for each in _fitting(labels, row, 1)}
    large = {each.day.first for row in range(lines) for each in _fitting(labels, row, LARGE)}
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
                label=label.day.words if label else "",
                anchor=label.anchor if label else "start",
                text_x=round(label.x, 2) if label else 0,
                tight=number not in large,
                is_low=label is not None and label.row > 0,
                lit=number == 0,
            )
        )
    return spines


def _days(due: list[date], widths: list[float], today: date) -> list[DueDay]:
    """Return the days of these due dates, which are in order."""
    found = []
    numbers = groupby(range(len(due)), key=lambda number: max(due[number], today - timedelta(days=1)))
    for day, group in numbers:
        spines = list(group)
        words = _("Today") if day == today else _("Late") if day < today else formatting.short(day)
        width = sum(widths[each] for each in spines) + CLOSE * (len(spines) - 1)
        length = sum(HAN if is_cjk(each) else LETTER for each in words)
        found.append(DueDay(spines[0], len(spines), width, words, length))
    return found


def _spread(days: list[DueDay], targets: list[float], lines: int) -> list[float]:
    """Return where the spines of each day begin, near the targets, so that no labels overlap in this many rows.

    Returns:
        Percent of the line by day; empty if there is no room.
    """
    found: list[float] = []
    for number, (day, target) in enumerate(zip(days, targets, strict=True)):
        least = [found[-1] + days[number - 1].width + APART] if found else []
        if number >= lines:
            before = days[number - lines].label(found[number - lines], 0)
            least.append(before.end() + GAP + (day.length - day.width) / 2)
        found.append(max([target, *least]))
    for number, day in reversed(list(enumerate(days))):
        most = [found[number], EDGE - day.width]
        if number + 1 < len(days):
            most.append(found[number + 1] - APART - day.width)
        if number + lines < len(days):
            after = days[number + lines].label(found[number + lines], 0)
            most.append(after.begin() - GAP - (day.length + day.width) / 2)
        found[number] = min(most)
    labels = [day.label(x, 0) for day, x in zip(days, found, strict=True)]
    pairs = zip(labels, labels[lines:], strict=False)
    clear = all(before.end() + GAP <= after.begin() + EXACT for before, after in pairs)
    return found if clear and found[0] >= FIRST - EXACT else []


def _places(days: list[DueDay], starts: list[float], widths: list[float]) -> list[float]:
    """Return the left edge of each spine: those of one day stand close together."""
    found: list[float] = []
    for day, start in zip(days, starts, strict=True):
        x = start
        for width in widths[day.first : day.first + day.count]:
            found.append(x)
            x += width + CLOSE
    return found


def _evenly(count: int) -> list[float]:
    """Return the left edges of more spines than there is room for."""
    step = (LAST - FIRST) / max(count - 1, 1)
    return [FIRST + step * number for number in range(count)]


def _fitting(labels: list[DayLabel], row: int, size: int) -> list[DayLabel]:
    """Return the labels of a row that have room in text of this size: the first, the last, then those between them."""
    found = [each for each in labels if each.row == row and each.begin(size) >= 0 and each.end(size) <= 100]
    if not found:
        return []
    first, *others = found
    kept, limit = [first], 100.0
    if others and others[-1].begin(size) >= first.end(size) + GAP - EXACT:
        limit = others[-1].begin(size) - GAP
        kept.append(others[-1])
    edge = first.end(size) + GAP
    for each in others[:-1]:
        if each.begin(size) >= edge - EXACT and each.end(size) <= limit + EXACT:
            kept.append(each)
            edge = each.end(size) + GAP
    return kept


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
        height = round(rule.spine_height * LOW / 14.25, 2)
        x, width = round(FIRST + step * number, 2), round(step * 0.74, 2)
        spines.append(Spine(x, width, height, rule.spine, rule.spine_band, highest=LOW))
    ticks = tuple(round(FIRST + step * (number + 0.37), 2) for number in range(booked, drawn))
    lit = round(FIRST + step * booked, 2) if free_next and booked < drawn else None
    return Places(tuple(spines), ticks, lit, round(step * 0.74, 2))
