"""Turn the lines of a card reader that types or sends numbers into presence events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import assert_never

from kiosk.config.hardware import KeyboardReader, SerialReader, TypingReader
from kiosk.events import CardTrouble
from kiosk.hardware import line_readers
from kiosk.hardware.card_reader.card_number import apply_prefix, number_of
from kiosk.hardware.line_readers import Lines

LOOK = 0.1
"""Maximum seconds between two checks of the stop signal."""
GONE_AFTER = 1.0
"""Seconds after its number for which a card counts as present, and a repeated number as the same presence."""


class TypedCardReader:
    """CardReader for devices that do not report removal.

    A card counts as removed GONE_AFTER seconds after its last number.
    """

    def __init__(
        self,
        lines: Lines,
        rules: TypingReader,
        gone_after: float = GONE_AFTER,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lines = lines
        self._rules = rules
        self._gone_after = gone_after
        self._now = now

    def watch(
        self,
        present: Callable[[str], None],
        removed: Callable[[], None],
        trouble: Callable[[CardTrouble], None],
        stop: Callable[[], bool],
    ) -> None:
        here, since = "", 0.0
        while not stop():
            line = self._lines.next(LOOK)
            number = self._number(line) if line else ""
            if here and (number not in ("", here) or self._now() - since >= self._gone_after):
                here = ""
                removed()
            if number:
                since = self._now()
            if number and number != here:
                here = number
                present(number)

    def _number(self, line: str) -> str:
        if self._rules.sends == "uid":
            return number_of(line.upper(), self._rules.number)
        return apply_prefix(line, self._rules.number)


@contextmanager
def open_typed(
    choice: KeyboardReader | SerialReader,
    gone_after: float = GONE_AFTER,
    grabbed: Callable[..., AbstractContextManager[Lines]] = line_readers.grab_keyboard,
) -> Iterator[TypedCardReader]:
    """Open the reader and discard earlier input. `grabbed` opens the keyboard."""
    match choice:
        case KeyboardReader(device=device):
            opening = grabbed(device, choice.alphabet, choice.pause)
        case SerialReader(device=device, baud=baud):
            opening = line_readers.open_serial_line(device, baud, choice.alphabet, choice.pause)
        case _:
            assert_never(choice)
    with opening as lines:
        yield TypedCardReader(lines, choice, gone_after)
