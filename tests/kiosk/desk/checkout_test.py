"""Test borrowing, online and offline, as the patron sees it on the screen, and the security gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from kiosk.views import (
    Asking,
    Blocked,
    Borrowing,
    Farewell,
    Identify,
    LineState,
    Question,
    Refused,
    Signal,
    VisitTask,
    Welcome,
    actions,
    undoable,
)
from lending.model import Block, ItemStatus, Reason
from lending.transactions import Checkout, PinStatus, Undo
from tests.kiosk.desk.bench import (
    ADA_REF,
    ATLAS,
    DUNE,
    EMMA,
    FILM,
    LIN_REF,
    LIN_UID,
    RULES,
    ZHUANGZI,
    Bench,
    shown,
    story,
    under,
)
from tests.kiosk.desk.central import POLICY

SHANGHAI = ZoneInfo("Asia/Shanghai")
IN_THIRTY_DAYS = datetime(2026, 12, 22, 23, 59, tzinfo=SHANGHAI)


@story
async def test_book_scanned_after_the_card_is_checked_out(bench: Bench) -> None:
    await bench.tap()
    assert shown(bench.view, Borrowing).guest.name == "Ada L."
    await bench.scan(DUNE)
    assert (bench.line.title, bench.line.state, bench.line.confirmed) == ("Dune", LineState.DONE, True)
    assert bench.line.due == IN_THIRTY_DAYS
    assert bench.library.on_loan(ADA_REF) == [DUNE]
    assert bench.lamp.lit[-1] is Signal.DONE
    await bench.press("finish")
    farewell = shown(bench.view, Farewell)
    assert [line.item for line in farewell.lines] == [DUNE]
    assert farewell.code == ""
    await bench.wait(10)
    assert bench.view == Welcome()


@story
async def test_each_checkout_lowers_the_allowance(bench: Bench) -> None:
    await bench.borrow(DUNE, EMMA)
    assert [line.item for line in bench.lines] == [EMMA, DUNE]
    assert shown(bench.view, Borrowing).guest.allowance.left == 2


@story
async def test_books_scanned_before_the_card_wait_and_are_checked_out(bench: Bench) -> None:
    await bench.scan(DUNE)
    assert shown(bench.view, Asking).question is Question.BORROW_OR_RETURN
    await bench.press("borrow")
    await bench.scan(EMMA)
    waiting = shown(bench.view, Identify)
    assert [(line.title, line.state) for line in waiting.lines] == [
        ("Emma", LineState.WAITING),
        ("Dune", LineState.WAITING),
    ]
    assert bench.library.acts == []
    await bench.tap()
    assert shown(bench.view, Borrowing)
    assert [(line.title, line.state) for line in bench.lines] == [("Emma", LineState.DONE), ("Dune", LineState.DONE)]
    assert sorted(bench.library.on_loan(ADA_REF)) == [DUNE, EMMA]


@story
async def test_card_presented_at_the_question_checks_the_books_out(bench: Bench) -> None:
    await bench.scan(DUNE, EMMA)
    await bench.tap()
    assert sorted(bench.library.on_loan(ADA_REF)) == [DUNE, EMMA]


@story
async def test_checkout_is_pending_until_the_result_arrives(bench: Bench) -> None:
    await bench.tap()
    bench.library.hold_answers()
    await bench.scan(DUNE)
    assert bench.line.state is LineState.CHECKING
    assert bench.lamp.lit[-1] is Signal.BUSY
    assert bench.line.due is None
    await bench.release_answers()
    assert [line.state for line in bench.lines] == [LineState.DONE]


@story
async def test_due_date_from_the_library_system_takes_precedence(bench: Bench) -> None:
    bench.library.due = datetime(2027, 1, 2, 15, 59, tzinfo=UTC)
    await bench.borrow(DUNE)
    assert bench.line.due == bench.library.due


@story
async def test_offline_checkout_is_saved_unconfirmed(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.tap()
    assert shown(bench.view, Borrowing).guest.offline
    await bench.scan(DUNE)
    assert (bench.line.state, bench.line.confirmed) == (LineState.SAVED, False)
    assert (bench.line.due, bench.gate.pulses) == (IN_THIRTY_DAYS, 1)
    await bench.press("finish")
    assert len(shown(bench.view, Farewell).code) == 6


@story
async def test_refused_book_shows_the_reason_and_the_next_scan_continues(bench: Bench) -> None:
    bench.item(EMMA, reserved_for=LIN_REF, status=ItemStatus.ON_HOLD_SHELF)
    await bench.borrow(EMMA)
    refused = shown(bench.view, Refused)
    assert refused.line.block == Block(Reason.HELD_FOR_OTHER)
    assert bench.lamp.lit[-1] is Signal.REFUSED
    assert bench.library.acts == []
    asked = bench.library.asked
    await bench.scan(EMMA)
    assert (bench.view, bench.library.asked) == (refused, asked)
    await bench.scan(DUNE)
    assert [(line.item, line.state) for line in shown(bench.view, Borrowing).lines] == [
        (DUNE, LineState.DONE),
        (EMMA, LineState.REFUSED),
    ]


@story
async def test_refused_book_can_be_scanned_again(bench: Bench) -> None:
    bench.item(EMMA, reserved_for=LIN_REF)
    await bench.borrow(EMMA)
    await bench.press("next")
    bench.item(EMMA, reserved_for=None)
    await bench.scan(EMMA)
    assert [(line.item, line.state) for line in bench.lines] == [(EMMA, LineState.DONE)]


@story
async def test_library_system_can_refuse_a_checkout_the_kiosk_allows(bench: Bench) -> None:
    bench.library.refuses_next = Reason.CENTRAL_REFUSED
    await bench.borrow(DUNE)
    assert shown(bench.view, Refused).line.block == Block(Reason.CENTRAL_REFUSED)
    assert shown(shown(bench.view, Refused).under, Borrowing).guest.allowance.left == 4


@story
async def test_unparsed_due_date_is_shown_as_received(bench: Bench) -> None:
    bench.library.due_text = "05/06/2026"
    await bench.borrow(DUNE)
    (line,) = shown(bench.view, Borrowing).lines
    assert (line.state, line.due, line.due_text) == (LineState.DONE, None, "05/06/2026")


@story
async def test_loan_with_a_fee_is_made_after_the_patron_agrees(bench: Bench) -> None:
    bench.library.costs = Decimal("2.50")
    await bench.borrow(DUNE)
    assert shown(bench.view, Refused).line.block == Block(Reason.LOAN_COSTS, amount=Decimal("2.50"))
    assert bench.library.on_loan(ADA_REF) == []
    await bench.wait(1)
    await bench.press("agree")
    assert shown(bench.view, Borrowing).lines[0].state is LineState.DONE
    assert bench.library.on_loan(ADA_REF) == [DUNE]
    fees = [act.fee for act, _ in bench.library.acts if isinstance(act, Checkout)]
    assert fees == [None, Decimal("2.50")]


@story
async def test_fee_question_shows_the_due_date_and_calls_no_staff(bench: Bench) -> None:
    bench.library.costs = Decimal("2.50")
    await bench.borrow(DUNE)
    view = shown(bench.view, Refused)
    assert (view.signal, view.line.due) == (Signal.ATTENTION, IN_THIRTY_DAYS)
    assert [each.name for each in actions(view, bench.desk.status) if each.primary] == ["agree"]
    await bench.press("next")
    await bench.scan(DUNE)
    await bench.press("next")
    await bench.scan(DUNE)
    assert not shown(bench.view, Refused).called


@story
async def test_agree_pressed_too_soon_accepts_no_fee(bench: Bench) -> None:
    """The Agree button appears where Finish was."""
    bench.library.costs = Decimal("2.50")
    await bench.borrow(DUNE)
    await bench.wait(0.5)
    await bench.press("agree")
    assert isinstance(bench.view, Refused) and bench.library.on_loan(ADA_REF) == []
    await bench.wait(1)
    await bench.press("agree")
    assert bench.library.on_loan(ADA_REF) == [DUNE]


@under(replace(RULES, pin="account"))
async def test_loan_fee_is_shown_without_the_pin(bench: Bench) -> None:
    bench.library.costs = Decimal("2.50")
    await bench.borrow(DUNE)
    assert shown(bench.view, Refused).line.block == Block(Reason.LOAN_COSTS, amount=Decimal("2.50"))


@story
async def test_feedback_is_offered_unless_switched_off(bench: Bench) -> None:
    names = {each.name for each in actions(Welcome(), bench.desk.status)}
    assert "tell" in names
    assert "tell" not in {each.name for each in actions(Welcome(hears=False), bench.desk.status)}


@story
async def test_declined_fee_leaves_the_book_unborrowed(bench: Bench) -> None:
    bench.library.costs = Decimal("2.50")
    await bench.borrow(DUNE)
    await bench.press("next")
    assert shown(bench.view, Borrowing).lines[0].state is LineState.REFUSED
    await bench.press("finish")
    assert bench.library.on_loan(ADA_REF) == []


@story
async def test_unknown_book_is_refused_online(bench: Bench) -> None:
    await bench.borrow("39999999999999")
    assert shown(bench.view, Refused).line.block == Block(Reason.UNKNOWN_ITEM)


@story
async def test_book_missing_from_the_snapshot_is_refused_offline(bench: Bench) -> None:
    bench.library.forgets.add(DUNE)
    await bench.network(up=False)
    await bench.borrow(DUNE)
    assert shown(bench.view, Refused).line.block == Block(Reason.NEEDS_CENTRAL)


@story
async def test_outdated_snapshot_refuses_checkout(bench: Bench) -> None:
    """The kiosk goes offline after identification; the snapshot has the title but an outdated status."""
    bench.library.outdated = True
    await bench.tap()
    await bench.network(up=False)
    await bench.scan(DUNE)
    line = shown(bench.view, Refused).line
    assert (line.block, line.title) == (Block(Reason.OUTDATED), bench.library.items[DUNE].title)
    assert bench.library.acts == []


@story
async def test_repeated_scan_shows_already_listed_and_sends_nothing(bench: Bench) -> None:
    await bench.borrow(DUNE, DUNE)
    view = shown(bench.view, Borrowing)
    assert view.notice == "already_listed"
    assert [(line.item, line.state, line.again) for line in view.lines] == [(DUNE, LineState.DONE, True)]
    assert len(bench.library.acts) == 1
    await bench.scan(EMMA)
    assert shown(bench.view, Borrowing).notice == ""
    assert not any(line.again for line in bench.lines)


@story
async def test_returned_and_unchecked_book_can_be_borrowed(bench: Bench) -> None:
    bench.item(DUNE, status=ItemStatus.HANDED_IN)
    await bench.borrow(DUNE)
    assert bench.line.state is LineState.DONE


@story
async def test_book_on_loan_to_another_patron_is_refused(bench: Bench) -> None:
    bench.item(DUNE, status=ItemStatus.ON_LOAN, holder=LIN_REF, due=bench.clock.now())
    await bench.borrow(DUNE)
    assert shown(bench.view, Refused).line.block == Block(Reason.ON_LOAN_TO_OTHER)


@story
async def test_loan_limit_counts_the_books_of_this_visit(bench: Bench) -> None:
    await bench.borrow(DUNE, EMMA, ZHUANGZI, ATLAS)
    assert shown(bench.view, Borrowing).guest.allowance.left == 0
    await bench.scan(FILM)
    assert shown(bench.view, Refused).line.block == Block(Reason.LIMIT, count=4)


@story
async def test_two_books_scanned_at_once_respect_the_type_limit(bench: Bench) -> None:
    second = bench.library.items[FILM]
    bench.library.items[EMMA] = replace(second, id=EMMA)
    await bench.network(up=False)
    await bench.tap()
    bench.library.hold_answers()
    await bench.scan(FILM, EMMA)
    await bench.release_answers()
    assert shown(bench.view, Refused).line.block == Block(Reason.TYPE_LIMIT, count=1)
    assert len(bench.library.acts) == 1


@story
async def test_four_books_scanned_at_once_respect_the_offline_cap(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.tap()
    bench.library.hold_answers()
    await bench.scan(DUNE, EMMA, ZHUANGZI, ATLAS)
    await bench.release_answers()
    assert shown(bench.view, Refused).line.block == Block(Reason.OFFLINE_CAP, count=3)
    assert len(bench.library.acts) == 3


@story
async def test_offline_cap_limits_checkouts(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.borrow(DUNE, EMMA, ZHUANGZI, ATLAS)
    assert shown(bench.view, Refused).line.block == Block(Reason.OFFLINE_CAP, count=3)
    assert sorted(bench.library.on_loan(ADA_REF)) == [DUNE, EMMA, ZHUANGZI]


@story
async def test_used_up_offline_cap_blocks_the_patron_at_the_card(bench: Bench) -> None:
    bench.ada(promised=3)
    await bench.network(up=False)
    await bench.tap()
    blocked = shown(bench.view, Blocked)
    assert blocked.block == Block(Reason.OFFLINE_CAP, count=3)
    assert blocked.still == (VisitTask.RETURN, VisitTask.ACCOUNT)


@story
async def test_undo_removes_the_latest_loan(bench: Bench) -> None:
    await bench.borrow(DUNE, EMMA)
    await bench.press("undo")
    view = shown(bench.view, Borrowing)
    assert [line.item for line in view.lines] == [DUNE]
    assert view.notice == "undone"
    assert view.guest.allowance.left == 3
    assert bench.library.acts[-1][0] == Undo(transaction="t2")  # type: ignore[arg-type]
    await bench.press("undo")
    assert not bench.lines
    assert "undo" not in bench.offers()
    await bench.scan(EMMA)
    assert bench.line.state is LineState.DONE


@story
async def test_undo_works_offline(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.borrow(DUNE)
    await bench.press("undo")
    assert not bench.lines
    assert bench.library.on_loan(ADA_REF) == []
    await bench.scan(EMMA, ZHUANGZI, DUNE)
    assert [line.state for line in bench.lines] == [LineState.SAVED] * 3


@story
async def test_only_one_undo_runs_at_a_time(bench: Bench) -> None:
    await bench.borrow(DUNE, EMMA)
    bench.library.hold_answers()
    await bench.press("undo")
    assert bench.line.state is LineState.CHECKING
    assert "undo" not in bench.offers()
    assert undoable(bench.lines) is None
    await bench.release_answers()
    assert [line.item for line in bench.lines] == [DUNE]


@story
async def test_refused_undo_keeps_the_loan(bench: Bench) -> None:
    await bench.borrow(DUNE)
    bench.library.refuses_next = Reason.NOTHING_TO_UNDO
    await bench.press("undo")
    assert shown(bench.view, Refused).line.block == Block(Reason.NOTHING_TO_UNDO)
    await bench.press("next")
    assert bench.line.state is LineState.DONE


@story
async def test_refused_undo_keeps_a_saved_loan_saved(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.borrow(DUNE)
    await bench.network(up=True)
    bench.library.refuses_next = Reason.NOTHING_TO_UNDO
    await bench.press("undo", "next")
    assert bench.line.state is LineState.SAVED


@story
async def test_notice_disappears_at_the_next_touch(bench: Bench) -> None:
    await bench.borrow(DUNE, DUNE)
    await bench.press("large_text")
    assert shown(bench.view, Borrowing).notice == ""


@story
async def test_checkout_without_a_pin_is_verified_by_card(bench: Bench) -> None:
    await bench.borrow(DUNE)
    act = bench.library.acts[0][0]
    assert isinstance(act, Checkout)
    assert act.verified is PinStatus.CARD


@story
async def test_patron_is_blocked_without_loan_rules(bench: Bench) -> None:
    bench.library.policy = None
    await bench.tap()
    assert shown(bench.view, Blocked).block == Block(Reason.NEEDS_CENTRAL)


@story
async def test_losing_the_loan_rules_during_a_visit_refuses_the_next_checkout(bench: Bench) -> None:
    await bench.tap()
    bench.library.policy = None
    await bench.scan(DUNE)
    assert shown(bench.view, Refused).line.block == Block(Reason.NEEDS_CENTRAL)


@story
async def test_book_scanned_just_before_the_card_is_borrowed(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.tap()
    await bench.release_answers()
    assert [(line.item, line.state) for line in shown(bench.view, Borrowing).lines] == [(DUNE, LineState.DONE)]


@story
async def test_book_scanned_just_before_borrow_is_pressed_waits_for_the_card(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.press("borrow")
    await bench.release_answers()
    assert [line.state for line in shown(bench.view, Identify).lines] == [LineState.WAITING]


@story
async def test_waiting_book_scanned_twice_is_listed_once(bench: Bench) -> None:
    await bench.press("borrow")
    await bench.scan(DUNE, DUNE)
    assert [line.item for line in shown(bench.view, Identify).lines] == [DUNE]


@story
async def test_late_reply_does_not_reach_the_next_patron(bench: Bench) -> None:
    await bench.tap()
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.wait(80)
    assert bench.view == Welcome()
    await bench.lay(LIN_UID)
    await bench.release_answers()
    assert shown(bench.view, Borrowing).guest.ref == LIN_REF
    assert bench.lines == ()
    assert bench.library.on_loan(LIN_REF) == []


@story
async def test_full_offline_window_blocks_checkout_and_accepts_returns(bench: Bench) -> None:
    bench.library.accepts_loans = False
    await bench.network(up=False)
    await bench.tap()
    blocked = shown(bench.view, Blocked)
    assert blocked.block == Block(Reason.OFFLINE_WINDOW)
    assert blocked.still == (VisitTask.RETURN, VisitTask.ACCOUNT)
    bench.item(EMMA, status=ItemStatus.ON_LOAN, holder=LIN_REF)
    await bench.bring_back(EMMA)
    assert bench.line.state is LineState.SAVED
    assert bench.library.on_loan(LIN_REF) == []


@story
async def test_offline_window_filling_up_during_a_visit_refuses_the_next_book(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.borrow(DUNE)
    bench.library.accepts_loans = False
    await bench.scan(EMMA)
    assert shown(bench.view, Refused).line.block == Block(Reason.OFFLINE_WINDOW)
    assert bench.library.on_loan(ADA_REF) == [DUNE]


@story
async def test_unanswered_checkout_beyond_the_kiosks_own_rules_is_refused(
    bench: Bench,
) -> None:
    """The ILS would allow a fifth loan but goes offline before it answers; the kiosk's rules allow four."""
    bench.library.policy = replace(POLICY, central_decides=True)
    await bench.borrow(DUNE, EMMA, ZHUANGZI, ATLAS)
    bench.library.send_slowly()
    await bench.scan(FILM)
    bench.library.online = False
    await bench.send()
    assert shown(bench.view, Refused).line.block == Block(Reason.LIMIT, count=4)
    assert FILM not in bench.library.on_loan(ADA_REF)


@story
async def test_unanswered_checkout_within_the_kiosks_own_rules_is_saved(bench: Bench) -> None:
    bench.library.policy = replace(POLICY, central_decides=True)
    await bench.tap()
    bench.library.send_slowly()
    await bench.scan(DUNE)
    bench.library.online = False
    await bench.send()
    assert bench.line.state is LineState.SAVED


@story
async def test_each_new_loan_opens_the_gate_once(bench: Bench) -> None:
    await bench.tap()
    assert bench.gate.pulses == 0
    await bench.scan(DUNE)
    assert bench.gate.pulses == 1
    await bench.scan(DUNE)
    assert bench.gate.pulses == 1, "it is already listed"
    await bench.scan(EMMA)
    assert bench.gate.pulses == 2


@story
async def test_refused_book_keeps_the_gate_closed(bench: Bench) -> None:
    bench.item(EMMA, reserved_for=LIN_REF, status=ItemStatus.ON_HOLD_SHELF)
    await bench.borrow(EMMA)
    shown(bench.view, Refused)
    bench.library.refuses_next = Reason.CENTRAL_REFUSED
    await bench.press("next")
    await bench.scan(DUNE)
    shown(bench.view, Refused)
    assert bench.gate.pulses == 0


@story
async def test_unrecorded_loan_keeps_the_gate_closed(bench: Bench) -> None:
    await bench.tap()
    bench.library.journal_full = True
    await bench.scan(DUNE)
    assert bench.gate.pulses == 0


@under(replace(RULES, returns="trusted"))
async def test_returns_and_renewals_keep_the_gate_closed(bench: Bench) -> None:
    await bench.borrow(DUNE)
    bench.item(DUNE, due=bench.clock.now() + timedelta(days=2))
    await bench.press("account", "renew", item=DUNE)
    assert bench.gate.pulses == 1
    await bench.press("finish", "receipt_none")
    await bench.bring_back(DUNE)
    assert bench.gate.pulses == 1
