"""Test that marks as wide as a Chinese character are drawn narrow next to other scripts."""

from __future__ import annotations

import pytest

from kiosk.screens.rendering.glyphs import FALL, RISE, SIDE, Glyphs

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
