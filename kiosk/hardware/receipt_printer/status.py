"""Interpret a printer's replies to DLE EOT 1 to 4.

Source: Epson ESC/POS, DLE EOT.
"""

from __future__ import annotations

from dataclasses import dataclass

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
