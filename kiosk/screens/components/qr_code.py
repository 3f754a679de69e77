"""A QR code as marks: black on white whatever the colours are, with its quiet edge; knows not what it says."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.screens.canvas import Canvas
from kiosk.screens.display_list import Code, Fill
from kiosk.screens.geometry import Box

WHITE = "#FFFFFF"
QUIET = 4
"""Modules of white around it, as ISO 18004 wants."""
LEAST = 3
"""Pixels of a module that a phone still reads off the glass."""
LEAST_MM = 0.45
"""Millimetres of it, at an arm's length."""


def most_modules(side: float, px_per_mm: float) -> int:
    """How many modules a code may have across, so that it can be read in a square of `side` pixels."""
    return int(side // max(LEAST, round(LEAST_MM * px_per_mm))) - 2 * QUIET


def draw_code(page: Canvas, box: Box, rows: Sequence[Sequence[int]]) -> Box:
    """Draws it as large as whole pixels allow, in the middle of the box; answers its white square."""
    module = int(min(box.w, box.h) // (len(rows) + 2 * QUIET))
    side = module * (len(rows) + 2 * QUIET)
    square = Box(round(box.x + (box.w - side) / 2), round(box.y + (box.h - side) / 2), side, side)
    page.add(Fill(square, WHITE))
    page.add(Code(square.inset(QUIET * module), tuple(map(bytes, rows))))
    return square
