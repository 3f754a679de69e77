"""Test the idle slides: shown only while no patron is present, and never in the way."""

from __future__ import annotations

from datetime import time, timedelta

from kiosk.views import Asking, Borrowing, Identify, Learn, Welcome
from lending.showcase import Course, NewTitle, Poster, Showcase, parse_week
from tests.kiosk.desk.bench import ADA_UID, DUNE, Bench, shown, story
from tests.kiosk.desk.central import NOON

DAY = NOON.date()
FIRST = Poster({"zh": "一"}, {}, "https://library.example.org/1", DAY, DAY + timedelta(days=1))
OVER = Poster({"zh": "过"}, {}, "https://library.example.org/2", DAY - timedelta(days=9), DAY - timedelta(days=2))
EVENT = Poster({"zh": "会"}, {}, "", DAY, DAY + timedelta(days=9), NOON + timedelta(minutes=1))
NEW, NEWER = NewTitle("Walden"), NewTitle("Emma")
SOON = Course({"zh": "课"}, NOON + timedelta(days=9), {}, "https://library.example.org/p/courses/")


async def hung(bench: Bench, showcase: Showcase) -> None:
    bench.showcase = showcase
    await bench.network(up=True)


@story
async def test_a_poster_and_a_new_title_turn_every_eight_seconds_and_round(bench: Bench) -> None:
    await hung(bench, Showcase((FIRST, OVER), (NEW, NEWER)))
    seen = [shown(bench.view, Welcome).slide]
    for _ in range(4):
        await bench.wait(8)
        seen.append(shown(bench.view, Welcome).slide)
    assert seen == [None, FIRST, NEW, NEWER, None]


@story
async def test_the_first_screen_has_hours_news_and_events_and_follows_the_day(bench: Bench) -> None:
    week = parse_week(["09:00-18:00"] * 7)
    closed = frozenset({DAY + timedelta(days=1)})
    await hung(bench, Showcase(news=(NEW, NEWER), courses=(SOON,), week=week, closed=closed))
    view = shown(bench.view, Welcome)
    assert (view.news, view.events) == ((NEW, NEWER), (SOON,))
    assert view.hours == ((time(9), time(18)), None)
    await bench.press("events")
    assert shown(bench.view, Learn).courses == (SOON,)
    await bench.press("back")
    await bench.press("back")
    await bench.press("new")
    assert shown(bench.view, Welcome).slide == NEW
    await bench.sleep_over(24 * 3600)
    assert shown(bench.view, Welcome).hours == (None, (time(9), time(18)))


@story
async def test_a_library_that_publishes_nothing_has_a_plain_first_screen(bench: Bench) -> None:
    view = shown(bench.view, Welcome)
    assert (view.news, view.events, view.hours, view.joins) == ((), (), None, False)
    assert not {"new", "events"} & bench.offers() and "learn" in bench.offers()


@story
async def test_after_a_long_sleep_one_page_is_turned_and_not_all_that_were_missed(bench: Bench) -> None:
    await hung(bench, Showcase((FIRST,), (NEW, NEWER)))
    await bench.sleep_over(7 * 24 * 3600)
    assert shown(bench.view, Welcome).turn == 1
    await bench.wait(8)
    assert shown(bench.view, Welcome).turn == 2


@story
async def test_where_nothing_is_shown_nothing_turns(bench: Bench) -> None:
    await bench.wait(600)
    assert bench.view == Welcome() and bench.view.linger is None


@story
async def test_an_event_that_has_begun_is_shown_no_more(bench: Bench) -> None:
    await hung(bench, Showcase((EVENT,)))
    await bench.wait(8)
    assert shown(bench.view, Welcome).slide == EVENT
    await bench.wait(120)
    assert shown(bench.view, Welcome).slide is None and shown(bench.view, Welcome).slides == ()


@story
async def test_a_card_begins_the_visit_from_any_page(bench: Bench) -> None:
    await hung(bench, Showcase((FIRST,), (NEW,)))
    await bench.wait(8)
    assert shown(bench.view, Welcome).slide == FIRST
    await bench.tap(ADA_UID)
    assert isinstance(bench.view, Borrowing)
    await bench.scan(DUNE)
    await bench.wait(30)
    assert isinstance(bench.view, Borrowing), "nothing turns over a visit"


@story
async def test_a_book_and_a_touch_begin_it_too(bench: Bench) -> None:
    await hung(bench, Showcase((FIRST,), (NEW,)))
    await bench.wait(8)
    await bench.scan(DUNE)
    assert isinstance(bench.view, Asking)
    await bench.press("back")
    await bench.wait(8)
    await bench.press("borrow")
    assert isinstance(bench.view, Identify)


@story
async def test_whoever_chose_a_language_is_not_hurried(bench: Bench) -> None:
    await hung(bench, Showcase((FIRST,), (NEW,)))
    await bench.wait(8)
    await bench.choose("language_en")
    await bench.wait(30)
    assert shown(bench.view, Welcome).slide == FIRST and bench.desk.status.language == "en"
    await bench.wait(31)
    assert bench.desk.status.language == "zh"
    await bench.wait(8)
    assert shown(bench.view, Welcome).slide is not None


@story
async def test_whoever_wants_nothing_to_move_has_their_peace(bench: Bench) -> None:
    await hung(bench, Showcase((FIRST,), (NEW,)))
    await bench.choose("still")
    await bench.wait(40)
    assert shown(bench.view, Welcome).slide is None
