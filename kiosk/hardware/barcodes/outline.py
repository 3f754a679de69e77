"""Extend a decoded code's corners to the ends of its bars, for display.

Decoders report only the rows that they read.
"""

from __future__ import annotations

import math

from PIL import Image

from kiosk.hardware.barcodes.model import Quad
from kiosk.hardware.barcodes.stripe_detector import Grey, Patch, find_stripes

AROUND = 0.65
"""Radius of the search for bars around the code's middle, as a share of its length."""


def outline(grey: Grey, found: Quad) -> Quad:
    """Return the corners of the stripes around a code, or the code's own if there are none (QR)."""
    x, y = (sum(each) / len(found) for each in zip(*found, strict=True))
    reach = AROUND * max(math.dist(found[0], each) for each in found[1:])
    left, top = max(0, round(x - reach)), max(0, round(y - reach))
    part = Image.fromarray(grey[top : round(y + reach), left : round(x + reach)])
    if min(part.size) == 0:
        return found
    patches = [patch for patch in find_stripes(part) if _holds(patch, x - left, y - top)]
    return _corners(patches[0], left, top) if patches else found


def _rotate(angle: float, x: float, y: float) -> tuple[float, float]:
    cos, sin = math.cos(angle), math.sin(angle)
    return x * cos - y * sin, x * sin + y * cos


def _holds(patch: Patch, x: float, y: float) -> bool:
    across, down = _rotate(-patch.angle, x, y)
    return patch.left <= across <= patch.right and patch.top <= down <= patch.bottom


def _corners(patch: Patch, left: float, top: float) -> Quad:
    sides = ((patch.left, patch.top), (patch.right, patch.top), (patch.right, patch.bottom), (patch.left, patch.bottom))
    one, two, three, four = (_rotate(patch.angle, *each) for each in sides)
    return (
        (one[0] + left, one[1] + top),
        (two[0] + left, two[1] + top),
        (three[0] + left, three[1] + top),
        (four[0] + left, four[1] + top),
    )
