"""Describe the cover of a title for a page: the stored picture, and the drawn cover behind it as SVG."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from hub.catalogue.models import Title
from lending.cover_design import LEAF, CoverFigure, CoverRule, cover_rule
from lending.cover_store import CoverStore

COLUMNS = ("pk", "title", "subject", "cover")
FIGURES = {
    CoverFigure.DOTS: "".join(f'<circle cx="{x}" cy="{y}" r="5"/>' for y in (59, 74, 89) for x in (29, 44, 59)),
    CoverFigure.DISC: '<circle cx="30" cy="75" r="24"/>',
    CoverFigure.ARCH: '<path d="M20 102V69a22 22 0 0 1 44 0v33z"/>',
    CoverFigure.BARS: '<path d="M24 102V83h7v19zm9 0V71h7v31zm9 0V78h7v24zm9 0V59h7v43zm9 0V66h7v36z"/>',
    CoverFigure.HALVES: '<path d="M38 55a24 24 0 0 0 0 47zM42 55a24 24 0 0 1 0 47z"/>',
    CoverFigure.RINGS: "".join(f'<circle cx="46" cy="75" r="{r}" class="ring"/>' for r in (7, 18, 29)),
    CoverFigure.STAIRS: '<path d="M20 102V89h14V76h14V63h14V50h10v52z"/>',
    CoverFigure.QUARTER: '<path d="M5 51a51 51 0 0 1 51 51H5z"/>',
    CoverFigure.VERSE: '<path d="M24 57h42v4H24zm0 10h34v4H24zm0 10h40v4H24zm0 10h28v4H24z"/>',
    CoverFigure.HORIZON: '<path d="M16 73a22 22 0 0 1 44 0zM9 78h58v4H9zm0 9h58v4H9zm0 9h58v4H9z"/>',
}
"""SVG of each figure on a cover of 72 x 102 units, in the colour of the enclosing group."""
BOXES = {
    CoverFigure.DOTS: (24, 54, 40),
    CoverFigure.DISC: (6, 51, 48),
    CoverFigure.ARCH: (15, 47, 55),
    CoverFigure.BARS: (24, 59, 43),
    CoverFigure.HALVES: (14, 54, 48),
    CoverFigure.RINGS: (14, 43, 64),
    CoverFigure.STAIRS: (20, 50, 52),
    CoverFigure.QUARTER: (5, 51, 51),
    CoverFigure.VERSE: (24, 49, 42),
    CoverFigure.HORIZON: (9, 50, 58),
}
"""Bounding square of each figure: left edge, top edge, side."""
UPRIGHT = (CoverFigure.VERSE, CoverFigure.HORIZON)
"""Figures that are never mirrored."""
LATIN_SIZES = ((20, "xl"), (17, "l"), (14.5, "m"), (12.5, "s"), (11, "xs"))
"""Font size in percent of the cover's width, and its CSS class, the largest first."""
LETTER = 0.56
"""Mean width of a letter, divided by the font size."""
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
            "figure": FIGURES[rule.figure],
            "place": _place(rule),
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


def _place(rule: CoverRule) -> str:
    """Return the SVG transform that gives the figure the size and place of this title, as on kiosks."""
    left, top, side = BOXES[rule.figure]
    wanted = min(51 * 0.86 * rule.scale, (46, 58, 51)[rule.bleed])
    over = wanted * (0.0, 0.12, 0.24)[rule.bleed]
    x = 72 - wanted + over - (0 if rule.bleed else 4.3)
    y = 102 - wanted + (over if rule.bleed == 1 else 0) - (0 if rule.bleed else 5.1)
    mirror = "translate(77 0) scale(-1 1) " if rule.mirrored and rule.figure not in UPRIGHT else ""
    return f"{mirror}translate({x:.1f} {y:.1f}) scale({wanted / side:.3f}) translate({-left} {-top})"


def _fits(title: str, size: float) -> bool:
    """Return whether a Latin title fits on a cover in this size, broken at its spaces."""
    room, lines, used = int(WIDTH / (size * LETTER)), 1, 0
    for word in title.split():
        if len(word) > room:
            return False
        if used and used + 1 + len(word) > room:
            lines, used = lines + 1, len(word)
        else:
            used += len(word) + bool(used)
    return lines * size * 1.2 <= HEIGHT


def covers_by_title(keys: Iterable[int]) -> dict[int, ShownCover]:
    """Return the covers of these titles by id, in one query, for a page with many of them."""
    rows = Title.objects.filter(pk__in=list(keys)).values_list(*COLUMNS)
    return {pk: ShownCover(title, subject, cover) for pk, title, subject, cover in rows}


def hub_store() -> CoverStore:
    """Return the store. Backups leave it out, because it can be fetched again."""
    return CoverStore(settings.STATE / "covers")
