"""Seals what waits on a kiosk's disk, so that the hub alone can read it; both ends share this, no key is kept here.

A sealed text is `x25519:KEY:BASE64`: the first 16 hex digits of the SHA-256 of the hub's public key, and libsodium's
sealed box of the text (https://doc.libsodium.org/public-key_cryptography/sealed_boxes).
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

FORM = re.compile(r"x25519:([0-9a-f]{16}):([0-9A-Za-z+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What can be said of a sealed text without the key: which key it wants."""

    key: str
    box: str


class SealBroken(ValueError):
    """It was not sealed to this key, or was changed since."""


def sealed(public_key: str, text: str) -> str:
    """The text as only the holder of the private half can read it; each time another. `public_key` is 64 hex digits."""
    key = bytes.fromhex(public_key)
    return framed(public_key, SealedBox(PublicKey(key)).encrypt(text.encode()))


def framed(public_key: str, box: bytes) -> str:
    return f"x25519:{name_of(public_key)}:{b64encode(box).decode()}"


def read(text: str) -> Sealed | None:
    """None for a text that is not sealed."""
    found = FORM.fullmatch(text)
    return Sealed(found[1], found[2]) if found else None


def opened(private_key: str, box: Sealed) -> str:
    """Raises SealBroken."""
    try:
        return SealedBox(PrivateKey(bytes.fromhex(private_key))).decrypt(b64decode(box.box, validate=True)).decode()
    except (CryptoError, binascii.Error, UnicodeDecodeError, ValueError):
        raise SealBroken("it was not sealed to this key, or was changed since") from None


def public_of(private_key: str) -> str:
    """The public half, in hex."""
    return bytes(PrivateKey(bytes.fromhex(private_key)).public_key).hex()


def name_of(public_key: str) -> str:
    """By which a sealed text says to which key it was sealed."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]


def mark_of_item(card_key: bytes, barcode: str) -> str:
    """By which a row is found that speaks of an item: a keyed hash, 64 hex digits. No card's number has a line feed."""
    return _keyed(card_key, "item", barcode)


def mark_of_body(card_key: bytes, kind: str, body: str) -> str:
    """The keyed hash of kind and plain body: that a sealed row is the one of its envelope."""
    return _keyed(card_key, "body", kind, body)


def _keyed(card_key: bytes, *parts: str) -> str:
    return hmac.new(card_key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()
