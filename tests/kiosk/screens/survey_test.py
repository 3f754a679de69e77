"""Test that a questionnaire shows title and anonymity on every screen, and long questions completely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.gallery import SIZES, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Sheet, Text, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Feedback, Survey, actions
from lending.languages import kin
from lending.questionnaires import OfferedQuestionnaire, read_form
from tests.kiosk.screens.audit import faults
from tests.kiosk.screens.sheets import SIZED, WORDS, Size, drawn, texts

SHOWN = [each for each in shots("Survey-mood,Survey-uses") if not each.name.endswith("upright")]
LONG = "What would you change first, if the reading rooms, the stacks and the long tables were all your own to set up?"


def words_on(sheet: Sheet) -> str:
    return "".join(texts(sheet)).replace(" ", "")


@SIZED
def test_survey_shows_its_title_and_anonymity(size: Size) -> None:
    assert len(SHOWN) >= 48
    for shot in SHOWN:
        on_it, say = words_on(drawn(shot, size)), WORDS[shot.status.language].say
        assert say("Your answers are anonymous.").replace(" ", "") in on_it, shot.name
        title = "到馆体验" if kin(shot.status.language) == "zh" else "Yourvisit"
        later = size == SIZES[0] and (shot.status.large_text or "uses" in shot.name)
        assert later or title in on_it, (
            f"{shot.name}: the smallest screen has room for it over the first question alone"
        )


@pytest.mark.parametrize("large", [False, True], ids=["", "large"])
def test_long_question_is_shown_completely(large: bool) -> None:
    size = SIZES[0]
    shot = next(each for each in SHOWN if each.name == f"Survey-mood-en-{'large' if large else 'light'}")
    form = read_form({"title": "x", "elements": [{"type": "comment", "name": "why", "title": LONG}]})
    shot = replace(shot, view=Survey(OfferedQuestionnaire("visit.1", form), Feedback()))
    theme = Theme(*size, large=large)
    found, firsts, first = "", list[int](), 0
    while first not in firsts:
        firsts.append(first)
        sheet = sheet_of(shot.view, shot.status, theme, WORDS["en"], Glyphs(), first)
        assert faults(sheet, theme, actions(shot.view, shot.status), "") == []
        field = next(mark.box.y for mark in sheet if isinstance(mark, Touch) and mark.name == "key")
        parts = (mark for mark in sheet if isinstance(mark, Text) and theme.u(15) < mark.box.y < field - theme.u(6))
        found += " ".join(mark.text for mark in parts if mark.text in LONG) + " "
        first = next((mark.turn for mark in sheet if isinstance(mark, Touch) and mark.turn is not None), 0)
    assert found.split() == LONG.split() and len(firsts) > 1
