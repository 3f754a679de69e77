"""A QR code as marks: black on white whatever the colours are, with its quiet edge; knows not what it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from kiosk.screens.geometry import Box
from kiosk.screens.marks import Fill
from kiosk.screens.page import Page

BLACK, WHITE = "#000000", "#FFFFFF"
QUIET = 4
"""Modules of white around it, as ISO 18004 wants."""
LEAST = 3
"""Pixels of a module that a phone still reads off the glass."""
LEAST_MM = 0.45
"""Millimetres of it, at an arm's length."""


def most_modules(side: float, px_per_mm: float) -> int:
    """How many modules a code may have across, so that it can be read in a square of `side` pixels."""
    return int(side // max(LEAST, round(LEAST_MM * px_per_mm))) - 2 * QUIET


def draw_code(page: Page, box: Box, rows: Sequence[Sequence[int]]) -> Box:
    """Draws it as large as whole pixels allow, in the middle of the box; answers its white square."""
    module = int(min(box.w, box.h) // (len(rows) + 2 * QUIET))
    side = module * (len(rows) + 2 * QUIET)
    square = Box(round(box.x + (box.w - side) / 2), round(box.y + (box.h - side) / 2), side, side)
    page.add(Fill(square, WHITE))
    for number, row in enumerate(rows):
        for start, count in _runs(row):
            x = square.x + (QUIET + start) * module
            y = square.y + (QUIET + number) * module
            page.add(Fill(Box(x, y, count * module, module), BLACK))
    return square


def _runs(row: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where dark modules begin, and how many there are."""
    at = 0
    for dark, modules in groupby(row):
        count = len(tuple(modules))
        if dark:
            yield at, count
        at += count
