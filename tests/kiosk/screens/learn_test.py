"""Test that every screen of a course shows how to book, with a QR code that a phone reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.gallery import SIZES, shots
from kiosk.screens.rendering.display_list import Outline, Shape, Text, Touch
from kiosk.screens.samples.sample_showcase import COURSES
from kiosk.views import Learn, actions
from tests.kiosk.screens.sheets import SIZED, WORDS, Size, drawn, texts
from tests.support.drawn_sheet import codes, render


@pytest.mark.parametrize("low", [None, True], ids=["", "low"])
@SIZED
def test_course_list_shows_how_to_sign_up_with_a_qr_code(size: Size, low: bool | None) -> None:
    found = [each for each in shots("Learn-courses-by-phone") if not each.name.endswith("upright")]
    assert len(found) >= 12
    for shot in found:
        sheet = drawn(replace(shot, status=replace(shot.status, low=low)), size)
        assert codes(render(sheet, size[:2])) == (COURSES[0].link,), shot.name
        how = WORDS[shot.status.language].say("Sign up by phone: scan the code.")
        words = "".join(texts(sheet))
        assert how.replace(" ", "") in words.replace(" ", ""), shot.name


@pytest.mark.parametrize("size", [SIZES[0], *(pytest.param(each, marks=pytest.mark.gallery) for each in SIZES[1:])])
def test_course_page_shows_its_own_qr_code(size: Size) -> None:
    found = [each for each in shots("Learn-place") if not each.name.endswith("upright")]
    assert len(found) >= 84
    for shot in found:
        assert isinstance(shot.view, Learn) and shot.view.course is not None
        assert codes(render(drawn(shot, size), size[:2])) == (shot.view.course.link,), shot.name


def test_menu_names_events_only_if_courses_can_be_booked_here() -> None:
    """Without bookable courses, the next page lists courses only."""
    (menu,) = shots("Learn-en-light")
    assert isinstance(menu.view, Learn)
    by_phone = replace(menu.view, courses=tuple(replace(each, date=0) for each in menu.view.courses))
    for view, name in ((menu.view, "Courses and events"), (by_phone, "Courses")):
        sheet = drawn(replace(menu, view=view), SIZES[1])
        assert name in [mark.whole for mark in sheet if isinstance(mark, Text)]


@pytest.mark.parametrize("name", ["Learn-search-wrong", "Learn-search-right"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_quiz_result_shows_all_answers_and_marks_the_correct_one(name: str, language: str) -> None:
    (shot,) = shots(f"{name}-{language}-light")
    sheet = drawn(shot, SIZES[1])
    said = {mark.text: mark.box for mark in sheet if isinstance(mark, Text)}
    right = next(mark.box for mark in sheet if isinstance(mark, Outline) and mark.box.holds(said["hlm"]))
    assert {"dream", "hlm", "1791"} <= set(said)
    assert any(isinstance(mark, Shape) and right.holds(mark.box) for mark in sheet)


def test_lesson_end_places_the_primary_button_on_the_right() -> None:
    (shot,) = shots("Learn-search-right-zh-light")
    assert isinstance(shot.view, Learn)
    asked = replace(shot.view, marked="", guest=None)
    for view, primary in ((replace(shot.view, guest=None), ["lessons"]), (asked, [])):
        assert [each.name for each in actions(view, shot.status) if each.primary] == primary
        sheet = drawn(replace(shot, view=view), SIZES[1])
        place = {mark.name: mark.box.x for mark in sheet if isinstance(mark, Touch)}
        assert place["back"] < SIZES[1][0] / 3 and all(place[each] > SIZES[1][0] / 2 for each in primary)
