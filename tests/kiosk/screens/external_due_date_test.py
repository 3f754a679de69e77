"""Test that a due date in the library system's own format is shown completely on every screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.gallery import SIZES, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.sync.sip2.client import LONGEST_DATE
from kiosk.views import Borrowing, Farewell, actions
from kiosk.words import Words
from tests.kiosk.screens.audit import faults
from tests.kiosk.screens.audit_test import DATA

TOLD = "05. Juni, 23.59 Uhr"[:LONGEST_DATE]
SCREENS = ("Borrowing-one", "Borrowing-many", "Farewell")


@pytest.mark.parametrize("looks", ["en-light", "zh-light", "mn-light", "en-contrast-large"])
@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_ils_due_date_text_is_shown_completely(looks: str, size: tuple[int, int, float]) -> None:
    glyphs, seen = Glyphs(), 0
    for shot in shots(looks):
        view = shot.view
        if not shot.name.startswith(SCREENS) or not isinstance(view, Borrowing | Farewell):
            continue
        lines = tuple(replace(each, due=None, due_text=TOLD) if each.due else each for each in view.lines)
        changed, theme = replace(view, lines=lines), Theme(*size, large=shot.status.large_text)
        sheet = sheet_of(changed, shot.status, theme, Words(shot.status.language), glyphs)
        assert faults(sheet, theme, actions(changed, shot.status), f"{DATA}\n{TOLD}") == [], shot.name
        seen += any(isinstance(mark, Text) and TOLD in (mark.whole or mark.text) for mark in sheet)
    assert seen
