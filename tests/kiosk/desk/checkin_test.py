"""Test returns without a card, in each of the return modes and with late or repeated scans."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from kiosk.central import Refused as CentralRefused
from kiosk.events import DropSensed
from kiosk.views import (
    Account,
    Asking,
    Blocked,
    Borrowing,
    Farewell,
    Identify,
    LineState,
    Refused,
    Returning,
    Signal,
    Welcome,
)
from lending.model import Block, CardStatus, ItemId, ItemStatus, Reason
from lending.transactions import Checkin, ReturnMode
from tests.kiosk.desk.bench import (
    ADA_REF,
    ATLAS,
    DUNE,
    EMMA,
    LIN_REF,
    LIN_UID,
    RULES,
    ZHUANGZI,
    Bench,
    shown,
    story,
    under,
)

BIN = replace(RULES, returns="bin")
TRUSTED = replace(RULES, returns="trusted")
OFF = replace(RULES, returns="off")


def lend(bench: Bench, *items: object) -> None:
    for item in items or (DUNE,):
        due = bench.clock.now() + timedelta(days=3)
        bench.item(item, status=ItemStatus.ON_LOAN, holder=ADA_REF, due=due)  # type: ignore[arg-type]


def mode(bench: Bench) -> ReturnMode:
    act = bench.library.acts[-1][0]
    assert isinstance(act, Checkin)
    return act.mode


@story
async def test_loaned_book_scanned_at_welcome_is_returned_provisionally(bench: Bench) -> None:
    lend(bench)
    await bench.scan(DUNE)
    view = shown(bench.view, Returning)
    assert view.guest is None
    assert (view.lines[0].title, view.lines[0].state, view.lines[0].provisional) == ("Dune", LineState.SAVED, True)
    assert view.lines[0].confirmed
    assert mode(bench) is ReturnMode.PROVISIONAL
    await bench.press("finish")
    assert shown(bench.view, Farewell).code == ""


@story
async def test_shelf_book_scanned_at_welcome_opens_a_question(bench: Bench) -> None:
    await bench.scan(DUNE)
    assert shown(bench.view, Asking).line is not None
    assert bench.library.acts == []
    await bench.press("back")
    assert bench.view == Welcome()


@story
async def test_returning_shelf_books_is_refused_as_not_on_loan(bench: Bench) -> None:
    await bench.scan(DUNE, EMMA)
    await bench.press("return")
    assert shown(bench.view, Refused).line.block == Block(Reason.NOT_ON_LOAN)
    assert [line.state for line in shown(bench.view, Refused).under.lines] == [LineState.REFUSED] * 2
    assert all(isinstance(outcome, CentralRefused) for _, outcome in bench.library.acts)


@story
async def test_return_of_a_book_not_on_loan_is_still_submitted(bench: Bench) -> None:
    """Another kiosk may hold a checkout of it that is not uploaded yet."""
    await bench.bring_back(DUNE)
    refused = CentralRefused(Block(Reason.NOT_ON_LOAN))
    assert bench.library.acts == [(Checkin(DUNE, ReturnMode.PROVISIONAL), refused)]
    assert shown(bench.view, Refused).line.block == refused.block


@story
async def test_lamp_is_busy_during_an_item_lookup(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.scan(DUNE)
    assert shown(bench.view, Welcome).signal is Signal.BUSY
    await bench.release_answers()
    assert shown(bench.view, Asking)


@story
async def test_book_scanned_before_help_is_still_asked_about(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.press("help")
    await bench.release_answers()
    assert shown(bench.view, Asking)


@story
async def test_several_books_are_returned_without_a_card(bench: Bench) -> None:
    lend(bench, DUNE, EMMA)
    bench.item(EMMA, waiting=1)
    bench.library.place = "Bin 2"
    await bench.bring_back(DUNE, EMMA, DUNE)
    view = shown(bench.view, Returning)
    assert [(line.item, line.place, line.someone_waits) for line in view.lines] == [
        (EMMA, "Bin 2", True),
        (DUNE, "Bin 2", False),
    ]
    assert view.notice == "already_listed"
    assert len(bench.library.acts) == 2


@story
async def test_two_books_scanned_at_once_at_welcome_are_both_returned(bench: Bench) -> None:
    lend(bench, DUNE, EMMA)
    bench.library.hold_answers()
    await bench.scan(DUNE, EMMA)
    await bench.release_answers()
    assert [line.state for line in shown(bench.view, Returning).lines] == [LineState.SAVED] * 2


@story
async def test_book_read_twice_at_welcome_is_returned_once(bench: Bench) -> None:
    lend(bench)
    bench.library.hold_answers()
    await bench.scan(DUNE, DUNE)
    await bench.release_answers()
    assert [line.state for line in shown(bench.view, Returning).lines] == [LineState.SAVED]
    assert len(bench.library.acts) == 1


@story
async def test_online_return_of_an_unknown_item_is_refused(bench: Bench) -> None:
    await bench.bring_back("39999999999999")
    assert shown(bench.view, Refused).line.block == Block(Reason.UNKNOWN_ITEM)


@story
async def test_offline_return_of_an_unknown_item_is_saved_provisionally(bench: Bench) -> None:
    lend(bench)
    bench.library.forgets.add(DUNE)
    await bench.network(up=False)
    await bench.bring_back(DUNE)
    assert (bench.line.state, bench.line.provisional, bench.line.confirmed) == (LineState.SAVED, True, False)
    await bench.press("finish")
    assert len(shown(bench.view, Farewell).code) == 6


@story
async def test_slow_library_system_does_not_block_a_return(bench: Bench) -> None:
    lend(bench)
    bench.library.forgets.add(DUNE)
    bench.library.slow = True
    await bench.bring_back(DUNE)
    assert bench.line.state is LineState.SAVED
    assert mode(bench) is ReturnMode.PROVISIONAL


@story
async def test_offline_return_of_a_book_not_on_loan_is_saved(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.bring_back(DUNE)
    assert bench.line.state is LineState.SAVED


@under(TRUSTED)
async def test_trusted_mode_completes_the_return_on_scan(bench: Bench) -> None:
    lend(bench)
    await bench.scan(DUNE)
    assert (bench.line.state, bench.line.provisional) == (LineState.DONE, False)
    assert mode(bench) is ReturnMode.TRUSTED


@under(TRUSTED)
async def test_trusted_mode_returns_an_unknown_item_provisionally(bench: Bench) -> None:
    lend(bench)
    bench.library.forgets.add(DUNE)
    await bench.network(up=False)
    await bench.bring_back(DUNE)
    assert mode(bench) is ReturnMode.PROVISIONAL


@under(BIN)
async def test_bin_sensor_completes_the_return(bench: Bench) -> None:
    lend(bench)
    await bench.scan(DUNE)
    assert bench.line.state is LineState.CHECKING
    assert bench.library.acts == []
    await bench.wait(9)
    await bench.post(DropSensed())
    assert (bench.line.state, bench.line.provisional) == (LineState.DONE, False)
    assert mode(bench) is ReturnMode.BIN
    await bench.wait(5)
    assert len(bench.library.acts) == 1


@under(BIN)
async def test_return_without_a_bin_signal_is_provisional(bench: Bench) -> None:
    lend(bench)
    await bench.bring_back(DUNE)
    await bench.wait(10)
    assert (bench.line.state, bench.line.provisional) == (LineState.SAVED, True)
    assert mode(bench) is ReturnMode.PROVISIONAL
    await bench.post(DropSensed())
    assert len(bench.library.acts) == 1


@under(BIN)
async def test_bin_signal_before_the_lookup_result_completes_the_return(bench: Bench) -> None:
    lend(bench)
    await bench.press("return")
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.post(DropSensed())
    await bench.release_answers()
    assert mode(bench) is ReturnMode.BIN


def modes(bench: Bench) -> list[tuple[ItemId, ReturnMode]]:
    return [(act.item, act.mode) for act, _ in bench.library.acts if isinstance(act, Checkin)]


@under(BIN)
async def test_bin_signals_match_books_scanned_one_after_another(bench: Bench) -> None:
    lend(bench, DUNE, EMMA)
    await bench.press("return")
    for item in (DUNE, EMMA):
        await bench.scan(item)
        await bench.post(DropSensed())
    assert modes(bench) == [(DUNE, ReturnMode.BIN), (EMMA, ReturnMode.BIN)]


@under(BIN)
async def test_one_bin_signal_for_two_scanned_books_leaves_both_provisional(bench: Bench) -> None:
    lend(bench, DUNE, EMMA)
    await bench.bring_back(DUNE)
    await bench.wait(5)
    await bench.scan(EMMA)
    await bench.post(DropSensed())
    await bench.wait(11)
    assert modes(bench) == [(DUNE, ReturnMode.PROVISIONAL), (EMMA, ReturnMode.PROVISIONAL)]
    assert [line.provisional for line in bench.lines] == [True, True]


@under(BIN)
async def test_ambiguous_bin_signals_do_not_affect_the_next_book(bench: Bench) -> None:
    lend(bench, DUNE, EMMA, ATLAS)
    await bench.bring_back(DUNE, EMMA, ATLAS)
    await bench.post(DropSensed())
    await bench.post(DropSensed())
    await bench.wait(11)
    assert {mode for _, mode in modes(bench)} == {ReturnMode.PROVISIONAL}
    assert len(modes(bench)) == 3
    lend(bench, ZHUANGZI)
    await bench.scan(ZHUANGZI)
    await bench.post(DropSensed())
    assert modes(bench)[-1] == (ZHUANGZI, ReturnMode.BIN)


@under(BIN)
async def test_two_late_lookups_return_each_book_once(bench: Bench) -> None:
    lend(bench, DUNE, EMMA)
    await bench.press("return")
    bench.library.hold_answers()
    await bench.scan(DUNE, EMMA)
    await bench.wait(11)
    await bench.release_answers()
    assert sorted(modes(bench)) == [(DUNE, ReturnMode.PROVISIONAL), (EMMA, ReturnMode.PROVISIONAL)]
    assert bench.desk.session.visit.drops == ()


@under(BIN)
async def test_bin_timeout_of_one_visit_keeps_the_next_visit_open(bench: Bench) -> None:
    lend(bench, DUNE)
    await bench.scan(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Returning).notice == "wait_for_checking"
    await bench.tap(LIN_UID)
    await bench.wait(11)
    assert shown(bench.view, Borrowing)
    assert mode(bench) is ReturnMode.PROVISIONAL


@under(BIN)
async def test_refused_return_ignores_the_bin_signal(bench: Bench) -> None:
    await bench.bring_back(DUNE)
    assert shown(bench.view, Refused)
    await bench.post(DropSensed())
    await bench.wait(11)
    assert bench.library.acts == [(Checkin(DUNE, ReturnMode.PROVISIONAL), CentralRefused(Block(Reason.NOT_ON_LOAN)))]


@under(OFF)
async def test_kiosk_without_returns_offers_no_return(bench: Bench) -> None:
    assert "return" not in bench.offers()
    await bench.scan(DUNE)
    assert [line.item for line in shown(bench.view, Identify).lines] == [DUNE]
    bench.ada(fees=20)
    await bench.tap()
    assert "return" not in bench.offers()
    assert shown(bench.view, Blocked).lines[0].state is LineState.WAITING


@story
async def test_return_refused_by_the_library_system_shows_the_reason(bench: Bench) -> None:
    lend(bench)
    bench.library.refuses_next = Reason.CENTRAL_REFUSED
    await bench.bring_back(DUNE)
    assert shown(bench.view, Refused).line.block == Block(Reason.CENTRAL_REFUSED)


@story
async def test_blocked_patron_can_return_a_book(bench: Bench) -> None:
    for item in ("31", "32", "33", "34"):
        bench.item(item, status=ItemStatus.ON_LOAN, holder=ADA_REF, due=bench.clock.now())  # type: ignore[arg-type]
    lend(bench, DUNE)
    await bench.tap()
    assert shown(bench.view, Blocked).block == Block(Reason.LIMIT, count=4)
    await bench.scan(DUNE)
    assert shown(bench.view, Returning).guest is not None
    assert [line.state for line in bench.lines] == [LineState.SAVED]
    await bench.press("finish")
    assert shown(bench.view, Farewell).guest is not None


@story
async def test_shelf_book_scanned_by_a_blocked_patron_is_not_borrowed(bench: Bench) -> None:
    bench.ada(fees=20)
    await bench.borrow(DUNE)
    assert [line.state for line in shown(bench.view, Blocked).lines] == [LineState.WAITING]
    await bench.press("return")
    assert bench.lines == ()
    await bench.press("back")
    assert shown(bench.view, Blocked)


@story
async def test_card_after_returns_continues_with_borrowing(bench: Bench) -> None:
    lend(bench)
    await bench.scan(DUNE)
    await bench.tap()
    assert shown(bench.view, Borrowing)
    await bench.scan(EMMA)
    assert [(line.item, line.state) for line in bench.lines] == [(EMMA, LineState.DONE), (DUNE, LineState.SAVED)]
    assert "undo" in bench.offers()
    await bench.press("undo")
    assert "undo" not in bench.offers()
    await bench.press("finish")
    assert [line.item for line in shown(bench.view, Farewell).lines] == [DUNE]


@story
async def test_returned_book_can_be_borrowed_in_the_same_visit(bench: Bench) -> None:
    bench.item(DUNE, status=ItemStatus.ON_LOAN, holder=LIN_REF, due=bench.clock.now())
    await bench.scan(DUNE)
    await bench.borrow(DUNE)
    assert [line.errand.value for line in bench.lines] == ["borrow", "return"]
    assert bench.library.on_loan(ADA_REF) == [DUNE]


@story
async def test_own_return_lowers_the_loan_count(bench: Bench) -> None:
    for item in ("31", "32", "33", "34"):
        bench.item(item, status=ItemStatus.ON_LOAN, holder=ADA_REF, due=bench.clock.now())  # type: ignore[arg-type]
    await bench.tap()
    await bench.press("return")
    lend(bench, DUNE)
    await bench.scan(DUNE)
    guest = shown(bench.view, Returning).guest
    assert guest is not None
    assert guest.allowance.on_loan == 3


@story
async def test_return_of_another_patrons_loan_keeps_the_loan_count(bench: Bench) -> None:
    bench.item(EMMA, status=ItemStatus.ON_LOAN, holder=ADA_REF, due=bench.clock.now())
    bench.ada(fees=20)
    await bench.tap()
    bench.item(DUNE, status=ItemStatus.ON_LOAN, holder=LIN_REF, due=bench.clock.now())
    await bench.scan(DUNE)
    guest = shown(bench.view, Returning).guest
    assert guest is not None
    assert guest.allowance.on_loan == 1


@story
async def test_return_shows_a_hold_reported_by_the_library_system(bench: Bench) -> None:
    lend(bench)
    bench.library.someone_waits = True
    await bench.scan(DUNE)
    assert bench.line.someone_waits


@under(BIN)
async def test_desk_is_unsettled_until_the_bin_timeout_is_handled(bench: Bench) -> None:
    lend(bench)
    await bench.scan(DUNE)
    assert bench.desk.is_settled
    bench.clock.move(10)
    assert not bench.desk.is_settled
    await bench.settle()
    assert bench.line.state is LineState.SAVED


@story
async def test_leaving_an_empty_return_screen_opens_welcome(bench: Bench) -> None:
    await bench.press("return", "back")
    assert bench.view == Welcome()
    await bench.press("return", "finish")
    assert bench.view == Welcome()


@story
async def test_return_refused_as_not_on_loan_can_be_retried(bench: Bench) -> None:
    await bench.bring_back(DUNE)
    await bench.press("next")
    lend(bench)
    await bench.scan(DUNE)
    assert [line.state for line in bench.lines] == [LineState.SAVED]


@story
async def test_unknown_item_scanned_at_welcome_is_shown_by_number(bench: Bench) -> None:
    await bench.scan("39999999999999")
    line = shown(bench.view, Asking).line
    assert line is not None
    assert (line.item, line.title) == ("39999999999999", "")


@story
async def test_books_scanned_during_a_lookup_share_one_question(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.scan(DUNE, EMMA)
    await bench.release_answers()
    assert shown(bench.view, Asking).line is not None
    await bench.press("borrow")
    assert {line.item for line in shown(bench.view, Identify).lines} == {DUNE, EMMA}


@story
async def test_lookup_pending_at_sign_in_borrows_the_book_once(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.borrow(DUNE)
    await bench.release_answers()
    assert [line.item for line in shown(bench.view, Borrowing).lines] == [DUNE]
    assert len(bench.library.acts) == 1


@story
async def test_lookup_pending_when_account_is_pressed_waits_for_the_card(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.press("account")
    await bench.release_answers()
    assert [line.state for line in shown(bench.view, Identify).lines] == [LineState.WAITING]
    await bench.tap()
    assert [(line.item, line.state) for line in shown(bench.view, Borrowing).lines] == [(DUNE, LineState.DONE)]


@story
async def test_lookup_finishing_after_the_account_opens_borrows_the_book(bench: Bench) -> None:
    bench.library.slow_items = asyncio.Event()
    await bench.scan(DUNE)
    await bench.press("account")
    await bench.tap()
    assert shown(bench.view, Account)
    bench.library.slow_items.set()
    await bench.settle()
    assert [(line.item, line.state) for line in shown(bench.view, Borrowing).lines] == [(DUNE, LineState.DONE)]


@under(replace(RULES, pin="account"))
async def test_lookup_finishing_during_pin_entry_borrows_the_book(bench: Bench) -> None:
    bench.library.slow_items = asyncio.Event()
    await bench.scan(DUNE)
    await bench.press("account")
    await bench.tap()
    await bench.press("unlock")
    assert shown(bench.view, Identify).pin
    bench.library.slow_items.set()
    await bench.settle()
    assert [(line.item, line.state) for line in shown(bench.view, Borrowing).lines] == [(DUNE, LineState.DONE)]


@under(BIN)
async def test_pending_bin_return_scanned_by_a_blocked_patron_is_returned_once(bench: Bench) -> None:
    lend(bench)
    bench.ada(card=CardStatus.BLOCKED)
    await bench.scan(DUNE)
    await bench.tap()
    assert shown(bench.view, Blocked)
    await bench.scan(DUNE)
    assert shown(bench.view, Returning).notice == "already_listed"
    await bench.wait(11)
    assert modes(bench) == [(DUNE, ReturnMode.PROVISIONAL)]
