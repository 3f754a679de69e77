"""Raise the contrast of a grey picture place by place, so that faint bars and bars in a shadow stand out.

Contrast-limited adaptive histogram equalisation (CLAHE): each tile has a curve of its own, made from its histogram;
a pixel's new value lies between the curves of the four tiles around it.

Source: K. Zuiderveld, "Contrast Limited Adaptive Histogram Equalization", Graphics Gems IV, 1994.
"""

from __future__ import annotations

import numpy as np

from kiosk.hardware.barcodes.stripe_detector import Floats, Grey, Indices

TILES = 8
"""Maximum tiles along a side of the picture."""
LEAST_TILE = 8
"""Minimum pixels along a side of a tile."""
LEVELS = 256
"""Number of grey levels."""
LIMIT = 4.0
"""Maximum height of a histogram bin, as a multiple of the uniform height; limits the amplification of noise."""


def raise_contrast(grey: Grey) -> Grey:
    """Equalise a picture of any size locally.

    Args:
        grey: Picture, shape (height, width).

    Returns:
        A new picture of the same shape.
    """
    rows, columns = (min(TILES, max(1, length // LEAST_TILE)) for length in grey.shape)
    curves = _curves(grey, rows, columns)
    above, below, down = _neighbours(grey.shape[0], rows)
    left, right, across = _neighbours(grey.shape[1], columns)

    def between(row: Indices) -> Floats:
        one, other = (curves[row[:, None], column, grey] for column in (left, right))
        mixed: Floats = one + (other - one) * across
        return mixed

    top, bottom = between(above), between(below)
    return (top + (bottom - top) * down[:, None]).astype(np.uint8)


def _curves(grey: Grey, rows: int, columns: int) -> Floats:
    """Return the new value of each grey level in each tile, shape (rows, columns, LEVELS)."""
    height, width = grey.shape
    row, column = np.arange(height) * rows // height, np.arange(width) * columns // width
    places = (row[:, None] * columns + column) * LEVELS + grey
    counts = np.bincount(places.ravel(), minlength=rows * columns * LEVELS).reshape(-1, LEVELS).astype(np.float32)
    pixels = counts.sum(1, keepdims=True)
    most = LIMIT * pixels / LEVELS
    surplus = np.maximum(counts - most, 0).sum(1, keepdims=True)
    limited = np.minimum(counts, most) + surplus / LEVELS
    curves: Floats = np.minimum(limited.cumsum(1) * ((LEVELS - 1) / pixels), LEVELS - 1)
    return curves.reshape(rows, columns, LEVELS)


def _neighbours(length: int, tiles: int) -> tuple[Indices, Indices, Floats]:
    """Return for each pixel of a side the two tiles around it, and how near it is to the second (0 to 1)."""
    place = (np.arange(length) + 0.5) * tiles / length - 0.5
    first = np.floor(place).astype(np.intp)
    one, other = (np.clip(each, 0, tiles - 1) for each in (first, first + 1))
    return one, other, (place - first).astype(np.float32)
