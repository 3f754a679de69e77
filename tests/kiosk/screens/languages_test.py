"""Test that a status bar with too many languages offers a list, at every size and in every theme."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.gallery import SIZES, Shot, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Sheet, Text, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Panel, Status, Welcome, actions
from kiosk.words import Words
from tests.kiosk.screens.audit import faults
from tests.kiosk.screens.audit_test import DATA

NAMES = {"zh": "简体中文", "zh_TW": "繁體中文", "en": "English", "mn": "Монгол"}
FOUR = tuple(NAMES)
"""With more of them a head that is full may have room for their short names alone."""
FULL = "Welcome-{0}-light,Welcome-{0}-contrast-large,Borrowing-many-{0}-light,Borrowing-many-{0}-contrast-large"


def drawn(
    shot: Shot, status: Status, size: tuple[int, int, float], words: dict[str, Words], glyphs: Glyphs, first: int = 0
) -> tuple[Sheet, list[str]]:
    theme = Theme(*size, contrast=status.contrast, large=status.large_text)
    sheet = sheet_of(shot.view, status, theme, words[status.language], glyphs, first)
    return sheet, faults(sheet, theme, actions(shot.view, status), DATA)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", FOUR)
def test_language_list_passes_the_audit_and_names_each_language(
    language: str, size: tuple[int, int, float], words: dict[str, Words], glyphs: Glyphs
) -> None:
    """The fullest head too: voice on, titles hidden, the central away; of Mongolian with its other script."""
    others = {name for each, name in NAMES.items() if each != language}
    for shot in shots(FULL.format(language)):
        usual = replace(shot.status, languages=FOUR, voice=True, hidden=True, low=False)
        folded, found = drawn(shot, usual, size, words, glyphs)
        assert found == [], (shot.name, "folded")
        assert not any(isinstance(mark, Touch) and mark.name.startswith("language_") for mark in folded)
        listed, found = drawn(shot, replace(usual, panel=Panel.LANGUAGES), size, words, glyphs)
        assert found == [], (shot.name, "listed")
        seen = {mark.text for mark in listed if isinstance(mark, Text)}
        if turn := next((mark.turn for mark in listed if isinstance(mark, Touch) and mark.turn), None):
            rest, found = drawn(shot, replace(usual, panel=Panel.LANGUAGES), size, words, glyphs, turn)
            assert found == [], (shot.name, "turned")
            seen |= {mark.text for mark in rest if isinstance(mark, Text)}
        assert others <= seen, shot.name


def test_one_other_language_is_a_button_and_several_are_a_list() -> None:
    status = next(shots("Welcome-en-light")).status
    offered = [action.name for action in actions(Welcome(), status)]
    assert "languages" in offered and not [name for name in offered if name.startswith("language_")]
    two = [action.name for action in actions(Welcome(), replace(status, languages=("en", "zh_TW")))]
    assert "language_zh_TW" in two and "languages" not in two
    alone = [action.name for action in actions(Welcome(), replace(status, languages=("en",)))]
    assert not [name for name in alone if name.startswith("language")]
    four = replace(status, languages=FOUR)
    listed = [action.name for action in actions(Welcome(), replace(four, panel=Panel.LANGUAGES))]
    assert listed[:3] == ["language_zh", "language_zh_TW", "language_mn"] and "borrow" not in listed
