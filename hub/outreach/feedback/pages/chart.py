"""Lay out a branch's smiley ratings as an inline SVG: a column per week, the happy ones at the bottom."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from hub.outreach import small_cell_suppression
from hub.outreach.feedback.trend import Trend, Week
from hub.staff import formatting

WIDTH, HEIGHT, COLUMN, GAP = 360, 132, 22, 8


@dataclass(frozen=True, slots=True)
class Part:
    """One smiley's share of a column."""

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
    total: str
    width: int = WIDTH
    height: int = HEIGHT
    column: int = COLUMN


def chart(trend: Trend) -> Chart:
    """Lay out a branch's ratings of the last weeks, after small-cell suppression."""
    most = max((sum(_shown_counts(week)) for week in trend.weeks), default=0)
    happy, before = trend.happy(), trend.happy_before()
    total = sum(week.total for week in trend.weeks)
    return Chart(
        branch=str(trend.branch),
        figure=happy,
        compared=_("happy in four weeks, {before} in the four before").format(before=before)
        if small_cell_suppression.NOT_TOLD not in (happy, before)
        else _("happy in four weeks"),
        columns=tuple(_column(number, week, most, len(trend.weeks)) for number, week in enumerate(trend.weeks)),
        total=small_cell_suppression.format_count(total) if total else "",
    )


def _column(number: int, week: Week, most: int, weeks: int) -> Column:
    parts, y = [], HEIGHT
    for face in (5, 4, 3, 2, 1):
        count = _shown_counts(week)[face - 1]
        height = max(round(count * (HEIGHT - 6) / most), 1) if count else 0
        y -= height
        if height:
            parts.append(Part(face, y, height))
    words = _("{total} faces in the week from {day}").format(
        total=small_cell_suppression.format_count(week.total), day=formatting.day(week.begins)
    )
    label = formatting.short(week.begins) if number in (0, weeks - 1) else ""
    return Column(number * (COLUMN + GAP), tuple(parts), words, label)


def _shown_counts(week: Week) -> tuple[int, ...]:
    """Return the counts to draw, without those that small-cell suppression hides."""
    return tuple(small_cell_suppression.rounded(count) or 0 for count in week.counts)
