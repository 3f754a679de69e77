"""Derive the design of a drawn cover from class and title: colour, figure, tint and size."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from zlib import crc32

from lending.colours import mix, ratio

INK = "#1A1611"
LEAF = "#FCF9F3"


class CoverFigure(Enum):
    """Figure of a subject class."""

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
    """Use of the class's colour, chosen by the title's hash."""

    PLAIN = auto()
    """The colour fills the cover; the figure is a shade of it."""
    PALE = auto()
    """The figure has the colour, on a light cover."""
    DEEP = auto()
    """The figure has the colour, on a dark cover."""
    BANDED = auto()
    """A band in another class's colour; the figure has the cover's colour."""


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
"""Colour and figure by the first Dewey digit."""

LETTERS = (
    {"Z": 0, "A": 0, "B": 1, "H": 4, "J": 7, "I": 8, "K": 9}
    | dict.fromkeys("CDEFG", 3)
    | (dict.fromkeys("NOPQ", 5) | dict.fromkeys("RSTUVX", 6))
)
"""Row of CLASSES by the letter of the Chinese Library Classification (中图法).

B9 is religion, as Dewey's 2.
"""


def class_index(subject: str) -> int:
    """Return the row of CLASSES for a Dewey digit or a 中图法 letter; 0 (general) for anything else."""
    head = subject.strip().upper()[:2]
    if head[:1].isdigit() and head.isascii():
        return int(head[0])
    return 2 if head == "B9" else LETTERS.get(head[:1], 0)


@dataclass(frozen=True, slots=True)
class CoverRule:
    """Design of one title's cover and spine. Sizes are shares of the cover, or units."""

    layout: CoverLayout
    field: str
    shade: str
    band: str
    """Colour under the figure: that of the cover, or of the band."""
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
    """Return the design; the same title always gets the same one, with or without the subtitle after its colon."""
    n, index = crc32(title.partition(": ")[0].encode()), class_index(subject)
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
