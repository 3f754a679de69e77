"""Encrypt journal data on the kiosk's disk to the hub's public key; format shared by both.

A sealed text is `x25519:KEY:BASE64`: the first 16 hex digits of the SHA-256 of the hub's public key, and libsodium's
sealed box of the text.

Source: https://doc.libsodium.org/public-key_cryptography/sealed_boxes
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
class SealedBody:
    """The parts of a sealed text that are readable without the key: key id and box."""

    key: str
    box: str


class SealBroken(ValueError):
    """The text was sealed to another key, or was modified."""


def encrypt(public_key: str, text: str) -> str:
    """Encrypt a text; the output differs on every call. `public_key` is 64 hex digits."""
    key = bytes.fromhex(public_key)
    return frame_box(public_key, SealedBox(PublicKey(key)).encrypt(text.encode()))


def frame_box(public_key: str, box: bytes) -> str:
    """Return the text form of an encrypted box, with the name of its key."""
    return f"x25519:{name_of(public_key)}:{b64encode(box).decode()}"


def read(text: str) -> SealedBody | None:
    """Parse a sealed text; None if the text is not sealed."""
    found = FORM.fullmatch(text)
    return SealedBody(found[1], found[2]) if found else None


def decrypt(private_key: str, box: SealedBody) -> str:
    """Decrypt a box. Raise SealBroken."""
    try:
        return SealedBox(PrivateKey(bytes.fromhex(private_key))).decrypt(b64decode(box.box, validate=True)).decode()
    except (CryptoError, binascii.Error, UnicodeDecodeError, ValueError):
        raise SealBroken("encrypted to another key, or modified") from None


def public_of(private_key: str) -> str:
    """Return the public key, in hex."""
    return bytes(PrivateKey(bytes.fromhex(private_key)).public_key).hex()


def name_of(public_key: str) -> str:
    """Return the id of a public key, as used in a sealed text."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]


def mark_of_item(card_key: bytes, barcode: str) -> str:
    """Return the keyed hash (64 hex digits) that finds an item's rows.

    The hashed text contains a line feed, which no card number has, so it never equals a card hash.
    """
    return _keyed_hash(card_key, "item", barcode)


def mark_of_body(card_key: bytes, kind: str, body: str) -> str:
    """Return the keyed hash of kind and plain body, which proves that a sealed row matches its envelope."""
    return _keyed_hash(card_key, "body", kind, body)


def _keyed_hash(card_key: bytes, *parts: str) -> str:
    return hmac.new(card_key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()
