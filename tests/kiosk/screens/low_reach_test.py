"""Test that low reach moves all touch targets to the lower half; only tall screens offer it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.screens.gallery import Shot, shots
from kiosk.screens.layout import move_down, sheet_of
from kiosk.screens.rendering.display_list import Box, Live, Sheet, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Status, actions, setting
from kiosk.words import Words
from lending.languages import languages
from tests.kiosk.screens.audit import faults
from tests.kiosk.screens.audit_test import DATA

TALL = (1080, 1920, 21.5)
GLYPHS = Glyphs()
WORDS = {language: Words(language) for language in languages()}


def low(shot: Shot, *, down: bool) -> tuple[Sheet, Theme, Status]:
    status = replace(shot.status, low=down)
    theme = Theme(*TALL, contrast=status.contrast, large=status.large_text)
    return sheet_of(shot.view, status, theme, WORDS[status.language], GLYPHS), theme, status


def high_touches(sheet: Sheet) -> Iterator[Touch]:
    return (mark for mark in sheet if isinstance(mark, Touch) and mark.box.y < TALL[1] / 2)


@pytest.mark.parametrize("looks", ["-en-light,-upright", pytest.param("", marks=pytest.mark.gallery)])
def test_lowered_screen_passes_the_audit_within_reach(looks: str) -> None:
    broken, out_of_reach = {}, set()
    for shot in shots(looks):
        sheet, theme, status = low(shot, down=True)
        if found := faults(sheet, theme, actions(shot.view, status), DATA):
            broken[shot.name] = found
        out_of_reach |= {f"{shot.name}: {mark.name}" for mark in high_touches(sheet)}
    assert (broken, out_of_reach) == ({}, set())


def test_ordinary_screen_has_targets_out_of_reach() -> None:
    """Control: the same check finds targets that are too high."""
    some = list(shots("Welcome-en,Account-four-zh,Farewell-en"))
    standing = {shot.name.split("-")[0] for shot in some if any(high_touches(low(shot, down=False)[0]))}
    assert standing == {"Welcome", "Account", "Farewell"}


def test_lower_switch_toggles_low_reach() -> None:
    shot = next(shots("Welcome-en-light"))
    status = replace(shot.status, low=False)
    assert any(each.name == "lower" for each in actions(shot.view, setting(status, "display")))
    down = setting(status, "lower")
    assert (down.low, setting(down, "lower").low) == (True, False)


def test_low_reach_is_not_offered_on_a_low_screen() -> None:
    shot = next(shots("Welcome-en-light"))
    assert shot.status.low is None and setting(shot.status, "lower") == shot.status
    assert not any(each.name == "lower" for each in actions(shot.view, shot.status))


@pytest.mark.parametrize("large", [False, True])
def test_lowered_theme_keeps_physical_sizes(large: bool) -> None:
    whole = Theme(*TALL, large=large)
    assert whole.lowered.px_per_mm == pytest.approx(whole.px_per_mm)
    assert not whole.lowered.portrait and whole.lowered.large is large


def test_aiming_corners_move_with_the_lowered_picture() -> None:
    theme = Theme(*TALL)
    (moved,) = move_down((Live(Box(0, 0, 90, 60), 6, "#FFFFFF", "#000000", 4, (Box(1, 2, 3, 4),)),), theme)
    assert isinstance(moved, Live) and (moved.box.y, moved.aim[0].y) == (960, 962)
