"""Draw a QR code, black on white in every theme, with its quiet zone."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Code, Fill
from kiosk.screens.rendering.geometry import Box

WHITE = "#FFFFFF"
QUIET = 4
"""Width of the quiet zone in modules. Source: ISO/IEC 18004."""
LEAST = 3
"""Minimum module size in pixels that phones still read from the screen."""
LEAST_MM = 0.45
"""Minimum module size in millimetres at arm's length."""


def most_modules(side: float, px_per_mm: float) -> int:
    """Return the number of modules per side that stay readable in a square of `side` pixels."""
    return int(side // max(LEAST, round(LEAST_MM * px_per_mm))) - 2 * QUIET


def draw_code(page: Canvas, box: Box, rows: Sequence[Sequence[int]]) -> Box:
    """Draw the code centred and as large as whole pixels per module allow; return its white square."""
    module = int(min(box.w, box.h) // (len(rows) + 2 * QUIET))
    side = module * (len(rows) + 2 * QUIET)
    square = Box(round(box.x + (box.w - side) / 2), round(box.y + (box.h - side) / 2), side, side)
    page.add(Fill(square, WHITE))
    page.add(Code(square.inset(QUIET * module), tuple(map(bytes, rows))))
    return square
