"""Encrypt data about a card with a key derived from the card hash; shared by kiosk and hub.

On the wire a card is named by its card hash, a keyed hash of its number. On its disk a kiosk stores neither the number
nor the card hash, but the output of `place` and the box as received. The key of the box is derived from the card hash
alone, which the kiosk has only while the card is presented. With the file but without the library's `card_key` it is
impossible to compute a card hash from a place or to try card numbers. With both, numbers can be tried: a card number is
no secret.

A patron's pseudonym is stored in the same way, and the holder of an item as a hash of item and pseudonym. The file
alone reveals neither the items of one patron nor the owner of a card.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

BLOCK = 512
"""Bytes; plain text is padded to a multiple of this to hide its length."""


HELD = "held:"
"""Prefix of a hash that replaces a pseudonym."""


class SealBroken(ValueError):
    """The data was encrypted for another card, or was modified."""


def place(card: str) -> bytes:
    """Return the storage key of a card: a one-way hash of the card hash. Raise ValueError if `card` is no hash."""
    return _derived_key("place", card)


def seal_for_card(card: str, text: str) -> str:
    """Encrypt a text for one card, base64; the output differs on every call."""
    raw = text.encode()
    return b64encode(SecretBox(_derived_key("key", card)).encrypt(raw + b" " * (-len(raw) % BLOCK))).decode()


def open_with_card(card: str, box: str) -> str:
    """Decrypt the output of `seal_for_card`. Raise SealBroken."""
    try:
        return SecretBox(_derived_key("key", card)).decrypt(b64decode(box, validate=True)).decode().rstrip(" ")
    except (CryptoError, ValueError):
        raise SealBroken("encrypted for another card, or modified") from None


def encrypt_ref(card: str, ref: str) -> bytes:
    """Encrypt a patron's pseudonym as a kiosk stores it with the card's place."""
    return bytes(SecretBox(_derived_key("ref", card)).encrypt(ref.encode()))


def decrypt_ref(card: str, box: bytes) -> str:
    """Decrypt the output of `encrypt_ref`. Raise SealBroken."""
    try:
        return SecretBox(_derived_key("ref", card)).decrypt(box).decode()
    except (CryptoError, ValueError):
        raise SealBroken("encrypted for another card, or modified") from None


def holder(item: str, ref: str) -> str:
    """Return the hash by which a kiosk recognises the holder of an item; it differs for each item."""
    return HELD + hashlib.blake2b(item.encode(), key=ref.encode()[:64], digest_size=16).hexdigest()


def _derived_key(use: str, card: str) -> bytes:
    return hashlib.blake2b(f"kiosk card {use} 1".encode(), key=bytes.fromhex(card), digest_size=32).digest()
