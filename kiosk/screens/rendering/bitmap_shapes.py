"""Rasterise curves and codes with Pillow: rounded corners, figures, QR modules."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians, sin

from PIL import Image, ImageDraw

from kiosk.screens.rendering.display_list import Corners, Figure

OVER = 4
"""Supersampling factor for smooth edges."""


def corner_border(radius: int, width: int) -> int:
    """Return the pixels at each side of a corner mask that must not be stretched.

    Two more than the curve, so that nothing smears.
    """
    return max(radius, width) + 2


def corner_mask(radius: int, width: int, corners: Corners) -> Image.Image:
    """Return a small rounded box (filled, or an edge of `width`) as an alpha mask whose middle can be stretched."""
    side = 2 * corner_border(radius, width) + 4
    big, r = side * OVER, radius * OVER
    mask = Image.new("L", (big, big), 0)
    draw = ImageDraw.Draw(mask)
    rounded_rectangle(draw, (0, 0, big - 1, big - 1), r, corners, 255)
    if width:
        w = width * OVER
        rounded_rectangle(draw, (w, w, big - 1 - w, big - 1 - w), max(r - w, 0), corners, 0)
    return mask.resize((side, side), Image.Resampling.BOX)


def rounded_rectangle(
    draw: ImageDraw.ImageDraw, at: tuple[int, int, int, int], r: int, corners: Corners, fill: int
) -> None:
    """Draw a rectangle with radius `r` at the given corners."""
    which = {Corners.ALL: (True,) * 4, Corners.TOP: (True, True, False, False), Corners.NONE: (False,) * 4}[corners]
    draw.rounded_rectangle(at, r, fill=fill, corners=which)


def figure_mask(figure: Figure, width: int, height: int, stroke: int, share: float) -> Image.Image:
    """Return a figure that fills width x height pixels, as an alpha mask."""
    big = (width * OVER, height * OVER)
    mask = Image.new("L", big, 0)
    draw = ImageDraw.Draw(mask)
    whole = (0, 0, big[0] - 1, big[1] - 1)
    match figure:
        case Figure.DISC:
            draw.ellipse(whole, fill=255)
        case Figure.RING:
            draw.arc(whole, -90, -90 + 360 * share, fill=255, width=stroke * OVER)
        case Figure.OCTAGON:
            draw.polygon(_octagon(*big), fill=255)
        case Figure.WAVES:
            _waves(draw, big, stroke * OVER)
    return mask.resize((width, height), Image.Resampling.BOX)


def _octagon(w: int, h: int) -> list[tuple[float, float]]:
    angles = (radians(22.5 + 45 * step) for step in range(8))
    grow = 1 / cos(radians(22.5))
    return [(w / 2 + cos(a) * grow * (w / 2 - 1), h / 2 + sin(a) * grow * (h / 2 - 1)) for a in angles]


def _waves(draw: ImageDraw.ImageDraw, big: tuple[int, int], stroke: int) -> None:
    w, h = big
    for step in (1, 2, 3):
        r = h * 0.62 * step / 3
        x = w - stroke - h * 0.62 + w * 0.02
        draw.arc((x - r, h / 2 - r, x + r, h / 2 + r), -48, 48, 255, stroke)


def code_picture(rows: Sequence[bytes]) -> Image.Image:
    """Return one pixel per module: 0 white, 1 black."""
    return Image.frombytes("L", (len(rows[0]), len(rows)), bytes(0 if dark else 255 for row in rows for dark in row))
