"""Test printed receipts: decode the bytes sent to the printer back into dots and compare them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from pyzbar.pyzbar import decode

from kiosk.hardware import receipt_raster
from kiosk.views import CurrentPatron, Farewell, LineState, Status, VisitLine, VisitTask
from kiosk.visit_player.judgement import reads
from kiosk.words import Words
from kiosk.words.receipt import Receipt, layout
from lending.model import CardRef, ItemId, PatronRef
from lending.policy import Allowance
from tests.emulated.escpos_printer import Printer
from tests.emulated.escpos_reading import read
from tests.kiosk.hardware.printer_operator import FileOperator, Width, by_network
from tests.kiosk.hardware.receipt_printer_contract import alike

NOW = datetime(2026, 11, 25, 16, 40, tzinfo=ZoneInfo("Asia/Shanghai"))
BOOKS = {
    "zh": ("小书生大时代：晚清的一段往事", "黄叶村读书记", "中国度量衡史"),
    "en": ("The island of lost maps: a true story of cartographic crime", "Dune", "A house in Sicily"),
    "mn": ("Монголын нууц товчоо", "Тунгалаг Тамир", "Өвгөн бид хоёр: өгүүллэгийн түүвэр"),
}
CODE = "K7Q2MX"
CHINESE = "".join(map(chr, range(0x4E00, 0x4E80)))
"""Characters to search for in addition to those of the receipt."""


def receipt(books: str) -> Receipt:
    """Return a receipt of three items, one unconfirmed; Mongolian titles are printed with English texts."""
    language = books if books in ("zh", "en") else "en"
    lines = tuple(
        VisitLine(ItemId(f"3001200000{n:04}"), VisitTask.BORROW, state, title, due=NOW)
        for n, (title, state) in enumerate(
            zip(BOOKS[books], (LineState.SAVED, LineState.DONE, LineState.DONE), strict=True)
        )
    )
    guest = CurrentPatron(CardRef("c"), PatronRef("p"), Allowance(9, 9), name="Ada L.", last4="0001")
    library = "湖滨图书馆" if language == "zh" else "Lakeside Library"
    return layout(Farewell(lines, guest, code=CODE), Status(library, NOW, language), Words(language))


@pytest.mark.parametrize("width", [384, 576])
@pytest.mark.parametrize("books", BOOKS)
def test_printed_receipt_matches_the_drawing_and_its_code_is_readable(books: str, width: Width, tmp_path: Path) -> None:
    printer = Printer(width)
    drawn = receipt_raster.draw(receipt(books), width)
    operator = by_network(printer, width, tmp_path)
    with operator.cable, operator.open() as driver:
        driver.print(drawn)
    (slip,) = printer.slips()
    whole = Image.new("1", drawn.size, 1)
    whole.paste(slip)
    assert alike(whole, drawn)
    assert slip.height <= drawn.height
    assert printer.unknown == ()
    assert [code.data.decode() for code in decode(slip.convert("L"))] == [CODE]


@pytest.mark.parametrize(
    "books", ["zh", *(pytest.param(each, marks=pytest.mark.long) for each in BOOKS if each != "zh")]
)
def test_every_receipt_line_is_readable_on_paper(books: str, tmp_path: Path) -> None:
    operator = FileOperator(384, tmp_path)
    with operator.open() as driver:
        driver.print(receipt_raster.draw(receipt(books), 384))
    (slip,) = operator.paper()
    lines = read(slip, "".join(sorted({*CHINESE, *"".join(receipt("zh").text)})))
    assert [text for text in receipt(books).text if not reads(lines, text)] == []


def test_file_printer_receives_the_same_dots(tmp_path: Path) -> None:
    operator = FileOperator(576, tmp_path)
    drawn = receipt_raster.draw(receipt("zh"), 576)
    with operator.open() as driver:
        driver.print(drawn)
    (slip,) = operator.paper()
    assert alike(slip, drawn.crop((0, 0, 576, slip.height)))
    assert drawn.height - slip.height <= receipt_raster.FOOT + receipt_raster.RULE_ABOVE


def test_different_receipts_do_not_compare_equal() -> None:
    """Control: the comparison detects different titles."""
    one, other = receipt("en"), receipt("en")
    assert alike(receipt_raster.draw(one, 576), receipt_raster.draw(other, 576))
    assert not alike(receipt_raster.draw(one, 576), receipt_raster.draw(receipt("mn"), 576))
