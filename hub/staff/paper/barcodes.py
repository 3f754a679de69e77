"""Draw barcodes as bars of a PDF, wide enough for scanners and for the kiosk's camera."""

from __future__ import annotations

from math import floor

from django.utils.translation import gettext as _
from reportlab.pdfgen.canvas import Canvas

from hub.circulation.models import Library
from hub.core.pages.barcodes import CONTENT, QUIET, encode
from hub.staff.paper.typesetting import MM, Box

NARROWEST, WIDEST = 0.19 * MM, 0.34 * MM
"""Width of a narrow bar. Source: docs/optics.md, what the kiosk's camera can read."""
DOT = 72 / 600
"""Points of a printer's dot at 600 dpi: bars of whole dots are printed evenly."""


Symbology = Library.Symbology


class BarcodeFault(ValueError):
    """A number that cannot be printed as a barcode here; `args[0]` says why and what to do."""


def draw(canvas: Canvas, symbology: Symbology, text: str, box: Box) -> None:
    """Draw the barcode in the middle of the box, as high as the box.

    Raises:
        BarcodeFault: The symbology cannot hold the text, or the box is too narrow for it.
    """
    bars = encode(symbology, text, narrow_bar(symbology, text, box.width), box.height)
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
    modules = encode(symbology, text, 1, 1).width + 2 * QUIET
    narrow = min(width / modules, WIDEST)
    if narrow < NARROWEST:
        raise BarcodeFault(_("{number}: too long for this label. Choose a wider one.").format(number=text))
    even = floor(narrow / DOT) * DOT
    return even if even >= NARROWEST else narrow
