"""Lay out figures as inline SVG charts."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from hub.outreach import small_cell_suppression
from hub.outreach.statistics.figures import Span
from hub.staff import formatting

WIDE, TALL, TOP = 1208, 200, 8
NARROW, LOW = 360, 96
ROW, WORDS, FIGURE = 32, 104, 56


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `ago` is the position of last year's mark, 0 if none, `last` the current one."""

    x: int
    y: int
    height: int
    words: str
    label: str
    ago: int = 0
    last: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    columns: tuple[Column, ...]
    words: str
    column: int
    width: int = WIDE
    height: int = TALL


def loans(spans: Sequence[Span], days: int) -> Columns:
    """Chart a column for each day or week, with a mark for a year before."""
    top = max((max(each.loans, each.loans_ago) for each in spans), default=0) or 1
    step = WIDE / len(spans)
    wide = max(round(step * 0.58), 4)
    every = -(-len(spans) // 7)
    columns = []
    for number, each in enumerate(spans):
        height, ago = (max(round((TALL - TOP) * count / top), 0) for count in (each.loans, each.loans_ago))
        last = number == len(spans) - 1
        columns.append(
            Column(
                x=round(number * step + (step - wide) / 2),
                y=TALL - height,
                height=height,
                words=_span_words(each, days),
                label=formatting.short(each.on) if number % every == 0 and (last or len(spans) - number > 2) else "",
                ago=TALL - ago if each.loans_ago else 0,
                last=last,
            )
        )
    return Columns(tuple(columns), _("Loans, with the mark of a year before"), wide)


def _span_words(each: Span, days: int) -> str:
    words = _("{day}: {count} loans, {before} a year before") if days == 1 else _(
        "Week from {day}: {count} loans, {before} a year before"
    )  # fmt: skip
    return words.format(day=formatting.day(each.on), count=each.loans, before=each.loans_ago)


def faces(counts: Sequence[int | None]) -> Columns:
    """Chart a column for each smiley; suppressed counts are not drawn."""
    top = max((count or 0 for count in counts), default=0) or 1
    wide, step = 48, 72
    columns = tuple(
        Column(number * step, LOW - height, height, small_cell_suppression.format_count(count), "")
        for number, count in enumerate(counts)
        for height in (round((LOW - TOP) * (count or 0) / top),)
    )
    return Columns(columns, _("Faces from very unhappy to very happy"), wide, 4 * step + wide, LOW)


@dataclass(frozen=True, slots=True)
class Lines:
    """Two lines of points, of this period and of a year before; the last point is marked."""

    now: str
    ago: str
    end: tuple[float, float] | None
    words: str
    width: int = NARROW
    height: int = LOW


def late(spans: Sequence[Span]) -> Lines:
    """Chart the share of late returns by span; a span with very few returns has no point."""
    now = [_share(each.late, each.back) for each in spans]
    ago = [_share(each.late_ago, each.back_ago) for each in spans]
    top = max([each for each in (*now, *ago) if each is not None], default=0.0) or 1.0
    line, before = _points(now, top), _points(ago, top)
    return Lines(_text(line), _text(before), line[-1] if line else None, _("Share of late returns"))


def _share(late: int, back: int) -> float | None:
    return late / back if back >= small_cell_suppression.FEWEST else None


def _points(shares: Sequence[float | None], top: float) -> list[tuple[float, float]]:
    step = (NARROW - 16) / max(len(shares) - 1, 1)
    return [
        (round(8 + number * step, 1), round(LOW - (LOW - 16) * share / top, 1))
        for number, share in enumerate(shares)
        if share is not None
    ]


def _text(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


@dataclass(frozen=True, slots=True)
class BarRow:
    """A label with its bar and figure."""

    words: str
    figure: str
    y: int
    width: int
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    rows: tuple[BarRow, ...]
    words: str
    height: int
    start: int = WORDS
    width: int = NARROW


def rows(found: Sequence[tuple[str, int | None]], words: str, quiet: frozenset[int] = frozenset()) -> Rows:
    """Chart a bar for each label; None is shown as under five."""
    top = max((count or 0 for _words, count in found), default=0) or 1
    room = NARROW - WORDS - FIGURE
    made = tuple(
        BarRow(
            words=name if len(name) <= 14 else name[:13] + "…",
            figure=small_cell_suppression.format_figure(count),
            y=number * ROW,
            width=round(room * (count or 0) / top),
            quiet=number in quiet,
        )
        for number, (name, count) in enumerate(found)
    )
    return Rows(made, words, len(made) * ROW)
