"""Define the receipt printer's drivers: connection and paper width of an ESC/POS printer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kiosk.config.fields import Local, Text
from kiosk.config.gpio_pins import HEADER_PORTS, UART
from kiosk.config.section import Absent, Section

UsbNumber = Annotated[int, Field(ge=1, le=0xFFFF)]


class Paper(Section):
    """Settings of every printer."""

    width: Literal[384, 576] = 384
    """Dots per line: 384 at 58 mm, 576 at 80 mm."""


class SimulatedPrinter(Paper):
    driver: Literal["simulated"]


class UsbPrinter(Paper):
    """A printer on USB, by the two numbers that `lsusb` shows, such as `ID 04b8:0202`."""

    driver: Literal["usb"]
    vendor: UsbNumber
    """The first number; in TOML 0x04b8."""
    product: UsbNumber


class SerialPrinter(Paper):
    """A printer on a serial port: an adapter, or the UART of the header. Without flow control."""

    driver: Literal["serial"]
    device: Local
    """Such as /dev/serial0, the header's UART, or a name below /dev/serial/by-id."""
    baud: Annotated[int, Field(ge=9600, le=230400)] = 19200
    """As printed by its self-test. At 9600 a receipt takes most of a minute."""

    def buses(self) -> frozenset[str]:
        return frozenset({UART}) if str(self.device) in HEADER_PORTS else frozenset()


class NetworkPrinter(Paper):
    """A printer that accepts raw data on a TCP port."""

    driver: Literal["network"]
    host: Text
    """Host name or address; the address should be fixed."""
    port: Annotated[int, Field(ge=1, le=65535)] = 9100


class FilePrinter(Paper):
    """A printer that is a file. It sends no status: neither an empty roll nor an open cover is detected."""

    driver: Literal["file"]
    path: Local
    """Such as /dev/usb/lp0. It must exist: a printer that is off has no file."""


ReceiptPrinter = Annotated[
    UsbPrinter | SerialPrinter | NetworkPrinter | FilePrinter | SimulatedPrinter | Absent,
    Field(discriminator="driver"),
]
