"""Test that short texts on keys, buttons and books keep their meaning where room is short."""

from __future__ import annotations

import pytest

from kiosk.screens.gallery import SIZES, Shot, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Sheet, Text, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Details, actions
from kiosk.words import Words
from lending.languages import languages

GLYPHS = Glyphs()
WORDS = {language: Words(language) for language in languages()}


def drawn(shot: Shot, size: tuple[int, int, float], first: int = 0) -> Sheet:
    theme = Theme(*size, contrast=shot.status.contrast, large=shot.status.large_text)
    return sheet_of(shot.view, shot.status, theme, WORDS[shot.status.language], GLYPHS, first)


def sample(name: str) -> Shot:
    return next(each for each in shots(name) if each.name == name)


def on(touch: Touch, sheet: Sheet) -> str:
    """Return the text on a touch target."""
    return " ".join(mark.text for mark in sheet if isinstance(mark, Text) and touch.box.contains(*mark.box.centre))


def touched(sheet: Sheet, name: str) -> list[Touch]:
    return [mark for mark in sheet if isinstance(mark, Touch) and mark.name == name]


def test_space_key_is_blank_or_a_word() -> None:
    """In the largest text on the smallest screen its name has no room next to Finish."""
    signs, words = 0, 0
    for shot in shots("-en-large,-mn-large,-zh-large"):
        if not any(each.name == "key" for each in actions(shot.view, shot.status)):
            continue
        sheet = drawn(shot, SIZES[0])
        for touch in touched(sheet, "key"):
            if touch.choice == " ":
                assert len(on(touch, sheet)) != 1, shot.name
                signs, words = signs + (not on(touch, sheet)), words + bool(on(touch, sheet))
    assert signs > 3 and words > 3


def test_shortened_label_is_spoken_in_full() -> None:
    sheet = drawn(sample("Farewell-en-large"), SIZES[0])
    (paper,) = touched(sheet, "receipt_paper")
    assert paper.label == "Paper receipt" != on(paper, sheet)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_receipt_button_has_its_full_label(size: tuple[int, int, float]) -> None:
    sheet = drawn(sample("Farewell-en-large"), size)
    (none,) = touched(sheet, "receipt_none")
    assert none.label == on(none, sheet) == "No receipt"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_day_buttons_of_a_question_have_one_text_size(size: tuple[int, int, float]) -> None:
    for shot in shots("Farewell-reminder-days"):
        if shot.status.upright:
            continue
        sheet = drawn(shot, size)
        boxes = [touch.box for touch in touched(sheet, "remind")]
        heights = {
            mark.size
            for mark in sheet
            if isinstance(mark, Text) and any(box.contains(*mark.box.centre) for box in boxes)
        }
        assert len(boxes) == 4 and len(heights) == 1, shot.name


@pytest.mark.parametrize("language", languages())
def test_loan_history_names_each_author(language: str) -> None:
    shot = sample(f"Details-had-{language}-large")
    assert isinstance(shot.view, Details) and shot.view.mine is not None
    for number, book in enumerate(shot.view.mine.had):
        words = " ".join(mark.text for mark in drawn(shot, SIZES[0], number) if isinstance(mark, Text))
        assert book.author in words, (number, words)
