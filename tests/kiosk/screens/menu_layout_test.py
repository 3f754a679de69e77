"""Test that menus are volumes with icons, the last row on the shelf line and within reach."""

from __future__ import annotations

import pytest

from kiosk.screens.draw_context import frame_for
from kiosk.screens.gallery import SIZES, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Box, Icon, Sheet, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.words import Words

CHOICES = {"AskLibrarian": "ask", "Feedback-topic": "topic", "Details-all": "open", "Learn": "learn"}


def sheet(name: str, theme: Theme) -> Sheet:
    shot = next(each for each in shots(name) if each.name == f"{name}-zh-light")
    return sheet_of(shot.view, shot.status, theme, Words("zh"), Glyphs())


def choices(name: str, theme: Theme) -> list[Box]:
    return [mark.box for mark in sheet(name, theme) if isinstance(mark, Touch) and mark.name == CHOICES[name]]


@pytest.mark.parametrize("name", CHOICES)
def test_choices_have_icons_and_the_last_row_is_on_the_shelf_line(name: str) -> None:
    theme = Theme(*SIZES[1])
    boxes, line = choices(name, theme), frame_for(theme).line
    icons = [mark for mark in sheet(name, theme) if isinstance(mark, Icon)]
    assert len(boxes) >= 4
    assert all(sum(box.holds(icon.box) for icon in icons) == 1 for box in boxes)
    assert max(box.bottom for box in boxes) == line.y
    assert min(box.bottom for box in boxes) < line.y


@pytest.mark.parametrize("name", CHOICES)
def test_choices_are_in_the_lower_half_of_a_tall_screen(name: str) -> None:
    theme = Theme(*SIZES[3])
    assert min(box.y for box in choices(name, theme)) > theme.height / 2


@pytest.mark.parametrize("name", CHOICES)
def test_icons_are_dropped_for_all_choices_together(name: str) -> None:
    theme = Theme(*SIZES[0])
    boxes = choices(name, theme)
    icons = [mark for mark in sheet(name, theme) if isinstance(mark, Icon)]
    assert len({any(box.holds(icon.box) for icon in icons) for box in boxes}) == 1
