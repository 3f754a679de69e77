"""Interfaces that the desk uses, as protocols in three groups: library, parts, service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kiosk.central import LookupService, TransactionSubmitter
from kiosk.desk.attempt_guard import AttemptGuard
from kiosk.desk.tag_ledger import InMemoryTagStore, TagStore
from kiosk.events import BacklogKnown, PartTried, ReceiptPrinted, SwitchResult, TagHandle, TechnicianKnown
from kiosk.system.health import Device, PartName
from kiosk.views import AcceptedNumbers, Farewell, Signal, Status, Technician, View
from kiosk.views.text_entry import PinyinCandidate
from lending.model import CardRef
from lending.policy import Policy
from lending.shelves import Floor
from lending.showcase import Showcase
from lending.transactions import TransactionId


class DeskScreen(Protocol):
    """The screen."""

    def show(self, view: View, status: Status) -> None: ...


class SignalLights(Protocol):
    """Lights that show the state of the kiosk."""

    def show(self, signal: Signal) -> None: ...


class Scanner(Protocol):
    """The barcode scanner or camera."""

    def want(self, kinds: AcceptedNumbers) -> None:
        """Set what the scanner accepts from now on; returns at once."""
        ...


class Gate(Protocol):
    """The security gate."""

    def pulse(self) -> None:
        """Let one item pass; returns at once."""
        ...


class ItemPad(Protocol):
    """The pad that reads the RFID tags of items."""

    async def switch(self, tags: Sequence[TagHandle], secured: bool) -> SwitchResult:
        """Switch the security of tags on the pad, and verify each by reading back."""
        ...


class Technicians(Protocol):
    """Lookup of technicians by sign-in code."""

    async def verify(self, code: str) -> TechnicianKnown:
        """Look up the technician of a code."""
        ...


class Trials(Protocol):
    """Tests of parts for the technician."""

    async def try_part(self, part: PartName | Device) -> PartTried:
        """Operate the part once."""
        ...


class Staff(Protocol):
    """Help calls to staff."""

    def call(self, why: str = "", *, unasked: bool = False) -> None:
        """Call staff; `unasked` if no one pressed help, `why` is a `Reason` code or empty. Returns at once."""
        ...


class Receipts(Protocol):
    """The receipt printer."""

    async def print(self, farewell: Farewell, status: Status) -> ReceiptPrinted:
        """Print the receipt; report failure, and whether a part of it came out."""
        ...

    async def report(self, view: Technician, status: Status) -> PartTried:
        """Print the condition of the kiosk, which tests the printer too."""
        ...


def no_characters(letters: str) -> tuple[PinyinCandidate, ...]:
    """Return no candidates, for kiosks without a pinyin table."""
    return ()


def no_receipts(code: str, transactions: Sequence[TransactionId]) -> None:
    """Store nothing, for kiosks with a hub that finds receipts by their code."""


@dataclass(frozen=True, slots=True)
class DeskLibrary:
    """The desk's access to the library: lookups, rules, content, and submission of transactions."""

    records: LookupService
    courier: TransactionSubmitter
    policy: Callable[[], Policy | None]
    reference: Callable[[str], CardRef]
    """Returns the central's card id for a UID or card number."""
    backlog: Callable[[], Awaitable[BacklogKnown]]
    """Counts the journal rows queued and set aside; never raises."""
    online: bool = True
    receipts: Callable[[], str] = str
    """Returns the URL prefix at which phones look up a receipt; empty if they cannot."""
    floors: Callable[[], Sequence[Floor]] = tuple
    """Returns the floor plans of this branch."""
    finds: Callable[[], bool] = bool
    """Returns whether titles can be searched."""
    showcase: Callable[[], Showcase] = Showcase
    """Returns the public content of the idle screen."""
    keep_receipt: Callable[[str, Sequence[TransactionId]], None] = no_receipts
    """Stores the transaction ids of a receipt code, for kiosks without a hub."""
    characters: Callable[[str], tuple[PinyinCandidate, ...]] = no_characters
    """Returns the character candidates for pinyin letters."""


@dataclass(frozen=True, slots=True)
class DeskParts:
    """Hardware parts that the desk controls."""

    receipts: Receipts
    lights: SignalLights
    scanner: Scanner
    gate: Gate
    item_pad: ItemPad


class GuardStore(Protocol):
    """Persists the counts of wrong PINs over a restart."""

    def load(self) -> AttemptGuard: ...

    def keep(self, guard: AttemptGuard) -> None:
        """Save the counts; returns when they are on disk, or the write has failed."""
        ...


class InMemoryGuardStore:
    """Store for tests and demos; counts end with the process."""

    def load(self) -> AttemptGuard:
        return AttemptGuard()

    def keep(self, guard: AttemptGuard) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Service:
    """Technicians and staff, and what they may do at the kiosk."""

    technicians: Technicians
    trials: Trials
    staff: Staff
    guards: GuardStore = field(default_factory=InMemoryGuardStore)
    tags: TagStore = field(default_factory=InMemoryTagStore)
