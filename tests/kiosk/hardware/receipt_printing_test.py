"""Test that a visit's receipt is printed, or that the desk learns the reason."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kiosk.events import PartTried, ReceiptPrinted
from kiosk.hardware.receipt_printing import ReceiptDesk
from kiosk.hardware.rig import Rig
from kiosk.hardware.simulated import AbsentPrinter, SimulatedPrinter
from kiosk.system.health import READY, Condition, PartName, PartState
from kiosk.views import Farewell, LineState, Release, Status, Technician, VisitLine, VisitTask, Welcome
from kiosk.words import Words
from lending.model import ItemId

NOW = datetime(2026, 11, 22, 14, 36, tzinfo=ZoneInfo("Asia/Shanghai"))
VISIT = Farewell((VisitLine(ItemId("30012000000017"), VisitTask.BORROW, LineState.DONE, "Dune", due=NOW),))
WORDS = {language: Words(language) for language in ("zh", "en")}


def status(language: str) -> Status:
    return Status("Lakeside Library", NOW, language)


def test_receipt_is_printed_in_the_language_of_the_visit() -> None:
    rig = Rig()
    desk = ReceiptDesk(SimulatedPrinter(rig, 576), WORDS)
    assert asyncio.run(desk.print(VISIT, status("zh"))) == ReceiptPrinted()
    assert asyncio.run(desk.print(VISIT, status("en"))) == ReceiptPrinted()
    chinese, english = rig.receipts()
    assert "借书 1 本" in chinese.lines
    assert english.lines[-4:] == ("Sun 22 Nov 2026, 14:36", "1 borrowed", "Dune", "Due Sun 22 Nov, 14:36")


def test_hidden_titles_are_not_printed() -> None:
    rig = Rig()
    desk = ReceiptDesk(SimulatedPrinter(rig, 576), WORDS)
    asyncio.run(desk.print(VISIT, replace(status("en"), hidden=True)))
    (paper,) = rig.receipts()
    assert paper.lines[-4:] == ("Sun 22 Nov 2026, 14:36", "1 borrowed", "Book 1", "Due Sun 22 Nov, 14:36")


@pytest.mark.parametrize("state", ["out_of_paper", "cover_open", "unplugged"])
def test_printer_fault_is_returned_and_nothing_is_printed(state: str) -> None:
    rig = Rig()
    desk = ReceiptDesk(SimulatedPrinter(rig, 384), WORDS)
    rig.set_part(PartName.RECEIPT_PRINTER, state)
    assert asyncio.run(desk.print(VISIT, status("en"))) == ReceiptPrinted(state)
    assert rig.receipts() == ()


def test_interrupted_receipt_is_returned_as_half_printed() -> None:
    rig = Rig()
    desk = ReceiptDesk(SimulatedPrinter(rig, 384), WORDS)
    rig.set_part(PartName.RECEIPT_PRINTER, "ends_halfway")
    assert asyncio.run(desk.print(VISIT, status("en"))) == ReceiptPrinted("out_of_paper", half=True)
    assert asyncio.run(desk.print(VISIT, status("en"))) == ReceiptPrinted("out_of_paper")
    assert rig.receipts() == ()


def test_absent_printer_is_reported() -> None:
    assert asyncio.run(ReceiptDesk(AbsentPrinter(), WORDS).print(VISIT, status("en"))) == ReceiptPrinted("absent")


def test_the_report_names_version_parts_and_what_to_do() -> None:
    rig = Rig()
    desk = ReceiptDesk(SimulatedPrinter(rig, 576), WORDS)
    parts = {
        PartName.CARD_READER: READY,
        PartName.RECEIPT_PRINTER: READY,
        PartName.BARCODE_SCANNER: PartState(Condition.FAULTY, "unplugged"),
        PartName.BACKLOG: READY,
    }
    view = Technician(Welcome(), parts, queued=2, kiosk="Kiosk 2", by="lin", release=Release("0.4.2", NOW))
    assert asyncio.run(desk.report(view, status("en"))) == PartTried(PartName.RECEIPT_PRINTER)
    (paper,) = rig.receipts()
    text = " ".join(" ".join(paper.lines).split())
    assert text.startswith("Kiosk 2 Sun 22 Nov 2026, 14:36 Version 0.4.2, installed 22 Nov 2026 lin Camera: Unplugged")
    assert WORDS["en"].mending(PartName.BARCODE_SCANNER, parts[PartName.BARCODE_SCANNER]) in text
    assert "Card reader: Ready" in text and "2 transactions waiting" in text
    rig.set_part(PartName.RECEIPT_PRINTER, "out_of_paper")
    assert asyncio.run(desk.report(view, status("en"))) == PartTried(PartName.RECEIPT_PRINTER, failed=True)
