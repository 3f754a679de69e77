"""Draw barcodes as bars of a PDF, wide enough for scanners and for the kiosk's camera.

Source: ISO/IEC 15417 (Code 128), ISO/IEC 16388 (Code 39), ANSI/AIM BC3-1995 (Codabar), ISO/IEC 16390 (Interleaved 2
of 5). Each demands a quiet zone of ten narrow bars on either side.
"""

from __future__ import annotations

import re
from math import floor

from django.utils.translation import gettext as _
from reportlab.graphics.barcode.code39 import Standard39
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.common import Barcode, Codabar, I2of5
from reportlab.pdfgen.canvas import Canvas

from hub.circulation.models import Library
from hub.staff.paper.typesetting import MM, Box

QUIET = 10
"""Narrow bars of white on either side."""
NARROWEST, WIDEST = 0.19 * MM, 0.34 * MM
"""Width of a narrow bar. Source: docs/optics.md, what the kiosk's camera can read."""
DOT = 72 / 600
"""Points of a printer's dot at 600 dpi: bars of whole dots are printed evenly."""


Symbology = Library.Symbology

CONTENT = {
    Symbology.CODE128: re.compile(r"[ -~]+"),
    Symbology.CODE39: re.compile(r"[0-9A-Z. $/+%-]+"),
    Symbology.CODABAR: re.compile(r"[0-9$:/.+-]+"),
    Symbology.ITF: re.compile(r"([0-9]{2})+"),
}
"""What a symbology can encode so that the same text is read back."""


class BarcodeFault(ValueError):
    """A number that cannot be printed as a barcode here; `args[0]` says why and what to do."""


def draw(canvas: Canvas, symbology: Symbology, text: str, box: Box) -> None:
    """Draw the barcode in the middle of the box, as high as the box.

    Raises:
        BarcodeFault: The symbology cannot hold the text, or the box is too narrow for it.
    """
    bars = _bars(symbology, text, narrow_bar(symbology, text, box.width), box.height)
    canvas.setFillGray(0)
    bars.drawOn(canvas, box.x + (box.width - bars.width) / 2, box.y)


def narrow_bar(symbology: Symbology, text: str, width: float) -> float:
    """Return the width of a narrow bar, in points, if the barcode may be this wide with its quiet zones.

    Raises:
        BarcodeFault: As in `draw`.
    """
    if not CONTENT[symbology].fullmatch(text):
        raise BarcodeFault(
            _("{number}: {symbology} cannot hold it. Choose other barcodes under Library, Settings.").format(
                number=text, symbology=symbology.label
            )
        )
    modules = _bars(symbology, text, 1, 1).width + 2 * QUIET
    narrow = min(width / modules, WIDEST)
    if narrow < NARROWEST:
        raise BarcodeFault(_("{number}: too long for this label. Choose a wider one.").format(number=text))
    even = floor(narrow / DOT) * DOT
    return even if even >= NARROWEST else narrow


def _bars(symbology: Symbology, text: str, narrow: float, height: float) -> Barcode:
    common = {"barWidth": narrow, "barHeight": height, "quiet": False, "humanReadable": False}
    match symbology:
        case Symbology.CODE128:
            return Code128(text, **common)
        case Symbology.CODE39:
            return Standard39(text, checksum=0, ratio=2.5, **common)
        case Symbology.CODABAR:
            return Codabar(text, ratio=2.5, **common)
        case Symbology.ITF:
            return I2of5(text, checksum=0, ratio=2.5, bearers=0, **common)
