"""Marked patrons, cards, PINs and titles that can be found wherever they leak."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from lending.number_patterns import luhn

MARKED = re.compile(
    rb"(?=(kanarie[a-z]{8}|zeisig[a-z]{8}|04ca[0-9a-f]{10}|778[0-9]{7}|9137[0-9]{4}|30009[0-9]{9}))", re.IGNORECASE
)
"""Matches what may be a marked name, title, UID, patron number, PIN or label."""
HASH = re.compile(rb"(?=([0-9a-f]{64}))", re.IGNORECASE)
"""Matches what may be the hash of a card."""
HASHES = re.compile(rb"(?<![0-9a-f])(?:[0-9a-f]{64})+(?![0-9a-f])", re.IGNORECASE)
"""Matches runs of hashes: among many, one contains the digits of a PIN by chance."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Patron:
    name: str
    identifier: str
    uid: str
    pin: str
    """Empty if the patron has none."""


@dataclass(frozen=True, slots=True)
class Book:
    barcode: str
    title: str


@dataclass(frozen=True, slots=True)
class Canaries:
    patrons: Sequence[Patron]
    books: Sequence[Book]

    def sheets(self, folder: Path) -> tuple[Path, Path]:
        """Write the CSV sheets for a hub: patrons, items."""
        people, items = folder / "patrons.csv", folder / "items.csv"
        rows = [f"{each.identifier},{each.name},adult,{each.uid},{each.pin}" for each in self.patrons]
        people.write_text("\n".join(["identifier,name,category,card,pin", *rows]), encoding="utf-8")
        rows = [f"{each.barcode},book,main,{each.title}" for each in self.books]
        items.write_text("\n".join(["barcode,type,branch,title", *rows]), encoding="utf-8")
        return people, items

    def personal(self, card_key: bytes) -> frozenset[str]:
        """Return the patron's private values in lower case, and the cards also as hashes."""
        plain = [text for each in self.patrons for text in (each.name, each.identifier, each.uid, each.pin)]
        numbers = [number for each in self.patrons for number in (each.uid, each.identifier)]
        travelling = [hashed(number, card_key) for number in numbers]
        return frozenset(text.lower() for text in (*plain, *travelling) if text)

    def read(self) -> frozenset[str]:
        """Return the titles and labels that the patron borrows, in lower case."""
        return frozenset(text.lower() for each in self.books for text in (each.barcode, each.title))


def hashed(number: str, card_key: bytes) -> str:
    """Return the hash of a card, as sent over the wire."""
    return hmac.new(card_key, number.encode(), hashlib.sha256).hexdigest()


def canaries(random: Random, count: int, pins: int) -> Canaries:
    """Invent patrons and books; the first `pins` patrons have a PIN."""

    def word(length: int) -> str:
        return "".join(random.choice(LETTERS) for _ in range(length))

    numbers = random.sample(range(10**7), count)
    labels = random.sample(range(10**8), count)
    patrons = [
        Patron(
            f"Kanarie{word(8)}",
            f"778{number:07}",
            f"04CA{number:010X}",
            f"9137{number % 10**4:04}" if place < pins else "",
        )
        for place, number in enumerate(numbers)
    ]
    return Canaries(patrons, [Book(with_check_digit(f"30009{label:08}"), f"Zeisig{word(8)}") for label in labels])


def found(text: bytes, marked: frozenset[str]) -> list[str]:
    """Return each of the marked values that occurs in the text, once."""
    seen = [*HASH.findall(text), *MARKED.findall(HASHES.sub(b" ", text))]
    return sorted({each.decode().lower() for each in seen} & marked)


def with_check_digit(digits: str) -> str:
    """Return the number with its check digit (ISO/IEC 7812)."""
    return next(digits + last for last in "0123456789" if luhn(digits + last))
