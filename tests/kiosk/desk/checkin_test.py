"""Test returns without a card, in each of the return modes, including the limits of a camera."""

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
async def test_a_book_on_loan_shown_at_welcome_is_handed_in(bench: Bench) -> None:
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
async def test_a_book_on_the_shelf_shown_at_welcome_is_asked_about(bench: Bench) -> None:
    await bench.scan(DUNE)
    assert shown(bench.view, Asking).line is not None
    assert bench.library.acts == []
    await bench.press("back")
    assert bench.view == Welcome()


@story
async def test_a_photograph_of_a_book_on_the_shelf_returns_nothing(bench: Bench) -> None:
    await bench.scan(DUNE, EMMA)
    await bench.press("return")
    assert shown(bench.view, Refused).line.block == Block(Reason.NOT_ON_LOAN)
    assert [line.state for line in shown(bench.view, Refused).under.lines] == [LineState.REFUSED] * 2
    assert all(isinstance(outcome, CentralRefused) for _, outcome in bench.library.acts)


@story
async def test_a_return_that_the_central_denies_is_handed_over_for_a_loan_of_it_may_wait_elsewhere(
    bench: Bench,
) -> None:
    await bench.press("return")
    await bench.scan(DUNE)
    refused = CentralRefused(Block(Reason.NOT_ON_LOAN))
    assert bench.library.acts == [(Checkin(DUNE, ReturnMode.PROVISIONAL), refused)]
    assert shown(bench.view, Refused).line.block == refused.block


@story
async def test_the_lights_work_while_it_is_asked_where_a_book_stands(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.scan(DUNE)
    assert shown(bench.view, Welcome).signal is Signal.BUSY
    bench.library.let_go()
    await bench.settle()
    assert shown(bench.view, Asking)


@story
async def test_help_does_not_swallow_a_book(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.press("help")
    bench.library.let_go()
    await bench.settle()
    assert shown(bench.view, Asking)


@story
async def test_several_books_without_a_card(bench: Bench) -> None:
    lend(bench, DUNE, EMMA)
    bench.item(EMMA, waiting=1)
    bench.library.place = "Bin 2"
    await bench.press("return")
    await bench.scan(DUNE, EMMA, DUNE)
    view = shown(bench.view, Returning)
    assert [(line.item, line.place, line.someone_waits) for line in view.lines] == [
        (EMMA, "Bin 2", True),
        (DUNE, "Bin 2", False),
    ]
    assert view.notice == "already_listed"
    assert len(bench.library.acts) == 2


@story
async def test_two_books_shown_in_one_breath_at_welcome(bench: Bench) -> None:
    lend(bench, DUNE, EMMA)
    bench.library.hold_answers()
    await bench.scan(DUNE, EMMA)
    bench.library.let_go()
    await bench.settle()
    assert [line.state for line in shown(bench.view, Returning).lines] == [LineState.SAVED] * 2


@story
async def test_one_book_that_the_camera_reads_twice_at_welcome_is_handed_in_once(bench: Bench) -> None:
    lend(bench)
    bench.library.hold_answers()
    await bench.scan(DUNE, DUNE)
    bench.library.let_go()
    await bench.settle()
    assert [line.state for line in shown(bench.view, Returning).lines] == [LineState.SAVED]
    assert len(bench.library.acts) == 1


@story
async def test_an_unknown_item_is_refused_while_the_central_answers(bench: Bench) -> None:
    await bench.press("return")
    await bench.scan("39999999999999")
    assert shown(bench.view, Refused).line.block == Block(Reason.UNKNOWN_ITEM)


@story
async def test_offline_an_item_that_nobody_here_knows_is_taken(bench: Bench) -> None:
    lend(bench)
    bench.library.forgets.add(DUNE)
    await bench.network(up=False)
    await bench.press("return")
    await bench.scan(DUNE)
    assert (bench.line.state, bench.line.provisional, bench.line.confirmed) == (LineState.SAVED, True, False)
    await bench.press("finish")
    assert len(shown(bench.view, Farewell).code) == 6


@story
async def test_a_central_that_is_too_slow_denies_no_return(bench: Bench) -> None:
    lend(bench)
    bench.library.forgets.add(DUNE)
    bench.library.slow = True
    await bench.press("return")
    await bench.scan(DUNE)
    assert bench.line.state is LineState.SAVED
    assert mode(bench) is ReturnMode.PROVISIONAL


@story
async def test_offline_an_old_snapshot_does_not_stop_a_return(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.press("return")
    await bench.scan(DUNE)
    assert bench.line.state is LineState.SAVED


@under(TRUSTED)
async def test_a_library_that_trusts_takes_the_scan_for_the_return(bench: Bench) -> None:
    lend(bench)
    await bench.scan(DUNE)
    assert (bench.line.state, bench.line.provisional) == (LineState.DONE, False)
    assert mode(bench) is ReturnMode.TRUSTED


@under(TRUSTED)
async def test_trust_ends_with_what_nobody_knows(bench: Bench) -> None:
    lend(bench)
    bench.library.forgets.add(DUNE)
    await bench.network(up=False)
    await bench.press("return")
    await bench.scan(DUNE)
    assert mode(bench) is ReturnMode.PROVISIONAL


@under(BIN)
async def test_the_bin_sees_the_book_fall(bench: Bench) -> None:
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
async def test_a_book_that_does_not_fall_is_provisional(bench: Bench) -> None:
    lend(bench)
    await bench.press("return")
    await bench.scan(DUNE)
    await bench.wait(10)
    assert (bench.line.state, bench.line.provisional) == (LineState.SAVED, True)
    assert mode(bench) is ReturnMode.PROVISIONAL
    await bench.post(DropSensed())
    assert len(bench.library.acts) == 1


@under(BIN)
async def test_a_book_may_fall_faster_than_the_central_answers(bench: Bench) -> None:
    lend(bench)
    await bench.press("return")
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.post(DropSensed())
    bench.library.let_go()
    await bench.settle()
    assert mode(bench) is ReturnMode.BIN


def modes(bench: Bench) -> list[tuple[ItemId, ReturnMode]]:
    return [(act.item, act.mode) for act, _ in bench.library.acts if isinstance(act, Checkin)]


@under(BIN)
async def test_one_after_the_other_each_book_is_seen_to_fall(bench: Bench) -> None:
    lend(bench, DUNE, EMMA)
    await bench.press("return")
    for item in (DUNE, EMMA):
        await bench.scan(item)
        await bench.post(DropSensed())
    assert modes(bench) == [(DUNE, ReturnMode.BIN), (EMMA, ReturnMode.BIN)]


@under(BIN)
async def test_of_two_books_shown_nobody_can_tell_which_one_falls(bench: Bench) -> None:
    lend(bench, DUNE, EMMA)
    await bench.press("return")
    await bench.scan(DUNE)
    await bench.wait(5)
    await bench.scan(EMMA)
    await bench.post(DropSensed())
    await bench.wait(11)
    assert modes(bench) == [(DUNE, ReturnMode.PROVISIONAL), (EMMA, ReturnMode.PROVISIONAL)]
    assert [line.provisional for line in bench.lines] == [True, True]


@under(BIN)
async def test_a_late_fall_of_one_of_two_books_is_not_credited_to_a_third(bench: Bench) -> None:
    lend(bench, DUNE, EMMA, ATLAS)
    await bench.press("return")
    await bench.scan(DUNE, EMMA, ATLAS)
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
async def test_two_books_that_are_judged_late_are_handed_in_once(bench: Bench) -> None:
    lend(bench, DUNE, EMMA)
    await bench.press("return")
    bench.library.hold_answers()
    await bench.scan(DUNE, EMMA)
    await bench.wait(11)
    bench.library.let_go()
    await bench.settle()
    assert sorted(modes(bench)) == [(DUNE, ReturnMode.PROVISIONAL), (EMMA, ReturnMode.PROVISIONAL)]
    assert bench.desk.session.visit.drops == ()


@under(BIN)
async def test_the_end_of_one_visit_does_not_end_the_next_patrons(bench: Bench) -> None:
    lend(bench, DUNE)
    await bench.scan(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Returning).notice == "wait_for_checking"
    await bench.tap(LIN_UID)
    await bench.wait(11)
    assert shown(bench.view, Borrowing)
    assert mode(bench) is ReturnMode.PROVISIONAL


@under(BIN)
async def test_a_refused_book_is_not_waited_for(bench: Bench) -> None:
    await bench.press("return")
    await bench.scan(DUNE)
    assert shown(bench.view, Refused)
    await bench.post(DropSensed())
    await bench.wait(11)
    assert bench.library.acts == [(Checkin(DUNE, ReturnMode.PROVISIONAL), CentralRefused(Block(Reason.NOT_ON_LOAN)))]


@under(OFF)
async def test_a_kiosk_that_takes_no_returns_offers_none(bench: Bench) -> None:
    assert "return" not in bench.offers()
    await bench.scan(DUNE)
    assert [line.item for line in shown(bench.view, Identify).lines] == [DUNE]
    bench.ada(fees=20)
    await bench.tap()
    assert "return" not in bench.offers()
    assert shown(bench.view, Blocked).lines[0].state is LineState.WAITING


@story
async def test_the_central_may_refuse_a_return(bench: Bench) -> None:
    lend(bench)
    bench.library.refuses_next = Reason.CENTRAL_REFUSED
    await bench.press("return")
    await bench.scan(DUNE)
    assert shown(bench.view, Refused).line.block == Block(Reason.CENTRAL_REFUSED)


@story
async def test_a_blocked_patron_may_return_and_then_borrow(bench: Bench) -> None:
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
async def test_a_book_from_the_shelf_stays_unborrowed_with_a_blocked_patron(bench: Bench) -> None:
    bench.ada(fees=20)
    await bench.tap()
    await bench.scan(DUNE)
    assert [line.state for line in shown(bench.view, Blocked).lines] == [LineState.WAITING]
    await bench.press("return")
    assert bench.lines == ()
    await bench.press("back")
    assert shown(bench.view, Blocked)


@story
async def test_returns_first_and_then_a_card_goes_on_with_borrowing(bench: Bench) -> None:
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
async def test_a_book_handed_in_a_minute_ago_may_be_borrowed_in_the_same_visit(bench: Bench) -> None:
    bench.item(DUNE, status=ItemStatus.ON_LOAN, holder=LIN_REF, due=bench.clock.now())
    await bench.scan(DUNE)
    await bench.tap()
    await bench.scan(DUNE)
    assert [line.errand.value for line in bench.lines] == ["borrow", "return"]
    assert bench.library.on_loan(ADA_REF) == [DUNE]


@story
async def test_their_own_return_gives_their_room_again(bench: Bench) -> None:
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
async def test_somebody_elses_return_does_not(bench: Bench) -> None:
    bench.item(EMMA, status=ItemStatus.ON_LOAN, holder=ADA_REF, due=bench.clock.now())
    bench.ada(fees=20)
    await bench.tap()
    bench.item(DUNE, status=ItemStatus.ON_LOAN, holder=LIN_REF, due=bench.clock.now())
    await bench.scan(DUNE)
    guest = shown(bench.view, Returning).guest
    assert guest is not None
    assert guest.allowance.on_loan == 1


@story
async def test_the_central_may_know_better_that_somebody_waits(bench: Bench) -> None:
    lend(bench)
    bench.library.someone_waits = True
    await bench.scan(DUNE)
    assert bench.line.someone_waits


@under(BIN)
async def test_the_desk_is_not_settled_while_the_bins_time_is_over_and_unheard(bench: Bench) -> None:
    lend(bench)
    await bench.scan(DUNE)
    assert bench.desk.is_settled
    bench.clock.move(10)
    assert not bench.desk.is_settled
    await bench.settle()
    assert bench.line.state is LineState.SAVED


@story
async def test_returning_nothing_leads_home(bench: Bench) -> None:
    await bench.press("return")
    await bench.press("back")
    assert bench.view == Welcome()
    await bench.press("return")
    await bench.press("finish")
    assert bench.view == Welcome()


@story
async def test_a_book_refused_as_not_on_loan_may_be_tried_again(bench: Bench) -> None:
    await bench.press("return")
    await bench.scan(DUNE)
    await bench.press("next")
    lend(bench)
    await bench.scan(DUNE)
    assert [line.state for line in bench.lines] == [LineState.SAVED]


@story
async def test_an_unknown_book_shown_at_welcome_is_asked_about_by_its_number(bench: Bench) -> None:
    await bench.scan("39999999999999")
    line = shown(bench.view, Asking).line
    assert line is not None
    assert (line.item, line.title) == ("39999999999999", "")


@story
async def test_books_shown_while_the_first_one_is_looked_up_are_asked_about_together(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.scan(DUNE, EMMA)
    bench.library.let_go()
    await bench.settle()
    assert shown(bench.view, Asking).line is not None
    await bench.press("borrow")
    assert {line.item for line in shown(bench.view, Identify).lines} == {DUNE, EMMA}


@story
async def test_a_book_looked_up_while_another_patron_signs_in_is_theirs(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.tap()
    await bench.scan(DUNE)
    bench.library.let_go()
    await bench.settle()
    assert [line.item for line in shown(bench.view, Borrowing).lines] == [DUNE]
    assert len(bench.library.acts) == 1


@story
async def test_a_book_looked_up_while_my_account_is_pressed_is_borrowed(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.press("account")
    bench.library.let_go()
    await bench.settle()
    assert [line.state for line in shown(bench.view, Identify).lines] == [LineState.WAITING]
    await bench.tap()
    assert [(line.item, line.state) for line in shown(bench.view, Borrowing).lines] == [(DUNE, LineState.DONE)]


@story
async def test_a_book_looked_up_until_after_the_account_is_open_is_borrowed(bench: Bench) -> None:
    bench.library.slow_items = asyncio.Event()
    await bench.scan(DUNE)
    await bench.press("account")
    await bench.tap()
    assert shown(bench.view, Account)
    bench.library.slow_items.set()
    await bench.settle()
    assert [(line.item, line.state) for line in shown(bench.view, Borrowing).lines] == [(DUNE, LineState.DONE)]


@under(replace(RULES, pin="account"))
async def test_a_book_looked_up_while_the_pin_is_asked_is_borrowed(bench: Bench) -> None:
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
async def test_a_book_on_its_way_that_a_blocked_patron_shows_again_is_handed_in_once(bench: Bench) -> None:
    lend(bench)
    bench.ada(card=CardStatus.BLOCKED)
    await bench.scan(DUNE)
    await bench.tap()
    assert shown(bench.view, Blocked)
    await bench.scan(DUNE)
    assert shown(bench.view, Returning).notice == "already_listed"
    await bench.wait(11)
    assert modes(bench) == [(DUNE, ReturnMode.PROVISIONAL)]
