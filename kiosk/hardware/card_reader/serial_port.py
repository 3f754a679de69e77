"""Reads a reader that sends its numbers over a serial port: frames become characters and ends; knows no number."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kiosk.config.card_reader import SerialReader
from kiosk.hardware.card_reader.typed import END, FOREIGN, GLANCE, GONE_AFTER, TypedCardReader
from kiosk.hardware.parts import PartFault

STX, ETX = "\x02", "\x03"
LINE_ENDS = "\r\n"


class LineFrames:
    def characters(self, text: str) -> str:
        return "".join(END if each in LINE_ENDS else each for each in text)


class ControlFrames:
    """What stands outside of STX and ETX does not count; a second STX drops what the first began."""

    def __init__(self) -> None:
        self._inside = False

    def characters(self, text: str) -> str:
        return "".join(map(self._character, text))

    def _character(self, each: str) -> str:
        if each == STX:
            self._inside = True
            return FOREIGN + END
        if not self._inside or each in LINE_ENDS:
            return ""
        if each == ETX:
            self._inside = False
            return END
        return each


class SerialSource:
    """A Source."""

    def __init__(self, port: Any, frames: LineFrames | ControlFrames) -> None:
        self._port = port
        self._frames = frames

    def wait(self, seconds: float) -> str:
        """Waits as long as the port's own time-out."""
        try:
            data: bytes = self._port.read(1)
            data += self._port.read(self._port.in_waiting) if data else b""
        except OSError as error:
            raise PartFault("unplugged", f"{self._port.port} is gone: {error}") from error
        return self._frames.characters(data.decode("latin-1"))


@contextmanager
def open_serial(rules: SerialReader, gone_after: float = GONE_AFTER) -> Iterator[TypedCardReader]:
    """What was sent before the opening is dropped."""
    path = str(rules.device)
    try:
        from serial import Serial
    except ModuleNotFoundError as error:
        raise PartFault("driver_missing", f"{error}: install pyserial") from error
    try:
        port = Serial(path, rules.baud, timeout=GLANCE, exclusive=True)
        port.reset_input_buffer()
    except OSError as error:
        raise _fault(path, error) from error
    with port:
        frames = LineFrames() if rules.frame == "line" else ControlFrames()
        yield TypedCardReader(SerialSource(port, frames), rules, gone_after)


def _fault(path: str, error: OSError) -> PartFault:
    where = f"{path} cannot be opened: {error}"
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return PartFault("no_permission", f"{where}. Put the kiosk's user into the group dialout")
        case errno.EBUSY | errno.EAGAIN:
            return PartFault("in_use", f"{where}. Stop the program that has it")
        case _:
            return PartFault("unplugged", f"{where}. Check the plug, and the name below /dev/serial/by-id")
