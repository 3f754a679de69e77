"""Five faces, from very unhappy to very happy, each a button; knows no view and no question."""

from __future__ import annotations

from kiosk.screens.geometry import Box
from kiosk.screens.marks import Figure, Shape
from kiosk.screens.page import Page
from kiosk.screens.parts.buttons import Button


def draw_face(page: Page, box: Box, button: Button, number: int) -> None:
    """Two eyes and a mouth in a ring, from 1 that is low to 5 that is high; said in words too."""
    colours = page.colours
    page.frame(box, colours.ink)
    side = round(min(box.w, box.h) * 0.72)
    ring = Box(round(box.x + (box.w - side) / 2), round(box.y + (box.h - side) / 2), side, side)
    page.add(Shape(ring, Figure.RING, colours.ink, max(page.u(0.6), 3)))
    dot = max(round(side * 0.09), 3)
    for at in (0.32, 0.68):
        page.add(
            Shape(
                Box(round(ring.x + side * at - dot / 2), round(ring.y + side * 0.34), dot, dot),
                Figure.DISC,
                colours.ink,
            )
        )
    bend = (number - 3) * 0.5
    steps = 41
    for each in range(steps):
        across = (each / (steps - 1) - 0.5) * 2
        x = ring.x + side * (0.5 + across * 0.24)
        y = ring.y + side * (0.66 + bend * 0.12 * (0.5 - across * across))
        _dot(page, x, y, dot)
    page.touch(box, button.action, button.label)


def _dot(page: Page, x: float, y: float, across: int) -> None:
    box = Box(x - across / 2, y - across / 2, across, across)
    page.add(Shape(box, Figure.DISC, page.colours.ink))
