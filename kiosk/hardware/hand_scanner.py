"""Read item barcodes from a hand scanner that types or sends one line per code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import assert_never

from kiosk.config.barcode_scanner import KeyboardScanner, SerialScanner
from kiosk.hardware import serial_line, wedge_keyboard
from kiosk.hardware.line_buffer import Lines

LOOK = 0.2
"""Seconds between two checks of the stop signal while the scanner is silent."""


def hand_scanner(choice: KeyboardScanner | SerialScanner) -> Callable[[], AbstractContextManager[LineScanner]]:
    """Return the factory that opens the scanner in its own thread."""
    return lambda: _open(choice)


@contextmanager
def _open(choice: KeyboardScanner | SerialScanner) -> Iterator[LineScanner]:
    match choice:
        case KeyboardScanner(device=device):
            with wedge_keyboard.grab_keyboard(device) as lines:
                yield LineScanner(lines)
        case SerialScanner(device=device, baud=baud):
            with serial_line.open_serial_line(device, baud) as lines:
                yield LineScanner(lines)
        case _:
            assert_never(choice)


class LineScanner:
    """Report each line as a code."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def watch(self, scanned: Callable[[str], None], stop: Callable[[], bool]) -> None:
        while not stop():
            line = self._lines.next(LOOK)
            if line is not None:
                scanned(line)
