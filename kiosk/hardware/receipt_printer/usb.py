"""Open a USB connection to a printer through python-escpos, with the endpoints of its descriptors."""

from __future__ import annotations

import contextlib
import errno
import time
from typing import Any

from kiosk.config.receipt_printer import UsbPrinter
from kiosk.hardware.parts import PartFault
from kiosk.hardware.receipt_printer.transports import STALLED_SECONDS

PRINTER_CLASS = 7
IN = 0x80
BULK = 2
SLICE = 4096
"""Bytes per write; a write that times out reports how much was sent."""
PAUSE = 0.01
"""Seconds between two reads of a printer that returns empty data at once."""


class UsbLine:
    """Read and write with a time limit, which python-escpos does not offer, and count the accepted bytes."""

    answers = True

    def __init__(self, printer: UsbPrinter) -> None:
        import usb.core
        from escpos.exceptions import DeviceNotFoundError
        from escpos.printer import Usb

        self._usb = usb.core
        name = f"USB {printer.vendor:04x}:{printer.product:04x}"
        try:
            device = usb.core.find(idVendor=printer.vendor, idProduct=printer.product)
            if device is None:
                raise PartFault("unplugged", f"{name} is not there: is the printer on, and the cable in?")
            self._in, self._out = _end_points(device)
            self._printer: Any = Usb(printer.vendor, printer.product, in_ep=self._in, out_ep=self._out)
            self._printer.open()
            self._device: Any = self._printer.device
        except usb.core.USBError as error:
            raise self._fault(error, name) from error
        except DeviceNotFoundError as error:
            # python-escpos states the cause as text only; the original exception is in `__context__`.
            cause = error.__context__ if isinstance(error.__context__, usb.core.USBError) else error
            raise self._fault(cause, name) from error

    def send(self, data: bytes) -> None:
        rest, since = data, time.monotonic()
        while rest:
            try:
                taken = self._device.write(self._out, rest[:SLICE], round(STALLED_SECONDS * 1000))
            except self._usb.USBTimeoutError:
                taken = 0
            except self._usb.USBError as error:
                raise self._fault(error, "the printer") from error
            if taken:
                rest, since = rest[taken:], time.monotonic()
            elif time.monotonic() - since >= STALLED_SECONDS:
                raise PartFault("no_answer", f"the printer accepts no more data: {len(rest)} of {len(data)} bytes left")

    def read(self, seconds: float) -> bytes:
        end = time.monotonic() + seconds
        while True:
            try:
                data = bytes(self._device.read(self._in, 64, max(1, round((end - time.monotonic()) * 1000))))
            except self._usb.USBTimeoutError:
                return b""
            except self._usb.USBError as error:
                raise self._fault(error, "the printer") from error
            if data or time.monotonic() + PAUSE >= end:
                return data
            time.sleep(PAUSE)

    def look(self) -> None:
        """Do nothing: a status query gives more."""

    def close(self) -> None:
        with contextlib.suppress(self._usb.USBError, OSError):
            self._printer.close()

    def _fault(self, error: Any, what: str) -> PartFault:
        match getattr(error, "errno", None):
            case errno.EACCES | errno.EPERM:
                return PartFault("no_permission", f"{what} may not be used: {error}. Set up the udev rule")
            case errno.EBUSY:
                return PartFault("in_use", f"{what} is in use: {error}")
            case _:
                return PartFault("unplugged", f"{what} is gone: {error}")


def _end_points(device: Any) -> tuple[int, int]:
    """Return the bulk endpoints (in, out) of the printer interface, or of the first one that has both."""
    faces = sorted((face for setting in device for face in setting), key=lambda face: _rank(face))
    for face in faces:
        bulk = [end.bEndpointAddress for end in face if end.bmAttributes & 3 == BULK]
        ins, outs = [each for each in bulk if each & IN], [each for each in bulk if not each & IN]
        if ins and outs:
            return ins[0], outs[0]
    raise PartFault("unusable_answer", "this USB device has no two-way interface of a printer")


def _rank(face: Any) -> bool:
    return bool(face.bInterfaceClass != PRINTER_CLASS)
