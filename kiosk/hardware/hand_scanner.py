"""A hand scanner that types or sends a line for each code; knows no camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, assert_never

from kiosk.config.barcode_scanner import KeyboardScanner, SerialScanner
from kiosk.hardware import serial_line, wedge_keyboard

LOOK = 0.2
"""Seconds after which a silent scanner is asked whether it shall stop."""


def hand_scanner(choice: KeyboardScanner | SerialScanner) -> Callable[[], AbstractContextManager[LineScanner]]:
    """What opens it, in the scanner's own thread."""
    return lambda: _open(choice)


@contextmanager
def _open(choice: KeyboardScanner | SerialScanner) -> Iterator[LineScanner]:
    match choice:
        case KeyboardScanner(device=device):
            with wedge_keyboard.grabbed(device) as lines:
                yield LineScanner(lines)
        case SerialScanner(device=device, baud=baud):
            with serial_line.opened(device, baud) as lines:
                yield LineScanner(lines)
        case _:
            assert_never(choice)


class Lines(Protocol):
    def next(self, seconds: float) -> str | None:
        """The next line, or None when none came in time. Raises PartFault."""
        ...


class LineScanner:
    """Each line is a code."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def watch(self, scanned: Callable[[str], None], stop: Callable[[], bool]) -> None:
        while not stop():
            line = self._lines.next(LOOK)
            if line is not None:
                scanned(line)
