"""What a printer says of itself: the answers to DLE EOT 1 to 4 put together; knows no cable."""

from __future__ import annotations

from dataclasses import dataclass

PRINTER, OFFLINE, ERROR, PAPER = 1, 2, 3, 4
"""The four questions of DLE EOT."""


def is_answer(byte: int) -> bool:
    """An answer to DLE EOT: bits 1 and 4 are set, 0 and 7 are not. No other byte that a printer sends is like that."""
    return byte & 0x93 == 0x12


def is_in_turn(byte: int) -> bool:
    """An answer to GS r: bits 4 and 7 are not set."""
    return byte & 0x90 == 0


@dataclass(frozen=True, slots=True)
class Status:
    """The four bytes, as they came."""

    printer: int
    offline: int
    error: int
    paper: int

    @property
    def fault(self) -> str:
        """A reason code, or nothing. What a hand can mend at once is told before what it leads to."""
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
