"""Test that few search results have text next to their covers, and many are covers only."""

from __future__ import annotations

import pytest

from kiosk.screens.display_list import Cover, Sheet, Text, Touch
from kiosk.screens.gallery import SIZES, shots
from kiosk.screens.glyphs import Glyphs
from kiosk.screens.layout import sheet_of
from kiosk.screens.sample_parts import BOOKS
from kiosk.screens.theme import Theme
from kiosk.words import Words


def sheet(name: str) -> Sheet:
    shot = next(each for each in shots(name) if each.name == f"{name}-zh-light")
    return sheet_of(shot.view, shot.status, Theme(*SIZES[1]), Words("zh"), Glyphs())


@pytest.mark.parametrize(("name", "count"), [("Find-few", 2), ("Find-full", 1)])
def test_few_have_title_and_author_within_what_is_touched(name: str, count: int) -> None:
    drawn = sheet(name)
    touches = [mark for mark in drawn if isinstance(mark, Touch) and mark.name == "title"]
    assert len(touches) == count
    for touch, (title, author, *_) in zip(touches, BOOKS["zh"], strict=False):
        said = {mark.text for mark in drawn if isinstance(mark, Text) and touch.box.holds(mark.box)}
        assert {title, author} <= said
        assert sum(isinstance(mark, Cover) and touch.box.holds(mark.box) for mark in drawn) == 1


def test_many_stand_as_covers_alone() -> None:
    drawn = sheet("Find-typed")
    assert sum(isinstance(mark, Cover) for mark in drawn) > 4
    assert BOOKS["zh"][0][1] not in {mark.text for mark in drawn if isinstance(mark, Text)}
