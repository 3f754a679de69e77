"""Define the barcode symbologies of a library's item and card numbers, for a camera scanner."""

from __future__ import annotations

from typing import Literal

from kiosk.config.numbers import NumberFormat, shapes
from kiosk.config.section import Section

Bars = Literal["codabar", "code39", "code128", "itf"]
FIXED: tuple[Bars, ...] = ("codabar", "itf")
"""Symbologies in which a partial scan reads as a shorter number."""


class Barcodes(Section):
    """Symbologies by kind of number."""

    item: tuple[Bars, ...] = ("codabar", "code39", "code128")
    """Symbologies of the item labels."""
    card: tuple[Bars | Literal["qr"], ...] = ("codabar", "code39", "code128", "qr")
    """Symbologies of the cards."""
    code39_check: bool = False
    """Whether Code 39 ends in a modulo 43 check character, which is not part of the number."""

    def bars(self, name: Literal["item", "card"], kind: NumberFormat) -> tuple[str, ...]:
        """Return the symbologies of such a number, without those that cannot hold it safely."""
        return tuple(bars for bars in getattr(self, name) if _objection(bars, kind) is None)

    def objections(self, name: Literal["item", "card"], kind: NumberFormat) -> list[str]:
        """Return why explicitly chosen symbologies do not suit the numbers.

        Unsuitable defaults are skipped silently.
        """
        chosen = getattr(self, name) if name in self.model_fields_set else ()
        return [f"{name}: {bars} {objection}" for bars in chosen if (objection := _objection(bars, kind))]


def _objection(bars: str, kind: NumberFormat) -> str | None:
    lengths = {length for shape in shapes(kind.pattern) for length in (len(shape), sum(not s.optional for s in shape))}
    if bars in FIXED and len(lengths) > 1:
        return "needs a number of one length: a part of its bars reads as a shorter number"
    if bars == "itf" and max(lengths) % 2:
        return "holds an even count of digits"
    return None
