"""Choose the transport of the printer that kiosk.toml configures."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import assert_never

from kiosk.config.receipt_printer import FilePrinter, NetworkPrinter, SerialPrinter, UsbPrinter
from kiosk.hardware.parts import ReceiptPrinter
from kiosk.hardware.receipt_printer.driver import opening
from kiosk.hardware.receipt_printer.printer_io import PrinterTransport

RealPrinter = UsbPrinter | SerialPrinter | NetworkPrinter | FilePrinter


def opening_of(choice: RealPrinter, unfinished: Path) -> Callable[[], AbstractContextManager[ReceiptPrinter]]:
    """Return a function that opens the printer at each call, and raises PartFault if the printer is missing.

    Args:
        choice: Section `[receipt_printer]` of kiosk.toml.
        unfinished: File that exists until a receipt is printed completely.
    """
    return opening(lambda: _line(choice), choice.width, unfinished)


def _line(choice: RealPrinter) -> PrinterTransport:
    match choice:
        case NetworkPrinter():
            from kiosk.hardware.receipt_printer.transports import NetworkLine

            return NetworkLine(choice)
        case SerialPrinter():
            from kiosk.hardware.receipt_printer.transports import SerialLine

            return SerialLine(choice)
        case FilePrinter():
            from kiosk.hardware.receipt_printer.transports import FileLine

            return FileLine(choice)
        case UsbPrinter():
            from kiosk.hardware.receipt_printer.usb import UsbLine

            return UsbLine(choice)
        case _:
            assert_never(choice)
