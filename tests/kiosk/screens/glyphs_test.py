"""Test glyphs: width of marks next to each script, ink within the picture, centred icons, hanging marks."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont

from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Text
from kiosk.screens.rendering.glyphs import FALL, ICON_FONT, ICONS, RISE, SIDE, Glyphs
from kiosk.screens.rendering.theme import Theme, Type

SIZE = 40


@pytest.mark.parametrize("text", ["“Read it now”", "‘Read it now’", "“Ном”", "“The decline and fall…”"])
def test_quotation_mark_next_to_a_letter_is_narrow(glyphs: Glyphs, text: str) -> None:
    bare = glyphs.width(text[1:-1], SIZE)
    assert bare < glyphs.width(text, SIZE) < bare + SIZE


@pytest.mark.parametrize("text", ["“‘Read’ it”", "“R–”", "“R€”", "a “汉字” b"])
def test_quotation_mark_next_to_a_mark_or_space_is_narrow(glyphs: Glyphs, text: str) -> None:
    bare = "".join(each for each in text if each not in "“‘’”")
    assert glyphs.width(text, SIZE) < glyphs.width(bare, SIZE) + SIZE * 0.5 * (len(text) - len(bare))


@pytest.mark.parametrize("text", ["点“马上阅读”，", "《汉字拾趣》", "中…", "“汉字”"])
def test_marks_next_to_chinese_are_one_em_wide(glyphs: Glyphs, text: str) -> None:
    assert glyphs.width(text, SIZE) == len(text) * SIZE


def test_ellipsis_of_a_cut_title_follows_its_script(glyphs: Glyphs) -> None:
    assert glyphs.word("The island…", SIZE).tobytes() == glyphs.word("The island...", SIZE).tobytes()
    assert glyphs.word("岛…", SIZE).tobytes() != glyphs.word("岛...", SIZE).tobytes()


def test_word_picture_contains_all_ink(glyphs: Glyphs) -> None:
    picture = glyphs.word("“So”", SIZE)
    assert picture.size == (glyphs.width("“So”", SIZE) + 2 * SIDE, round((RISE + FALL) * SIZE))
    left, _, right, _ = picture.getbbox() or (0, 0, 0, 0)
    assert left >= SIDE and right <= picture.width - SIDE
    inked = [picture.crop((x, 0, x + 1, picture.height)).getbbox() is not None for x in range(left, right)]
    strokes = sum(here and not before for here, before in zip(inked, [False, *inked], strict=False))
    assert strokes == 6, "two strokes of each mark and two letters, none overlapping"


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


SQUARE = 200


def ink(sign: str) -> tuple[int, int]:
    """Return the first and the last column of an icon's ink in a square of SQUARE pixels."""
    square = Image.new("L", (2 * SQUARE, 2 * SQUARE))
    ImageDraw.Draw(square).text((SQUARE // 2, SQUARE // 2), sign, 255, ImageFont.truetype(str(ICON_FONT), SQUARE))
    box = square.point(lambda shade: 255 if shade > 127 else 0).getbbox()
    assert box is not None
    return box[0] - SQUARE // 2, box[2] - SQUARE // 2


@pytest.mark.parametrize("name", ICONS)
def test_icon_ink_is_centred(name: str) -> None:
    left, right = ink(ICONS[name])
    assert abs((left + right) / 2 - SQUARE / 2) <= 0.03 * SQUARE
