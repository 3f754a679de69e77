"""The rules of a typographic cover: class and title give colour, figure, tint and size; draws nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from zlib import crc32

from kiosk.screens.theme import mix, ratio

INK = "#1A1611"
LEAF = "#FCF9F3"


class CoverFigure(Enum):
    DOTS = auto()
    DISC = auto()
    ARCH = auto()
    BARS = auto()
    HALVES = auto()
    RINGS = auto()
    STAIRS = auto()
    QUARTER = auto()
    VERSE = auto()
    HORIZON = auto()


class CoverLayout(Enum):
    """How the class's colour is used; the title chooses."""

    PLAIN = auto()
    """The colour is the field, and the figure a shade of it."""
    PALE = auto()
    """The figure has the colour, on a light field."""
    DEEP = auto()
    """The figure has the colour, on a dark field."""
    BANDED = auto()
    """A band in the colour of another class, and the figure in the field's."""


CLASSES: tuple[tuple[str, CoverFigure], ...] = (
    ("#56606B", CoverFigure.DOTS),
    ("#2F4673", CoverFigure.DISC),
    ("#5E3350", CoverFigure.ARCH),
    ("#D8B285", CoverFigure.BARS),
    ("#93B7CB", CoverFigure.HALVES),
    ("#9DC0A2", CoverFigure.RINGS),
    ("#2D5B4A", CoverFigure.STAIRS),
    ("#DD9A92", CoverFigure.QUARTER),
    ("#E2B544", CoverFigure.VERSE),
    ("#75503A", CoverFigure.HORIZON),
)
"""By the first digit of Dewey."""

LETTERS = (
    {"Z": 0, "A": 0, "B": 1, "H": 4, "J": 7, "I": 8, "K": 9}
    | dict.fromkeys("CDEFG", 3)
    | (dict.fromkeys("NOPQ", 5) | dict.fromkeys("RSTUVX", 6))
)
"""By the letter of 中图法; B9 is religion, as Dewey's 2."""


def class_index(subject: str) -> int:
    """The row of the table for a Dewey digit or a 中图法 letter; 0 (general) when neither."""
    head = subject.strip().upper()[:2]
    if head[:1].isdigit() and head.isascii():
        return int(head[0])
    return 2 if head == "B9" else LETTERS.get(head[:1], 0)


@dataclass(frozen=True, slots=True)
class CoverRule:
    """How one title's cover and spine look. Sizes are shares of the cover or units."""

    layout: CoverLayout
    field: str
    shade: str
    band: str
    """The colour under the figure: the field's, but for a band."""
    spine: str
    spine_band: str
    binding: str
    word: str
    figure: CoverFigure
    scale: float
    mirrored: bool
    bleed: int
    spine_width: float
    spine_height: float
    bands: int


def cover_rule(subject: str, title: str) -> CoverRule:
    """The same title always gets the same cover."""
    n, index = crc32(title.encode()), class_index(subject)
    base, figure = CLASSES[index]
    tone = (base, mix(base, INK, 0.10), mix(base, LEAF, 0.12))[n % 3]
    layout = tuple(CoverLayout)[n // 2430 % 4]
    field = {CoverLayout.PALE: mix(tone, LEAF, 0.66), CoverLayout.DEEP: mix(tone, INK, 0.56)}.get(layout, tone)
    other = CLASSES[(index + 1 + n // 9720 % 9) % 10][0]
    dark = ratio(LEAF, field) > ratio(INK, field)
    shade = {
        CoverLayout.PLAIN: mix(field, LEAF, 0.20) if dark else mix(field, INK, 0.17),
        CoverLayout.BANDED: field,
    }.get(layout, tone)
    spine = field if layout is CoverLayout.DEEP else tone
    return CoverRule(
        layout=layout,
        field=field,
        shade=shade,
        band=other if layout is CoverLayout.BANDED else field,
        spine=spine,
        spine_band=other if layout is CoverLayout.BANDED else mix(spine, *((LEAF, 0.20) if dark else (INK, 0.17))),
        binding=mix(field, INK, 0.28 if dark else 0.20),
        word=LEAF if dark else INK,
        figure=figure,
        scale=(0.80, 1.0, 1.22)[n // 3 % 3],
        mirrored=bool(n // 9 % 2),
        bleed=n // 18 % 3,
        spine_width=(4.5, 5.25, 6.0)[n // 54 % 3],
        spine_height=(11.25, 12.0, 12.75, 13.5, 14.25)[n // 162 % 5],
        bands=n // 810 % 3,
    )
