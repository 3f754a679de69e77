"""What is agreed at the desk and must reach the central exactly once; knows neither journal nor wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import NewType

from lending.model import CardRef, ItemId

TransactionId = NewType("TransactionId", str)
"""A UUIDv7 in its canonical lower-case form (RFC 9562), made at the desk and unique for ever."""

CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without what is mistaken for something else: 0 O, 1 I L, U V."""
CODE_LENGTH = 6


class PinStatus(StrEnum):
    """How far the patron proved to be the owner of the card."""

    CARD = "card"
    """No PIN is asked at this library for this errand."""
    PIN = "pin"
    UNVERIFIED = "unverified"
    """A PIN is required, the central was away, and the library lends capped."""


class ReturnMode(StrEnum):
    PROVISIONAL = "provisional"
    """Handed in, being checked: closed when staff have seen the item."""
    BIN = "bin"
    """A drop sensor saw the item fall into the bin."""
    TRUSTED = "trusted"
    """The library takes the scan for the return."""


class ClockTrust(StrEnum):
    """How far the wall clock can be believed at the moment of the transaction."""

    SYNCED = "synced"
    RESTORED = "restored"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Checkout:
    card: CardRef
    item: ItemId
    due: datetime
    """The due date that the desk's policy gave; what the patron is told when the central is away."""
    verified: PinStatus = PinStatus.CARD
    fee: Decimal | None = None
    """What the patron agreed that it costs; None where nobody asked her."""
    reckoned: bool = False
    """The library's system has given a day that nobody here can read, or none: `due` is only reckoned."""


@dataclass(frozen=True, slots=True)
class Checkin:
    item: ItemId
    mode: ReturnMode


@dataclass(frozen=True, slots=True)
class Renew:
    card: CardRef
    item: ItemId
    due: datetime
    verified: PinStatus = PinStatus.CARD
    reckoned: bool = False
    """As of a checkout."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Takes back a checkout or a renewal of the same visit."""

    of: TransactionId


@dataclass(frozen=True, slots=True)
class PatronResponse:
    """What the patron answered when she was asked something after her visit; it changes no loan."""

    ask: str
    """What she was asked: `face`, `contact`, `channel`, `message`, `reminder`, `questionnaire`; or a `sheet`."""
    answer: str
    about: str = ""
    """What it is about, by the name that the central gave it; empty where there is only one thing it can be."""
    card: CardRef | None = None
    """None: nobody shall know whose answer it is."""
    proof: str = ""
    """Pass that the hub gave after the PIN or the code; empty if none was checked."""


MOST_SAID = 4000
"""Signs of an answer."""


def in_parts(told: Iterable[str]) -> list[str]:
    """Barcodes, and what was done with each, joined by commas: in as few answers as hold them."""
    parts: list[str] = []
    for each in told:
        if parts and len(parts[-1]) + 1 + len(each) <= MOST_SAID:
            parts[-1] += f",{each}"
        else:
            parts.append(each)
    return parts


Act = Checkout | Checkin | Renew | Undo | PatronResponse


def receipt_code(of: TransactionId) -> str:
    """The code by which staff find a visit: printed at the kiosk, kept at the hub.

    Made of the visit's last transaction alone, so that a kiosk can print it while the central is away. Two visits may
    have the same.
    """
    number = int.from_bytes(sha256(of.encode()).digest()[:8], "big")
    code = ""
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(CODE_SIGNS))
        code += CODE_SIGNS[place]
    return code


def as_receipt_code(text: str) -> str | None:
    """Reads a code as somebody types it: blanks and small letters do not matter; None when it cannot be one."""
    code = "".join(text.split()).upper()
    return code if len(code) == CODE_LENGTH and set(code) <= set(CODE_SIGNS) else None
