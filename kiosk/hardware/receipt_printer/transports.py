"""Open USB, network, serial and file connections to a printer through python-escpos."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import stat
import termios
import time
from pathlib import Path
from typing import Any

from kiosk.config.hardware import FilePrinter, NetworkPrinter, SerialPrinter, UsbPrinter
from kiosk.hardware.parts import PartFault

CONNECT_SECONDS = 2.0
STALLED_SECONDS = 2.0
"""Seconds without one accepted byte after which the printer counts as stalled."""
BROKEN = (OSError, termios.error)


class _Descriptor:
    """Read and write the file descriptor directly.

    python-escpos waits for 16 bytes when reading and may block for ever when writing.
    """

    answers = True

    def __init__(self, printer: Any) -> None:
        self._printer = printer
        self._fd: int = printer.device.fileno()
        os.set_blocking(self._fd, False)

    def send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            if not _ready(self._fd, select.POLLOUT, STALLED_SECONDS):
                raise PartFault("no_answer", f"the printer accepts no more data: {len(rest)} of {len(data)} bytes left")
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                continue
            except OSError as error:
                reason = "full" if error.errno == errno.ENOSPC else "unplugged"
                raise PartFault(reason, f"the printer is gone: {error}") from error

    def read(self, seconds: float) -> bytes:
        if not _ready(self._fd, select.POLLIN, seconds):
            return b""
        try:
            data = os.read(self._fd, 64)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise PartFault("unplugged", f"the printer is gone: {error}") from error
        if not data:
            raise PartFault("unplugged", "the printer has closed the line")
        return data

    def look(self) -> None:
        """Do nothing: a status query gives more."""

    def close(self) -> None:
        try:
            self._printer.close()
        except BROKEN:  # the connection is gone: nothing is left to close
            self._printer.device = None


class NetworkLine(_Descriptor):
    """Connection to a printer's raw TCP port."""

    def __init__(self, printer: NetworkPrinter) -> None:
        from escpos.exceptions import DeviceNotFoundError
        from escpos.printer import Network

        opened = Network(printer.host, printer.port, timeout=CONNECT_SECONDS)
        try:
            opened.open()
        except DeviceNotFoundError as error:
            where = f"{printer.host}:{printer.port}"
            # python-escpos states the cause as text only; the original exception is in `__context__`.
            if isinstance(error.__context__, ConnectionRefusedError):
                why = f"{where} refuses the connection: set `port` to the printer's raw port, or switch that on there"
                raise PartFault("refused", why) from error
            raise PartFault("unplugged", f"{where} does not answer: {error}") from error
        opened.device.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(opened)


class SerialLine(_Descriptor):
    """Connection to a printer on a serial port."""

    def __init__(self, printer: SerialPrinter) -> None:
        from escpos.exceptions import DeviceNotFoundError
        from escpos.printer import Serial

        _require_access(printer.device, os.R_OK | os.W_OK, "dialout")
        opened = Serial(str(printer.device), printer.baud, dsrdtr=False)
        try:
            opened.open()
        except DeviceNotFoundError as error:
            raise PartFault("unplugged", f"{printer.device} cannot be opened: {error}") from error
        super().__init__(opened)
        self._port: Any = opened.device

    def send(self, data: bytes) -> None:
        """Send, and wait until the bytes are on the wire: a query queued behind them could not be answered in time."""
        super().send(data)
        left, since = self._waiting(), time.monotonic()
        while left:
            time.sleep(0.002)
            if (now := self._waiting()) < left:
                left, since = now, time.monotonic()
            elif time.monotonic() - since > STALLED_SECONDS:
                raise PartFault("no_answer", f"the port sends no more: {left} bytes are left")

    def _waiting(self) -> int:
        try:
            return int(self._port.out_waiting)
        except OSError as error:
            raise PartFault("unplugged", f"the port is gone: {error}") from error

    def close(self) -> None:
        """Discard unsent data, for which closing would wait."""
        with contextlib.suppress(*BROKEN):
            self._port.reset_output_buffer()
        super().close()


class FileLine(_Descriptor):
    """Connection to a printer's device file, which gives no replies."""

    answers = False

    def __init__(self, printer: FilePrinter) -> None:
        from escpos.exceptions import DeviceNotFoundError
        from escpos.printer import File

        # Opening would create a plain file in place of a printer that is off.
        _require_access(printer.path, os.W_OK, "lp")
        opened = File(str(printer.path))
        try:
            opened.open()
        except DeviceNotFoundError as error:
            raise PartFault("unplugged", f"{printer.path} cannot be opened: {error}") from error
        super().__init__(opened)
        self._path = printer.path
        self._made = _file(os.fstat(self._fd))

    def read(self, seconds: float) -> bytes:
        return b""

    def look(self) -> None:
        """Check that the device file still exists and is the same: an unplugged printer loses it."""
        try:
            same = _file(os.stat(self._path)) == self._made
        except OSError:
            same = False
        if not same:
            raise PartFault("unplugged", f"{self._path} is not there any more")


def _require_access(path: Path, how: int, group: str) -> None:
    if not path.exists():
        raise PartFault("unplugged", f"{path} is not there: is the printer on, and the cable in?")
    if not os.access(path, how):
        raise PartFault("no_permission", f"{path} may not be used: put the kiosk's user into the group {group}")


def _file(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_dev, found.st_rdev if stat.S_ISCHR(found.st_mode) else 0


def _ready(fd: int, for_what: int, seconds: float) -> bool:
    """Return True if the descriptor is ready. A closed connection is ready too; its read or write then fails."""
    poll = select.poll()
    poll.register(fd, for_what)
    return bool(poll.poll(max(0, round(seconds * 1000))))


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
