"""Encrypt to the hub's public key, and with a key derived from a card; the formats are shared by kiosk and hub.

A text sealed to the hub is `x25519:KEY:BASE64`: the first 16 hex digits of the SHA-256 of the hub's public key, and
libsodium's sealed box of the text. Source: https://doc.libsodium.org/public-key_cryptography/sealed_boxes

On the wire a card is named by its card hash, a keyed hash of its number. On its disk a kiosk stores neither the number
nor the card hash, but the output of `place` and the box as received. The key of the box is derived from the card hash
alone, which the kiosk has only while the card is presented. With the file but without the library's `card_key` it is
impossible to compute a card hash from a place or to try card numbers. With both, numbers can be tried: a card number is
no secret.

A patron's pseudonym is stored in the same way, and the holder of an item as a hash of item and pseudonym. The file
alone reveals neither the items of one patron nor the owner of a card.
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
from nacl.secret import SecretBox

FORM = re.compile(r"x25519:([0-9a-f]{16}):([0-9A-Za-z+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class SealedBody:
    """The parts of a sealed text that are readable without the key: key id and box."""

    key: str
    box: str


class SealBroken(ValueError):
    """The text was sealed to another key or for another card, or was modified."""


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


BLOCK = 512
"""Bytes; plain text is padded to a multiple of this to hide its length."""
HELD = "held:"
"""Prefix of a hash that replaces a pseudonym."""


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
