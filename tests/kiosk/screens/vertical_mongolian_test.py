"""Test four screens in traditional Mongolian script: joined letters, columns, and all actions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont
from PIL import ImageFont

from kiosk.screens.gallery import SIZES, Shot, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Column, Sheet, Touch
from kiosk.screens.rendering.glyphs import MONGOL, MONGOL_FONT, Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Borrowing, Farewell, Returning, Welcome, actions
from kiosk.views.screen_state import setting
from kiosk.words import Words
from tests.kiosk.screens.audit import text_glyphs

SHOTS = list(shots("-mn-upright"))
LEND = "ᠵᠡᠭᠡᠯᠡᠬᠦ"
"""The word for borrow."""


@pytest.fixture(scope="module")
def mn() -> Words:
    return Words("mn")


def drawn(shot: Shot, mn: Words, glyphs: Glyphs, size: tuple[int, int, float] = SIZES[1]) -> Sheet:
    return sheet_of(shot.view, shot.status, Theme(*size), mn, glyphs)


def columns(sheet: Sheet) -> list[Column]:
    return [mark for mark in sheet if isinstance(mark, Column)]


def test_each_of_the_four_screens_has_columns(mn: Words, glyphs: Glyphs) -> None:
    upright = {type(shot.view) for shot in SHOTS if columns(drawn(shot, mn, glyphs))}
    assert upright == {Welcome, Borrowing, Returning, Farewell}


@pytest.mark.parametrize("size", SIZES[:3], ids=lambda size: f"{size[0]}x{size[1]}")
def test_columns_do_not_overlap_and_stay_on_screen(size: tuple[int, int, float], mn: Words, glyphs: Glyphs) -> None:
    for shot in SHOTS:
        found = columns(drawn(shot, mn, glyphs, size))
        for number, one in enumerate(found):
            assert one.box.x >= 0 and one.box.right <= size[0] and one.box.bottom <= size[1], (shot.name, one)
            assert not any(one.box.meets(other.box) for other in found[number + 1 :]), (shot.name, one)


def test_all_actions_are_touchable_and_the_primary_one_is_rightmost(mn: Words, glyphs: Glyphs) -> None:
    for shot in SHOTS:
        sheet = drawn(shot, mn, glyphs)
        if columns(sheet):
            touches = [mark for mark in sheet if isinstance(mark, Touch) and mark.turn is None]
            wanted = actions(shot.view, shot.status)
            assert sorted(mark.name for mark in touches) == sorted(each.name for each in wanted), shot.name
            (primary,) = [each.name for each in wanted if each.primary]
            assert max(touches, key=lambda mark: (mark.box.y > 100, mark.box.x)).name == primary, shot.name


def test_column_text_has_glyphs_and_no_other_script(mn: Words, glyphs: Glyphs) -> None:
    known = frozenset(TTFont(str(MONGOL_FONT)).getBestCmap())
    for shot in SHOTS:
        titles = " ".join(line.title for line in getattr(shot.view, "lines", ()))
        for column in columns(drawn(shot, mn, glyphs)):
            for part in filter(None, MONGOL.split(column.text)):
                cmap = known if MONGOL.match(part) else text_glyphs()
                assert all(ord(char) in cmap for char in part), (shot.name, part)
            latin = [char for char in column.text.rstrip("…") if char.isalpha() and not MONGOL.match(char)]
            code = isinstance(shot.view, Farewell) and column.text == shot.view.code
            assert not latin or code or column.text.rstrip("…") in titles, (shot.name, column.text)


def test_letters_are_joined_and_columns_are_taller_than_wide(glyphs: Glyphs) -> None:
    apart = ImageFont.truetype(str(MONGOL_FONT), 48, layout_engine=ImageFont.Layout.BASIC).getlength(LEND)
    assert glyphs.width(LEND, 48) < apart, "Raqm gives each letter its form"
    picture = glyphs.column(LEND, 48)
    assert picture.height > picture.width and picture.getbbox() is not None


def test_unjoined_letters_draw_differently(glyphs: Glyphs) -> None:
    joined = glyphs.column(LEND, 48).tobytes()
    unjoined = Glyphs()
    unjoined._faces[MONGOL_FONT, 48] = ImageFont.truetype(str(MONGOL_FONT), 48, layout_engine=ImageFont.Layout.BASIC)
    assert unjoined.column(LEND, 48).tobytes() != joined


def test_vertical_script_switch_is_offered_only_in_mongolian() -> None:
    shot = next(shot for shot in SHOTS if isinstance(shot.view, Welcome))
    opened = setting(shot.status, "display")
    assert "upright" in {each.name for each in actions(shot.view, opened)}
    assert "upright" not in {each.name for each in actions(shot.view, replace(opened, language="zh"))}
    assert not setting(shot.status, "upright").upright
