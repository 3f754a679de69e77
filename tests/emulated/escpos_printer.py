"""Emulate an ESC/POS receipt printer with its sensors, buffer and real-time commands.

Real-time commands are obeyed when they arrive, wherever they stand, also among the dots of a picture: as in Epson's.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

from PIL import Image

from tests.emulated.escpos_interpreter import Interpreter, Roll, without_tail

STATES = ("ok", "near_end", "ends_halfway", "out_of_paper", "cover_open", "cutter_error", "offline", "silent")
"""`ends_halfway` becomes out of paper while printing a picture. `silent` prints but sends no response."""
PROFILES = {384: "POS-5890", 576: "TM-T20II"}
REAL_TIME = re.compile(rb"\x10(?:\x04[\x01-\x04]|\x05[\x01\x02]|\x14\x08\x01\x03\x14\x01\x06\x02\x08)", re.DOTALL)
HALF = 20
"""Rows of a picture that come out when the paper ends halfway."""
LONGEST = 10
FIXED = 0x12
"""Bits that are set in every answer to DLE EOT."""


class Printer:
    def __init__(
        self, width: int, buffer: int = 4096, in_turn: bool = True, clears: bool = True, reports: bool = False
    ) -> None:
        """Emulate a printer; `in_turn` supports GS r, `clears` supports DLE DC4 8, which empties the buffer.

        `reports` sends status changes without a query until this is disabled.
        """
        self._lock = threading.RLock()
        self._roll = Roll(width)
        self._interpreter = Interpreter(self._roll, PROFILES[width], self._may_print, self._say_in_turn)
        self._interpreter.paper_sensor = self._paper_sensor
        self._interpreter.picture_begins = self._picture_begins
        self._interpreter.reports = reports
        self._buffer, self._in_turn, self._clears = buffer, in_turn, clears
        self._state, self._half = "ok", HALF
        self._tail = b""
        self._said = bytearray()
        self.received = 0
        """Bytes received so far."""
        self._rate: float | None = None
        self._began, self._before = 0.0, 0
        self.changed: Callable[[], None] = lambda: None
        """Called after an operator action, so that printing may continue."""

    # Operator actions.

    def put(self, state: str) -> None:
        """Set a state of STATES; `ok` inserts an endless roll. Raise ValueError for other states."""
        if state not in STATES:
            raise ValueError(f"a printer is {', '.join(STATES)}, not {state!r}")
        with self._lock:
            self._state, self._half = state, HALF
            if state in ("ok", "near_end", "ends_halfway"):
                self._roll.left = None
            if self._interpreter.reports:
                self._say(bytes([0x10, 0x00, self._paper_sensor(), 0x0F]))
        self.changed()

    def paper_ends_in_picture(self, rows: int) -> None:
        """Let the paper end this many rows into the next picture."""
        self.put("ends_halfway")
        self._half = rows

    def slow(self, rows: float | None) -> None:
        """Limit the speed to this many rows per second; None removes the limit."""
        with self._lock:
            self._rate = rows
            self._began, self._before = time.monotonic(), self._roll.printed
        self.changed()

    def slips(self) -> tuple[Image.Image, ...]:
        """Return the cut receipts without trailing blank paper; blank ones are omitted."""
        with self._lock:
            return tuple(slip for each in self._roll.slips if (slip := without_tail(each)).height)

    @property
    def cuts(self) -> int:
        """Number of cuts, including those of blank paper."""
        with self._lock:
            return len(self._roll.slips)

    def hanging(self) -> Image.Image | None:
        """Return the printed paper that is not cut, or None."""
        with self._lock:
            return self._roll.hanging

    @property
    def reports(self) -> bool:
        with self._lock:
            return self._interpreter.reports

    @property
    def unknown(self) -> tuple[bytes, ...]:
        with self._lock:
            return tuple(self._interpreter.unknown)

    # Called by the cable.

    @property
    def room(self) -> int:
        """Number of bytes that fit into the buffer."""
        with self._lock:
            return max(0, self._buffer - self._interpreter.waiting)

    @property
    def busy(self) -> bool:
        """True while it prints at a limited rate and has more to print."""
        with self._lock:
            return self._rate is not None and self._interpreter.waiting > 0 and self._able

    def receive(self, data: bytes) -> bytes:
        """Process at most `room` bytes, or none, and return the responses."""
        with self._lock:
            self.received += len(data)
            past = len(self._tail)
            text, fed = self._tail + data, past
            end = 0
            for found in REAL_TIME.finditer(text):
                self._interpreter.feed(text[fed : max(fed, found.end())])
                fed = max(fed, found.end())
                self._obey(found.group())
                end = found.end()
            self._interpreter.feed(text[fed:])
            self._tail = text[max(end, len(text) - LONGEST + 1) :]
            said, self._said = bytes(self._said), bytearray()
            return said

    def _obey(self, command: bytes) -> None:
        match command[1]:
            case 0x04:
                self._say(bytes([FIXED | self._status(command[2])]))
            case 0x05 if self._state == "cutter_error":
                self._state = "ok"
                if command[2] == 2:
                    self._interpreter.clear()
            case 0x14 if self._clears:
                self._interpreter.clear()
                self._say(b"\x37\x25\x00")
            case _:
                pass

    def _say(self, answer: bytes) -> None:
        if self._state != "silent":
            self._said += answer

    def _say_in_turn(self, answer: bytes) -> None:
        if self._in_turn:
            self._say(answer)

    def _status(self, which: int) -> int:
        out, cover, cutter = self._out, self._state == "cover_open", self._state == "cutter_error"
        match which:
            case 1:
                return 0 if self._able else 0x08
            case 2:
                return 0x04 * cover | 0x20 * out | 0x40 * cutter
            case 3:
                return 0x08 * cutter
            case _:
                return 0x0C * (self._state == "near_end" or out) | 0x60 * out

    def _paper_sensor(self) -> int:
        return 0x03 * (self._state == "near_end" or self._out) | 0x0C * self._out

    def _picture_begins(self) -> None:
        if self._state == "ends_halfway":
            self._state = "ok"
            self._roll.left = self._half

    @property
    def _out(self) -> bool:
        return self._state == "out_of_paper" or self._roll.ended

    @property
    def _able(self) -> bool:
        return self._state in ("ok", "near_end", "ends_halfway", "silent") and not self._roll.ended

    def _may_print(self) -> bool:
        if not self._able or self._rate is None:
            return self._able
        return self._roll.printed - self._before <= self._rate * (time.monotonic() - self._began)
