"""Test that courses and online resources are found at the kiosk, also during a visit."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback.models import Course, Session
from kiosk.views import Find, Learn
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian
from tests.hub.support.world import ADA_UID, World
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep, of_page
from tests.stories.showcase_kiosk_test import code_on


@pytest.mark.story(
    "F22",
    begins="A librarian puts a database online; at the kiosk a patron in mid-visit touches Find a book, and Databases",
    ends="They read what it is and for whom, and a phone scans its address from the screen",
)
def test_online_resource_is_opened_on_a_phone_during_a_visit(
    world: World, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    grace = Librarian()
    grace.does(
        "new_resource", name_zh="地方文献库", name_en="Local history", url="https://local.example.org/", access="card",
        words_zh="县志和家谱", words_en="Chronicles and family records", place="1",
    )  # fmt: skip
    keep(of_page(browser, grace.last))
    kiosk = KioskSession(world, tmp_path)
    kiosk.tap(ADA_UID)
    kiosk.scan(world.dune.barcode)
    kiosk.press("find")
    kiosk.press("online")
    assert "Local history" in kiosk.words and "with a card" in kiosk.words
    kiosk.press("open", "0")
    assert "Chronicles and family records" in kiosk.words
    assert code_on(kiosk) == "https://local.example.org/"
    kiosk.press("back")
    kiosk.press("back")
    assert isinstance(kiosk.view, Find) and len(kiosk.view.lines) == 1


@pytest.mark.story(
    "F22",
    begins="Staff set the date of a course; at a kiosk a person without a card touches Learn, Courses, and that one",
    ends="They read when and where, with the code to book a place; a lesson asks them one question",
)
def test_course_and_lesson_are_shown_at_the_kiosk(world: World, tmp_path: Path) -> None:
    course = Course.objects.create(name={"zh": "查资料入门", "en": "How to search the shelves"})
    begins = hub_clock().now() + timedelta(days=3)
    ends = begins + timedelta(hours=1)
    Session.objects.create(course=course, branch=world.main, room="Room 2", begins=begins, ends=ends, places=9)
    kiosk = KioskSession(world, tmp_path)
    kiosk.press("learn")
    kiosk.press("learn", "courses")
    assert "How to search the shelves" in kiosk.words and "Room 2" in kiosk.words
    kiosk.press("open", "0")
    assert code_on(kiosk).endswith("/p/courses/") and "take_place" in kiosk.offers
    kiosk.press("back")
    kiosk.press("back")
    kiosk.press("learn", "call_number")
    assert "The spine label" in kiosk.words
    for _page in range(4):
        kiosk.press("next_page")
    kiosk.press("mark", "c")
    assert isinstance(kiosk.view, Learn) and "Correct" in kiosk.words
