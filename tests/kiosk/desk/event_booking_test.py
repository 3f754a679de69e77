"""Test booking a place in a course or event, also from a poster and offline, and cancelling it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kiosk.central import Accepted
from kiosk.desk import event_booking
from kiosk.events import Settled
from kiosk.views import Blocked, Identify, Learn, LineState, Signal, VisitTask, Welcome
from lending.model import Block, CardStatus, ItemId, Reason
from lending.responses import EventPlace
from lending.showcase import BOOKED, QUEUED, Course, Poster, Showcase
from lending.transactions import TransactionId
from tests.kiosk.desk.bench import ADA, ADA_UID, LIN, LIN_UID, Bench, shown, story, under
from tests.kiosk.desk.central import NOON
from tests.kiosk.desk.identification_test import PIN_ACCOUNT

TODAY = NOON.date()
LINK = "https://library.example.org/p/"
SOON = Course({"en": "How to search"}, NOON + timedelta(days=2), {}, f"{LINK}courses/", date=5)
FULL = Course({"en": "E-books"}, NOON + timedelta(days=3), {}, f"{LINK}courses/", full=True, date=6)
EVENT = Poster({"en": "Stories"}, {}, f"{LINK}events/7/", TODAY, TODAY, NOON + timedelta(days=1), date=7)
BOOKING, CANCELLATION = EventPlace("take", "5", ADA), EventPlace("give_back", "5", ADA)


async def open_course(bench: Bench, *courses: Course) -> None:
    bench.showcase = Showcase(courses=courses or (SOON,))
    if "events" in bench.offers():
        await bench.press("events")
    else:
        await bench.press("learn", "learn", choice="courses")
    await bench.press("open", choice="0")


@story
async def test_patron_books_and_cancels_a_place(bench: Bench) -> None:
    bench.library.became = BOOKED
    await open_course(bench)
    assert {"take_place", "back"} <= bench.offers() and "queue" not in bench.offers()
    await bench.press("take_place")
    assert shown(bench.view, Identify).errand is VisitTask.HOLD
    await bench.tap()
    view = shown(bench.view, Learn)
    assert bench.responses == [BOOKING] and view.guest is not None and view.signal is Signal.DONE
    assert view.place is not None and (view.place.state, view.place.became) == (LineState.DONE, BOOKED)
    assert "take_place" not in bench.offers()
    await bench.press("back")
    assert shown(bench.view, Learn).opened is None and shown(bench.view, Learn).places == view.places
    await bench.press("open", choice="0")
    await bench.press("give_place_back")
    place = shown(bench.view, Learn).place
    assert place is not None and place.gives and place.state is LineState.DONE
    assert bench.responses == [BOOKING, CANCELLATION] and "take_place" in bench.offers()
    await bench.press("finish")
    assert not isinstance(bench.view, Learn) and not bench.desk.session.visit.places


@story
async def test_full_course_queues_the_patron(bench: Bench) -> None:
    bench.library.became = QUEUED
    await bench.tap()
    await bench.press("finish")
    await open_course(bench, FULL)
    assert "queue" in bench.offers() and "take_place" not in bench.offers()
    await bench.press("queue")
    await bench.tap()
    place = shown(bench.view, Learn).place
    assert place is not None and place.became == QUEUED and "give_place_back" in bench.offers()


@story
async def test_event_poster_opens_its_booking_page(bench: Bench) -> None:
    bench.showcase = Showcase(posters=(EVENT,), courses=(SOON,))
    await bench.network(up=True)
    await bench.wait(8)
    assert "event" in bench.offers()
    await bench.press("large_text")
    assert "event" not in bench.offers(), "large text leaves no room for the poster"
    await bench.press("large_text", "event")
    view = shown(bench.view, Learn)
    assert view.course is not None and view.course.date == 7 and len(view.courses) == 2
    await bench.press("take_place")
    await bench.tap()
    assert bench.responses == [EventPlace("take", "7", ADA)]


@story
async def test_offline_booking_and_cancellation_are_saved(bench: Bench) -> None:
    await open_course(bench)
    await bench.network(up=False)
    await bench.press("take_place")
    await bench.tap()
    place = shown(bench.view, Learn).place
    assert place is not None and (place.state, place.became) == (LineState.SAVED, "")
    await bench.press("give_place_back")
    place = shown(bench.view, Learn).place
    assert place is not None and place.gives and place.state is LineState.SAVED
    assert not {"take_place", "queue", "give_place_back"} & bench.offers()


@story
async def test_booking_of_a_past_date_is_refused_with_its_reason(bench: Bench) -> None:
    bench.library.refuses_next = Reason.DATE_OVER
    await open_course(bench)
    await bench.press("take_place")
    await bench.tap()
    place = shown(bench.view, Learn).place
    assert place is not None and place.block == Block(Reason.DATE_OVER)
    assert not {"take_place", "queue", "give_place_back"} & bench.offers(), "another attempt would be refused again"


@story
async def test_refused_cancellation_can_be_retried(bench: Bench) -> None:
    bench.library.became = BOOKED
    await open_course(bench)
    await bench.press("take_place")
    await bench.tap()
    bench.library.refuses_next = Reason.CARD_BLOCKED
    await bench.press("give_place_back")
    place = shown(bench.view, Learn).place
    assert place is not None and place.gives and place.state is LineState.REFUSED
    assert "give_place_back" in bench.offers() and "take_place" not in bench.offers()
    await bench.press("give_place_back")
    assert bench.responses == [BOOKING, CANCELLATION, CANCELLATION] and "take_place" in bench.offers()


@under(PIN_ACCOUNT)
async def test_booking_requires_the_account_pin(bench: Bench) -> None:
    await open_course(bench)
    await bench.press("take_place")
    await bench.tap()
    assert shown(bench.view, Identify).pin and not bench.responses
    await bench.press("back")
    assert shown(bench.view, Learn).course == SOON
    await bench.network(up=False)
    await bench.press("take_place")
    await bench.tap()
    place = shown(bench.view, Learn).place
    assert place is not None and place.block == Block(Reason.NEEDS_CENTRAL) and not bench.responses


@story
async def test_lost_card_books_no_place(bench: Bench) -> None:
    bench.ada(card=CardStatus.LOST)
    await open_course(bench)
    await bench.press("take_place")
    await bench.tap()
    assert shown(bench.view, Blocked).block == Block(Reason.CARD_LOST) and not bench.responses


@story
async def test_booking_state_is_hidden_from_the_next_patron(bench: Bench) -> None:
    await open_course(bench)
    await bench.press("take_place")
    await bench.tap(ADA_UID)
    await bench.press("finish")
    assert isinstance(bench.view, Welcome)
    await open_course(bench)
    await bench.press("take_place")
    assert shown(bench.view, Identify).guest is None
    await bench.press("back")
    assert shown(bench.view, Learn).place is None
    await bench.press("take_place")
    await bench.tap(LIN_UID)
    assert [each.card == ADA for each in bench.responses] == [True, False]


@story
async def test_course_without_a_date_id_offers_no_booking(bench: Bench) -> None:
    bench.showcase = Showcase(courses=(replace(SOON, date=0),))
    await bench.press("learn", "learn", choice="courses")
    assert "open" not in bench.offers()


@story
async def test_result_of_one_patrons_booking_leaves_anothers_unchanged(bench: Bench) -> None:
    await open_course(bench)
    bench.library.send_slowly()
    await bench.press("take_place")
    await bench.tap(LIN_UID)
    session, own = bench.desk.session, replace(BOOKING, card=LIN)
    of_ada, of_lin = (Settled(ItemId(""), act, TransactionId("t1"), Accepted(became=BOOKED)) for act in (BOOKING, own))
    assert event_booking.on_settled(session, of_ada, BOOKING) == session == event_booking.not_written(session, BOOKING)
    assert event_booking.on_settled(session, of_lin, own) != session != event_booking.not_written(session, own), (
        "the control"
    )
    await bench.send()
