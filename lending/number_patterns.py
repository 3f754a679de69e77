"""Tell item numbers, card numbers and ISBNs apart, and normalise ISBNs as people type them.

Source: ISO/IEC 7812-1 (Luhn check digit), ISO 2108 (an ISBN-10 is equivalent to the ISBN-13 that starts with 978).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST_CODE = 64
"""Maximum characters of a library number; longer input is rejected."""


def luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of ISO/IEC 7812-1, annex B."""
    if not digits.isascii() or not digits.isdigit():
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def isbn13(digits: str) -> bool:
    """Return whether the last of 13 digits is the check digit of ISO 2108."""
    weights = (1 + 2 * (place % 2) for place in range(len(digits)))
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 10 == 0


ISBN = re.compile(r"97[89][0-9]{10}")
UID = re.compile(r"[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20}")
SPACES = re.compile(r"[ \t]+")


class NumberKind(StrEnum):
    """Kind of a scanned or typed number."""

    ITEM = "item"
    CARD = "card"
    ISBN = "isbn"


@dataclass(frozen=True, slots=True)
class Number:
    """A classified number."""

    kind: NumberKind
    text: str


@dataclass(frozen=True, slots=True)
class Shape:
    """The pattern of a complete number, and whether its last digit is a Luhn check digit."""

    pattern: re.Pattern[str]
    luhn: bool = False

    def fits(self, text: str) -> bool:
        """Return whether a text matches the pattern and has the right check digit."""
        return self.pattern.fullmatch(text) is not None and (not self.luhn or luhn(text))


@dataclass(frozen=True, slots=True)
class Numbers:
    """The number patterns of the library; the configuration rejects patterns that overlap."""

    item: Shape
    card: Shape
    reader: Shape = Shape(UID)
    """What the card reader reports: a UID of 4, 7 or 10 bytes in hex, or the number made from it."""
    letters: str = ""
    """Characters other than digits in item and card numbers; the number pad has a key for each."""

    def kind(self, raw: str) -> Number | None:
        """Classify a scanned or typed code; None if it matches no pattern. Spaces and tabs are ignored."""
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


TYPED = re.compile(r"(?:isbn)?[\s:：]*((?:97[89][\s‐-]?)?[\d\s‐-]{9,16}[\dXx])", re.IGNORECASE)
BEGUN = re.compile(r"97[89][\d‐-]{2,}")


def isbn(text: str) -> str:
    """Normalise to 13 digits from any form (hyphens, blanks, ISBN-10); empty if the text is no valid ISBN."""
    found = TYPED.fullmatch(text.strip())
    number = re.sub(r"[\s‐-]", "", found[1]).upper() if found else ""
    if number.startswith(("978", "979")) and number.isdecimal() and number == with_check(number[:12]):
        return number
    return with_check(f"978{number[:9]}") if len(number) == 10 and _is_ten(number) else ""


def beginning(text: str) -> str:
    """Return the digits of a partly typed ISBN-13; empty if the text is not one."""
    return re.sub(r"\D", "", text) if BEGUN.fullmatch(text.strip()) else ""


def with_check(twelve: str) -> str:
    """Append the check digit to the first 12 digits."""
    total = sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(twelve))
    return f"{twelve}{-total % 10}"


def _is_ten(number: str) -> bool:
    if not number[:9].isdecimal():
        return False
    digits = [int(digit) for digit in number[:9]] + [10 if number[9] == "X" else int(number[9])]
    return sum(digit * (10 - place) for place, digit in enumerate(digits)) % 11 == 0
