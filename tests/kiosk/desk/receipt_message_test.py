"""Test the receipt as a message: one of four ways, sent once to the patron's address, with its outcome."""

from __future__ import annotations

from kiosk.views import FAREWELL_SECONDS, Farewell, ReceiptState, Welcome
from lending.questions import AfterVisit, ReceiptChannel
from lending.responses import ReceiptRequest
from tests.kiosk.desk.bench import ADA, ATLAS, DUNE, EMMA, Bench, shown, story

SMS = ReceiptChannel("sms", "•••5678")
OTHER_RECEIPTS = {"receipt_none", "receipt_phone", "receipt_paper"}


async def borrow(bench: Bench, message: ReceiptChannel | None = SMS, items: tuple[str, ...] = (DUNE, EMMA)) -> Farewell:
    bench.library.after_visit = AfterVisit(message=message)
    await bench.tap()
    for item in items:
        await bench.scan(item)
    await bench.press("finish")
    return shown(bench.view, Farewell)


def receipt(bench: Bench) -> ReceiptState:
    return shown(bench.view, Farewell).receipt


@story
async def test_message_receipt_is_offered_with_the_other_three(bench: Bench) -> None:
    view = await borrow(bench)
    assert {*OTHER_RECEIPTS, "receipt_message"} <= set(bench.offers())
    assert (view.seconds, view.receipt) == (FAREWELL_SECONDS, ReceiptState.OFFERED)


@story
async def test_message_receipt_is_sent_once_with_all_transactions(bench: Bench) -> None:
    await borrow(bench)
    await bench.press("receipt_message")
    assert bench.responses == [ReceiptRequest(f"borrow:{DUNE},borrow:{EMMA}", "", ADA)]
    assert receipt(bench) is ReceiptState.SENT
    assert "receipt_message" not in bench.offers()
    await bench.press("home")
    assert bench.view == Welcome() and len(bench.responses) == 1


@story
async def test_message_receipt_includes_returns(bench: Bench) -> None:
    await borrow(bench, None)
    await bench.press("receipt_none")
    await bench.lift()
    bench.library.after_visit = AfterVisit(message=SMS)
    await bench.press("return")
    await bench.scan(DUNE)
    await bench.tap()
    await bench.press("finish")
    await bench.press("receipt_message")
    assert bench.responses[-1] == ReceiptRequest(f"return:{DUNE}", "", ADA)


@story
async def test_offline_message_receipt_is_kept_for_later(bench: Bench) -> None:
    await borrow(bench)
    await bench.network(up=False)
    await bench.press("receipt_message")
    assert receipt(bench) is ReceiptState.KEPT


@story
async def test_journal_failure_leaves_the_other_receipts_available(bench: Bench) -> None:
    await borrow(bench)
    bench.library.journal_full = True
    await bench.press("receipt_message")
    assert (receipt(bench), bench.responses) == (ReceiptState.OFFERED, [])
    assert "receipt_message" not in bench.offers() and set(bench.offers()) >= OTHER_RECEIPTS


@story
async def test_message_receipt_is_hidden_if_automatic_or_without_an_address(bench: Bench) -> None:
    view = await borrow(bench, ReceiptChannel("mail", "a•••@example.org", goes=True))
    assert view.message is not None and "receipt_message" not in bench.offers()
    await bench.press("receipt_none")
    await bench.lift()
    await borrow(bench, None, (ATLAS,))
    assert "receipt_message" not in bench.offers()


@story
async def test_message_receipt_is_hidden_with_hidden_titles(bench: Bench) -> None:
    await borrow(bench)
    await bench.choose("hide_titles")
    assert "receipt_message" not in bench.offers()


@story
async def test_message_receipt_is_hidden_without_a_card(bench: Bench) -> None:
    await borrow(bench)
    await bench.press("receipt_none")
    await bench.lift()
    await bench.press("return")
    await bench.scan(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Farewell).message is None and "receipt_message" not in bench.offers()


@story
async def test_message_receipt_state_is_hidden_from_the_next_patron(bench: Bench) -> None:
    await borrow(bench)
    await bench.press("receipt_message")
    await bench.press("home")
    await bench.lift()
    view = await borrow(bench, None, (ATLAS,))
    assert (view.message, view.receipt) == (None, ReceiptState.OFFERED)
