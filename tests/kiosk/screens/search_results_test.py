"""Test that search results are covers, and the first one is described next to them."""

from __future__ import annotations

import pytest

from kiosk.screens.gallery import SIZES, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Cover, Sheet, Text, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.samples.sample_parts import FOUND
from kiosk.words import Words


def sheet(name: str) -> Sheet:
    shot = next(each for each in shots(name) if each.name == f"{name}-zh-light")
    return sheet_of(shot.view, shot.status, Theme(*SIZES[1]), Words("zh"), Glyphs())


@pytest.mark.parametrize(("name", "count"), [("Find-few", 2), ("Find-full", 1), ("Find-typed", 4)])
def test_covers_are_touchable_and_the_panel_describes_the_first_title(name: str, count: int) -> None:
    drawn = sheet(name)
    covers = [mark for mark in drawn if isinstance(mark, Cover)]
    touches = [mark for mark in drawn if isinstance(mark, Touch) and mark.name == "title"]
    assert len(covers) == len(touches) == count
    assert all(touch.box.holds(cover.box) for touch, cover in zip(touches, covers, strict=True))
    (title, author, *_), (_, other, *_) = FOUND["zh"][1][:2]
    said = {mark.text for mark in drawn if isinstance(mark, Text)}
    assert {title, f"{author}, 1990", "在架", "二楼，H 号书架"} <= said and other not in said
