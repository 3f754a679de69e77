"""Test the account: loans, holds, fees and renewals, online and offline, and with a library system's own rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Account, Blocked, Borrowing, Farewell, LineState, LoanLine, Refused, Signal, VisitTask
from kiosk.words import Words
from lending.model import Block, Fee, FeeKind, Hold, ItemId, ItemStatus, Reason
from lending.transactions import Renew
from tests.kiosk.desk.bench import ADA, ADA_REF, ATLAS, DUNE, EMMA, RULES, ZHUANGZI, Bench, shown, story, under
from tests.kiosk.desk.central import POLICY

RENEWED = datetime(2026, 12, 22, 23, 59, tzinfo=ZoneInfo("Asia/Shanghai"))


def lend(bench: Bench, item: ItemId, days: float, **facts: Any) -> None:
    due = bench.clock.now() + timedelta(days=days)
    bench.item(item, status=ItemStatus.ON_LOAN, holder=ADA_REF, due=due, **facts)


async def to_account(bench: Bench) -> None:
    await bench.press("account")
    await bench.tap()


def loan(bench: Bench, item: ItemId) -> LoanLine:
    return next(each for each in shown(bench.view, Account).loans or () if each.item == item)


def on_loan(bench: Bench) -> int:
    ground = bench.desk.session.ground
    assert isinstance(ground, Borrowing | Account)
    return ground.guest.allowance.on_loan


@story
async def test_account_shows_loans_by_due_date_holds_and_currency(bench: Bench) -> None:
    lend(bench, DUNE, 5)
    lend(bench, EMMA, -1)
    hold = Hold("Solaris", ready=True, shelf="A 3", until=date(2026, 12, 1))
    bench.library.holds[ADA] = (hold,)
    await to_account(bench)
    view = shown(bench.view, Account)
    assert [(each.title, each.overdue) for each in view.loans or ()] == [("Emma", True), ("Dune", False)]
    assert view.holds == (hold,)
    assert view.currency == "CNY"
    assert not view.offline


@story
async def test_account_says_what_fees_are_for_once_the_pin_is_right(bench: Bench) -> None:
    fee = Fee(FeeKind.LOST, Decimal(80), "Emma", date(2026, 11, 3))
    bench.library.fees[ADA] = (fee,)
    await to_account(bench)
    assert shown(bench.view, Account).fees == (fee,)


@story
async def test_account_shows_busy_signal_while_loading(bench: Bench) -> None:
    await bench.tap()
    bench.library.hold_answers()
    await bench.press("account")
    assert shown(bench.view, Account).loans is None
    assert bench.lamp.lit[-1] is Signal.BUSY
    await bench.press("back")
    await bench.release_answers()
    assert shown(bench.view, Borrowing)


@story
async def test_renewing_one_loan_updates_only_its_due_date(bench: Bench) -> None:
    lend(bench, EMMA, -1)
    lend(bench, DUNE, 5)
    await to_account(bench)
    await bench.press("renew", item=EMMA)
    renewed = loan(bench, EMMA)
    assert (renewed.state, renewed.due, renewed.overdue) == (LineState.DONE, RENEWED, False)
    assert loan(bench, DUNE).state is None
    assert bench.lamp.lit[-1] is Signal.DONE
    await bench.press("finish")
    line = shown(bench.view, Farewell).lines[0]
    assert (line.errand, line.item, line.due) == (VisitTask.RENEW, EMMA, RENEWED)


@story
async def test_renew_all_renews_each_renewable_loan_soonest_due_first(bench: Bench) -> None:
    lend(bench, DUNE, 5)
    lend(bench, EMMA, 1)
    lend(bench, ZHUANGZI, 3, renewals=2)
    lend(bench, ATLAS, 4)
    await to_account(bench)
    assert loan(bench, ZHUANGZI).block == Block(Reason.NO_RENEWALS_LEFT, count=2)
    await bench.press("renew_all")
    assert [act.item for act, _ in bench.library.acts if isinstance(act, Renew)] == [EMMA, ATLAS, DUNE]
    assert {loan(bench, each).state for each in (EMMA, ATLAS, DUNE)} == {LineState.DONE}
    assert "renew_all" not in bench.offers()


@story
async def test_refused_renewal_in_renew_all_is_marked_in_the_list(bench: Bench) -> None:
    lend(bench, DUNE, 5)
    lend(bench, EMMA, 1)
    await to_account(bench)
    bench.library.refuses_next = Reason.SOMEONE_WAITS
    await bench.press("renew_all")
    assert (loan(bench, EMMA).state, loan(bench, EMMA).block) == (LineState.REFUSED, Block(Reason.SOMEONE_WAITS))
    assert loan(bench, DUNE).state is LineState.DONE


@story
async def test_single_refused_renewal_opens_the_refusal_screen(bench: Bench) -> None:
    lend(bench, EMMA, 1)
    await to_account(bench)
    bench.library.refuses_next = Reason.SOMEONE_WAITS
    await bench.press("renew", item=EMMA)
    refused = shown(bench.view, Refused)
    assert (refused.line.errand, refused.line.block) == (VisitTask.RENEW, Block(Reason.SOMEONE_WAITS))
    await bench.press("next")
    assert loan(bench, EMMA).state is LineState.REFUSED


@story
async def test_renewal_without_loan_rules_is_refused_and_not_sent(bench: Bench) -> None:
    lend(bench, EMMA, 1)
    await to_account(bench)
    bench.library.policy = None
    await bench.press("renew", item=EMMA)
    assert shown(bench.view, Refused).line.block == Block(Reason.NEEDS_CENTRAL)
    assert bench.library.acts == []


@story
async def test_offline_renewal_of_a_snapshot_loan_is_saved(bench: Bench) -> None:
    lend(bench, EMMA, 1)
    await bench.network(up=False)
    await to_account(bench)
    assert shown(bench.view, Account).offline
    await bench.press("renew", item=EMMA)
    assert (loan(bench, EMMA).state, loan(bench, EMMA).due) == (LineState.SAVED, RENEWED)
    await bench.press("finish")
    assert shown(bench.view, Farewell).code != ""


@story
async def test_offline_account_missing_from_the_snapshot_is_blocked(bench: Bench) -> None:
    await bench.tap()
    await bench.network(up=False)
    bench.library.forgets.add(ADA)
    await bench.press("account")
    view = shown(bench.view, Blocked)
    assert (view.block, view.still) == (Block(Reason.NEEDS_CENTRAL), (VisitTask.BORROW, VisitTask.RETURN))
    await bench.press("borrow")
    assert shown(bench.view, Borrowing)


@under(replace(RULES, pin="always", offline_pin="lend_capped"))
async def test_item_refused_while_the_account_is_unavailable_stays_in_the_list(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.tap()
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.press("account")
    assert shown(bench.view, Blocked).block == Block(Reason.NEEDS_CENTRAL)
    bench.item(DUNE, status=ItemStatus.LOST)
    await bench.release_answers()
    assert [line.block for line in shown(bench.view, Blocked).lines] == [Block(Reason.ITEM_LOST)]


@story
async def test_undoing_a_renewal_restores_the_due_date(bench: Bench) -> None:
    lend(bench, EMMA, -1)
    await to_account(bench)
    before = loan(bench, EMMA)
    assert "undo" not in bench.offers()
    await bench.press("renew", item=EMMA)
    await bench.press("undo")
    assert loan(bench, EMMA) == before
    assert (shown(bench.view, Account).lines, shown(bench.view, Account).notice) == ((), "undone")
    await bench.press("renew", item=EMMA)
    assert loan(bench, EMMA).state is LineState.DONE


@story
async def test_renewal_can_be_undone_from_the_borrowing_list(bench: Bench) -> None:
    lend(bench, EMMA, 1)
    await to_account(bench)
    await bench.press("renew", item=EMMA)
    await bench.press("back")
    assert [line.errand for line in shown(bench.view, Borrowing).lines] == [VisitTask.RENEW]
    await bench.press("undo")
    assert bench.lines == ()
    assert bench.library.items[EMMA].renewals == 0


@story
async def test_renewal_in_progress_completes_after_leaving_the_account(bench: Bench) -> None:
    lend(bench, EMMA, 1)
    await to_account(bench)
    bench.library.hold_answers()
    await bench.press("renew", item=EMMA)
    assert loan(bench, EMMA).state is LineState.CHECKING
    await bench.press("back", "finish")
    assert shown(bench.view, Borrowing).notice == "wait_for_checking"
    await bench.release_answers()
    assert [line.state for line in shown(bench.view, Farewell).lines] == [LineState.DONE]


@story
async def test_reopened_account_still_shows_the_renewal(bench: Bench) -> None:
    lend(bench, EMMA, 1)
    await to_account(bench)
    await bench.press("renew", item=EMMA)
    await bench.press("back", "account")
    assert loan(bench, EMMA).state is LineState.DONE


@story
async def test_listed_loan_scanned_in_the_account_changes_nothing(bench: Bench) -> None:
    lend(bench, EMMA, 1)
    await to_account(bench)
    await bench.scan(EMMA)
    assert shown(bench.view, Account).notice == "already_listed"
    assert bench.library.acts == []


@story
async def test_another_book_scanned_in_the_account_is_borrowed(bench: Bench) -> None:
    await to_account(bench)
    await bench.scan(DUNE)
    assert [line.state for line in shown(bench.view, Borrowing).lines] == [LineState.DONE]


@story
async def test_loan_of_this_visit_appears_in_the_account(bench: Bench) -> None:
    await bench.borrow(DUNE)
    await bench.press("account")
    assert [each.item for each in shown(bench.view, Account).loans or ()] == [DUNE]
    assert [line.item for line in shown(bench.view, Account).lines] == [DUNE]


@story
async def test_checkout_in_progress_is_counted_once_after_opening_the_account(bench: Bench) -> None:
    await bench.tap()
    bench.library.send_slowly()
    await bench.scan(DUNE)
    await bench.press("account")
    assert [each.item for each in shown(bench.view, Account).loans or ()] == [DUNE]
    assert on_loan(bench) == 1
    await bench.press("back")
    await bench.scan(EMMA)
    assert on_loan(bench) == 1
    await bench.send()
    assert on_loan(bench) == 2
    assert bench.desk.session.visit.included == ()


@story
async def test_checkout_in_progress_takes_one_place_of_the_loan_limit(bench: Bench) -> None:
    bench.ada(loans={"book": 2})
    await bench.tap()
    bench.library.send_slowly()
    await bench.scan(DUNE)
    await bench.press("account", "back")
    await bench.scan(EMMA)
    await bench.send()
    assert [line.state for line in bench.lines] == [LineState.DONE, LineState.DONE]
    assert on_loan(bench) == 4


@story
async def test_refused_checkout_is_removed_from_the_count_of_loans(bench: Bench) -> None:
    await bench.tap()
    bench.library.send_slowly()
    await bench.scan(DUNE)
    await bench.press("account")
    bench.library.refuses_next = Reason.SOMEONE_WAITS
    await bench.send()
    assert shown(bench.view, Refused)
    await bench.press("next")
    assert on_loan(bench) == 0


@story
async def test_return_in_progress_is_subtracted_once(bench: Bench) -> None:
    lend(bench, EMMA, 1)
    lend(bench, DUNE, 1)
    await bench.press("return")
    bench.library.send_slowly()
    await bench.scan(EMMA)
    await bench.tap()
    assert on_loan(bench) == 1
    await bench.press("account")
    await bench.send()
    assert on_loan(bench) == 1


@story
async def test_checkout_confirmed_during_the_recount_is_counted(bench: Bench) -> None:
    await bench.tap()
    bench.library.send_slowly()
    await bench.scan(DUNE)
    await bench.press("account", "back")
    bench.library.send()
    bench.library.hold_answers()
    await bench.settle()
    assert bench.desk.session.visit.recounting
    bench.library.release_answers()
    await bench.scan(EMMA)
    assert on_loan(bench) == 2


@story
async def test_full_offline_window_blocks_renewals(bench: Bench) -> None:
    lend(bench, EMMA, 3)
    bench.library.accepts_loans = False
    await bench.network(up=False)
    await to_account(bench)
    assert loan(bench, EMMA).block == Block(Reason.OFFLINE_WINDOW)
    assert "renew_all" not in bench.offers()


@story
async def test_account_marks_loans_not_yet_confirmed(bench: Bench) -> None:
    lend(bench, EMMA, 3)
    await bench.network(up=False)
    await bench.borrow(DUNE)
    await bench.press("finish", "receipt_none")
    await to_account(bench)
    assert (loan(bench, DUNE).unconfirmed, loan(bench, EMMA).unconfirmed) == (True, False)


@pytest.mark.parametrize(("undone", "days"), [(False, [30, 30]), (True, [-5])], ids=["kept", "undone"])
def test_checkout_and_renewal_in_one_visit_show_the_same_due_date(undone: bool, days: list[int]) -> None:
    @story
    async def visit(bench: Bench) -> None:
        await bench.borrow(EMMA)
        first = bench.line.due
        assert first is not None
        bench.library.items[EMMA] = replace(bench.library.items[EMMA], due=first - timedelta(days=5))
        await bench.press("account")
        bench.library.due = first + timedelta(days=30)
        await bench.press("renew", item=EMMA)
        if undone:
            await bench.press("undo")
        await bench.press("finish")
        lines = shown(bench.view, Farewell).lines
        assert [line.due for line in lines] == [first + timedelta(days=each) for each in days]

    visit()


@story
async def test_account_shows_renewals_left_and_earliest_renewal_date(bench: Bench) -> None:
    lend(bench, EMMA, 3)
    lend(bench, DUNE, 31)
    await to_account(bench)
    assert [(each.item, each.renewals_left) for each in shown(bench.view, Account).loans or ()] == [
        (EMMA, 2),
        (DUNE, 2),
    ]
    assert loan(bench, EMMA).block is None
    early = loan(bench, DUNE).block
    assert early is not None
    assert early.reason is Reason.TOO_EARLY
    assert early.on == bench.clock.now().date() + timedelta(days=2)


def screen_text(bench: Bench) -> str:
    """All text on the screen."""
    sheet = sheet_of(bench.view, bench.desk.status, Theme(1280, 800, 10.1), Words("en", currency="CNY"), Glyphs(), 0)
    return " ".join(mark.text for mark in sheet if isinstance(mark, Text))


@story
async def test_loan_limit_is_hidden_if_the_ils_applies_its_own_rules(bench: Bench) -> None:
    await bench.tap()
    assert "allowed" in screen_text(bench) and "left" in screen_text(bench)
    await bench.press("finish")
    bench.library.policy = replace(POLICY, central_decides=True)
    await bench.tap()
    assert not shown(bench.view, Borrowing).guest.allowance.certain
    assert "on loan" in screen_text(bench)
    assert "allowed" not in screen_text(bench) and "left" not in screen_text(bench)


@story
async def test_account_shows_fees_with_the_ils_currency_and_limit(bench: Bench) -> None:
    bench.ada(fees=Decimal("35.00"), currency="USD", fee_limit=Decimal("5.00"))
    bench.library.policy = replace(POLICY, central_decides=True)
    await bench.tap()
    await bench.press("account")
    assert shown(bench.view, Account).guest.fees == Decimal("35.00")
    assert "0 on loan, $35.00 to pay (limit $5.00)" in screen_text(bench)


@story
async def test_no_fees_text_is_hidden_for_a_patron_blocked_for_fees(bench: Bench) -> None:
    await bench.tap()
    await bench.press("account")
    assert "no fees" in screen_text(bench)
    await bench.press("finish")
    bench.library.patrons[ADA] = replace(bench.library.patrons[ADA], barred=Block(Reason.FEES))
    await bench.tap()
    await bench.press("account")
    assert shown(bench.view, Account).guest.fees is None
    assert "no fees" not in screen_text(bench)


@story
async def test_checkout_disabled_by_the_ils_is_distinct_from_offline(bench: Bench) -> None:
    bench.library.policy = replace(POLICY, central_decides=True, checkout_enabled=False)
    await bench.tap()
    blocked = shown(bench.view, Blocked)
    assert blocked.block == Block(Reason.CENTRAL_FORBIDS)
    assert blocked.still == (VisitTask.RETURN, VisitTask.ACCOUNT)
    assert "does not allow this here" in screen_text(bench) and "away" not in screen_text(bench)
