"""Test that every registration page is complete at every size, and that no answer is preselected."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.gallery import SIZES
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Sheet, Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.samples.sample_details import (
    NAMES,
    NUMBER,
    other_pages,
    registering,
    words_of_records,
    words_of_registering,
)
from kiosk.screens.samples.sample_parts import LIBRARIES, status
from kiosk.screens.screen_reader import spoken_text
from kiosk.views import Board, Find, Registering, actions
from kiosk.words import Words
from lending.languages import languages
from tests.kiosk.screens.audit import faults
from tests.kiosk.screens.sheets import Size, drawn, sample, touches

DATA = "\n".join((*words_of_registering(), *words_of_records(), *LIBRARIES.values()))


@pytest.mark.parametrize(
    ("language", "large"),
    [
        ("mn", True),  # the longest texts
        *(pytest.param(each, True, marks=pytest.mark.long) for each in languages() if each != "mn"),
        *(pytest.param(each, False, marks=pytest.mark.long) for each in languages()),
    ],
)
def test_every_page_passes_the_audit(language: str, large: bool) -> None:
    words, glyphs, broken = Words(language), Glyphs(), {}
    for name, view in (*registering(language), *other_pages(language)):
        shown = status(language, large=large)
        for size in SIZES:
            theme = Theme(*size, large=large)
            sheet = sheet_of(view, shown, theme, words, glyphs)
            if found := faults(sheet, theme, actions(view, shown), DATA):
                broken[f"{name} {size}"] = found
    assert broken == {}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_unanswered_consent_differs_from_yes_and_no(size: tuple[int, int, float]) -> None:
    asked = dict(registering("en"))["Registering-consent"]
    assert isinstance(asked, Registering) and asked.asked_for is not None
    theme, words, glyphs, code = Theme(*size), Words("en"), Glyphs(), asked.asked_for.code
    answers: tuple[dict[str, bool], ...] = ({}, {code: True}, {code: False})
    views = [replace(asked, answers=each) for each in answers]
    nothing, yes, no = (sheet_of(each, status("en"), theme, words, glyphs) for each in views)
    assert nothing not in (yes, no) and yes != no


@pytest.mark.parametrize("language", ["zh", "en"])
def test_questions_and_card_number_are_spoken_without_name_and_contacts(language: str) -> None:
    words, glyphs = Words(language), Glyphs()
    speech = {name: spoken_text(view, status(language), words, glyphs) for name, view in registering(language)}
    speech |= {name: spoken_text(view, status(language), words, glyphs) for name, view in other_pages(language)}
    text = "\n".join(each for one in speech.values() for each in (*one.sentences, *one.labels.values()))
    assert NAMES[language] not in text and "lin@example.org" not in text and "13900000001" not in text
    assert words.say("What is your name?") in "\n".join(speech["Registering-name"].sentences)
    assert NUMBER[:4] in "\n".join(speech["Registering-done"].sentences)


def test_chinese_keyboards_have_one_abc_key_and_a_pinyin_key() -> None:
    words, glyphs = Words("zh"), Glyphs()
    theme, name = Theme(1280, 800, 10.1), dict(registering("zh"))["Registering-name"]
    assert isinstance(name, Registering)
    for board in (Board.DIGITS, Board.PINYIN):
        drawn = texts(sheet_of(replace(name, board=board), status("zh"), theme, words, glyphs))
        assert drawn.count("abc") == 1 and drawn.count("拼音") == (board is Board.DIGITS)
    drawn = texts(sheet_of(Find(board=Board.DIGITS), status("zh"), theme, words, glyphs))
    assert (drawn.count("abc"), drawn.count("拼音")) == (0, 1)


def texts(sheet: Sheet) -> list[str]:
    return [each.text for each in sheet if isinstance(each, Text)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_year_of_birth_is_typed_on_the_keypad_of_a_telephone(size: Size) -> None:
    sheet = drawn(sample("Registering-born-wrong-en-light"), size)
    keys = {mark.label: mark.box for mark in touches(sheet, "key")}
    one, two, nine = keys["1"], keys["2"], keys["9"]
    assert one.y == two.y and keys["4"].x == one.x and keys["0"].x == two.x and keys["0"].y > nine.y
    assert all(box.w < 2 * box.h for box in keys.values())
