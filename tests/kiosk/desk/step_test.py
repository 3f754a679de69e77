"""Test the step function: purity and replay, out of order, clock, network, stale touches."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from kiosk.events import Answered, CardPresented, JournalFailed, NotWritten, Pressed
from kiosk.system.health import READY, Condition, PartName, PartState
from kiosk.views import (
    TECHNICIAN_SECONDS,
    WARNING_SECONDS,
    Borrowing,
    Farewell,
    Help,
    IdleWarning,
    LineState,
    OutOfOrder,
    Refused,
    Technician,
    Welcome,
)
from lending.model import ItemId, ItemStatus
from lending.transactions import Checkin, ReturnMode
from tests.kiosk.desk.bench import ADA_REF, ATLAS, DUNE, EMMA, LIN_UID, ZHUANGZI, Bench, shown, story
from tests.kiosk.desk.central import POLICY

FULL = PartState(Condition.FAULTY, "full")


@story
async def test_missing_journal_shows_its_command(bench: Bench) -> None:
    await bench.post(JournalFailed("missing"))
    view = shown(bench.view, OutOfOrder)
    assert (view.why, view.command) == ("missing", "kiosk journal create")


@story
async def test_full_disk_shows_the_saved_loans_and_closes(bench: Bench) -> None:
    await bench.borrow(EMMA)
    bench.library.journal_full = True
    await bench.scan(DUNE)
    assert [line.item for line in shown(bench.view, Farewell).lines] == [EMMA]
    await bench.press("receipt_paper")
    await bench.lay(LIN_UID)
    await bench.scan(ATLAS)
    assert len(bench.printer.printed) == 1
    await bench.press("home")
    assert bench.view == OutOfOrder("full")
    assert len(bench.library.acts) == 1
    await bench.borrow(DUNE, "nonsense", uid=LIN_UID)
    await bench.network(up=False)
    await bench.post(JournalFailed("damaged"))
    assert bench.view == OutOfOrder("full")


@story
async def test_full_journal_closes_the_kiosk_until_space_is_free(bench: Bench) -> None:
    await bench.part(PartName.JOURNAL, FULL)
    assert bench.view == OutOfOrder("full")
    await bench.tap()
    assert bench.view == OutOfOrder("full")
    await bench.part(PartName.JOURNAL, READY)
    assert shown(bench.view, Welcome)
    await bench.borrow(DUNE)
    assert bench.line.state is LineState.DONE


@story
async def test_damaged_journal_does_not_reopen_the_kiosk(bench: Bench) -> None:
    await bench.part(PartName.JOURNAL, PartState(Condition.FAULTY, "damaged"))
    await bench.part(PartName.JOURNAL, READY)
    assert bench.view == OutOfOrder("damaged")


@story
async def test_farewell_is_shown_before_closing(bench: Bench) -> None:
    await bench.borrow(EMMA, ZHUANGZI)
    await bench.press("help")
    await bench.part(PartName.JOURNAL, FULL)
    assert shown(bench.view, Help)
    await bench.press("back")
    assert [line.item for line in shown(bench.view, Farewell).lines] == [ZHUANGZI, EMMA]
    await bench.wait(10)
    assert bench.view == OutOfOrder("full")


@story
async def test_abandoned_technician_screen_closes_without_a_farewell(bench: Bench) -> None:
    await bench.borrow(EMMA)
    await bench.press("help")
    await bench.sign_in()
    await bench.part(PartName.JOURNAL, FULL)
    shown(bench.view, Technician)
    await bench.wait(TECHNICIAN_SECONDS)
    shown(bench.view, IdleWarning)
    await bench.wait(WARNING_SECONDS)
    assert bench.view == OutOfOrder("full")
    assert not any(isinstance(view, Farewell) for view, _status in bench.glass.drawn)


@story
async def test_space_freed_during_the_farewell_reopens_welcome(bench: Bench) -> None:
    await bench.borrow(EMMA)
    await bench.part(PartName.JOURNAL, FULL)
    await bench.part(PartName.JOURNAL, READY)
    await bench.press("receipt_none")
    assert bench.view == Welcome()


@story
async def test_pending_transaction_completes_before_closing(bench: Bench) -> None:
    await bench.tap()
    bench.library.hold_answers()
    await bench.scan(EMMA)
    bench.library.release_answers()
    await asyncio.sleep(0)
    bench.library.hold_answers()
    await bench.settle()
    assert bench.library.journalled == 1
    await bench.part(PartName.JOURNAL, FULL)
    assert shown(bench.view, Borrowing).notice == "wait_for_checking"
    await bench.tap(LIN_UID)
    assert shown(bench.view, Borrowing)
    await bench.release_answers()
    assert [(line.item, line.state) for line in shown(bench.view, Farewell).lines] == [(EMMA, LineState.DONE)]


@story
async def test_refusal_can_be_read_before_closing(bench: Bench) -> None:
    bench.item(DUNE, type="reference")
    await bench.borrow(EMMA, DUNE)
    await bench.part(PartName.JOURNAL, FULL)
    assert shown(bench.view, Refused)
    await bench.press("next")
    assert shown(bench.view, Farewell)


@story
async def test_unrecorded_undo_keeps_the_loan(bench: Bench) -> None:
    await bench.borrow(EMMA)
    bench.library.journal_full = True
    await bench.press("undo")
    assert [(line.item, line.state) for line in shown(bench.view, Farewell).lines] == [(EMMA, LineState.DONE)]


@story
async def test_unrecorded_renewal_and_return_are_not_made(bench: Bench) -> None:
    bench.item(EMMA, status=ItemStatus.ON_LOAN, holder=ADA_REF, due=bench.clock.now())
    bench.library.journal_full = True
    await bench.tap()
    await bench.press("account", "renew", item=EMMA)
    assert bench.view == OutOfOrder("full")
    await bench.part(PartName.JOURNAL, READY)
    await bench.scan(EMMA)
    assert bench.view == OutOfOrder("full")
    assert bench.library.acts == []


@story
async def test_failed_transaction_of_an_earlier_visit_changes_nothing(bench: Bench) -> None:
    await bench.borrow(DUNE)
    number = bench.desk.session.visit.number
    await bench.post(Answered(number - 1, NotWritten(DUNE, Checkin(DUNE, ReturnMode.PROVISIONAL))))
    assert bench.line.state is LineState.DONE


@story
async def test_technician_screen_opens_while_out_of_order(bench: Bench) -> None:
    await bench.post(JournalFailed("damaged"))
    await bench.choose("language_en")
    await bench.sign_in()
    assert shown(bench.view, Technician)
    await bench.press("back")
    assert bench.view == OutOfOrder("damaged")
    await bench.sign_in()
    await bench.wait(TECHNICIAN_SECONDS)
    assert shown(bench.view, IdleWarning)
    await bench.wait(20)
    assert bench.view == OutOfOrder("damaged")
    assert bench.desk.status.language == "zh"


@story
async def test_screen_is_redrawn_when_the_minute_changes(bench: Bench) -> None:
    assert bench.desk.status.now == datetime(2026, 11, 22, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    drawn = len(bench.glass.drawn)
    await bench.wait(59)
    assert len(bench.glass.drawn) == drawn
    await bench.wait(1)
    assert len(bench.glass.drawn) == drawn + 1
    assert bench.desk.status.now.minute == 1


@story
async def test_time_is_shown_in_the_zone_of_the_loan_rules(bench: Bench) -> None:
    bench.library.policy = replace(POLICY, timezone="Europe/Copenhagen")
    await bench.wait(60)
    assert bench.desk.status.now.hour == 5


@story
async def test_status_shows_the_network_state(bench: Bench) -> None:
    await bench.network(up=False)
    assert not bench.desk.status.online
    await bench.network(up=True)
    assert bench.desk.status.online


@story
async def test_stale_touch_does_nothing(bench: Bench) -> None:
    await bench.post(Pressed("finish"))
    await bench.post(Pressed("renew", item=ItemId("30000000000001")))
    await bench.post(Pressed("key", choice="a"))
    await bench.post(Pressed("whatever"))
    assert bench.view == Welcome()


@story
async def test_unchanged_screen_is_not_redrawn(bench: Bench) -> None:
    await bench.tap()
    drawn, lit = len(bench.glass.drawn), len(bench.lamp.lit)
    await bench.tap()
    await bench.network(up=True)
    assert (len(bench.glass.drawn), len(bench.lamp.lit)) == (drawn, lit)


@story
async def test_contrast_and_large_text_can_be_toggled(bench: Bench) -> None:
    await bench.choose("contrast")
    await bench.choose("contrast")
    await bench.press("large_text")
    assert (bench.desk.status.contrast, bench.desk.status.large_text) == (False, True)


@story
async def test_card_at_help_starts_a_visit(bench: Bench) -> None:
    await bench.press("help")
    assert shown(bench.view, Help)
    await bench.tap()
    assert shown(bench.view, Borrowing)


@story
async def test_background_events_do_not_extend_a_visit(bench: Bench) -> None:
    await bench.tap()
    await bench.wait(40)
    await bench.network(up=False)
    await bench.wait(20)
    assert shown(bench.view, IdleWarning)


@story
async def test_desk_is_unsettled_during_a_pending_lookup(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.post(CardPresented("04A1B2C3"))
    assert not bench.desk.is_settled
    await bench.release_answers()
    assert bench.desk.is_settled
