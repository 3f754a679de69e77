"""Test answers to questions, and offline transactions that are confirmed or refused during the visit."""

from decimal import Decimal

from kiosk.central import Accepted
from kiosk.central import Refused as CentralRefused
from kiosk.desk.responses import ON_ANSWER
from kiosk.events import PromiseSettled
from kiosk.views import Account, Borrowing, Farewell, LineState, Refused
from kiosk.words import Words
from lending.model import Block, Reason
from lending.questions import QUESTIONS
from lending.transactions import TransactionId
from tests.kiosk.desk.account_test import lend, loan, to_account
from tests.kiosk.desk.bench import DUNE, EMMA, LIN_UID, ZHUANGZI, Bench, shown, story
from tests.kiosk.desk.central import NOON

COSTS = Block(Reason.LOAN_COSTS, amount=Decimal("2.50"))


def test_each_question_has_an_answer_handler() -> None:
    assert set(ON_ANSWER) == set(QUESTIONS)


async def saved_loan(bench: Bench) -> TransactionId:
    """Borrow Dune offline and return the transaction id."""
    await bench.network(up=False)
    await bench.borrow(DUNE)
    assert (bench.line.state, bench.line.confirmed) == (LineState.SAVED, False)
    assert bench.line.transaction
    return bench.line.transaction


@story
async def test_confirmed_offline_checkout_is_shown_as_borrowed(bench: Bench) -> None:
    transaction = await saved_loan(bench)
    await bench.post(PromiseSettled(transaction, Accepted(NOON)))
    assert (bench.line.state, bench.line.confirmed, bench.line.due) == (LineState.DONE, True, NOON)


@story
async def test_confirmed_offline_checkout_frees_the_cap(bench: Bench) -> None:
    transaction = await saved_loan(bench)
    await bench.scan(EMMA, ZHUANGZI)
    await bench.post(PromiseSettled(transaction, Accepted()))
    assert bench.desk.session.visit.patron is not None
    assert bench.desk.session.visit.patron.promised == 2


@story
async def test_receipt_code_disappears_after_the_last_confirmation(bench: Bench) -> None:
    transaction = await saved_loan(bench)
    await bench.press("finish")
    assert shown(bench.view, Farewell).code
    await bench.post(PromiseSettled(transaction, Accepted(NOON)))
    view = shown(bench.view, Farewell)
    assert (view.code, view.link, view.lines[0].state) == ("", "", LineState.DONE)


@story
async def test_refused_offline_checkout_is_shown_at_once(bench: Bench) -> None:
    transaction = await saved_loan(bench)
    left = shown(bench.view, Borrowing).guest.allowance.left
    await bench.post(PromiseSettled(transaction, CentralRefused(COSTS)))
    assert shown(bench.view, Refused).line.block == COSTS
    await bench.press("next")
    assert bench.line.state is LineState.REFUSED
    assert shown(bench.view, Borrowing).guest.allowance.left == left + 1


@story
async def test_offline_checkout_refused_after_finish_is_shown_as_refused(bench: Bench) -> None:
    transaction = await saved_loan(bench)
    await bench.press("finish")
    await bench.post(PromiseSettled(transaction, CentralRefused(Block(Reason.CENTRAL_REFUSED))))
    view = shown(bench.view, Farewell)
    assert (view.code, view.lines[0].state) == ("", LineState.REFUSED)


@story
async def test_confirmed_offline_renewal_is_shown_in_the_account(bench: Bench) -> None:
    lend(bench, EMMA, 1)
    await bench.network(up=False)
    await to_account(bench)
    await bench.press("renew", item=EMMA)
    transaction = loan(bench, EMMA).transaction
    assert transaction and loan(bench, EMMA).state is LineState.SAVED
    await bench.post(PromiseSettled(transaction, Accepted(NOON)))
    assert shown(bench.view, Account)
    assert (loan(bench, EMMA).state, loan(bench, EMMA).due) == (LineState.DONE, NOON)


@story
async def test_late_result_of_an_earlier_visit_changes_nothing(bench: Bench) -> None:
    transaction = await saved_loan(bench)
    await bench.press("finish", "receipt_none")
    await bench.tap(LIN_UID)
    before = bench.view
    await bench.post(PromiseSettled(transaction, CentralRefused(COSTS)))
    assert bench.view == before


@story
async def test_pending_checkout_shows_waiting_and_accepts_the_next_book(bench: Bench) -> None:
    await bench.tap()
    bench.library.send_slowly()
    await bench.scan(DUNE)
    assert [Words(each).state(bench.line) for each in ("en", "zh")] == ["Waiting for the library", "正在等图书馆回复"]
    await bench.scan(EMMA)
    assert [line.item for line in bench.lines] == [EMMA, DUNE]
    assert len(bench.library.under_way) == 2
    await bench.send()
    assert [line.state for line in bench.lines] == [LineState.DONE, LineState.DONE]
