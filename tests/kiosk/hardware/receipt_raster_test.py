"""Test receipt pictures: they fit the paper in every script, and their QR code is readable."""

from __future__ import annotations

import pytest
import segno
from fontTools.ttLib import TTCollection
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from kiosk.hardware import receipt_raster
from kiosk.hardware.receipt_raster import FONT, MARGIN, MODULE, QUIET, draw, wrap
from kiosk.hardware.rig import LINES
from kiosk.words.receipt import Fill, HorizontalLine, LookUp, Print, Receipt, Shelf, Size, Spine

SCRIPTS = {
    "chinese": "一个非常长的中文书名，用来看看在凭条上会怎样换行：第二卷（上）。",
    "english": "A history of typesetting, and what became of it (in libraries): part 2",
    "mongolian": "Монголын нууц товчоо: өгүүллэг, үлгэр, домгийн түүвэр Ө Ү ө ү",
    "one word": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
}


def font(em: int = 26) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), em)


def dots(picture: Image.Image) -> list[tuple[int, int]]:
    """The places of the black dots."""
    pixels = picture.convert("L").tobytes()
    return [(at % picture.width, at // picture.width) for at, shade in enumerate(pixels) if shade == 0]


@pytest.mark.parametrize("width", [384, 576])
@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_fits_the_paper(script: str, width: int) -> None:
    lines = tuple(Print(SCRIPTS[script], size, clock) for size in Size for clock in (False, True))
    picture = draw(Receipt(lines), width)
    assert (picture.mode, picture.width) == ("1", width)
    places = dots(picture)
    assert min(x for x, _ in places) >= MARGIN
    assert max(x for x, _ in places) < width - MARGIN + 2
    assert max(y for _, y in places) < picture.height - receipt_raster.FOOT + 10


@pytest.mark.parametrize("script", SCRIPTS)
def test_font_has_every_character(script: str) -> None:
    known = TTCollection(str(FONT)).fonts[0].getBestCmap()
    assert [sign for sign in SCRIPTS[script] if ord(sign) not in known] == []


def test_line_never_starts_with_closing_punctuation() -> None:
    for wide in range(110, 360, 7):
        for line in wrap(SCRIPTS["chinese"], font(), wide):
            assert line[0] not in "，：）。"
            assert line[-1] != "（"


def test_words_are_not_broken_while_they_fit() -> None:
    assert wrap("The island of lost maps", font(30), 200) == ["The island of", "lost maps"]
    assert wrap("古村落 Ancient villages", font(30), 200) == ["古村落 Ancient", "villages"]


def test_overlong_word_is_split_without_loss() -> None:
    lines = wrap(SCRIPTS["one word"], font(), 360)
    assert len(lines) > 1
    assert "".join(lines) == SCRIPTS["one word"]


@given(st.text(st.sampled_from("ab cd，。（）中文 xyzЖө…"), max_size=60), st.integers(40, 400))
@settings(deadline=None)
def test_wrapping_keeps_every_character_and_the_width(text: str, wide: int) -> None:
    face = font()
    lines = wrap(text, face, wide)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(face.getlength(line) <= wide or len(line) == 1 for line in lines)


def test_printed_qr_modules_match_the_code() -> None:
    picture = draw(Receipt((LookUp("Receipt code", "7K429Q"),)), 384).convert("L")
    wanted = [
        [bool(dark) for dark in row] for row in segno.make("7K429Q", error="q", micro=False, boost_error=False).matrix
    ]
    top = min(y for _, y in dots(picture.convert("1")))
    half = MODULE // 2
    found = [
        [
            picture.getpixel((QUIET + column * MODULE + half, top + row * MODULE + half)) == 0
            for column in range(len(wanted))
        ]
        for row in range(len(wanted))
    ]
    assert found == wanted


@pytest.mark.parametrize("width", [384, 576])
def test_qr_code_has_a_quiet_zone_of_four_modules(width: int) -> None:
    code = LookUp("Receipt code", "7K429Q")
    alone = draw(Receipt((code,)), width)
    between = draw(Receipt((HorizontalLine(), code, HorizontalLine())), width)
    side = MODULE * len(segno.make("7K429Q", error="q", micro=False, boost_error=False).matrix)
    top = min(y for _, y in dots(alone))
    ruled = sorted({y for x, y in dots(between) if x == 4 * MODULE + MODULE // 2})
    first = next(y for y in ruled if y > ruled[0] + 4)
    for picture, at in ((alone, top), (between, first)):
        around = {(x, y) for x, y in dots(picture) if -24 <= y - at < side + 24 and x < side + 48}
        assert min(x for x, _ in around) == 24 and max(x for x, _ in around) == 24 + side - 1
        assert {y for _, y in around} <= set(range(at, at + side))


@pytest.mark.parametrize("fill", Fill)
def test_each_spine_fill_looks_different(fill: Fill) -> None:
    pictures = {each: draw(Receipt((Shelf((Spine(each, 6.0, 12.0),)),)), 384).tobytes() for each in Fill}
    assert list(pictures.values()).count(pictures[fill]) == 1


def test_full_shelf_stays_within_the_margins() -> None:
    shelf = Shelf(tuple(Spine(Fill.FULL, 6.0, 12.0) for _ in range(40)))
    above = [x for x, y in dots(draw(Receipt((shelf,)), 384)) if y < 98]
    assert min(above) >= MARGIN and max(above) < 384 - MARGIN


def test_paper_length_grows_with_the_visit() -> None:
    one = (Print("Seasons of the sea", Size.TITLE), Print("Sun 20 Dec"), HorizontalLine())
    short, long = draw(Receipt(one), 384), draw(Receipt(one * 60), 384)
    assert long.height > 50 * (short.height - receipt_raster.FOOT)
    assert max(y for _, y in dots(long)) > long.height - 2 * receipt_raster.FOOT


def test_picture_carries_its_text() -> None:
    receipt = Receipt((Print("Lakeside Library", Size.NAME), HorizontalLine(), LookUp("Receipt code", "7K429Q")))
    assert draw(receipt, 384).info[LINES] == ("Lakeside Library", "Receipt code", "7K4 29Q")
