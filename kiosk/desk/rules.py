"""What one library decided about its desk, and what its numbers look like; knows no file and no patron."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from lending.languages import own, usual

LONGEST_CODE = 64
"""Characters; whatever is longer is no label."""


def luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812, as library cards and labels carry it."""
    if not digits.isascii() or not digits.isdigit():
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def isbn13(digits: str) -> bool:
    """The check digit of an ISBN of 13 digits."""
    weights = (1 + 2 * (place % 2) for place in range(len(digits)))
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 10 == 0


ISBN = re.compile(r"97[89][0-9]{10}")
UID = re.compile(r"[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20}")
SPACES = re.compile(r"[ \t]+")


class NumberKind(StrEnum):
    ITEM = "item"
    CARD = "card"
    ISBN = "isbn"


@dataclass(frozen=True, slots=True)
class Number:
    kind: NumberKind
    text: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What one kind of number looks like: a pattern for the whole of it, and whether it carries a Luhn digit."""

    pattern: re.Pattern[str]
    luhn: bool = False

    def fits(self, text: str) -> bool:
        return self.pattern.fullmatch(text) is not None and (not self.luhn or luhn(text))


@dataclass(frozen=True, slots=True)
class Numbers:
    """The library's numbers. The configuration sees to it that no text is of two kinds."""

    item: Shape
    card: Shape
    reader: Shape = Shape(UID)
    """What the card reader tells of a card: its UID of 4, 7 or 10 bytes, or the number that is made of it."""
    letters: str = ""
    """What an item's or a card's number may hold beside digits: the pad has a key for each."""

    def kind(self, raw: str) -> Number | None:
        """What a scanned or typed code is; None for what is no number of a library. Blanks do not matter."""
        if len(raw) > LONGEST_CODE:
            return None
        text = SPACES.sub("", raw.strip())
        if not text or "|" in text or not text.isprintable():
            return None
        if self.item.fits(text):
            return Number(NumberKind.ITEM, text)
        if self.card.fits(text):
            return Number(NumberKind.CARD, text)
        isbn = text.replace("-", "")
        if ISBN.fullmatch(isbn) and isbn13(isbn):
            return Number(NumberKind.ISBN, isbn)
        return None


@dataclass(frozen=True, slots=True)
class DeskRules:
    kiosk: str
    branch: str
    names: Mapping[str, str]
    """The library's name by language."""
    timezone: str
    """IANA name."""
    numbers: Numbers
    language: str = "zh"
    languages: tuple[str, ...] = field(default_factory=usual)
    """Those that are offered, in the order of the switch."""
    returns: Literal["off", "provisional", "bin", "trusted"] = "provisional"
    pin: Literal["never", "always", "account"] = "never"
    offline_pin: Literal["refuse", "lend_capped"] = "refuse"
    face: bool = True
    """A visit without a card is asked for one of five faces."""
    tall: bool = False
    """The screen is so tall that not everybody reaches all of it."""
    hears: bool = True
    """Somebody hears what patrons say: a hub does, and no library's own system."""
    record: bool = True
    """Her record opens here: where a hub keeps the loans. Beside a library's own system it opens on her phone alone."""
    voices: frozenset[str] = frozenset()
    """The languages that the kiosk can say; none where it has no voice."""
    speaker: bool = False
    """There is one, for the technician to try."""

    def name(self, language: str) -> str:
        return own(self.names, language) or self.names.get(self.language) or self.kiosk
