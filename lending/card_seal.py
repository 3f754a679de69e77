"""Seals what travels with a card so that only whoever has the card before them reads it; both ends share this.

A card is named on the wire by its card hash, a keyed hash of its number. A kiosk keeps on its disk neither number nor
card hash but what `place` makes of it, and the box as it came: the key to it is made of the card hash alone, which
the kiosk knows while the card is shown. Whoever has the file and not the library's `card_key` can neither go back from
a place to a card hash nor try numbers. Whoever has both can try numbers: a card's number is no secret.

A patron's pseudonym is stored in the same way, and the holder of an item as a hash of item and pseudonym. The file
alone reveals neither the items of one patron nor the owner of a card.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

BLOCK = 512
"""A text is filled up to a multiple of it, so that the size of a box tells little."""


HELD = "held:"
"""Prefix of a hash that replaces a pseudonym."""


class SealBroken(ValueError):
    """It was not sealed for this card, or was changed since."""


def place(card: str) -> bytes:
    """Under which a kiosk keeps what it knows of the card; it leads nowhere back. Raises ValueError for no hash."""
    return _made("place", card)


def sealed(card: str, text: str) -> str:
    """The text as only whoever knows the card hash reads it; each time another."""
    raw = text.encode()
    return b64encode(SecretBox(_made("key", card)).encrypt(raw + b" " * (-len(raw) % BLOCK))).decode()


def opened(card: str, box: str) -> str:
    """Raises SealBroken."""
    try:
        return SecretBox(_made("key", card)).decrypt(b64decode(box, validate=True)).decode().rstrip(" ")
    except (CryptoError, ValueError):
        raise SealBroken("it was not sealed for this card, or was changed since") from None


def closed(card: str, ref: str) -> bytes:
    """Return a patron's pseudonym, encrypted as a kiosk stores it with the card's place."""
    return bytes(SecretBox(_made("ref", card)).encrypt(ref.encode()))


def reopened(card: str, box: bytes) -> str:
    """Return the pseudonym. Raises SealBroken."""
    try:
        return SecretBox(_made("ref", card)).decrypt(box).decode()
    except (CryptoError, ValueError):
        raise SealBroken("it was not kept for this card, or was changed since") from None


def holder(item: str, ref: str) -> str:
    """Return the hash by which a kiosk recognises the holder of an item; it differs for each item."""
    return HELD + hashlib.blake2b(item.encode(), key=ref.encode()[:64], digest_size=16).hexdigest()


def _made(use: str, card: str) -> bytes:
    return hashlib.blake2b(f"kiosk card {use} 1".encode(), key=bytes.fromhex(card), digest_size=32).digest()
