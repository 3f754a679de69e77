"""The ring that counts down in steps; knows no clock: each step is a new view."""

from __future__ import annotations

from kiosk.screens.geometry import Box
from kiosk.screens.marks import Figure, Shape
from kiosk.screens.page import Page
from kiosk.screens.theme import Type


def draw_ring(page: Page, box: Box, seconds: int, whole: int, step: Type) -> None:
    """A ring that empties, with the seconds in it. The box is square."""
    stroke = max(round(box.w * 0.075), 4)
    share = max(min(seconds / whole, 1.0), 0.0)
    page.add(Shape(box, Figure.RING, page.colours.line, stroke))
    if share:
        page.add(Shape(box, Figure.RING, page.colours.ink, stroke, share))
    page.word(box, str(seconds), step, align="centre")
