"""Test the USB printer driver with the real pyusb and python-escpos over an emulated bus, not on a real printer."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from PIL import Image

from kiosk.config.receipt_printer import UsbPrinter
from kiosk.hardware.driver_factory import UNFINISHED
from kiosk.hardware.parts import BrokenOff, PartFault, ReceiptPrinter
from kiosk.hardware.receipt_printer.driver import opening_of
from tests.emulated.escpos_printer import Printer
from tests.emulated.libusb1 import PRODUCT, VENDOR, UsbPlug
from tests.kiosk.hardware.printer_operator import Width
from tests.kiosk.hardware.receipt_printer_contract import PrinterOperator, ReceiptPrinterContract, alike, drawing


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
