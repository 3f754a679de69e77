"""Which codes a library's labels, cards and books carry: a symbology and a number together; knows no picture."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kiosk.config.barcodes import Barcodes
from kiosk.config.models import Numbers as ConfiguredNumbers
from kiosk.config.numbers import NumberFormat, beside_digits
from kiosk.hardware.barcodes.model import Code, Hunt, Symbology
from lending.number_patterns import Number, NumberKind, Numbers, Shape

SHORTEST = 5
"""Characters of a label: shorter texts come out of pictures that have no bars."""
MOD43 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
"""Code 39's characters, by their value (ISO/IEC 16388)."""
ISBN_BARS = frozenset({Symbology.EAN13})


@dataclass(frozen=True, slots=True)
class Rules:
    """One library's codes."""

    numbers: Numbers
    """The same that the desk asks about a text: an item, a card or an ISBN."""
    bars: Mapping[NumberKind, frozenset[Symbology]]
    """The symbologies of each kind; an ISBN's are its own."""
    code39_check: bool = False
    """Whether the last character of a Code 39 checks the others and is no part of the number."""

    def hunt(self, wanted: frozenset[NumberKind], *, thorough: bool) -> Hunt:
        """What to look for. Where only labels are wanted, an ISBN is worth a look as well: it is told from a label."""
        sought = frozenset(bar for kind in wanted for bar in self._bars(kind))
        return Hunt(sought, ISBN_BARS - sought, thorough)

    def number(self, code: Code) -> Number | None:
        """The number that this code is of, or None: nothing of this library."""
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
    """The last character of a Code 39 checks the others (ISO/IEC 16388, annex A)."""
    values = [MOD43.find(character) for character in text]
    return len(values) > 1 and min(values) >= 0 and sum(values[:-1]) % len(MOD43) == values[-1]


def rules_of(numbers: ConfiguredNumbers, barcodes: Barcodes) -> Rules:
    """What [numbers] and [barcodes] of kiosk.toml say together."""

    def bars(name: Literal["item", "card"], kind: NumberFormat) -> frozenset[Symbology]:
        return frozenset(map(Symbology, barcodes.bars(name, kind)))

    item, card = numbers.item.kind, numbers.card.kind
    return Rules(
        desk_numbers(numbers),
        {NumberKind.ITEM: bars("item", item), NumberKind.CARD: bars("card", card)},
        barcodes.code39_check,
    )


def desk_numbers(numbers: ConfiguredNumbers) -> Numbers:
    item, card = (Shape(re.compile(each.kind.pattern), each.kind.luhn) for each in (numbers.item, numbers.card))
    return Numbers(item, card, letters=beside_digits(numbers.item.kind, numbers.card.kind))
