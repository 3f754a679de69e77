"""Test events: created by staff, public, booked by phone, with waiting list and reminder."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import Branch, Floor, Item
from hub.circulation import cards
from hub.circulation.models import ClosedDay, ExceptionCase, Transaction
from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.models import Booking, Course, Session
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.messaging.models import Message
from lending import wire
from tests.hub.outreach.engagement.campaigns.campaign_fixtures import Marketing, event
from tests.hub.outreach.engagement.feedback.feedback_fixtures import person, queued_messages
from tests.hub.outreach.portal.phone import press, sign_in, verified_ada
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, LIN_UID, NOW, World

COURSES = "/api/v1/showcase"


def phone() -> Client:
    return Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)


def send_reminders() -> int:
    return programs.remind(hub_clock().now())


def test_staff_create_event_and_public_page_shows_session(world: World) -> None:
    grace = Marketing()
    assert "No date yet. Patrons cannot see it." in grace.does(
        "new_event",
        name_zh="读书会",
        name_en="Reading circle",
        words_zh="一起读《边城》",
        words_en="We read Border Town",
    )
    course = Course.objects.get()
    assert "A poster needs a date: add one below. Create poster" in grace.opens("edit_event", course.pk)
    assert "Nothing is planned right now" in words(phone().get(reverse("portal:events")).content)
    fields = {"day": "2026-11-28", "begins": "14:00", "ends": "15:30", "branch": "main", "places": "20", "room": "R2"}
    page = words(grace.client.post(reverse("feedback:add_session", args=(course.pk,)), fields, follow=True).content)
    assert "Scheduled: Sat 28 Nov 14:00" in page and "0 of 20 taken" in page
    listed = grace.client.get(reverse("campaigns:list_events")).content.decode()
    assert f'<a href="{reverse("campaigns:edit_event", args=(course.pk,))}">Reading circle</a>' in listed
    seen = words(phone().get(reverse("portal:event", args=(course.pk,))).content)
    assert "We read Border Town" in seen and "Main, R2" in seen and "20 places left" in seen
    assert "Reading circle" not in words(phone().get(reverse("portal:courses")).content), "an event is no course"
    assert "Reading circle" not in words(Marketing().client.get(reverse("feedback:courses")).content)


def test_room_is_written_as_words_with_the_floor_of_the_plan(world: World) -> None:
    found = event(world, places=5)
    here = reverse("portal:event", args=(found.course_id,))
    for room, said in (("2F 201", "Main, room 201 Floor 2"), ("2F Studio", "Main, Studio Floor 2"), ("R2", "Main, R2")):
        Session.objects.update(room=room)
        assert said in words(phone().get(here).content)
    Floor.objects.create(branch=world.main, name="二楼", name_en="Upper floor", position=2)
    Session.objects.update(room="2F 201")
    assert "Main, room 201 Upper floor" in words(phone().get(here).content)


def test_session_is_exported_to_calendar(world: World) -> None:
    found = event(world, places=5)
    Course.objects.update(name={"en": "Reading, talking; listening " + "and reading aloud " * 5})
    answer = phone().get(reverse("portal:add_to_calendar", args=(found.pk,)))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    lines = answer.content.decode().split("\r\n")
    assert max(len(each.encode()) for each in lines) <= 75
    assert f"DTSTART:{found.begins:%Y%m%dT%H%M%SZ}" in lines
    whole = answer.content.decode().replace("\r\n ", "")
    assert "SUMMARY:Reading\\, talking\\; listening and reading aloud" in whole
    found.cancelled = True
    found.save()
    assert phone().get(reverse("portal:add_to_calendar", args=(found.pk,))).status_code == 404


def test_event_page_says_price_audience_and_related_books_on_the_shelf(world: World) -> None:
    course = event(world).course
    form: dict[str, Any] = {"name_zh": "读书会", "name_en": "Reading circle", "audience_en": "For adults"}
    form |= {"price": "0", "reading": "dune"}
    Marketing().does("edit_event", course.pk, **form)
    here = reverse("portal:event", args=(course.pk,))
    seen = words(phone().get(here).content)
    assert "Free of charge Reading circle" in seen and "For adults" in seen and "Read up on it Dune" in seen
    Marketing().does("edit_event", course.pk, **form | {"price": "12.50", "reading": "utopia"})
    world.upload(world.checkout(Item.objects.get(title__title="Utopia")))
    seen = words(phone().get(here).content)
    assert "12.50" in seen and "Read up on it" not in seen, "a title on loan is not suggested"


def test_patron_books_from_poster_code_and_cancels(world: World) -> None:
    verified_ada(world)
    found = event(world, places=5)
    here, client = reverse("portal:event", args=(found.course_id,)), phone()
    page = client.get(here).content.decode()
    to = f"event-{found.course_id}"
    assert f'href="{reverse("portal:sign_in")}?to={to}"' in page
    assert "Reading circle" in sign_in(client, world.ada.identifier, to), "sign-in returns to the event"
    sign_up = reverse("portal:event_book", args=(found.pk,))
    page = client.get(here).content.decode()
    assert sign_up in page and re.search(r'aria-label="Book a place: [^"]*\d\d:\d\d', page)
    said = press(client, sign_up, here)
    assert "You have a place. See you then!" in said and "Booked" in said
    assert sign_up not in client.get(here).content.decode(), "a patron with a place is not asked to sign up again"
    (first,) = queued_messages(world.ada.ref)[-1:]
    assert first["status"] == "booked" and first["link"].endswith(here)
    assert first["event"] == {"zh": "读书会", "en": "Reading circle"}
    said = press(client, reverse("portal:event_give_back", args=(found.pk,)), here)
    assert "Cancelled. Thank you" in said and not Booking.objects.exists()


def test_booking_requires_sign_in(world: World) -> None:
    found, client = event(world), Client()
    response = client.post(reverse("portal:event_book", args=(found.pk,)))
    assert response.headers["Location"].endswith("?to=events")
    assert not Booking.objects.exists()


def test_booking_pages_of_courses_and_events_are_separate(world: World) -> None:
    verified_ada(world)
    found, client = event(world), Client(headers={"Accept-Language": "en"})
    Course.objects.update(kind=Course.Kind.COURSE)
    sign_in(client, world.ada.identifier)
    assert client.post(reverse("portal:event_book", args=(found.pk,))).status_code == 404
    assert client.get(reverse("portal:event", args=(found.course_id,))).status_code == 404
    Course.objects.update(kind=Course.Kind.EVENT)
    assert client.post(reverse("portal:book", args=(found.pk,))).status_code == 404


def test_waiting_patron_moves_up_and_is_notified(world: World) -> None:
    found = event(world, places=1)
    first = programs.book(found, person(world.ada.ref), NOW)
    programs.book(found, person(world.lin.ref), NOW)
    programs.give_back(first, NOW)
    assert [each["status"] for each in queued_messages(world.lin.ref)] == ["waiting", "booked"]


def test_booked_patron_is_reminded_once_on_the_day_before(world: World) -> None:
    """The session is on Saturday at 14:30; the reminder is due on Friday at 10:00, whenever the job runs that night."""
    found = event(world, places=1, days=3)
    programs.book(found, person(world.ada.ref), NOW)
    programs.book(found, person(world.lin.ref), NOW)
    assert send_reminders() == 0, "on Wednesday the session is not the next day"
    world.advance(hours=37)
    assert (send_reminders(), send_reminders()) == (1, 1)
    (reminder,) = Message.objects.filter(key__endswith="reminder")
    assert reminder.person.ref == world.ada.ref and reminder.decrypted_facts()["status"] == "tomorrow"
    assert reminder.next_at.isoformat() == "2026-11-27T02:00:00+00:00", "ten in the morning in Shanghai"


def test_cancelled_booking_or_session_withdraws_reminder(world: World) -> None:
    found = event(world, places=2, days=1)
    own = programs.book(found, person(world.ada.ref), NOW)
    programs.book(found, person(world.lin.ref), NOW)
    assert send_reminders() == 2
    programs.give_back(own, NOW)
    programs.cancel(found, NOW + timedelta(minutes=1))
    states = dict(Message.objects.filter(key__endswith="reminder").values_list("person__ref", "state"))
    assert states == {world.ada.ref: "withheld", world.lin.ref: "withheld"}


def test_attendance_is_recorded_only_by_staff_who_see_patrons(world: World) -> None:
    found = event(world, places=2)
    booking = programs.book(found, person(world.ada.ref), NOW)
    world.advance(days=4)
    grace = Marketing(role="librarian")
    url = reverse("feedback:attended", args=(found.pk,))
    assert "Attendance saved" in words(grace.client.post(url, {"came": booking.pk}, follow=True).content)
    assert "1 attended, 0 did not" in grace.opens("list_events", query="?show=over")
    marketing = Marketing()
    assert marketing.client.get(reverse("feedback:session", args=(found.pk,))).status_code == 403, (
        "marketing staff see no names"
    )


def booking_row(
    uid: str, session: Session, what: str = "take", *, world: World, no_block: bool = False
) -> dict[str, Any]:
    about, card = str(session.pk), cards.hash_number(uid)
    return world.row("said", ask="place", answer=what, about=about, card=card, no_block=no_block)


def states(session: Session) -> dict[str, str]:
    return {each.person.ref: each.state for each in Booking.objects.filter(session=session).select_related("person")}


def showcase(world: World) -> wire.ShowcaseAnswer:
    return wire.parse(wire.ShowcaseAnswer, world.client().get(COURSES).content)


def test_showcase_lists_opening_hours_and_closed_days_of_branch(world: World) -> None:
    world.main.opening_hours = ["", *["09:00-18:00"] * 6]
    world.main.full_clean()
    world.main.save()
    today = local_day(hub_clock().now(), zone())
    ClosedDay.objects.create(day=today + timedelta(days=1))
    ClosedDay.objects.create(day=today, branch=Branch.objects.create(code="east", name="East"))
    ClosedDay.objects.create(day=today - timedelta(days=1))
    published = showcase(world)
    assert published.week == ["", *["09:00-18:00"] * 6]
    assert published.closed == [today + timedelta(days=1)]


@pytest.mark.parametrize("hours", [["09:00-18:00"], ["18:00-09:00"] * 7, ["open"] * 7, "09:00-18:00", [9] * 7])
def test_invalid_opening_hours_are_rejected(world: World, hours: object) -> None:
    world.main.opening_hours = hours
    with pytest.raises(ValidationError, match="opening_hours"):
        world.main.full_clean()


def test_last_place_goes_to_first_patron_and_passes_to_waiting_list(world: World) -> None:
    session = event(world, places=1)
    own = booking_row(ADA_UID, session, world=world)
    first, again = world.upload(own), world.upload(own)
    assert (first["outcome"], first["became"]) == ("accepted", "booked") and again["became"] == "booked"
    second = world.upload(booking_row(LIN_UID, session, world=world))
    assert (second["outcome"], second["became"]) == ("accepted", "queue")
    assert states(session) == {world.ada.ref: "booked", world.lin.ref: "queued"}
    assert world.upload(booking_row(ADA_UID, session, "give_back", world=world))["outcome"] == "accepted"
    assert states(session) == {world.lin.ref: "booked"}, "the place moves to the waiting list"
    assert world.upload(booking_row(ADA_UID, session, "give_back", world=world))["outcome"] == "accepted", (
        "nothing to give back"
    )


def test_repeated_booking_keeps_one_place(world: World) -> None:
    session = event(world, places=2)
    world.upload(booking_row(ADA_UID, session, world=world))
    assert world.upload(booking_row(ADA_UID, session, world=world))["became"] == "booked"
    assert Booking.objects.count() == 1


@pytest.mark.parametrize("why", ["begun", "cancelled", "gone", "hidden", "nonsense"])
def test_unavailable_session_is_refused_or_set_aside_for_staff(world: World, why: str) -> None:
    session = event(world, days=1)
    row = booking_row(ADA_UID, session, world=world)
    promised = booking_row(ADA_UID, session, world=world, no_block=True)
    if why == "begun":
        world.advance(days=2)
    elif why == "cancelled":
        Session.objects.update(cancelled=True)
    elif why == "hidden":
        Course.objects.update(shown=False)
    elif why == "gone":
        session.delete()
    else:
        row["body"], promised["body"] = (each["body"].replace('"about":"', '"about":"x') for each in (row, promised))
    answer = world.upload(row)
    assert (answer["outcome"], answer["reason"]) == ("refused", "date_over")
    assert world.upload(promised)["outcome"] == "set_aside"
    assert ExceptionCase.objects.get().reason == "date_over" and not Booking.objects.exists()
    Grace().page("exceptions")


def test_offline_booking_is_answered_by_message(world: World) -> None:
    session = event(world, places=1)
    world.upload(booking_row(LIN_UID, session, world=world))
    Message.objects.all().delete()
    late = booking_row(ADA_UID, session, world=world, no_block=True)
    world.advance(hours=3)
    assert world.upload(late)["outcome"] == "accepted"
    message = Message.objects.get(person__ref=world.ada.ref)
    assert (message.kind, message.decrypted_facts()["status"]) == ("booking", "waiting")


def test_lost_card_cannot_book(world: World) -> None:
    session = event(world)
    world.ada.cards.update(status="lost")
    answer = world.upload(booking_row(ADA_UID, session, world=world))
    assert (answer["outcome"], answer["reason"]) == ("refused", "card_lost") and not Booking.objects.exists()
    assert Transaction.objects.count() == 1


def test_showcase_names_session_and_marks_full_ones(world: World) -> None:
    session = event(world, places=1)
    now = hub_clock().now()
    course = Course.objects.create(name={"zh": "查资料入门", "en": "How to search"})
    begins = now + timedelta(days=2)
    lesson = Session.objects.create(
        course=course, branch=world.main, begins=begins, ends=begins + timedelta(hours=1), places=3
    )
    Grace(role="marketing").client.post(f"/staff/events/{session.course_id}/poster/", follow=True)
    published = showcase(world)
    assert [(each.session, each.full) for each in published.courses] == [(lesson.pk, False)]
    assert [(each.session, each.full) for each in published.posters] == [(session.pk, False)]
    world.upload(booking_row(ADA_UID, session, world=world))
    assert [each.full for each in showcase(world).posters] == [True]
