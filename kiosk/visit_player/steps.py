"""Define the verbs of a visit's steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.events import Key


@dataclass(frozen=True, slots=True)
class Tap:
    """Hold a card on the reader briefly."""

    uid: str


@dataclass(frozen=True, slots=True)
class Lay:
    """Place a card on the reader and leave it there."""

    uid: str


@dataclass(frozen=True, slots=True)
class Lift:
    """Remove the card from the reader."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Show a label to the scanner."""

    barcode: str


@dataclass(frozen=True, slots=True)
class PressKey:
    """Press a hardware key."""

    key: Key


@dataclass(frozen=True, slots=True)
class DropItem:
    """Drop something into the return bin."""


@dataclass(frozen=True, slots=True)
class Press:
    """Touch an action on the screen."""

    name: str
    item: str | None = None
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class Type:
    """Touch keys of the on-screen keypad."""

    keys: str


@dataclass(frozen=True, slots=True)
class Network:
    """Change the network's state."""

    state: Literal["down", "up", "slow", "answer_lost"]


@dataclass(frozen=True, slots=True)
class CentralRefuses:
    """Let the central refuse the next transaction."""


@dataclass(frozen=True, slots=True)
class SetPart:
    """Change a part's state."""

    part: str
    state: str


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill and restart the kiosk's process."""


@dataclass(frozen=True, slots=True)
class CutPower:
    """Cut the kiosk's power during a write, and restart it."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass on the kiosk's clock."""

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
