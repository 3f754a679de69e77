"""Lays a branch's faces out as an inline picture: a column a week, the happy ones at its foot; counts nothing."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kiosk.hub.outreach.voice.trend import Trend, Week
from kiosk.hub.staff import shown

WIDTH, HEIGHT, COLUMN, GAP = 360, 132, 22, 8


@dataclass(frozen=True, slots=True)
class Part:
    """One face's share of a column."""

    face: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Column:
    x: int
    parts: tuple[Part, ...]
    words: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    branch: str
    figure: str
    compared: str
    columns: tuple[Column, ...]
    total: int
    width: int = WIDTH
    height: int = HEIGHT
    column: int = COLUMN


def chart(trend: Trend) -> Chart:
    most = max((week.total for week in trend.weeks), default=0)
    happy, before = trend.happy(), trend.happy_before()
    return Chart(
        branch=str(trend.branch),
        figure="–" if happy is None else f"{happy} %",
        compared=_("happy in four weeks, {before} in the four before").format(before=f"{before} %")
        if happy is not None and before is not None
        else _("happy in four weeks"),
        columns=tuple(_column(number, week, most, len(trend.weeks)) for number, week in enumerate(trend.weeks)),
        total=sum(week.total for week in trend.weeks),
    )


def _column(number: int, week: Week, most: int, weeks: int) -> Column:
    parts, y = [], HEIGHT
    for face in (5, 4, 3, 2, 1):
        height = round(week.counts[face - 1] * (HEIGHT - 6) / most) if most else 0
        height = max(height, 1 if week.counts[face - 1] else 0)
        y -= height
        if height:
            parts.append(Part(face, y, height))
    said = ngettext("{total} face in the week from {day}", "{total} faces in the week from {day}", week.total)
    words = said.format(total=week.total, day=shown.day(week.begins))
    label = shown.short(week.begins) if number in (0, weeks - 1) else ""
    return Column(number * (COLUMN + GAP), tuple(parts), words, label)
