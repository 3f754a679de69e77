"""Encrypt queued SIP2 transactions with a key of the device, so that they can be read after a restart.

The key is a file of its own next to the journal's folder. A copy of the journal alone is unreadable. A thief of the
kiosk has both and can read what is queued; with the hub as central, rows are encrypted to the hub and they could not.
"""

from __future__ import annotations

import hmac
import json
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex
from typing import Self

from kiosk.central import JournalRow
from lending import atomic_file, sealing
from lending.model import CardRef, ItemId

FILE = "device.key"
HALF = 16
"""Bytes of the tag, and of the covered number that follows it."""
HEX = re.compile(r"[0-9A-F]{1,30}")
SIX_BITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-."
PLAIN, NIBBLES, SIXES = 0x00, 0x40, 0x80
MOST = 10_000
"""Rows remembered; an older one is looked up at the ILS before it is sent."""
END = "\n"
"""Separates a row's body from the loan that follows it: canonical JSON contains no line feed."""


class TooLong(ValueError):
    """A card number that fits in no reference."""

    def __init__(self) -> None:
        super().__init__("a card number has at most 30 hex digits, 20 letters and digits, or 15 other characters")


class DeviceKeys:
    """Seal of a journal, and source of the references by which cards are sent and stored."""

    def __init__(self, seed: bytes) -> None:
        self._tags, self._covers, self._marks = (_derive_key(seed, each) for each in (b"tag", b"cover", b"mark"))
        self._private = _derive_key(seed, b"box").hex()
        self._public = sealing.public_of(self._private)

    @classmethod
    def load_or_create(cls, state: Path) -> Self:
        """Return the keys in a kiosk's state folder; create them if absent. Raises OSError, ValueError.

        Of two processes that create them at once, both use those written first.
        """
        path = state / FILE
        if not path.exists():
            atomic_file.create(path, token_hex(32).encode())
        seed = bytes.fromhex(path.read_text(encoding="ascii").strip())
        if len(seed) != 32:
            raise ValueError(f"{path} holds no key of 32 bytes: restore it from your copy")
        return cls(seed)

    def reference(self, number: str) -> CardRef:
        """Return 64 hex digits, always the same for a number and decodable only with this key. Raises TooLong."""
        plain = _pack_number(number)
        tag = blake2b(plain, key=self._tags, digest_size=HALF).digest()
        return CardRef((tag + _xor(plain, self._cover(tag))).hex())

    def number(self, card: CardRef) -> str | None:
        """Return the number behind a reference; None if this device did not make it."""
        try:
            both = bytes.fromhex(card)
        except ValueError:
            return None
        tag, covered = both[:HALF], both[HALF:]
        if len(covered) != HALF:
            return None
        plain = _xor(covered, self._cover(tag))
        if not hmac.compare_digest(tag, blake2b(plain, key=self._tags, digest_size=HALF).digest()):
            return None
        return _unpack_number(plain)

    def close(self, body: str) -> str:
        return sealing.encrypt(self._public, body)

    def open(self, body: str) -> str:
        """Decrypt the body of a row of this kiosk. Raises sealing.SealBroken."""
        box = sealing.read(body)
        if box is None or box.key != sealing.name_of(self._public):
            raise sealing.SealBroken("it was sealed with another key")
        return sealing.decrypt(self._private, box)

    def mark_item(self, item: ItemId) -> str:
        return sealing.mark_of_item(self._marks, item)

    def mark_body(self, kind: str, body: str) -> str:
        return sealing.mark_of_body(self._marks, kind, body)

    def _cover(self, tag: bytes) -> bytes:
        return blake2b(tag, key=self._covers, digest_size=HALF).digest()


def _derive_key(seed: bytes, purpose: bytes) -> bytes:
    return blake2b(key=seed, person=b"kiosk " + purpose, digest_size=32).digest()


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _pack_number(number: str) -> bytes:
    """Pack a number in 16 bytes: encoding and length, then the number. Raises TooLong."""
    if HEX.fullmatch(number):
        return bytes([NIBBLES | len(number)]) + bytes.fromhex(number.ljust(30, "0"))
    if len(number) <= 20 and number and set(number) <= set(SIX_BITS):
        value = 0
        for sign in number.ljust(20, "0"):
            value = value << 6 | SIX_BITS.index(sign)
        return bytes([SIXES | len(number)]) + value.to_bytes(HALF - 1, "big")
    plain = number.encode()
    if len(plain) >= HALF:
        raise TooLong
    return bytes([PLAIN | len(plain)]) + plain.ljust(HALF - 1, b"\0")


def _unpack_number(plain: bytes) -> str:
    way, length = plain[0] & 0xC0, plain[0] & 0x3F
    if way == NIBBLES:
        return plain[1:].hex().upper()[:length]
    if way == SIXES:
        value = int.from_bytes(plain[1:], "big")
        return "".join(SIX_BITS[value >> 6 * (19 - place) & 0x3F] for place in range(length))
    return plain[1 : 1 + length].decode()


class ProcessKeys(DeviceKeys):
    """Encryption never gives the same result twice, so the sealed body identifies a row."""

    def __init__(self, seed: bytes) -> None:
        super().__init__(seed)
        self._here: OrderedDict[str, None] = OrderedDict()

    def close(self, body: str) -> str:
        closed = super().close(body)
        self._here[closed] = None
        if len(self._here) > MOST:
            self._here.popitem(last=False)
        return closed

    def born(self, row: JournalRow) -> bool:
        """Return whether the row was made in this process, so that it cannot have been sent before."""
        return row.body in self._here


@dataclass(frozen=True, slots=True)
class LoanAtReturn:
    """Borrower and due date of an item; None if unknown."""

    card: CardRef | None = None
    due: datetime | None = None


class TransactionSeal:
    """Encrypt with the device's keys. `known` returns what is known of an item's loan at present."""

    def __init__(self, keys: DeviceKeys, known: Callable[[ItemId], LoanAtReturn]) -> None:
        self._keys = keys
        self._known = known

    def close(self, body: str, borrower: CardRef | None = None) -> str:
        facts = json.loads(body)
        if "mode" not in facts:
            return self._keys.close(body)
        then = LoanAtReturn(borrower) if borrower else self._known(facts["item"])
        loan = json.dumps({"card": then.card, "due": then.due and then.due.isoformat()})
        return self._keys.close(body + END + loan)

    def open(self, body: str) -> tuple[str, LoanAtReturn | None]:
        """Decrypt a row: its body and the loan; None in rows of older versions. Raises SealBroken."""
        plain, found, then = self._keys.open(body).partition(END)
        return plain, _read(then) if found else None

    def mark_item(self, item: ItemId) -> str:
        return self._keys.mark_item(item)

    def mark_body(self, kind: str, body: str) -> str:
        return self._keys.mark_body(kind, body)


def _read(text: str) -> LoanAtReturn:
    facts = json.loads(text)
    return LoanAtReturn(facts["card"], datetime.fromisoformat(facts["due"]) if facts["due"] else None)
