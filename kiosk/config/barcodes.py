"""How a library prints its numbers in bars, for a scanner that sees pictures; knows no decoder."""

from __future__ import annotations

from typing import Literal

from kiosk.config.numbers import NumberFormat, shapes
from kiosk.config.section import Section

Bars = Literal["codabar", "code39", "code128", "itf"]
FIXED: tuple[Bars, ...] = ("codabar", "itf")
"""A part of such bars reads as a shorter number."""


class Barcodes(Section):
    item: tuple[Bars, ...] = ("codabar", "code39", "code128")
    """The symbologies of the items' labels."""
    card: tuple[Bars | Literal["qr"], ...] = ("codabar", "code39", "code128", "qr")
    """The symbologies of the cards."""
    code39_check: bool = False
    """Whether a Code 39 ends in a check character by modulo 43, which is no part of the number."""

    def bars(self, name: Literal["item", "card"], kind: NumberFormat) -> tuple[str, ...]:
        """The symbologies of such a number, without those that would not hold it safely."""
        return tuple(bars for bars in getattr(self, name) if _objection(bars, kind) is None)

    def objections(self, name: Literal["item", "card"], kind: NumberFormat) -> list[str]:
        """Why what the library chose does not suit its numbers; what is chosen by default is left out silently."""
        chosen = getattr(self, name) if name in self.model_fields_set else ()
        return [f"{name}: {bars} {objection}" for bars in chosen if (objection := _objection(bars, kind))]


def _objection(bars: str, kind: NumberFormat) -> str | None:
    lengths = {length for shape in shapes(kind.pattern) for length in (len(shape), sum(not s.optional for s in shape))}
    if bars in FIXED and len(lengths) > 1:
        return "needs a number of one length: a part of its bars reads as a shorter number"
    if bars == "itf" and max(lengths) % 2:
        return "holds an even count of digits"
    return None
