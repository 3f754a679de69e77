"""Test that every screen offers large text, contrast, low reach, no motion, voice and hidden titles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.gallery import SIZES, Shot, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Cover, Sheet, Text, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import MIN_CONTRAST, Palette, Theme
from kiosk.screens.samples.sample_parts import BOOKS
from kiosk.views import (
    WARNING_SECONDS,
    Account,
    Borrowing,
    Farewell,
    ForYou,
    IdleWarning,
    Panel,
    Returning,
    Status,
    TouchTest,
    View,
    actions,
    setting,
)
from kiosk.words import Words
from lending.colours import ratio
from tests.kiosk.screens.audit import faults
from tests.kiosk.screens.audit_test import DATA

SWITCHES = ("large_text", "contrast", "still", "voice")
CROWDED = "Welcome-en,Borrowing-one-,Borrowing-many-,Account-four,Farewell-zh,Returning-someone-waits,IdleWarning-zh"
HEAD = 90
"""Height of the status bar at 1280x800, in pixels; it contains language names."""
TITLED = Account | Borrowing | Returning | Farewell | ForYou


def drawn(view: View, status: Status, size: tuple[int, int, float], words: dict[str, Words], glyphs: Glyphs) -> Sheet:
    theme = Theme(*size, contrast=status.contrast, large=status.large_text)
    return sheet_of(view, status, theme, words[status.language], glyphs)


def touches(sheet: Sheet) -> list[str]:
    return [mark.name for mark in sheet if isinstance(mark, Touch) and mark.enabled]


def as_fitted(shot: Shot, size: tuple[int, int, float]) -> Status:
    """Return the status with a voice, and with low reach on a tall screen."""
    return replace(shot.status, voice=bool(shot.status.voice), low=False if size[1] > size[0] else None)


def test_every_screen_offers_the_display_panel_with_every_switch() -> None:
    """audit_test checks that offered actions are drawn once and large enough."""
    missing = {}
    for shot in shots("-light"):
        if isinstance(shot.view, TouchTest):
            continue
        status = replace(shot.status, voice=True, low=False, panel=None)
        lost = {"display", "large_text"} - {each.name for each in actions(shot.view, status) if each.enabled}
        opened = {each.name for each in actions(shot.view, setting(status, "display")) if each.enabled}
        if lost := lost | ({*SWITCHES, "lower"} - opened):
            missing[shot.name] = lost
    assert missing == {}


def test_every_switch_is_drawn_on_the_smallest_screen_in_large_text(words: dict[str, Words], glyphs: Glyphs) -> None:
    shot = next(shots("Borrowing-many-zh-contrast-large"))
    assert pressed_in_panel(shot, replace(shot.status, voice=True), words, glyphs) >= {*SWITCHES}


def test_kiosk_without_a_voice_has_no_voice_switch(words: dict[str, Words], glyphs: Glyphs) -> None:
    """Control: a kiosk without a voice has no voice switch."""
    shot = next(shots("Borrowing-many-zh-contrast-large"))
    found = pressed_in_panel(shot, replace(shot.status, voice=None), words, glyphs)
    assert "voice" not in found and "still" in found


def pressed_in_panel(shot: Shot, status: Status, words: dict[str, Words], glyphs: Glyphs) -> set[str]:
    """Return the actions on all pages of the display panel on the smallest screen."""
    theme = Theme(*SIZES[0], contrast=status.contrast, large=status.large_text)
    found, first, seen = set[str](), 0, set[int]()
    while first not in seen:
        seen.add(first)
        opened = replace(status, panel=Panel.DISPLAY)
        sheet = sheet_of(shot.view, opened, theme, words[status.language], glyphs, first)
        found |= {*touches(sheet)}
        first = next((mark.turn for mark in sheet if isinstance(mark, Touch) and mark.turn is not None), 0)
    return found


@pytest.mark.parametrize("name", [*SWITCHES, "lower", "hide_titles"])
def test_switch_toggles_on_and_off(name: str) -> None:
    shot = next(shots("Account-four-en-light"))
    status = replace(shot.status, low=False, voice=False, panel=Panel.DISPLAY)
    once = setting(status, name)
    assert once != status and setting(once, name) == status
    assert any(each.name == name for each in actions(shot.view, once))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    "chosen", [{"hidden": True, "voice": True}, {"voice": True, "mute": True}], ids=["hidden", "mute"]
)
def test_fullest_status_bar_passes_the_audit(
    chosen: dict[str, bool], size: tuple[int, int, float], words: dict[str, Words], glyphs: Glyphs
) -> None:
    """All cells that can be shown at once, also in large text."""
    broken = {}
    for shot in shots(CROWDED):
        status = replace(as_fitted(shot, size), **chosen)  # type: ignore[arg-type]
        theme = Theme(*size, contrast=status.contrast, large=status.large_text)
        sheet = drawn(shot.view, status, size, words, glyphs)
        if found := faults(sheet, theme, actions(shot.view, status), DATA):
            broken[shot.name] = found
    assert broken == {}


def test_missing_voice_for_a_language_is_shown(words: dict[str, Words], glyphs: Glyphs) -> None:
    shot = next(shots("Welcome-zh-light"))
    status = replace(shot.status, voice=True, mute=True)
    texts = [mark.text for mark in drawn(shot.view, status, SIZES[1], words, glyphs) if isinstance(mark, Text)]
    assert words["zh"].say("No voice in this language") in texts


def test_hidden_titles_are_not_drawn(words: dict[str, Words], glyphs: Glyphs) -> None:
    hiding = 0
    for shot in shots("-light"):
        if not isinstance(shot.view, TITLED) or "remin" in shot.name:
            continue
        titles = {book[0] for books in BOOKS.values() for book in books}
        seen = {False: set[str](), True: set[str]()}
        for hidden in seen:
            sheet = drawn(shot.view, replace(shot.status, hidden=hidden), SIZES[1], words, glyphs)
            texts = {mark.text.rstrip("…") for mark in sheet if isinstance(mark, Text) and mark.box.y > HEAD}
            covers = {mark.title for mark in sheet if isinstance(mark, Cover)}
            shown = {each for each in texts | covers if len(each) > 1}
            seen[hidden] = {each for each in shown if any(title.startswith(each) for title in titles)}
        hiding += bool(seen[False])
        assert seen[True] == set(), shot.name
    assert hiding > 10, "titles are drawn unless hidden"


@pytest.mark.parametrize("contrast", [False, True], ids=["light", "contrast"])
@pytest.mark.parametrize("accent", ["#FA8040", "#1F6FB2", "#7A1FA2", "#FFE000", "#202020"])
def test_every_text_and_background_pair_has_seven_to_one_contrast(contrast: bool, accent: str) -> None:
    """Each colour of words on each ground on which the screens put them; `words` on `accent` is its own pair."""
    colours: Palette = Theme(1280, 800, 10.1, accent, contrast).colours
    grounds = (colours.paper, colours.leaf, colours.board)
    pairs = {(word, ground) for word in (colours.ink, colours.ink2) for ground in grounds[:2]}
    pairs |= {(word, colours.paper) for word in (colours.done, colours.stop)}
    pairs |= {(colours.ink, colours.board), (colours.on_accent, colours.accent)}
    assert {pair: ratio(*pair) for pair in pairs if ratio(*pair) < MIN_CONTRAST} == {}


def test_faint_pair_is_below_the_minimum_contrast() -> None:
    assert ratio("#7D7163", "#F4EFE5") < MIN_CONTRAST


def test_idle_warning_lasts_20_seconds_and_one_touch_dismisses_it() -> None:
    assert WARNING_SECONDS >= 20 and IdleWarning.__dataclass_fields__["seconds"].default == WARNING_SECONDS
    shot = next(shots("IdleWarning-en-light"))
    assert [each.name for each in actions(shot.view, shot.status) if each.primary] == ["stay"]
