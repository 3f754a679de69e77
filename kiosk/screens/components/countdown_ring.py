"""Draw a countdown ring. Each step is drawn as a new view."""

from __future__ import annotations

from kiosk.screens.rendering.canvas import LEADING, Canvas
from kiosk.screens.rendering.display_list import Figure, Shape, Text
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type

ROOM = 0.6
"""Maximum height of the digits as a share of the ring's width, so that two digits do not touch the ring."""


def draw_ring(page: Canvas, box: Box, seconds: int, whole: int, step: Type, *, named: bool = False) -> None:
    """Draw a ring that empties, with the remaining seconds inside.

    Args:
        page: Canvas to draw on.
        box: Square.
        seconds: Seconds left.
        whole: Seconds of a full ring.
        step: Type size of the number.
        named: True if a caption next to the ring explains the number.
    """
    stroke = max(round(box.w * 0.075), 4)
    share = max(min(seconds / whole, 1.0), 0.0)
    page.add(Shape(box, Figure.RING, page.colours.line, stroke))
    if share:
        page.add(Shape(box, Figure.RING, page.colours.ink, stroke, share))
    figures, size = str(seconds), min(page.theme.size(step), round(ROOM * box.w))
    wide, high = page.ruler.width(figures, size), round(LEADING * size)
    room = Box(round(box.x + (box.w - wide) / 2), round(box.y + (box.h - high) / 2), wide, high)
    page.add(Text(room, figures, size, page.colours.ink, whole=figures if named else None))
