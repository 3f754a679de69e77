"""What is agreed at the desk and must reach the central exactly once; knows neither journal nor wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from kiosk.domain.model import CardRef, ItemId

TransactionId = NewType("TransactionId", str)
"""A UUIDv7 in its canonical lower-case form (RFC 9562), made at the desk and unique for ever."""


class Verified(StrEnum):
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


class Trust(StrEnum):
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
    verified: Verified = Verified.CARD


@dataclass(frozen=True, slots=True)
class Checkin:
    item: ItemId
    mode: ReturnMode


@dataclass(frozen=True, slots=True)
class Renew:
    card: CardRef
    item: ItemId
    due: datetime
    verified: Verified = Verified.CARD


@dataclass(frozen=True, slots=True)
class Undo:
    """Takes back a checkout or a renewal of the same visit."""

    of: TransactionId


Act = Checkout | Checkin | Renew | Undo
