"""Test that the question after a visit leaves room, moves no button, and ends with the countdown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.gallery import LOOKS, SIZES
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Sheet, Text, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.samples.sample_errands import farewells_with_questions
from kiosk.screens.samples.sample_parts import BOOKS, guest, line, status
from kiosk.views import Farewell, LineState, actions
from kiosk.words import Words
from lending.languages import languages
from lending.post_visit import PostVisitQuestion

MOST_OF_THE_SCREEN = 0.5
GLYPHS = Glyphs()
WORDS = {language: Words(language) for language in languages()}


def sheet(view: Farewell, size: tuple[int, int, float], language: str, contrast: bool, large: bool) -> Sheet:
    theme = Theme(*size, contrast=contrast, large=large)
    return sheet_of(view, status(language, contrast=contrast, large=large), theme, WORDS[language], GLYPHS)


def touches(found: Sheet, *, asked: bool) -> set[Touch]:
    """Return the answer targets, or all others without paging buttons."""
    return {
        mark for mark in found if isinstance(mark, Touch) and mark.turn is None and (mark.name == "answer") is asked
    }


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", languages())
def test_question_leaves_every_button_and_half_of_the_screen(language: str, size: tuple[int, int, float]) -> None:
    lines = tuple(line(book, LineState.DONE, number) for number, book in enumerate(BOOKS[language][:3]))
    plain = Farewell(lines, guest(language, 3), seconds=7)
    questions = [
        view for _name, view in farewells_with_questions(language, plain) if isinstance(view, Farewell) and view.ask
    ]
    assert {view.ask.kind for view in questions if view.ask} == {"face", "contact", "channel", "message", "pick"}
    for _look, contrast, large in LOOKS:
        before = touches(sheet(plain, size, language, contrast, large), asked=False)
        for view in questions:
            found = sheet(replace(view, answered="", days=()), size, language, contrast, large)
            after = {mark.name: mark.box for mark in touches(found, asked=False)}
            assert {mark.name for mark in before} == set(after)
            assert [mark for mark in before if not after[mark.name].contains(*mark.box.centre)] == []
            assert any(isinstance(mark, Text) and mark.text == "7" for mark in found), "the seconds are counted"
            boxes = [mark.box for mark in touches(found, asked=True)]
            high = max(box.bottom for box in boxes) - min(box.y for box in boxes)
            assert high < MOST_OF_THE_SCREEN * size[1]


def test_question_adds_actions_and_removes_none() -> None:
    plain = Farewell((), guest("en", 3))
    found = replace(plain, ask=PostVisitQuestion("face"))
    look = status("en")
    assert set(actions(plain, look)) < set(actions(found, look))
