"""Test that a failed search becomes a course with dates, places and attendance."""

from __future__ import annotations

import pytest
from selenium.webdriver import Chrome

from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.models import Booking, Course, Session
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian, moment, reachable, run_minute_jobs
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.support.world import World
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.mark.story(
    "F22",
    begins="A librarian creates a course from searches without results, sets a date and books a place for a patron",
    ends="A mail confirms the patron's place; after the course the calendar says who came",
)
def test_failed_searches_become_a_course(world: World, browser: Chrome, keep: Keep) -> None:
    reachable(world.ada.ref, "ada@example.org")
    for _again in range(3):
        programs.count_failed_search("CNKI", moment())
    grace = Librarian()
    assert "cnki 3 times" in grace.reads("courses", query="?show=topics")
    keep(pictures.of_page(browser, grace.last))
    grace.does("topic", words="cnki", make="1")
    course = Course.objects.get()
    grace.does("course", course.pk, name_zh="怎样使用论文数据库", name_en="Finding papers")
    grace.does(
        "add_session", course.pk, day="2026-11-28", begins="14:00", ends="15:00", branch="main", places="8", room="R2"
    )
    session = Session.objects.get()
    with mailbox() as box:
        assert "The patron has a place" in grace.does("book", session.pk, card=world.ada.identifier)
        keep(pictures.of_page(browser, grace.last))
        run_minute_jobs()
        (mail,) = box.mails
    assert "Finding papers" in str(mail["Subject"]) and "You have a place" in body(mail, "plain")
    keep(pictures.of_mail(browser, mail))
    world.advance(days=4)
    grace.sign_in()
    grace.does("attended", session.pk, came=Booking.objects.get().pk)
    assert "1 attended, 0 did not" in grace.reads("courses", query="?show=over")
    keep(pictures.of_page(browser, grace.last))
