"""The talk with a printer over any line: questions with a time-out, and answers at once or in turn; knows no paper."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from kiosk.hardware.parts import PartFault
from kiosk.hardware.receipt_printer import status
from kiosk.hardware.receipt_printer.status import Status

QUERY_SECONDS = 0.2
"""How long a printer has for an answer."""
LATE = 0.05
"""Seconds more for an answer that is on its way when the time is over."""
ASK = b"\x10\x04"
"""DLE EOT: answered at once, whatever waits in the printer's buffer."""
ASK_IN_TURN = b"\x1dr\x01"
"""GS r: answered when all that was sent before is worked off."""

CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 8: forgets what is in the buffer; some printers do not know it."""
CLEARED = b"\x37\x25\x00"
CLEAR_SECONDS = 1.0
"""A line full of noise is not listened to for ever."""


class PrinterTransport(Protocol):
    """A way to a printer. A line that is broken raises PartFault `unplugged`."""

    @property
    def answers(self) -> bool:
        """False where a printer cannot be asked at all."""
        ...

    def send(self, data: bytes) -> None:
        """Returns when all of it has left. Raises PartFault `no_answer` when the printer takes no more of it."""
        ...

    def read(self, seconds: float) -> bytes:
        """What has come, or comes first within that time; nothing when nothing comes."""
        ...

    def look(self) -> None:
        """Sees whether the line is still there, as far as that can be seen without asking. Raises PartFault."""
        ...

    def close(self) -> None:
        """Ends it, whatever state it is in. Raises nothing."""
        ...


class Talk:
    """Keeps apart the answers at once, DLE EOT, from those in turn, GS r."""

    def __init__(self, line: PrinterTransport) -> None:
        self._line = line
        self._at_once: list[int] = []
        self.in_turn = 0
        """How many answers in turn have come."""

    def send(self, data: bytes) -> None:
        self._line.send(data)

    def hear(self, seconds: float) -> bytes:
        """Waits for whatever the printer says; nothing when it says nothing."""
        heard = self._line.read(seconds)
        self._at_once += [byte for byte in heard if status.is_answer(byte)]
        self.in_turn += sum(map(status.is_in_turn, heard))
        return heard

    def hears(self, said: Callable[[], object], seconds: float) -> bool:
        """Whether `said` comes true within that time and LATE: this machine, or the line, may have stood still."""
        end, left = time.monotonic() + seconds, seconds
        while not said() and left > 0:
            left = end - time.monotonic()
            self.hear(max(LATE, left))
        return bool(said())

    def clear(self) -> None:
        """Empties the printer's buffer, where it knows how, and drops what it said before."""
        self._line.send(CLEAR)
        end, heard = time.monotonic() + CLEAR_SECONDS, b""
        while CLEARED not in heard and time.monotonic() < end and (more := self.hear(QUERY_SECONDS)):
            heard += more
        self._at_once.clear()
        self.in_turn = 0

    def status(self) -> Status:
        """Asks all four questions. Raises PartFault `no_answer`: silence is not paper."""
        asked = (status.PRINTER, status.OFFLINE, status.ERROR, status.PAPER)
        return Status(*(self._ask(question) for question in asked))

    def _ask(self, question: int) -> int:
        # Dots of a picture that look like a question are answered too: what came unasked is dropped.
        self.hear(0)
        self._at_once.clear()
        self._line.send(ASK + bytes([question]))
        if not self.hears(lambda: self._at_once, QUERY_SECONDS):
            raise PartFault("no_answer", f"the printer did not answer DLE EOT {question} in {QUERY_SECONDS} s")
        return self._at_once[0]
