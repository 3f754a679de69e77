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


async def publish(bench: Bench, showcase: Showcase) -> None:
    bench.showcase = showcase
    await bench.network(up=True)


@story
async def test_slides_change_every_eight_seconds_and_repeat(bench: Bench) -> None:
    await publish(bench, Showcase((FIRST, OVER), (NEW, NEWER)))
    seen = [shown(bench.view, Welcome).slide]
    for _ in range(4):
        await bench.wait(8)
        seen.append(shown(bench.view, Welcome).slide)
    assert seen == [None, FIRST, NEW, NEWER, None]


@story
async def test_welcome_shows_hours_new_titles_and_events_of_the_day(bench: Bench) -> None:
    week = parse_week(["09:00-18:00"] * 7)
    closed = frozenset({DAY + timedelta(days=1)})
    await publish(bench, Showcase(news=(NEW, NEWER), courses=(SOON,), week=week, closed=closed))
    view = shown(bench.view, Welcome)
    assert (view.news, view.events) == ((NEW, NEWER), (SOON,))
    assert view.hours == ((time(9), time(18)), None)
    await bench.press("events")
    assert shown(bench.view, Learn).courses == (SOON,)
    await bench.press("back", "back", "new")
    assert shown(bench.view, Welcome).slide == NEW
    await bench.sleep_over(24 * 3600)
    assert shown(bench.view, Welcome).hours == (None, (time(9), time(18)))


@story
async def test_welcome_without_published_content_is_plain(bench: Bench) -> None:
    view = shown(bench.view, Welcome)
    assert (view.news, view.events, view.hours, view.joins) == ((), (), None, False)
    assert not {"new", "events"} & bench.offers() and "learn" in bench.offers()


@story
async def test_slides_advance_by_one_after_a_long_sleep(bench: Bench) -> None:
    await publish(bench, Showcase((FIRST,), (NEW, NEWER)))
    await bench.sleep_over(7 * 24 * 3600)
    assert shown(bench.view, Welcome).turn == 1
    await bench.wait(8)
    assert shown(bench.view, Welcome).turn == 2


@story
async def test_empty_showcase_shows_no_slides(bench: Bench) -> None:
    await bench.wait(600)
    assert bench.view == Welcome() and bench.view.linger is None


@story
async def test_started_event_is_no_longer_shown(bench: Bench) -> None:
    await publish(bench, Showcase((EVENT,)))
    await bench.wait(8)
    assert shown(bench.view, Welcome).slide == EVENT
    await bench.wait(120)
    assert shown(bench.view, Welcome).slide is None and shown(bench.view, Welcome).slides == ()


@story
async def test_card_starts_a_visit_from_any_slide(bench: Bench) -> None:
    await publish(bench, Showcase((FIRST,), (NEW,)))
    await bench.wait(8)
    assert shown(bench.view, Welcome).slide == FIRST
    await bench.tap(ADA_UID)
    assert isinstance(bench.view, Borrowing)
    await bench.scan(DUNE)
    await bench.wait(30)
    assert isinstance(bench.view, Borrowing), "no slide covers a visit"


@story
async def test_book_or_touch_starts_a_visit_from_any_slide(bench: Bench) -> None:
    await publish(bench, Showcase((FIRST,), (NEW,)))
    await bench.wait(8)
    await bench.scan(DUNE)
    assert isinstance(bench.view, Asking)
    await bench.press("back")
    await bench.wait(8)
    await bench.press("borrow")
    assert isinstance(bench.view, Identify)


@story
async def test_slides_pause_after_a_language_is_chosen(bench: Bench) -> None:
    await publish(bench, Showcase((FIRST,), (NEW,)))
    await bench.wait(8)
    await bench.choose("language_en")
    await bench.wait(30)
    assert shown(bench.view, Welcome).slide == FIRST and bench.desk.status.language == "en"
    await bench.wait(31)
    assert bench.desk.status.language == "zh"
    await bench.wait(8)
    assert shown(bench.view, Welcome).slide is not None


@story
async def test_slides_stop_with_reduced_motion(bench: Bench) -> None:
    await publish(bench, Showcase((FIRST,), (NEW,)))
    await bench.choose("still")
    await bench.wait(40)
    assert shown(bench.view, Welcome).slide is None
