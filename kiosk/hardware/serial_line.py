"""A serial port read line by line: a reader that sends what it read; knows neither cards nor books."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kiosk.hardware.parts import PartFault

LONGEST = 128
"""Bytes of a line; of a longer one the end is kept."""
ENDS = b"\r\n\x03"
"""A line ends with any of them: carriage return, line feed, or the ETX of some readers."""
BEGIN = b"\x02"


class SerialLine:
    def __init__(self, port: Any) -> None:
        self._port = port
        self._received = b""
        self._lines: list[str] = []

    def next(self, seconds: float) -> str | None:
        """The next line that is not empty; None when none came in time. Raises PartFault."""
        if not self._lines:
            self._read(seconds)
        return self._lines.pop(0) if self._lines else None

    def _read(self, seconds: float) -> None:
        """Waits for one byte at most so long, and takes all that are there."""
        self._port.timeout = seconds
        try:
            self._received += self._port.read(1)
            self._received += self._port.read(self._port.in_waiting)
        except OSError:
            raise PartFault("unplugged") from None
        for end in ENDS[1:]:
            self._received = self._received.replace(bytes([end]), ENDS[:1])
        *whole, rest = self._received.split(ENDS[:1])
        self._received = rest[-LONGEST:]
        lines = (line.replace(BEGIN, b"").decode("ascii", "replace").strip() for line in whole)
        self._lines += [line[-LONGEST:] for line in lines if line]


@contextmanager
def opened(path: Path, baud: int) -> Iterator[SerialLine]:
    """The port at this path, for us alone. Raises PartFault."""
    from serial import Serial, SerialException

    try:
        port = Serial(str(path), baud, exclusive=True)
    except SerialException as error:
        raise PartFault("in_use" if "exclusively" in str(error) else "unplugged") from None
    with port:
        yield SerialLine(port)
