"""What stands around the desk: each a Protocol, in three groups; names no driver, no screen and no network."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kiosk.central import LookupService, TransactionSubmitter
from kiosk.desk.attempt_guard import AttemptGuard
from kiosk.events import BacklogKnown, PartTried, ReceiptPrinted, TechnicianKnown
from kiosk.system.health import Device, PartName
from kiosk.views import Farewell, Signal, Status, View, Wanted
from kiosk.views.pinyin_candidate import PinyinCandidate
from lending.model import CardRef
from lending.policy import Policy
from lending.shelves import Floor
from lending.showcase import Showcase
from lending.transactions import TransactionId


class Face(Protocol):
    def show(self, view: View, status: Status) -> None: ...


class SignalLights(Protocol):
    def show(self, signal: Signal) -> None: ...


class Scanner(Protocol):
    def want(self, kinds: Wanted) -> None:
        """What may be shown to the scanner from now on; returns at once."""
        ...


class Gate(Protocol):
    def pulse(self) -> None:
        """Lets one book pass; returns at once."""
        ...


class Technicians(Protocol):
    async def known(self, code: str) -> TechnicianKnown:
        """Whose code this is."""
        ...


class Trials(Protocol):
    async def try_part(self, part: PartName | Device) -> PartTried:
        """Has the part do what it does, once."""
        ...


class Staff(Protocol):
    def call(self, why: str = "", *, unasked: bool = False) -> None:
        """Somebody wants help, or needs it unasked; `why` is a code of `Reason`, or nothing. Returns at once."""
        ...


class Receipts(Protocol):
    async def print(self, farewell: Farewell, status: Status) -> ReceiptPrinted:
        """Whether the receipt came out, else why not, and whether a piece of it did."""
        ...


def no_characters(letters: str) -> tuple[PinyinCandidate, ...]:
    """Where there is no table."""
    return ()


def no_receipts(code: str, transactions: Sequence[TransactionId]) -> None:
    """Where a hub finds receipts by their code."""


@dataclass(frozen=True, slots=True)
class Library:
    """What the desk knows of the library, and where it hands over what was agreed."""

    records: LookupService
    courier: TransactionSubmitter
    policy: Callable[[], Policy | None]
    reference: Callable[[str], CardRef]
    """The central's name for the card of a UID or number."""
    backlog: Callable[[], Awaitable[BacklogKnown]]
    """Counts the journal's rows queued and set aside; never raises."""
    online: bool = True
    receipts: Callable[[], str] = str
    """Where phones look a receipt up; empty where they cannot."""
    floors: Callable[[], Sequence[Floor]] = tuple
    """The floors of this house."""
    finds: Callable[[], bool] = bool
    """There are titles to be found."""
    showcase: Callable[[], Showcase] = Showcase
    """What is shown to anybody."""
    keep_receipt: Callable[[str, Sequence[TransactionId]], None] = no_receipts
    """Stores the transaction ids of a receipt code, for kiosks without a hub."""
    characters: Callable[[str], tuple[PinyinCandidate, ...]] = no_characters
    """What may be offered for letters of pinyin."""


@dataclass(frozen=True, slots=True)
class DeskParts:
    """The parts that do something on the desk's word."""

    receipts: Receipts
    lights: SignalLights
    scanner: Scanner
    gate: Gate


class GuardStore(Protocol):
    """Keeps over a restart what was counted of wrong PINs."""

    def load(self) -> AttemptGuard: ...

    def keep(self, guard: AttemptGuard) -> None:
        """Returns when it is on disk, or cannot be."""
        ...


class InMemoryGuardStore:
    """Where nothing outlives the process."""

    def load(self) -> AttemptGuard:
        return AttemptGuard()

    def keep(self, guard: AttemptGuard) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Service:
    """Those who look after the kiosk, and what they may do at it."""

    technicians: Technicians
    trials: Trials
    staff: Staff
    guards: GuardStore = field(default_factory=InMemoryGuardStore)
