"""Encode numbers as the bars of a barcode, for paper and for patrons' phones.

Source: ISO/IEC 15417 (Code 128), ISO/IEC 16388 (Code 39), ANSI/AIM BC3-1995 (Codabar), ISO/IEC 16390 (Interleaved 2
of 5). Each demands a quiet zone of ten narrow bars on either side. Symbologies have the names that kiosk.toml uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from reportlab.graphics.barcode.code39 import Standard39
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.common import Barcode, Codabar, I2of5

QUIET = 10
"""Narrow bars of white on either side."""
CONTENT = {
    "code128": re.compile(r"[ -~]+"),
    "code39": re.compile(r"[0-9A-Z. $/+%-]+"),
    "codabar": re.compile(r"[0-9$:/.+-]+"),
    "itf": re.compile(r"([0-9]{2})+"),
}
"""What a symbology can encode so that the same text is read back."""
ENCODERS: dict[str, tuple[Callable[..., Barcode], dict[str, Any]]] = {
    "code128": (Code128, {}),
    "code39": (Standard39, {"checksum": 0, "ratio": 2.5}),
    "codabar": (Codabar, {"ratio": 2.5}),
    "itf": (I2of5, {"checksum": 0, "ratio": 2.5, "bearers": 0}),
}


def encode(symbology: str, text: str, narrow: float, height: float) -> Barcode:
    """Return the barcode without its quiet zones; `narrow` is the width of a narrow bar."""
    encoder, options = ENCODERS[symbology]
    return encoder(text, barWidth=narrow, barHeight=height, quiet=False, humanReadable=False, **options)


def bars(symbology: str, text: str) -> list[tuple[float, float]]:
    """Return left edge and width of each bar, in narrow bars, behind the first quiet zone."""
    found: list[tuple[float, float]] = []
    barcode = encode(symbology, text, 1, 1)
    barcode.rect = lambda x, _y, width, _height: found.append((x + QUIET, width))
    barcode.draw()
    return found
