"""Test that the receipt lists each transaction once, and identifies the patron no more than necessary."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kiosk.views import CurrentPatron, Farewell, LineState, Status, VisitLine, VisitTask
from kiosk.words import Words
from kiosk.words.receipt import Fill, HorizontalLine, LookUp, Print, Receipt, Shelf, Size, as_text, layout
from lending.model import Block, CardRef, ItemId, PatronRef, Reason
from lending.policy import Allowance

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 14, 36, tzinfo=SHANGHAI)
DUE = datetime(2026, 12, 20, 23, 59, tzinfo=SHANGHAI)
ADA = CurrentPatron(CardRef("c" * 64), PatronRef("patron-17"), Allowance(10, 5), name="Ada L.", last4="5678")
SEA, MAPS, SICILY = (
    VisitLine(ItemId(f"3001200000001{n}"), VisitTask.BORROW, LineState.DONE, title, due=DUE, confirmed=True)
    for n, title in enumerate(("Seasons of the sea", "The island of lost maps", "A house in Sicily"))
)
BACK = VisitLine(ItemId("30012000000090"), VisitTask.RETURN, LineState.SAVED, "Dune", provisional=True, confirmed=True)


def receipt(*lines: VisitLine, guest: CurrentPatron | None = ADA, code: str = "", language: str = "en") -> Receipt:
    """Return the receipt of a visit with items in this order."""
    library = {"en": "Lakeside Library", "zh": "湖滨图书馆"}[language]
    farewell = Farewell(tuple(reversed(lines)), guest, code=code)
    return layout(farewell, Status(library, NOW, language), Words(language))


def test_receipt_lists_three_loans_in_order() -> None:
    assert receipt(SEA, replace(MAPS, state=LineState.SAVED, confirmed=False), SICILY, code="7K429Q").text == (
        "Lakeside Library",
        "Sun 22 Nov 2026, 14:36",
        "Ada L., card ending 5678",
        "2 borrowed",
        "1 more saved, to be confirmed",
        "A house in Sicily",
        "Due Sun 20 Dec",
        "The island of lost maps",
        "Due Sun 20 Dec",
        "Saved, not yet confirmed",
        "Seasons of the sea",
        "Due Sun 20 Dec",
        "Receipt code",
        "7K4 29Q",
        "Keep this receipt until all items are confirmed. Staff can look it up by the code.",
    )


def test_unparsed_due_date_is_printed_verbatim() -> None:
    printed = receipt(replace(SEA, due=None, due_text="05/06/2026")).text
    assert printed[printed.index(SEA.title) :][:2] == (SEA.title, "Due 05/06/2026")


def test_chinese_receipt_is_printed_in_chinese() -> None:
    text = receipt(SEA, replace(MAPS, state=LineState.SAVED), language="zh").text
    assert text[:4] == ("湖滨图书馆", "2026年11月22日 周日 14:36", "Ada L. 证号尾号 5678", "借书 1 本")
    assert text[4] == "另有 1 本已保存，待确认"
    assert text[5:7] == (MAPS.title, "12月20日 周日 应还")
    assert "已保存，待确认" in text


def test_provisional_return_is_printed_as_being_checked() -> None:
    back = receipt(BACK, guest=None)
    assert back.text[2:] == (
        "1 being checked",
        "Dune",
        "Returned, being checked",
        "Returned: no further overdue fee on this book. Complete once staff have checked it.",
    )
    assert Print("Returned, being checked", clock=True) in back.lines


def test_several_returns_share_one_note() -> None:
    text = receipt(BACK, replace(BACK, item=MAPS.item), guest=None).text
    assert text[-1].startswith("Returned: no further overdue fees on these books.")
    assert not any("nothing is overdue" in line.lower() for line in text)


def test_final_return_has_no_note() -> None:
    text = receipt(replace(BACK, state=LineState.DONE, provisional=False)).text
    assert text[3:] == ("1 returned", "Dune")


def test_each_task_has_its_own_section() -> None:
    renewed = replace(SICILY, errand=VisitTask.RENEW, due=DUE + timedelta(days=28))
    parts = receipt(BACK, renewed, SEA).lines
    assert [line.text for line in parts if isinstance(line, Print) and line.size is Size.HEAD] == [
        "1 borrowed",
        "1 renewed",
        "1 being checked",
    ]
    assert Print("Due Sun 17 Jan") in parts
    assert sum(isinstance(line, HorizontalLine) for line in parts) == 4


@pytest.mark.parametrize(
    ("errand", "head"),
    [
        (VisitTask.BORROW, "2 saved, not yet confirmed"),
        (VisitTask.RENEW, "2 renewals saved, not yet confirmed"),
        (VisitTask.RETURN, "2 returns saved, not yet confirmed"),
    ],
)
def test_saved_transactions_are_counted_by_their_task(errand: VisitTask, head: str) -> None:
    saved = replace(SEA, errand=errand, state=LineState.SAVED)
    assert head in receipt(saved, replace(saved, item=MAPS.item)).text


@pytest.mark.parametrize("state", [LineState.REFUSED, LineState.WAITING, LineState.CHECKING])
def test_refused_waiting_or_unfinished_items_are_not_printed(state: LineState) -> None:
    refused = replace(MAPS, state=state, block=Block(Reason.READING_ROOM))
    text = receipt(SEA, refused).text
    assert "1 borrowed" in text
    assert MAPS.title not in text


def test_receipt_shows_only_masked_name_and_last_four_digits() -> None:
    shown = " ".join(receipt(SEA, BACK, code="7K429Q").text)
    assert ADA.ref not in shown and ADA.card not in shown
    assert "card" not in " ".join(receipt(SEA, guest=None).text)


@pytest.mark.parametrize(
    ("guest", "line"),
    [
        (replace(ADA, name=""), "Card ending 5678"),
        (replace(ADA, last4=""), "Ada L."),
        (replace(ADA, name="", last4=""), "1 borrowed"),
    ],
)
def test_missing_patron_data_is_omitted(guest: CurrentPatron, line: str) -> None:
    assert receipt(SEA, guest=guest).text[2] == line


def test_item_without_a_title_is_named_by_its_barcode() -> None:
    assert f"Item {SEA.item}" in receipt(replace(SEA, title="")).text


def test_spines_are_in_the_order_of_the_visit() -> None:
    (shelf,) = (line for line in receipt(SEA, BACK, SICILY).lines if isinstance(line, Shelf))
    alone = [receipt(each).lines[0] for each in (SEA, BACK, SICILY)]
    assert shelf.spines == tuple(spine for each in alone if isinstance(each, Shelf) for spine in each.spines)
    assert shelf.spines[1].fill is Fill.HALF
    assert Fill.HALF not in (shelf.spines[0].fill, shelf.spines[2].fill)


def test_receipt_code_is_printed_in_two_groups() -> None:
    (code,) = (line for line in receipt(SEA, code="7K429Q").lines if isinstance(line, LookUp))
    assert (code.code, code.grouped) == ("7K429Q", "7K4 29Q")
    assert not any(isinstance(line, LookUp) for line in receipt(SEA).lines)


def test_receipt_link_is_encoded_and_the_code_is_printed() -> None:
    farewell = Farewell((SEA,), ADA, code="7K429Q", link="https://library.example/p/receipt/7K429Q/")
    printed = layout(farewell, Status("Library", NOW, "en"), Words("en"))
    (code,) = (line for line in printed.lines if isinstance(line, LookUp))
    assert (code.read, code.grouped) == ("https://library.example/p/receipt/7K429Q/", "7K4 29Q")
    assert as_text(printed, 700).endswith("Receipt code\nhttps://library.example/p/receipt/7K429Q/")


def test_text_receipt_contains_everything_within_the_limit() -> None:
    printed = Receipt((Print("City Library"), HorizontalLine(), Print("Dune"), LookUp("Receipt code", "K7Q2MX")))
    assert as_text(printed, 700) == "City Library\nDune\nReceipt code\nK7Q 2MX"


@pytest.mark.parametrize("most", range(30, 200, 7))
def test_text_receipt_is_truncated_before_its_code(most: int) -> None:
    titles = tuple(Print(f"小书生大时代 {number}") for number in range(9))
    printed = as_text(Receipt((Print("City Library"), *titles, LookUp("Code", "K7Q2MX"))), most)
    assert len(printed.encode()) <= most
    assert printed.endswith("…\nCode\nK7Q 2MX")
    assert printed.startswith("City Library")
