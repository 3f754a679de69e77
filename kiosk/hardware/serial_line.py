"""Read a serial reader (RS-232, USB CDC) line by line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kiosk.hardware.line_buffer import END, PRINTABLE, Assembly, open_fault
from kiosk.hardware.parts import PartFault

PAUSE = 0.5
"""Seconds of silence after which a partial line is dropped."""
STX, ETX = "\x02", "\x03"
ENDS = "\r\n" + ETX


class SerialLine:
    """Read lines that end with CR, LF or ETX; STX starts a new line."""

    def __init__(
        self,
        port: Any,
        alphabet: str = PRINTABLE,
        pause: float = PAUSE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Drop lines that contain a character outside `alphabet`."""
        self._port = port
        self._assembly = Assembly(alphabet, pause)
        self._now = now
        self._lines: list[str] = []

    def next(self, seconds: float) -> str | None:
        """Return the next non-empty line, or None if none came within `seconds`. Raises PartFault."""
        if not self._lines:
            received = self._read(seconds)
            when = self._now()
            self._lines = [line for each in received if (line := self._line(each, when))]
        return self._lines.pop(0) if self._lines else None

    def _read(self, seconds: float) -> str:
        """Wait at most `seconds` for one byte, then take all that have arrived."""
        try:
            self._port.timeout = seconds
            data: bytes = self._port.read(1)
            data += self._port.read(self._port.in_waiting) if data else b""
        except OSError as error:
            raise PartFault("unplugged", f"{self._port.port} is gone: {error}") from error
        return data.decode("latin-1")

    def _line(self, character: str, when: float) -> str | None:
        if character == STX:
            self._assembly.drop()
            return None
        return self._assembly.take(END if character in ENDS else character, when)


@contextmanager
def open_serial_line(path: Path, baud: int, alphabet: str = PRINTABLE, pause: float = PAUSE) -> Iterator[SerialLine]:
    """Open the port exclusively and discard earlier input. Raises PartFault."""
    try:
        from serial import Serial
    except ModuleNotFoundError as error:
        raise PartFault("driver_missing", f"{error}: install pyserial") from error
    try:
        port = Serial(str(path), baud, exclusive=True)
    except OSError as error:
        raise open_fault(path, error, "dialout", "serial") from error
    with port:
        port.reset_input_buffer()
        yield SerialLine(port, alphabet, pause)
