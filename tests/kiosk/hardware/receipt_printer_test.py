"""Test that ESC/POS printer faults are noticed and leave nothing of one receipt on the next."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from kiosk.config.hardware import FilePrinter, NetworkPrinter, UsbPrinter
from kiosk.hardware.driver_factory import UNFINISHED
from kiosk.hardware.parts import BrokenOff, PartFault, ReceiptPrinter
from kiosk.hardware.receipt_printer.driver import BAND, QUERY_SECONDS, opening, opening_of
from kiosk.hardware.receipt_printer.transports import NetworkLine
from kiosk.system.health import Condition, PartName, PartState
from kiosk.words import Words
from tests.emulated.escpos_cables import TcpCable
from tests.emulated.escpos_printer import Printer
from tests.emulated.libusb1 import PRODUCT, VENDOR, UsbPlug
from tests.kiosk.hardware.printer_operator import CableOperator, FileOperator, Width, by_network, by_serial
from tests.kiosk.hardware.receipt_printer_contract import PrinterOperator, ReceiptPrinterContract, alike, drawing

WIDTH: Final = 384
LONG = 400
"""Rows of a receipt that exceeds the printer's buffer."""


def receipt(height: int = LONG) -> Image.Image:
    """Return a black picture, so that every printed row is visible."""
    return Image.new("1", (WIDTH, height), 0)


@contextmanager
def at_work(printer: Printer) -> Iterator[tuple[CableOperator, ReceiptPrinter]]:
    with tempfile.TemporaryDirectory() as folder:
        operator = by_network(printer, WIDTH, Path(folder))
        with operator.cable, operator.open() as driver:
            yield operator, driver


def hanging(printer: Printer) -> int:
    """Return the rows of printed paper that are not cut."""
    paper = printer.hanging()
    return paper.height if paper else 0


def test_silent_printer_is_a_fault_after_one_query_timeout() -> None:
    with at_work(Printer(WIDTH)) as (operator, driver):
        operator.put("silent")
        took = []
        for _ in range(5):
            began = time.monotonic()
            with pytest.raises(PartFault, match="no_answer"):
                driver.check()
            took.append(time.monotonic() - began)
        assert 0.19 < min(took) < 0.4


class Dozing(NetworkLine):
    """Connection on a machine that stalls once for longer than a query; the answer arrives meanwhile."""

    dozes = True

    def read(self, seconds: float) -> bytes:
        if not seconds or not self.dozes:
            return super().read(seconds)
        self.dozes = False
        threading.Event().wait(2 * QUERY_SECONDS)
        return b""


def test_late_answer_after_a_kiosk_stall_is_accepted(tmp_path: Path) -> None:
    with TcpCable(Printer(WIDTH)) as cable:
        printer = NetworkPrinter(driver="network", host="127.0.0.1", port=cable.port, width=WIDTH)
        with opening(lambda: Dozing(printer), WIDTH, tmp_path / UNFINISHED)() as driver:
            assert driver.check() == "ready"


@pytest.mark.parametrize("state", ["offline", "cutter_error"])
def test_offline_or_cutter_error_is_reported(state: str) -> None:
    with at_work(Printer(WIDTH)) as (operator, driver):
        operator.put(state)
        for _ in range(2):
            with pytest.raises(PartFault, match=state):
                driver.check()
        operator.put("ok")
        assert driver.check() == "ready"


def test_cutter_error_is_retried_after_the_cover_was_opened() -> None:
    with at_work(Printer(WIDTH)) as (operator, driver):
        operator.put("cutter_error")
        with pytest.raises(PartFault, match="cutter_error"):
            driver.check()
        operator.put("cover_open")
        with pytest.raises(PartFault, match="cover_open"):
            driver.check()
        operator.put("cutter_error")
        assert driver.check() == "ready"


@pytest.mark.parametrize("clears", [True, False], ids=["clears", "does not clear"])
@pytest.mark.parametrize(("rows", "in_turn"), [(1, True), (100, True), (399, True), (100, False)])
def test_paper_end_is_reported_and_the_rest_is_discarded(rows: int, in_turn: bool, clears: bool) -> None:
    printer = Printer(WIDTH, in_turn=in_turn, clears=clears)
    with at_work(printer) as (operator, driver):
        printer.paper_ends_in_picture(rows)
        with pytest.raises(BrokenOff, match="out_of_paper"):
            driver.print(receipt())
        operator.put("ok")
        most = rows + (0 if clears else 4096 * 8 // WIDTH)
        assert hanging(printer) <= most
        assert driver.check() == "ready"
        driver.print(drawing(WIDTH))
        *pieces, last = printer.slips()
        assert alike(last, drawing(WIDTH))
        assert all(piece.height <= most for piece in pieces)


@pytest.mark.parametrize("clears", [True, False])
@pytest.mark.parametrize("after", [700, 1500, 9001])
def test_cable_pulled_during_printing_is_reported_and_the_next_receipt_is_complete(
    after: int, clears: bool, tmp_path: Path
) -> None:
    printer = Printer(WIDTH, clears=clears)
    operator = by_network(printer, WIDTH, tmp_path)
    with operator.cable:
        with operator.open() as driver:
            driver.print(drawing(WIDTH))
            operator.cable.drops_after = after
            with pytest.raises(BrokenOff, match="unplugged"):
                driver.print(receipt())
            with pytest.raises(PartFault, match="unplugged"):
                driver.check()
        with operator.open() as driver:
            driver.print(drawing(WIDTH))
        _, piece, last = printer.slips()
        assert piece.height < LONG
        assert alike(last, drawing(WIDTH))


@pytest.mark.parametrize("clears", [True, False])
def test_receipt_of_a_killed_kiosk_does_not_spoil_the_next(clears: bool, tmp_path: Path) -> None:
    printer = Printer(WIDTH, clears=clears)
    printer.receive(b"\x1b@\x1dv0\x00\x30\x00\x18\x00" + b"\xff" * 500)
    operator = by_network(printer, WIDTH, tmp_path)
    operator.unfinished.touch()
    with operator.cable, opening_of(operator.choice, operator.unfinished)() as driver:
        assert driver.check() == "ready"
        driver.print(drawing(WIDTH))
        driver.print(drawing(WIDTH))
    piece, *whole = printer.slips()
    assert piece.height <= BAND
    assert [alike(each, drawing(WIDTH)) for each in whole] == [True, True]
    assert not operator.unfinished.exists()


def test_restart_cuts_no_blank_receipt(tmp_path: Path) -> None:
    printer = Printer(WIDTH)
    operator = by_network(printer, WIDTH, tmp_path)
    with operator.cable:
        for _ in range(2):
            with opening_of(operator.choice, operator.unfinished)() as driver:
                driver.print(drawing(WIDTH))
    assert printer.cuts == 2


def test_receipt_is_marked_unfinished_until_it_is_cut() -> None:
    printer = Printer(WIDTH)
    with at_work(printer) as (operator, driver):
        operator.put("ends_halfway")
        with pytest.raises(BrokenOff):
            driver.print(receipt())
        assert operator.unfinished.exists()
        operator.put("ok")
        driver.print(drawing(WIDTH))
        assert not operator.unfinished.exists()


def test_unfinished_mark_is_synced_before_printing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark is on disk before any data is sent, because a separately powered printer keeps its buffer."""
    printer = Printer(WIDTH)
    with at_work(printer) as (operator, driver):
        synced: list[tuple[Path, bool, int]] = []
        sync = os.fsync

        def noted(handle: int) -> None:
            sync(handle)
            synced.append(
                (Path(os.readlink(f"/proc/self/fd/{handle}")), operator.unfinished.exists(), hanging(printer))
            )

        monkeypatch.setattr(os, "fsync", noted)
        driver.print(receipt())
        assert (operator.unfinished.parent, True, 0) in synced


def test_receipt_prints_although_its_mark_cannot_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    printer = Printer(WIDTH)
    with at_work(printer) as (operator, driver):
        unlink = Path.unlink

        def failing(path: Path, missing_ok: bool = False) -> None:
            if path == operator.unfinished:
                raise OSError(errno.EROFS, "read-only file system")
            unlink(path, missing_ok)

        monkeypatch.setattr(Path, "unlink", failing)
        driver.print(drawing(WIDTH))
        assert driver.check() == "ready"
    assert printer.cuts == 1


def test_refused_port_is_reported_with_its_remedy(tmp_path: Path) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        printer = NetworkPrinter(driver="network", host="127.0.0.1", port=unheard.getsockname()[1])
        with pytest.raises(PartFault) as fault, opening_of(printer, tmp_path / UNFINISHED)():
            pass
    assert fault.value.args[0] == "refused"
    assert str(printer.port) in fault.value.args[1] and "raw port" in fault.value.args[1]
    state = PartState(Condition.FAULTY, "refused")
    assert "9100" in Words("en").mending(PartName.RECEIPT_PRINTER, state)


def test_serial_disconnect_during_printing_is_reported(tmp_path: Path) -> None:
    printer = Printer(WIDTH)
    operator = by_serial(printer, WIDTH, tmp_path)
    with operator.cable:
        with operator.open() as driver:
            operator.cable.drops_after = 5000
            with pytest.raises(BrokenOff, match="unplugged"):
                driver.print(receipt())
        with operator.open() as driver:
            driver.print(drawing(WIDTH))
        assert alike(printer.slips()[-1], drawing(WIDTH))


def test_slow_printer_with_a_small_buffer_prints_everything() -> None:
    printer = Printer(WIDTH, buffer=64)
    printer.slow(2000)
    with at_work(printer) as (_, driver):
        driver.print(receipt())
        assert [slip.size for slip in printer.slips()] == [(WIDTH, LONG)]


def test_paper_end_with_a_full_buffer_is_reported() -> None:
    printer = Printer(WIDTH, buffer=64)
    with at_work(printer) as (_, driver):
        printer.paper_ends_in_picture(100)
        with pytest.raises(BrokenOff):
            driver.print(receipt())


def test_data_in_flight_is_limited_to_a_small_buffer() -> None:
    printer = Printer(WIDTH, buffer=1 << 20)
    with at_work(printer) as (_, driver):
        printer.paper_ends_in_picture(BAND)
        with pytest.raises(BrokenOff):
            driver.print(receipt())
        assert printer.received < 4096 + (BAND + 4) * WIDTH // 8


def test_unsolicited_status_reports_are_disabled() -> None:
    """Each byte of such a report resembles a progress response."""
    printer = Printer(WIDTH, reports=True)
    with at_work(printer) as (operator, driver):
        operator.put("near_end")
        driver.print(drawing(WIDTH))
        received = printer.received
        operator.put("near_end")
        printer.paper_ends_in_picture(100)
        with pytest.raises(BrokenOff, match="out_of_paper"):
            driver.print(receipt())
        assert printer.received - received < 100 * WIDTH // 8 + 4096
        assert not printer.reports


def test_picture_bytes_resembling_a_query_are_printed() -> None:
    printer = Printer(WIDTH)
    looks = Image.frombytes(
        "1", (WIDTH, 96), bytes(255 - byte for byte in b"\x10\x04\x01\x10\x04\x04" * (WIDTH // 48 * 96))
    )
    with at_work(printer) as (_, driver):
        driver.print(looks)
        assert alike(printer.slips()[0], looks)
        assert driver.check() == "ready"


def test_full_device_file_is_a_fault(tmp_path: Path) -> None:
    opened = opening_of(FilePrinter(driver="file", path=Path("/dev/full")), tmp_path / UNFINISHED)
    with opened() as driver, pytest.raises(PartFault, match="full"):
        driver.print(receipt())


def test_missing_device_file_is_not_created(tmp_path: Path) -> None:
    path = tmp_path / "lp0"
    with (
        pytest.raises(PartFault, match="unplugged"),
        opening_of(FilePrinter(driver="file", path=path), tmp_path / UNFINISHED)(),
    ):
        pass
    assert not path.exists()


class UsbOperator(PrinterOperator):
    def __init__(self, plug: UsbPlug, width: Width, folder: Path, product: int = PRODUCT) -> None:
        self.plug = plug
        self.printer = plug.printer
        choice = UsbPrinter(driver="usb", vendor=VENDOR, product=product, width=width)
        self._opening = opening_of(choice, folder / UNFINISHED)

    def open(self) -> AbstractContextManager[ReceiptPrinter]:
        return self._opening()

    def put(self, state: str) -> None:
        match state:
            case "unplugged":
                self.plug.pull()
                return
            case _:
                self.printer.put(state)
        self.plug.plug()

    def paper(self) -> list[Image.Image]:
        return list(self.printer.slips())


class TestUsbPrinter(ReceiptPrinterContract):
    driver = "usb"

    @pytest.fixture(params=[384, 576])
    def operator(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PrinterOperator]:
        with UsbPlug(Printer(request.param)).in_place_of_libusb() as plug:
            yield UsbOperator(plug, request.param, tmp_path)


@pytest.fixture
def plug() -> Iterator[UsbPlug]:
    with UsbPlug(Printer(384, buffer=64)).in_place_of_libusb() as plug:
        yield plug


def test_kernel_driver_is_detached(plug: UsbPlug, tmp_path: Path) -> None:
    with UsbOperator(plug, 384, tmp_path).open() as driver:
        assert driver.check() == "ready"
    assert not plug.kernel_has_it


def test_partial_usb_writes_are_completed(plug: UsbPlug, tmp_path: Path) -> None:
    """pyusb returns the number of bytes written, which python-escpos ignores."""
    plug.printer.slow(3000)
    with UsbOperator(plug, 384, tmp_path).open() as driver:
        driver.print(drawing(384))
    assert alike(plug.printer.slips()[0], drawing(384))


def test_silent_usb_printer_is_a_fault(plug: UsbPlug, tmp_path: Path) -> None:
    plug.printer.put("silent")
    with UsbOperator(plug, 384, tmp_path).open() as driver, pytest.raises(PartFault, match="no_answer"):
        driver.check()


def test_usb_unplugged_during_printing_is_reported_and_the_next_receipt_is_complete(
    plug: UsbPlug, tmp_path: Path
) -> None:
    operator = UsbOperator(plug, 384, tmp_path)
    plug.drops_after = 2000
    with operator.open() as driver, pytest.raises(BrokenOff, match="unplugged"):
        driver.print(drawing(384))
    plug.plug()
    with operator.open() as driver:
        driver.print(drawing(384))
    piece, last = plug.printer.slips()
    assert piece.height < 90
    assert alike(last, drawing(384))


@pytest.mark.parametrize(("refusal", "reason"), [(errno.EACCES, "no_permission"), (errno.ENODEV, "unplugged")])
def test_usb_open_error_gives_the_reason(plug: UsbPlug, refusal: int, reason: str, tmp_path: Path) -> None:
    plug.refuses = refusal
    with pytest.raises(PartFault, match=reason), UsbOperator(plug, 384, tmp_path).open():
        pass


def test_printer_with_another_product_id_is_not_used(plug: UsbPlug, tmp_path: Path) -> None:
    with pytest.raises(PartFault, match="unplugged"), UsbOperator(plug, 384, tmp_path, PRODUCT + 1).open():
        pass


class TestNetworkPrinter(ReceiptPrinterContract):
    driver = "network"

    @pytest.fixture(params=[384, 576])
    def operator(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PrinterOperator]:
        operator = by_network(Printer(request.param), request.param, tmp_path)
        with operator.cable:
            yield operator


class TestSerialPrinter(ReceiptPrinterContract):
    driver = "serial"

    @pytest.fixture(params=[384, 576])
    def operator(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PrinterOperator]:
        operator = by_serial(Printer(request.param), request.param, tmp_path)
        with operator.cable:
            yield operator


class TestFilePrinter(ReceiptPrinterContract):
    driver = "file"

    @pytest.fixture(params=[384, 576])
    def operator(self, request: pytest.FixtureRequest, tmp_path: Path) -> PrinterOperator:
        return FileOperator(request.param, tmp_path)
