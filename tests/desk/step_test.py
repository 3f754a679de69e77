"""The step itself: out of order, the clock, the network, stale touches; and that a step is pure and replays."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from kiosk.domain.model import ItemId
from kiosk.events import CardPresented, JournalFailed, Pressed
from kiosk.views import Borrowing, Help, IdleWarning, OutOfOrder, Technician, Welcome
from tests.desk.bench import DUNE, EMMA, LIN_UID, Bench, shown, story


@story
async def test_a_journal_that_is_missing_names_its_command(bench: Bench) -> None:
    await bench.post(JournalFailed("missing"))
    view = shown(bench.view, OutOfOrder)
    assert (view.why, view.command) == ("missing", "kiosk journal create")


@story
async def test_a_full_disk_stops_everything_before_a_loan_is_promised(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(EMMA)
    bench.library.journal_full = True
    await bench.scan(DUNE)
    assert bench.view == OutOfOrder("full")
    assert len(bench.library.acts) == 1
    await bench.tap(LIN_UID)
    await bench.scan(DUNE, "nonsense")
    await bench.network(up=False)
    await bench.post(JournalFailed("damaged"))
    assert bench.view == OutOfOrder("full")


@story
async def test_the_technician_may_look_while_out_of_order(bench: Bench) -> None:
    await bench.post(JournalFailed("damaged"))
    await bench.press("language_en")
    await bench.press("technician")
    assert shown(bench.view, Technician)
    await bench.press("back")
    assert bench.view == OutOfOrder("damaged")
    await bench.press("technician")
    await bench.wait(60)
    assert shown(bench.view, IdleWarning)
    await bench.wait(20)
    assert bench.view == OutOfOrder("damaged")
    assert bench.desk.status.language == "zh"


@story
async def test_the_minute_is_redrawn_when_it_changes_and_not_before(bench: Bench) -> None:
    assert bench.desk.status.now == datetime(2026, 11, 22, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    drawn = len(bench.glass.drawn)
    await bench.wait(59)
    assert len(bench.glass.drawn) == drawn
    await bench.wait(1)
    assert len(bench.glass.drawn) == drawn + 1
    assert bench.desk.status.now.minute == 1


@story
async def test_the_network_shows_in_the_status(bench: Bench) -> None:
    await bench.network(up=False)
    assert not bench.desk.status.online
    await bench.network(up=True)
    assert bench.desk.status.online


@story
async def test_a_touch_on_what_is_not_there_any_more_does_nothing(bench: Bench) -> None:
    await bench.post(Pressed("finish"))
    await bench.post(Pressed("renew", item=ItemId("30000000000001")))
    await bench.post(Pressed("key", choice="a"))
    await bench.post(Pressed("whatever"))
    assert bench.view == Welcome()


@story
async def test_the_screen_is_drawn_only_when_something_changed(bench: Bench) -> None:
    await bench.tap()
    drawn, lit = len(bench.glass.drawn), len(bench.lamp.lit)
    await bench.tap()
    await bench.network(up=True)
    assert (len(bench.glass.drawn), len(bench.lamp.lit)) == (drawn, lit)


@story
async def test_contrast_and_letters_switch_on_and_off(bench: Bench) -> None:
    await bench.press("contrast")
    await bench.press("contrast")
    await bench.press("large_text")
    assert (bench.desk.status.contrast, bench.desk.status.large_text) == (False, True)


@story
async def test_help_at_welcome(bench: Bench) -> None:
    await bench.press("help")
    assert shown(bench.view, Help)
    await bench.tap()
    assert shown(bench.view, Borrowing)


@story
async def test_background_news_do_not_keep_a_visit_alive(bench: Bench) -> None:
    await bench.tap()
    await bench.wait(40)
    await bench.network(up=False)
    await bench.wait(20)
    assert shown(bench.view, IdleWarning)


@story
async def test_the_desk_is_not_settled_while_an_answer_is_out(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.post(CardPresented("04A1B2C3"))
    assert not bench.desk.settled
    bench.library.let_go()
    await bench.settle()
    assert bench.desk.settled
