"""Query a printer over any transport: real-time status (DLE EOT) and queued replies (GS r).

Every query has a time limit. Source: Epson ESC/POS, DLE EOT and GS r.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kiosk.hardware.parts import PartFault

PRINTER, OFFLINE, ERROR, PAPER = 1, 2, 3, 4
"""The four queries of DLE EOT."""


def is_answer(byte: int) -> bool:
    """Return True for a reply to DLE EOT: bits 1 and 4 set, 0 and 7 clear; unique among a printer's bytes."""
    return byte & 0x93 == 0x12


def is_in_turn(byte: int) -> bool:
    """Return True for a reply to GS r: bits 4 and 7 clear."""
    return byte & 0x90 == 0


@dataclass(frozen=True, slots=True)
class Status:
    """The four status bytes as received."""

    printer: int
    offline: int
    error: int
    paper: int

    @property
    def fault(self) -> str:
        """Reason code, or "". Causes that staff can fix at once come before their consequences."""
        if self.offline & 0x04:
            return "cover_open"
        if self.paper & 0x60 or self.offline & 0x20:
            return "out_of_paper"
        if self.error & 0x08:
            return "cutter_error"
        if self.error & 0x24 or self.offline & 0x40:
            return "printer_error"
        return "offline" if self.printer & 0x08 else ""

    @property
    def near_end(self) -> bool:
        return bool(self.paper & 0x0C)


QUERY_SECONDS = 0.2
"""Seconds that a printer has to answer."""
LATE = 0.05
"""Extra seconds for an answer that is in transit when the time is over."""
ASK = b"\x10\x04"
"""DLE EOT: answered at once, whatever is in the printer's buffer."""
ASK_IN_TURN = b"\x1dr\x01"
"""GS r: answered when everything sent before it has been processed."""

CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 8: clears the buffer; some printers do not support it."""
CLEARED = b"\x37\x25\x00"
CLEAR_SECONDS = 1.0
"""Seconds after which a noisy connection is no longer read."""


class PrinterTransport(Protocol):
    """Connection to a printer. A broken connection raises PartFault `unplugged`."""

    @property
    def answers(self) -> bool:
        """False if the printer has no status query."""
        ...

    def send(self, data: bytes) -> None:
        """Send all data. Raises PartFault `no_answer` if the printer accepts no more."""
        ...

    def read(self, seconds: float) -> bytes:
        """Return the data that has arrived, or that arrives first within `seconds`; empty if none."""
        ...

    def look(self) -> None:
        """Check the connection as far as possible without a query. Raises PartFault."""
        ...

    def close(self) -> None:
        """Close the connection in any state, without raising."""
        ...


class Talk:
    """Separate real-time replies (DLE EOT) from queued ones (GS r)."""

    def __init__(self, line: PrinterTransport) -> None:
        self._line = line
        self._at_once: list[int] = []
        self.in_turn = 0
        """Number of queued replies received."""

    def send(self, data: bytes) -> None:
        self._line.send(data)

    def hear(self, seconds: float) -> bytes:
        """Read what the printer sends within `seconds`; empty if nothing."""
        heard = self._line.read(seconds)
        self._at_once += [byte for byte in heard if is_answer(byte)]
        self.in_turn += sum(map(is_in_turn, heard))
        return heard

    def hears(self, said: Callable[[], object], seconds: float) -> bool:
        """Return True if `said` becomes true within `seconds` plus LATE: the process or the line may have stalled."""
        end, left = time.monotonic() + seconds, seconds
        while not said() and left > 0:
            left = end - time.monotonic()
            self.hear(max(LATE, left))
        return bool(said())

    def clear(self) -> None:
        """Clear the printer's buffer, if supported, and drop its earlier replies."""
        self._line.send(CLEAR)
        end, heard = time.monotonic() + CLEAR_SECONDS, b""
        while CLEARED not in heard and time.monotonic() < end and (more := self.hear(QUERY_SECONDS)):
            heard += more
        self._at_once.clear()
        self.in_turn = 0

    def status(self) -> Status:
        """Send all four status queries. Raises PartFault `no_answer`: silence does not prove that there is paper."""
        asked = (PRINTER, OFFLINE, ERROR, PAPER)
        return Status(*(self._ask(question) for question in asked))

    def _ask(self, question: int) -> int:
        # Picture dots that look like a query are answered too: drop unsolicited replies.
        self.hear(0)
        self._at_once.clear()
        self._line.send(ASK + bytes([question]))
        if not self.hears(lambda: self._at_once, QUERY_SECONDS):
            raise PartFault("no_answer", f"the printer did not answer DLE EOT {question} in {QUERY_SECONDS} s")
        return self._at_once[0]
