"""Lay out sample screens for the tests of the screens."""

from __future__ import annotations

import pytest

from kiosk.screens.gallery import SIZES, Shot, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Sheet, Text, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Status
from kiosk.words import Words
from lending.languages import languages

Size = tuple[int, int, float]
GLYPHS = Glyphs()
WORDS = {language: Words(language) for language in languages()}
SIZED = pytest.mark.parametrize(
    "size",
    [pytest.param(size, marks=pytest.mark.long) if size in SIZES[1:3] else size for size in SIZES],
    ids=lambda size: f"{size[0]}x{size[1]}",
)
"""Every size of the gallery; only the smallest and the upright one are not `long`."""


def sample(name: str) -> Shot:
    """Return the sample of exactly this name."""
    return next(each for each in shots(name) if each.name == name)


def drawn(shot: Shot, size: Size = SIZES[1], first: int = 0, status: Status | None = None) -> Sheet:
    """Lay out a sample, in another status if one is given."""
    status = status or shot.status
    theme = Theme(*size, contrast=status.contrast, large=status.large_text)
    return sheet_of(shot.view, status, theme, WORDS[status.language], GLYPHS, first)


def texts(sheet: Sheet) -> list[str]:
    return [mark.text for mark in sheet if isinstance(mark, Text)]


def touches(sheet: Sheet, name: str = "") -> list[Touch]:
    """Return the touch targets, of one action if it is named."""
    return [mark for mark in sheet if isinstance(mark, Touch) and name in ("", mark.name)]
