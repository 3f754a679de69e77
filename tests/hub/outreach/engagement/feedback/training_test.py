"""Test courses from a failed search to the attendance, and the list of online resources."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Booking, Course, MissedSearch, Resource, Session
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian, person, queued_messages
from tests.hub.support.world import NOW, World


def session(world: World, days: int = 3) -> Session:
    course, _new = Course.objects.get_or_create(name={"zh": "检索入门", "en": "First steps in searching"})
    begins = NOW + timedelta(days=days)
    created: Session = Session.objects.create(
        course=course, branch=world.main, room="Room 2", begins=begins, ends=begins + timedelta(hours=1), places=1
    )
    return created


def test_waiting_list_moves_up_when_place_is_given_back(world: World) -> None:
    found = session(world)
    first = programs.book(found, person(world.ada.ref), NOW)
    second = programs.book(found, person(world.lin.ref), NOW)
    assert (first.state, second.state) == ("booked", "queued")
    assert programs.book(found, person(world.lin.ref), NOW) == second, "a repeated booking keeps its place"
    assert [each["status"] for each in queued_messages(world.lin.ref)] == ["waiting"]
    moved = programs.give_back(first, NOW)
    assert moved == second
    assert [each["status"] for each in queued_messages(world.lin.ref)] == ["waiting", "booked"]
    assert Booking.objects.get().state == "booked"


def test_cancelled_waiting_place_moves_no_booking(world: World) -> None:
    found = session(world)
    programs.book(found, person(world.ada.ref), NOW)
    queued = programs.book(found, person(world.lin.ref), NOW)
    assert programs.give_back(queued, NOW) is None
    assert Booking.objects.get().person.ref == world.ada.ref


def test_past_or_cancelled_session_cannot_be_booked(world: World, grace: Librarian) -> None:
    over, soon = session(world, days=-1), session(world)
    with pytest.raises(SubmissionRejected):
        programs.book(over, person(world.ada.ref), NOW)
    programs.book(soon, person(world.ada.ref), NOW)
    assert "Cancelled; 1 patron will be notified" in grace.does("cancel_session", soon.pk)
    assert "Cancelled; 0 patrons will be notified" in grace.does("cancel_session", soon.pk)
    assert [each["status"] for each in queued_messages(world.ada.ref)] == ["booked", "cancelled"]
    with pytest.raises(SubmissionRejected):
        programs.book(soon, person(world.lin.ref), NOW)
    assert list(programs.coming(NOW)) == []


def test_librarian_plans_books_and_records_attendance(world: World, grace: Librarian) -> None:
    page = grace.does("new_course", name_zh="检索入门", name_en="First steps in searching", words_zh="目录、索引、文摘")
    assert "First steps in searching" in page
    course = Course.objects.get()
    fields: dict[str, Any] = {
        "day": "2026-11-28",
        "begins": "14:00",
        "ends": "15:00",
        "branch": "main",
        "places": "1",
        "room": "Room 2",
    }
    assert "Scheduled: Sat 28 Nov 14:00" in grace.does("add_session", course.pk, **fields)
    found = Session.objects.get()
    assert "0 of 1 taken" in grace.reads("courses")
    assert "The patron has a place" in grace.does("book", found.pk, card=world.ada.identifier)
    assert "on the waiting list" in grace.does("book", found.pk, card=world.lin.identifier)
    assert "Unknown card" in grace.does("book", found.pk, card="123")
    assert "This date has not started" in grace.does("attended", found.pk)
    world.advance(days=4)
    grace.sign_in()
    ada = Booking.objects.get(person__ref=world.ada.ref)
    assert "Attendance saved" in grace.does("attended", found.pk, came=ada.pk)
    assert "1 attended, 0 did not" in grace.reads("courses", query="?show=over")
    person(world.ada.ref).delete()
    assert "1 attended, 0 did not" in grace.reads("courses", query="?show=over"), "the count stays without the patron"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"day": ""}, "Choose the date and both times"),
        ({"day": "2026-11-20"}, "The start must be in the future"),
        ({"ends": "13:00"}, "The start must be in the future, and the end after the start"),
        ({"places": "0"}, "Enter 1 to 999 places"),
    ],
)
def test_invalid_session_date_is_rejected(world: World, grace: Librarian, changed: dict[str, Any], words: str) -> None:
    course = Course.objects.create(name={"zh": "检索入门"})
    fields: dict[str, Any] = {"day": "2026-11-28", "begins": "14:00", "ends": "15:00", "branch": "main", "places": "9"}
    fields |= changed
    assert words in grace.does("add_session", course.pk, **fields)
    assert not Session.objects.exists()


def test_repeated_failed_search_becomes_course_topic(world: World, grace: Librarian) -> None:
    for words in ("知网", "知网 ", "知 网", "ＣＮＫＩ", "cnki", "CNKI", "once only"):
        programs.count_failed_search(words, hub_clock().now())
    assert [(each.words, each.times) for each in programs.topics(NOW)] == [("cnki", 3), ("知网", 2)]
    page = grace.reads("courses", query="?show=topics")
    assert "cnki 3 times" in page
    assert "once only" not in page
    assert "Patrons searched for “cnki” and found nothing." in grace.does("topic", words="cnki", make="1")
    assert Course.objects.get().topic == "cnki"
    assert "Already handled by someone else" in grace.does("topic", words="cnki", make="1")
    assert Course.objects.count() == 1
    grace.does("topic", words="知网")
    assert "No repeated searches without results" in grace.reads("courses", query="?show=topics")


@pytest.mark.parametrize("words", ["20000000000012", "2000 0000 0000 12", "138-0000-0000", "", "  ", "\x00"])
def test_search_text_resembling_number_is_not_stored(world: World, words: str) -> None:
    programs.count_failed_search(words, NOW)
    assert not MissedSearch.objects.exists()


def test_old_failed_searches_are_deleted(world: World) -> None:
    programs.count_failed_search("old", NOW - timedelta(weeks=25))
    programs.count_failed_search("new", NOW)
    programs.forget_old(NOW)
    assert [each.words for each in MissedSearch.objects.all()] == ["new"]


def test_resources_are_added_ordered_removed_and_restored(world: World, grace: Librarian) -> None:
    for name, url in (("中国知网", "https://cnki.example/"), ("国家哲学社会科学文献中心", "https://ncpssd.example/")):
        assert "Saved" in grace.does("new_resource", name_zh=name, url=url, access="house", words_zh="期刊与论文")
    last = Resource.objects.get(place=1)
    grace.does("move_resource_up", last.pk)
    assert [str(each) for each in programs.resources()] == ["国家哲学社会科学文献中心", "中国知网"]
    grace.does("remove", last.pk)
    assert [str(each) for each in programs.resources()] == ["中国知网"]
    Resource.objects.create(name={"zh": "later"}, url="https://x.example/", place=1)
    grace.does("put_back")
    assert [str(each) for each in programs.resources()] == ["国家哲学社会科学文献中心", "中国知网", "later"]


@pytest.mark.parametrize("url", ["", "no address", "javascript:alert(1)", "file:///etc/passwd"])
def test_invalid_resource_url_is_rejected_and_input_kept(world: World, grace: Librarian, url: str) -> None:
    page = grace.does("new_resource", status=422, name_zh="知网", url=url, access="all")
    assert "alert" in grace.last
    assert "知网" in grace.last, page
    assert not Resource.objects.exists()
