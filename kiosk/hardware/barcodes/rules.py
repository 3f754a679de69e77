"""Decide which codes belong to the library, by symbology and number format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kiosk.config.barcodes import Barcodes
from kiosk.config.models import Numbers as ConfiguredNumbers
from kiosk.config.numbers import NumberFormat, beside_digits
from kiosk.hardware.barcodes.model import BarcodeHunt, Code, Symbology
from lending.number_patterns import Number, NumberKind, Numbers, Shape

SHORTEST = 5
"""Minimum characters of a label: pictures without bars yield shorter texts."""
MOD43 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
"""Code 39's characters by value. Source: ISO/IEC 16388."""
ISBN_BARS = frozenset({Symbology.EAN13})


@dataclass(frozen=True, slots=True)
class Rules:
    """Barcodes that one library uses."""

    numbers: Numbers
    """Classification of a text as item, card or ISBN, shared with the desk."""
    bars: Mapping[NumberKind, frozenset[Symbology]]
    """Symbologies by kind; ISBNs always use EAN-13."""
    code39_check: bool = False
    """True if the last character of a Code 39 is a check character and not part of the number."""

    def hunt(self, wanted: frozenset[NumberKind], *, thorough: bool) -> BarcodeHunt:
        """Return what to search for.

        If only labels are wanted, ISBNs are searched as well, so that a wrong code can be reported.
        """
        sought = frozenset(bar for kind in wanted for bar in self._bars(kind))
        return BarcodeHunt(sought, ISBN_BARS - sought, thorough)

    def number(self, code: Code) -> Number | None:
        """Return the number in the code, or None if it is not one of this library."""
        text = code.text
        if code.symbology is Symbology.CODE39 and self.code39_check:
            if not is_mod43(text):
                return None
            text = text[:-1]
        number = self.numbers.kind(text)
        if number is None or number.text != text or len(text) < SHORTEST:
            return None
        return number if code.symbology in self._bars(number.kind) else None

    def _bars(self, kind: NumberKind) -> frozenset[Symbology]:
        return ISBN_BARS if kind is NumberKind.ISBN else self.bars.get(kind, frozenset())


def is_mod43(text: str) -> bool:
    """Return True if a text ends with its modulo 43 check character. Source: ISO/IEC 16388, annex A."""
    values = [MOD43.find(character) for character in text]
    return len(values) > 1 and min(values) >= 0 and sum(values[:-1]) % len(MOD43) == values[-1]


def rules_of(numbers: ConfiguredNumbers, barcodes: Barcodes) -> Rules:
    """Return the rules of `[numbers]` and `[barcodes]` of kiosk.toml."""

    def bars(name: Literal["item", "card"], kind: NumberFormat) -> frozenset[Symbology]:
        return frozenset(map(Symbology, barcodes.bars(name, kind)))

    item, card = numbers.item.kind, numbers.card.kind
    return Rules(
        desk_numbers(numbers),
        {NumberKind.ITEM: bars("item", item), NumberKind.CARD: bars("card", card)},
        barcodes.code39_check,
    )


def desk_numbers(numbers: ConfiguredNumbers) -> Numbers:
    """Return the desk's number formats, from `[numbers]` of kiosk.toml."""
    item, card = (Shape(re.compile(each.kind.pattern), each.kind.luhn) for each in (numbers.item, numbers.card))
    return Numbers(item, card, letters=beside_digits(numbers.item.kind, numbers.card.kind))
