"""Test the receipt as a message: one of four ways, sent once to the patron's address, with its outcome."""

from __future__ import annotations

from kiosk.views import FAREWELL_SECONDS, Farewell, ReceiptState, Welcome
from lending.post_visit import AfterVisit, ReceiptChannel
from lending.responses import ReceiptRequest
from tests.kiosk.desk.bench import ADA, ATLAS, DUNE, EMMA, Bench, shown, story
from tests.kiosk.desk.post_visit_test import said

TO_HER = ReceiptChannel("sms", "•••5678")
NAMES = {"receipt_none", "receipt_phone", "receipt_paper"}


async def borrow(
    bench: Bench, message: ReceiptChannel | None = TO_HER, items: tuple[str, ...] = (DUNE, EMMA)
) -> Farewell:
    bench.library.after_visit = AfterVisit(message=message)
    await bench.tap()
    for item in items:
        await bench.scan(item)
    await bench.press("finish")
    return shown(bench.view, Farewell)


def receipt(bench: Bench) -> ReceiptState:
    return shown(bench.view, Farewell).receipt


@story
async def test_it_is_the_fourth_receipt_and_paper_stays_the_first(bench: Bench) -> None:
    view = await borrow(bench)
    assert {*NAMES, "receipt_message"} <= set(bench.offers())
    assert (view.seconds, view.receipt) == (FAREWELL_SECONDS, ReceiptState.OFFERED)


@story
async def test_one_touch_says_what_was_done_once(bench: Bench) -> None:
    await borrow(bench)
    await bench.press("receipt_message")
    assert said(bench) == [ReceiptRequest(f"borrow:{DUNE},borrow:{EMMA}", "", ADA)]
    assert receipt(bench) is ReceiptState.SENT
    assert "receipt_message" not in bench.offers()
    await bench.press("home")
    assert bench.view == Welcome() and len(said(bench)) == 1


@story
async def test_a_return_stands_on_it_too(bench: Bench) -> None:
    await borrow(bench, None)
    await bench.press("receipt_none")
    await bench.lift()
    bench.library.after_visit = AfterVisit(message=TO_HER)
    await bench.press("return")
    await bench.scan(DUNE)
    await bench.tap()
    await bench.press("finish")
    await bench.press("receipt_message")
    assert said(bench)[-1] == ReceiptRequest(f"return:{DUNE}", "", ADA)


@story
async def test_while_the_central_is_away_it_is_kept_for_later_and_said_so(bench: Bench) -> None:
    await borrow(bench)
    await bench.network(up=False)
    await bench.press("receipt_message")
    assert receipt(bench) is ReceiptState.KEPT


@story
async def test_what_the_disk_does_not_take_is_offered_by_the_other_ways(bench: Bench) -> None:
    await borrow(bench)
    bench.library.journal_full = True
    await bench.press("receipt_message")
    assert (receipt(bench), said(bench)) == (ReceiptState.OFFERED, [])
    assert "receipt_message" not in bench.offers() and set(bench.offers()) >= NAMES


@story
async def test_it_is_not_offered_where_the_patron_gets_it_by_itself_or_has_no_address(bench: Bench) -> None:
    view = await borrow(bench, ReceiptChannel("mail", "a•••@example.org", goes=True))
    assert view.message is not None and "receipt_message" not in bench.offers()
    await bench.press("receipt_none")
    await bench.lift()
    await borrow(bench, None, (ATLAS,))
    assert "receipt_message" not in bench.offers()


@story
async def test_with_titles_hidden_none_is_written_to_them(bench: Bench) -> None:
    await borrow(bench)
    await bench.choose("hide_titles")
    assert "receipt_message" not in bench.offers()


@story
async def test_without_a_card_there_is_nobody_to_write_to(bench: Bench) -> None:
    await borrow(bench)
    await bench.press("receipt_none")
    await bench.lift()
    await bench.press("return")
    await bench.scan(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Farewell).message is None and "receipt_message" not in bench.offers()


@story
async def test_the_next_patron_sees_nothing_of_it(bench: Bench) -> None:
    await borrow(bench)
    await bench.press("receipt_message")
    await bench.press("home")
    await bench.lift()
    view = await borrow(bench, None, (ATLAS,))
    assert (view.message, view.receipt) == (None, ReceiptState.OFFERED)
