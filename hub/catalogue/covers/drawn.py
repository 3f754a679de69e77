"""Describe the cover of a title for a page: the stored picture, and the drawn cover behind it as SVG."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from django.conf import settings

from hub.catalogue.models import Title
from lending.cover_design import LEAF, CoverFigure, CoverLayout, CoverRule, cover_rule
from lending.cover_store import CoverStore

COLUMNS = ("pk", "title", "subject", "cover")
W, H, BINDING = 72, 102, 5
"""Size of a drawn cover and width of its binding, in units."""
BAND_FROM, WORDS_TO = 0.62, 0.5
"""Where the band begins and where the title ends, as shares of the height."""
UPRIGHT = (CoverFigure.VERSE, CoverFigure.HORIZON)
"""Figures that are never mirrored."""
LATIN_SIZES = ((24, "xxl"), (20, "xl"), (17, "l"), (14.5, "m"), (12.5, "s"), (11, "xs"))
"""Font size in percent of the cover's width, and its CSS class, the largest first."""
LETTER, NARROW, BROAD = 0.58, 0.32, 0.88
"""Width of a letter, of a narrow one such as `i`, and of a broad one such as `m`, divided by the font size."""
NARROWS, BROADS = frozenset("fijlrtI .,:;!'’-"), frozenset("mwMW@")
WIDTH, HEIGHT = 78, 66
"""Room for a Latin title, in percent of the cover's width."""
SLIP_SIZES = ((5, "xl"), (10, "m"), (18, "s"))
"""Characters of a Chinese title that fit on the slip, in one, two or three columns, and the CSS class of their size."""


@dataclass(frozen=True, slots=True)
class ShownCover:
    """Cover as shown on a page. `picture` identifies the stored file; empty for a drawn cover."""

    title: str
    subject: str = ""
    picture: str = ""

    @classmethod
    def for_title(cls, title: Title) -> ShownCover:
        return cls(title.title, title.subject, title.cover)

    @property
    def design(self) -> dict[str, object]:
        """Return the colours and the figure of the drawn cover."""
        rule = cover_rule(self.subject, self.title)
        return {
            "field": rule.field,
            "band": rule.band,
            "binding": rule.binding,
            "shade": rule.shade,
            "word": rule.word,
            "figure": _figure(rule),
            "mirrored": rule.mirrored and rule.figure not in UPRIGHT,
            "dark": rule.word == LEAF,
        }

    @property
    def lettering(self) -> dict[str, object]:
        """Return the lines of the title on the drawn cover, their size, and whether they are set on a slip."""
        if "\u4e00" <= self.title[:1] <= "\u9fff":
            columns = next((n for n, (most, _size) in enumerate(SLIP_SIZES, 1) if len(self.title) <= most), 3)
            length = -(-min(len(self.title), SLIP_SIZES[-1][0]) // columns)
            lines = [self.title[at * length : (at + 1) * length] for at in range(columns)]
            return {"lines": lines, "size": SLIP_SIZES[columns - 1][1], "slip": True}
        size = next((name for share, name in LATIN_SIZES if _fits(self.title, share)), LATIN_SIZES[-1][1])
        return {"lines": [self.title], "size": size, "slip": False}


def _figure(rule: CoverRule) -> str:
    """Return the SVG of the figure in the size and place of this title, as on kiosks."""
    top = H * (BAND_FROM + 0.02 if rule.layout is CoverLayout.BANDED else WORDS_TO)
    most = (0.95 * H - top, (H - top) / 0.88, H - top)[rule.bleed]
    side = min(min(W - BINDING, H - top) * 0.86 * rule.scale, most)
    over = side * (0.0, 0.12, 0.24)[rule.bleed]
    x = W - side + over - (0 if rule.bleed else 0.06 * W)
    y = H - side + (over if rule.bleed == 1 else 0) - (0 if rule.bleed else 0.05 * H)
    return _shape(rule.figure, x, y, side)


def _shape(figure: CoverFigure, x: float, y: float, s: float) -> str:
    """Return the SVG of a figure in a square of side `s`; some reach the edges of the cover."""
    half, middle = s / 2, H - s * 0.42
    match figure:
        case CoverFigure.DOTS:
            places = (0.17, 0.5, 0.83)
            return "".join(_circle(x + s * across, y + s * down, s * 0.105) for down in places for across in places)
        case CoverFigure.DISC:
            return _circle(x + half, y + half, half)
        case CoverFigure.ARCH:
            r = s * 0.41
            return _path(f"M{x + s - 2 * r:.1f} {H}V{y + r:.1f}a{r:.1f} {r:.1f} 0 0 1 {2 * r:.1f} 0V{H}z")
        case CoverFigure.BARS:
            heights = (0.42, 0.66, 0.54, 0.94, 0.8)
            return _path(
                "".join(_bar(x + s * 0.2 * n, H - s * high, s * 0.13, s * high) for n, high in enumerate(heights))
            )
        case CoverFigure.HALVES:
            r, gap = half, s * 0.04
            left = f"M{x + half - gap:.1f} {y:.1f}a{r:.1f} {r:.1f} 0 0 0 0 {s:.1f}z"
            return _path(f"{left}M{x + half + gap:.1f} {y:.1f}a{r:.1f} {r:.1f} 0 0 1 0 {s:.1f}z")
        case CoverFigure.RINGS:
            outer = "".join(_circle(x + half, y + half, s * r, s * 0.09) for r in (0.455, 0.285))
            return outer + _circle(x + half, y + half, s * 0.14)
        case CoverFigure.STAIRS:
            steps = (s * 0.25 * n for n in range(4))
            return _path("".join(_bar(x + each, H - s * 0.25 - each, W - x - each, s * 0.25 + each) for each in steps))
        case CoverFigure.QUARTER:
            return _circle(W, H, s)
        case CoverFigure.VERSE:
            lengths = (1.0, 0.72, 0.9, 0.46, 0.8, 0.6)
            rows = (_bar(x, y + s * (0.06 + 0.165 * n), s * share, s * 0.055) for n, share in enumerate(lengths))
            return _path("".join(rows))
        case CoverFigure.HORIZON:
            r = s * 0.36
            sun = f"M{x + half - r:.1f} {middle:.1f}a{r:.1f} {r:.1f} 0 0 1 {2 * r:.1f} 0z"
            return _path(sun + "".join(_bar(x, middle + s * (0.06 + 0.14 * n), W - x, s * 0.07) for n in range(3)))
        case _:
            assert_never(figure)


def _path(outline: str) -> str:
    return f'<path d="{outline}"/>'


def _bar(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h-{width:.1f}z"


def _circle(x: float, y: float, r: float, line: float = 0) -> str:
    """Return a disc, or a ring with a line of this width."""
    ring = f' fill="none" stroke-width="{line:.1f}"' if line else ""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"{ring}/>'


def _fits(title: str, size: float) -> bool:
    """Return whether a Latin title fits on a cover in this size, broken at its spaces."""
    room, lines, used = WIDTH / size, 1, 0.0
    for word in title.split():
        width = sum(NARROW if each in NARROWS else BROAD if each in BROADS else LETTER for each in word)
        if width > room:
            return False
        if used and used + NARROW + width > room:
            lines, used = lines + 1, width
        else:
            used += width + (NARROW if used else 0)
    return lines * size * 1.2 <= HEIGHT


def covers_by_title(keys: Iterable[int]) -> dict[int, ShownCover]:
    """Return the covers of these titles by id, in one query, for a page with many of them."""
    rows = Title.objects.filter(pk__in=list(keys)).values_list(*COLUMNS)
    return {pk: ShownCover(title, subject, cover) for pk, title, subject, cover in rows}


def hub_store() -> CoverStore:
    """Return the store. Backups leave it out, because it can be fetched again."""
    return CoverStore(settings.STATE / "covers")
