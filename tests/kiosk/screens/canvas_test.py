"""Test that opening marks hang out of the column by the blank half of their width."""

from __future__ import annotations

from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme, Type


def left(text: str, x: float, align: str = "left") -> float:
    page = Canvas(Theme(1280, 800, 10.1), Glyphs())
    page.words(Box(x, 100, 800, 200), text, Type.TITLE, align=align)
    return min(mark.box.x for mark in page.sheet() if isinstance(mark, Text))


def test_opening_mark_hangs_out_of_its_column() -> None:
    assert left("汉字拾趣", 444) == 444
    assert 444 - 56 * 0.5 < left("《汉字拾趣》", 444) < 444 - 56 * 0.3


def test_opening_mark_stays_on_screen_and_centred_text_is_not_shifted() -> None:
    assert left("《汉字拾趣》", 6) == 0
    assert left("《汉》", 444, "centre") > 444
