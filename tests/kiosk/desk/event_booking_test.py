"""Test booking a place in a course or event, also from a poster and offline, and cancelling it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kiosk.central import Accepted
from kiosk.desk import event_booking
from kiosk.events import Settled
from kiosk.views import Blocked, Identify, Learn, LineState, Signal, VisitTask, Welcome
from lending.event_booking import BOOKED, QUEUED
from lending.model import Block, CardStatus, ItemId, Reason
from lending.responses import EventPlace, PatronResponse
from lending.showcase import Course, Poster, Showcase
from lending.transactions import TransactionId
from tests.kiosk.desk.bench import ADA, ADA_UID, LIN, LIN_UID, Bench, shown, story, under
from tests.kiosk.desk.central import NOON
from tests.kiosk.desk.identification_test import PIN_ACCOUNT

TODAY = NOON.date()
LINK = "https://library.example.org/p/"
SOON = Course({"en": "How to search"}, NOON + timedelta(days=2), {}, f"{LINK}courses/", date=5)
FULL = Course({"en": "E-books"}, NOON + timedelta(days=3), {}, f"{LINK}courses/", full=True, date=6)
EVENT = Poster({"en": "Stories"}, {}, f"{LINK}events/7/", TODAY, TODAY, NOON + timedelta(days=1), date=7)
TAKEN, GIVEN = EventPlace("take", "5", ADA), EventPlace("give_back", "5", ADA)


def said(bench: Bench) -> list[PatronResponse]:
    return [act for act, _outcome in bench.library.acts if isinstance(act, PatronResponse)]


async def at_course(bench: Bench, *courses: Course) -> None:
    bench.showcase = Showcase(courses=courses or (SOON,))
    if "events" in bench.offers():
        await bench.press("events")
    else:
        await bench.press("learn")
        await bench.press("learn", choice="courses")
    await bench.press("open", choice="0")


@story
async def test_the_patron_takes_a_place_with_their_card_and_gives_it_back(bench: Bench) -> None:
    bench.library.became = BOOKED
    await at_course(bench)
    assert {"take_place", "back"} <= bench.offers() and "queue" not in bench.offers()
    await bench.press("take_place")
    assert shown(bench.view, Identify).errand is VisitTask.HOLD
    await bench.tap()
    view = shown(bench.view, Learn)
    assert said(bench) == [TAKEN] and view.guest is not None and view.signal is Signal.DONE
    assert view.place is not None and (view.place.state, view.place.became) == (LineState.DONE, BOOKED)
    assert "take_place" not in bench.offers()
    await bench.press("back")
    assert shown(bench.view, Learn).opened is None and shown(bench.view, Learn).places == view.places
    await bench.press("open", choice="0")
    await bench.press("give_place_back")
    place = shown(bench.view, Learn).place
    assert place is not None and place.gives and place.state is LineState.DONE
    assert said(bench) == [TAKEN, GIVEN] and "take_place" in bench.offers()
    await bench.press("finish")
    assert not isinstance(bench.view, Learn) and not bench.desk.session.visit.places


@story
async def test_where_it_is_full_the_patron_waits_for_one_and_reads_so(bench: Bench) -> None:
    bench.library.became = QUEUED
    await bench.tap()
    await bench.press("finish")
    await at_course(bench, FULL)
    assert "queue" in bench.offers() and "take_place" not in bench.offers()
    await bench.press("queue")
    await bench.tap()
    place = shown(bench.view, Learn).place
    assert place is not None and place.became == QUEUED and "give_place_back" in bench.offers()


@story
async def test_the_poster_of_an_event_leads_to_its_place(bench: Bench) -> None:
    bench.showcase = Showcase(posters=(EVENT,), courses=(SOON,))
    await bench.network(up=True)
    await bench.wait(8)
    assert "event" in bench.offers()
    await bench.press("large_text")
    assert "event" not in bench.offers(), "there is no room for the poster"
    await bench.press("large_text")
    await bench.press("event")
    view = shown(bench.view, Learn)
    assert view.course is not None and view.course.date == 7 and len(view.courses) == 2
    await bench.press("take_place")
    await bench.tap()
    assert said(bench) == [EventPlace("take", "7", ADA)]


@story
async def test_without_the_hub_it_is_asked_for_and_said_so(bench: Bench) -> None:
    await at_course(bench)
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
async def test_what_is_over_is_refused_with_its_reason(bench: Bench) -> None:
    bench.library.refuses_next = Reason.DATE_OVER
    await at_course(bench)
    await bench.press("take_place")
    await bench.tap()
    place = shown(bench.view, Learn).place
    assert place is not None and place.block == Block(Reason.DATE_OVER)
    assert not {"take_place", "queue", "give_place_back"} & bench.offers(), "who pressed again would be told the same"


@story
async def test_what_could_not_be_given_back_is_still_theirs_and_can_be_tried_again(bench: Bench) -> None:
    bench.library.became = BOOKED
    await at_course(bench)
    await bench.press("take_place")
    await bench.tap()
    bench.library.refuses_next = Reason.CARD_BLOCKED
    await bench.press("give_place_back")
    place = shown(bench.view, Learn).place
    assert place is not None and place.gives and place.state is LineState.REFUSED
    assert "give_place_back" in bench.offers() and "take_place" not in bench.offers()
    await bench.press("give_place_back")
    assert said(bench) == [TAKEN, GIVEN, GIVEN] and "take_place" in bench.offers()


@under(PIN_ACCOUNT)
async def test_where_the_account_asks_a_pin_so_does_a_place(bench: Bench) -> None:
    await at_course(bench)
    await bench.press("take_place")
    await bench.tap()
    assert shown(bench.view, Identify).pin and not said(bench)
    await bench.press("back")
    assert shown(bench.view, Learn).course == SOON, "the patron thought better of it"
    await bench.network(up=False)
    await bench.press("take_place")
    await bench.tap()
    place = shown(bench.view, Learn).place
    assert place is not None and place.block == Block(Reason.NEEDS_CENTRAL) and not said(bench)


@story
async def test_a_card_that_opens_nothing_takes_no_place(bench: Bench) -> None:
    bench.ada(card=CardStatus.LOST)
    await at_course(bench)
    await bench.press("take_place")
    await bench.tap()
    assert shown(bench.view, Blocked).block == Block(Reason.CARD_LOST) and not said(bench)


@story
async def test_nothing_of_theirs_is_left_for_the_next_one(bench: Bench) -> None:
    await at_course(bench)
    await bench.press("take_place")
    await bench.tap(ADA_UID)
    await bench.press("finish")
    assert isinstance(bench.view, Welcome)
    await at_course(bench)
    await bench.press("take_place")
    assert shown(bench.view, Identify).guest is None
    await bench.press("back")
    assert shown(bench.view, Learn).place is None
    await bench.press("take_place")
    await bench.tap(LIN_UID)
    assert [each.card == ADA for each in said(bench)] == [True, False]


@story
async def test_where_no_hub_numbers_its_dates_no_place_is_offered(bench: Bench) -> None:
    bench.showcase = Showcase(courses=(replace(SOON, date=0),))
    await bench.press("learn")
    await bench.press("learn", choice="courses")
    assert "open" not in bench.offers()


@story
async def test_the_answer_to_the_first_settles_nothing_of_the_second(bench: Bench) -> None:
    await at_course(bench)
    bench.library.send_slowly()
    await bench.press("take_place")
    await bench.tap(LIN_UID)
    session, own = bench.desk.session, replace(TAKEN, card=LIN)
    of_ada, of_lin = (Settled(ItemId(""), act, TransactionId("t1"), Accepted(became=BOOKED)) for act in (TAKEN, own))
    assert event_booking.settled(session, of_ada, TAKEN) == session == event_booking.not_written(session, TAKEN)
    assert event_booking.settled(session, of_lin, own) != session != event_booking.not_written(session, own), (
        "the control"
    )
    bench.library.send()
    await bench.settle()
