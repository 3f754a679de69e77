"""Draw five smileys from very unhappy to very happy."""

from __future__ import annotations

from kiosk.screens.components.buttons import Button
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Figure, Shape
from kiosk.screens.rendering.geometry import Box

DOTS = 41
"""Number of dots that form a mouth."""


def draw_face(page: Canvas, box: Box, button: Button, number: int) -> None:
    """Draw a smiley to press, from 1 (very unhappy) to 5 (very happy), with a spoken label."""
    page.frame(box, page.colours.ink)
    side = round(min(box.w, box.h) * 0.72)
    draw_features(page, Box(round(box.x + (box.w - side) / 2), round(box.y + (box.h - side) / 2), side, side), number)
    page.touch(box, button.action, button.label)


def draw_features(page: Canvas, ring: Box, number: int) -> None:
    """Draw two eyes and a mouth in a ring."""
    side = ring.w
    page.add(Shape(ring, Figure.RING, page.colours.ink, max(round(side * 0.035), 3)))
    dot = max(round(side * 0.09), 3)
    for at in (0.32, 0.68):
        _dot(page, ring.x + side * at, ring.y + side * 0.34 + dot / 2, dot)
    bend = (number - 3) * 0.5
    for each in range(DOTS):
        across = (each / (DOTS - 1) - 0.5) * 2
        x = ring.x + side * (0.5 + across * 0.24)
        y = ring.y + side * (0.66 + bend * 0.12 * (0.5 - across * across))
        _dot(page, x, y, dot)


def _dot(page: Canvas, x: float, y: float, across: int) -> None:
    box = Box(x - across / 2, y - across / 2, across, across)
    page.add(Shape(box, Figure.DISC, page.colours.ink))
