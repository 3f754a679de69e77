"""Draw counts and shares as inline SVG charts, which the page's stylesheet colours by class."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

NARROW, LOW = 360, 96
"""Width and height of a small chart."""
ROW, FIGURE = 34, 56
"""Height of a row of bars; width of its figure."""
LONGEST, SHORTEST = 26, 17
"""Columns of a row's label, of which a Chinese character takes two."""
COLUMN = 8
"""Width of a column."""


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """A column with its tooltip; lengths are in units of the chart, heights from its base line."""

    x: int
    width: int
    words: str
    parts: tuple[tuple[str, int], ...]
    """CSS class and height of each part, the lowest first."""
    figure: str = ""
    figure_height: int = 0
    label: str = ""
    anchor: Literal["start", "middle", "end"] = "start"
    """Where the label stands: at the column's left edge, its middle, or the right edge of the chart."""
    ago: int = 0
    """Height of the mark of a year before; 0 if there is none."""
    last: bool = False
    """It is the current column."""


def bar(height: int) -> tuple[tuple[str, int], ...]:
    return (("bar", height),)


def columns(
    drawn: Iterable[ChartColumn], words: str, width: int = NARROW, height: int = LOW, mark: int = 0
) -> SafeString:
    """Draw columns; `mark` is the height of a line across all of them, 0 for none."""
    line = _mark_line(width, height - mark) if mark else ""
    base = _rect("shelf-line", 0, height, width, 4)
    return _svg(width, height + 26, words, *(_column(each, width, height) for each in drawn), line, base)


def _column(each: ChartColumn, width: int, height: int) -> SafeString:
    shapes, y = [_rect("hit", each.x, 0, each.width, height)], height
    for css, part in each.parts:
        y -= part
        shapes.append(_rect(css, each.x, y, each.width, part))
    if each.ago:
        shapes.append(_rect("ago", each.x - 3, height - each.ago - 2, each.width + 6, 3))
    middle = each.x + each.width // 2
    if each.figure:
        shapes.append(_text(each.figure, middle, height - each.figure_height - 6, "middle", "over"))
    if each.label:
        at = {"start": each.x, "middle": middle, "end": width}[each.anchor]
        shapes.append(_text(each.label, at, height + 22, each.anchor))
    return _group(each.words, shapes, "last" if each.last else "")


def lines(now: Sequence[float | None], ago: Sequence[float | None], words: str) -> SafeString:
    """Draw shares of this period and of a year before as two lines; None has no point, the last point is marked."""
    top = max([each for each in (*now, *ago) if each is not None], default=0.0) or 1.0
    points, before = _points(now, top), _points(ago, top)
    shapes = [_polyline("ago-line", before)] if before else []
    shapes.append(_polyline("now-line", points))
    if points:
        x, y = points[-1]
        shapes.append(format_html('<circle class="end" cx="{}" cy="{}" r="6"/>', x, y))
    return _svg(NARROW, LOW + 10, words, *shapes, _rect("shelf-line", 0, LOW + 5, NARROW, 4))


def _points(shares: Sequence[float | None], top: float) -> list[tuple[float, float]]:
    step = (NARROW - 16) / max(len(shares) - 1, 1)
    return [
        (round(8 + number * step, 1), round(LOW - (LOW - 16) * share / top, 1))
        for number, share in enumerate(shares)
        if share is not None
    ]


def rows(found: Sequence[tuple[str, int | None, str]], words: str, quiet: frozenset[int] = frozenset()) -> SafeString:
    """Draw a bar for each label, count and figure; `quiet` are the numbers of the rows in the second colour."""
    top = max((count or 0 for _label, count, _figure in found), default=0) or 1
    labels = [_shorten(label) for label, _count, _figure in found]
    begin = COLUMN * max(SHORTEST, *map(_columns, labels), 0)
    room = NARROW - begin - FIGURE
    drawn = []
    for number, (_label, count, figure) in enumerate(found):
        y = number * ROW
        drawn.append(
            _group(
                "",
                [
                    _text(labels[number], 0, y + 21, "start", "word"),
                    _rect("quiet" if number in quiet else "bar", begin, y + 7, round(room * (count or 0) / top), 18),
                    _text(figure, NARROW, y + 21, "end", "over"),
                ],
            )
        )
    return _svg(NARROW, len(found) * ROW, words, *drawn)


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _shorten(label: str) -> str:
    """Return the label, cut so that it has at most `LONGEST` columns."""
    if _columns(label) <= LONGEST:
        return label
    while _columns(label) >= LONGEST:
        label = label[:-1]
    return f"{label}…"


def _svg(width: int, height: int, words: str, *shapes: str) -> SafeString:
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        width,
        height,
        words,
        format_html_join("\n", "{}", ((each,) for each in shapes if each)),
    )


def _group(words: str, shapes: Iterable[SafeString], css: str = "") -> SafeString:
    title = format_html("<title>{}</title>", words) if words else ""
    drawn = format_html_join("", "{}", ((each,) for each in shapes))
    return format_html("<g{}>{}{}</g>", format_html(' class="{}"', css) if css else "", title, drawn)


def _rect(css: str, x: int, y: int, width: int, height: int) -> SafeString:
    return format_html('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', css, x, y, width, height)


def _text(words: str, x: int, y: int, anchor: str, css: str = "") -> SafeString:
    kind = format_html(' class="{}"', css) if css else ""
    return format_html('<text{} x="{}" y="{}" text-anchor="{}">{}</text>', kind, x, y, anchor, words)


def _polyline(css: str, points: Iterable[tuple[float, float]]) -> SafeString:
    return format_html('<polyline class="{}" points="{}"/>', css, " ".join(f"{x},{y}" for x, y in points))


def _mark_line(width: int, y: int) -> SafeString:
    return format_html('<line class="mark-line" x1="0" x2="{}" y1="{}" y2="{}"/>', width, y, y)
