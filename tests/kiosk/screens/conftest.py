"""Share glyph widths and translations among the screen tests."""

from __future__ import annotations

import pytest

from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.words import Words
from lending.languages import languages


@pytest.fixture(scope="session")
def glyphs() -> Glyphs:
    return Glyphs()


@pytest.fixture(scope="session")
def words() -> dict[str, Words]:
    return {language: Words(language) for language in languages()}
