"""Define the verbs of a visit's steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.events import Key


@dataclass(frozen=True, slots=True)
class Tap:
    uid: str


@dataclass(frozen=True, slots=True)
class Lay:
    uid: str


@dataclass(frozen=True, slots=True)
class Lift:
    pass


@dataclass(frozen=True, slots=True)
class Scan:
    barcode: str


@dataclass(frozen=True, slots=True)
class PressKey:
    key: Key


@dataclass(frozen=True, slots=True)
class DropItem:
    pass


@dataclass(frozen=True, slots=True)
class Press:
    name: str
    item: str | None = None
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class Type:
    keys: str


@dataclass(frozen=True, slots=True)
class Network:
    state: Literal["down", "up", "slow", "answer_lost"]


@dataclass(frozen=True, slots=True)
class CentralRefuses:
    pass


@dataclass(frozen=True, slots=True)
class SetPart:
    part: str
    state: str


@dataclass(frozen=True, slots=True)
class Kill:
    pass


@dataclass(frozen=True, slots=True)
class CutPower:
    pass


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float
    until: str | None = None
    """Text on the screen that must appear and ends the wait early."""


Verb = (
    Tap
    | Lay
    | Lift
    | Scan
    | PressKey
    | DropItem
    | Press
    | Type
    | Network
    | CentralRefuses
    | SetPart
    | Kill
    | CutPower
    | Wait
)
