"""Test a visit with a real driver and an emulated printer that runs out of paper: the phone receipt is offered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

from PIL import Image
from pyzbar.pyzbar import decode

from kiosk.events import PartTried, Pressed, ReceiptPrinted
from kiosk.hardware.parts import ReceiptPrinter
from kiosk.hardware.receipt_printer.driver import opening_of
from kiosk.hardware.receipt_printing import ReceiptDesk
from kiosk.hardware.supervisor import SupervisedPrinter
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Sheet, Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.system.health import READY, Condition, PartName, PartState
from kiosk.views import Farewell, ReceiptState, Status, Technician, View
from kiosk.words import Words
from tests.emulated.escpos_printer import Printer
from tests.kiosk.desk.bench import DUNE, EMMA, Bench, running_bench, shown
from tests.kiosk.hardware.printer_operator import CableOperator, by_network
from tests.support.drawn_sheet import render
from tests.support.patience import PATIENCE

PRINTER = PartName.RECEIPT_PRINTER
THEME = Theme(1280, 800, 10.1)
WORDS = {language: Words(language) for language in ("zh", "en")}


class Watched:
    """Receipt desk that signals when it is done, because the bench's clock does not wait for threads."""

    def __init__(self, printer: ReceiptPrinter) -> None:
        self._desk = ReceiptDesk(printer, WORDS)
        self.done = asyncio.Event()

    async def print(self, farewell: Farewell, status: Status) -> ReceiptPrinted:
        try:
            return await self._desk.print(farewell, status)
        finally:
            self.done.set()

    async def report(self, view: Technician, status: Status) -> PartTried:
        return await self._desk.report(view, status)


@contextmanager
def supervised(operator: CableOperator) -> Iterator[tuple[SupervisedPrinter, Queue[PartState]]]:
    """Run the driver in its own thread; yield it and its reported states."""
    states: Queue[PartState] = Queue()
    printer = SupervisedPrinter(
        opening_of(operator.choice, operator.unfinished), lambda _, state: states.put(state), operator.choice.width
    )
    with operator.cable:
        printer.start()
        try:
            yield printer, states
        finally:
            printer.stop()
            assert printer.join(PATIENCE)


def until(states: Queue[PartState], wanted: PartState) -> None:
    while states.get(timeout=PATIENCE) != wanted:
        pass


def slips(printer: Printer, count: int) -> tuple[Image.Image, ...]:
    """Return the printed receipts once there are `count`; the last data may still be in transit."""
    end = time.monotonic() + PATIENCE
    while len(printer.slips()) < count and time.monotonic() < end:
        time.sleep(0.005)
    return printer.slips()


def sheet(view: View, status: Status) -> Sheet:
    return sheet_of(view, status, THEME, WORDS[status.language], Glyphs(), 0)


def text(marks: Sheet) -> str:
    return " ".join(mark.text for mark in marks if isinstance(mark, Text))


async def press(kiosk: Bench, name: str) -> None:
    """Press, and run the event loop without waiting for the result."""
    kiosk.inbox.post(Pressed(name))
    for _ in range(50):
        await asyncio.sleep(0)


async def press_and_wait(kiosk: Bench, receipts: Watched) -> Farewell:
    receipts.done.clear()
    kiosk.inbox.post(Pressed("receipt_paper"))
    await asyncio.wait_for(receipts.done.wait(), PATIENCE)
    await kiosk.settle()
    return shown(kiosk.view, Farewell)


def test_interrupted_receipt_is_explained_and_offered_as_a_qr_code(tmp_path: Path) -> None:
    printer = Printer(384)
    with supervised(by_network(printer, 384, tmp_path)) as (driver, states):
        until(states, READY)
        asyncio.run(_paper_ends(printer, driver, states))


async def _paper_ends(printer: Printer, driver: SupervisedPrinter, states: Queue[PartState]) -> None:
    receipts = Watched(driver)
    async with running_bench(receipts=receipts) as kiosk:
        await kiosk.choose("language_en")
        await kiosk.tap()
        await kiosk.scan(DUNE, EMMA)
        await kiosk.press("finish")
        printer.paper_ends_in_picture(200)
        view = await press_and_wait(kiosk, receipts)
        assert (view.receipt_problem, view.receipt_half) == ("out_of_paper", True)
        assert "The printer is out of paper. This is not a valid receipt." in text(sheet(view, kiosk.desk.status))
        until(states, out := PartState(Condition.FAULTY, "out_of_paper"))
        await kiosk.part(PRINTER, out)
        await kiosk.press("receipt_phone")
        (code,) = decode(render(sheet(kiosk.view, kiosk.desk.status), (THEME.width, THEME.height)))
        assert code.data.decode().splitlines()[0] == "City Library"
        assert {"Dune", "Emma"} <= set(code.data.decode().splitlines())
    assert printer.slips() == ()
    printer.put("ok")
    driver.retry()
    until(states, READY)
    (piece,) = slips(printer, 1)
    assert piece.height <= 200


def test_receipt_is_printed_in_full_after_a_new_roll(tmp_path: Path) -> None:
    printer = Printer(384)
    with supervised(by_network(printer, 384, tmp_path)) as (driver, states):
        until(states, READY)
        asyncio.run(_new_roll(printer, driver, states))
    piece, whole = slips(printer, 2)
    assert piece.height <= 200 < whole.height


async def _new_roll(printer: Printer, driver: SupervisedPrinter, states: Queue[PartState]) -> None:
    receipts = Watched(driver)
    async with running_bench(receipts=receipts) as kiosk:
        await kiosk.tap()
        await kiosk.scan(DUNE)
        await kiosk.press("finish")
        printer.paper_ends_in_picture(200)
        await press_and_wait(kiosk, receipts)
        until(states, PartState(Condition.FAULTY, "out_of_paper"))
        printer.put("ok")
        driver.retry()
        until(states, READY)
        await kiosk.part(PRINTER, READY)
        assert (await press_and_wait(kiosk, receipts)).receipt is ReceiptState.PRINTED


def test_each_fault_is_reported_by_its_reason_and_clears(tmp_path: Path) -> None:
    operator = by_network(Printer(384), 384, tmp_path)
    with supervised(operator) as (driver, states):
        until(states, READY)
        for state, reason in (
            ("silent", "no_answer"),
            ("cutter_error", "cutter_error"),
            ("cover_open", "cover_open"),
            ("offline", "offline"),
            ("unplugged", "unplugged"),
        ):
            operator.put(state)
            driver.retry()
            until(states, PartState(Condition.FAULTY, reason))
            operator.put("ok")
            driver.retry()
            until(states, READY)
        operator.put("near_end")
        driver.retry()
        until(states, PartState(Condition.READY, "near_end"))


def test_hanging_printer_does_not_block_the_session(tmp_path: Path) -> None:
    """The session handles the next event while the printer does not respond."""
    printer = Printer(384)
    with supervised(by_network(printer, 384, tmp_path)) as (driver, states):
        until(states, READY)
        asyncio.run(_desk_goes_on(printer, driver))


async def _desk_goes_on(printer: Printer, driver: SupervisedPrinter) -> None:
    receipts = Watched(driver)
    async with running_bench(receipts=receipts) as kiosk:
        await kiosk.tap()
        await kiosk.scan(DUNE)
        await kiosk.press("finish")
        printer.put("silent")
        await press(kiosk, "receipt_paper")
        assert shown(kiosk.view, Farewell).receipt is ReceiptState.PRINTING
        await press(kiosk, "languages")
        await press(kiosk, "language_en")
        assert kiosk.desk.status.language == "en"
        assert not receipts.done.is_set()
        await asyncio.wait_for(receipts.done.wait(), PATIENCE)
        await kiosk.settle()
        assert shown(kiosk.view, Farewell).receipt_problem == "no_answer"
