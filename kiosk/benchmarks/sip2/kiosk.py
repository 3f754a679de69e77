"""Run a SIP2 kiosk without screen and parts (real journal, courier and client) that can be killed.

The controls break the client's rules on purpose: the proof must detect each, or it proves nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.central import Accepted, Answer, JournalRow
from kiosk.journal.journal import Journal
from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sip2_simulator.library import Copy, LibraryPatron, SimulatedLibrary
from kiosk.sync.courier import Courier
from kiosk.sync.sip2.client import PreRenewalDueDates, Sip2Client
from kiosk.sync.sip2.connection import AnswerLost, Peer, Sip2Connection, Speech, Timing
from kiosk.sync.sip2.device_keys import LoanAtReturn, ProcessKeys, TransactionSeal
from kiosk.sync.sip2.exception_store import ExceptionStore
from kiosk.sync.sip2.requests import PROFILES, Requests, SystemLogin, login
from kiosk.system.clock import Clock
from kiosk.system.health import Health
from lending.model import CardRef
from lending.transactions import Act, Renew

BOOKS = 12
"""Items per kiosk."""
MANY = 1_000_000


def cards(kiosk: int) -> Sequence[str]:
    """Return the kiosk's card numbers; the last one is blocked."""
    return [f"2{kiosk:06}{number:07}" for number in range(3)]


def books(kiosk: int, count: int = BOOKS) -> Sequence[str]:
    """Return the barcodes of a kiosk's items."""
    return [f"3{kiosk:06}{number:07}" for number in range(count)]


def library(kiosks: int, count: int = BOOKS) -> SimulatedLibrary:
    """Return a library with `count` items for each kiosk."""
    made = SimulatedLibrary()
    for kiosk in range(kiosks):
        for number, card in enumerate(cards(kiosk)):
            made.add(LibraryPatron(card, f"Invented Reader {card}", "1234", limit=MANY, blocked=number == 2))
        made.add(*(Copy(each, f"Invented Title {each}", renewals=MANY) for each in books(kiosk, count)))
    return made


ZONE = ZoneInfo("Asia/Shanghai")
ACCOUNT = SystemLogin("main", "kiosk", "word", "main")


@dataclass(frozen=True, slots=True)
class KioskSettings:
    """A kiosk's permanent settings."""

    folder: Path
    peer: Peer
    dialect: str
    timing: Timing
    patience: float
    """Seconds that a patron waits."""


class Sip2Kiosk:
    """Kiosk that runs from `start` to `kill`, repeatedly.

    `kind` is the client class: the product's or a negative control's.
    """

    central: Sip2Client
    courier: Courier

    def __init__(
        self, place: KioskSettings, kind: type[Sip2Client], clock: Clock, pen: Executor, random: Random
    ) -> None:
        self._place = place
        self._kind = kind
        self._clock = clock
        self._journal_thread = pen
        self._random = random
        self._tasks: list[asyncio.Task[None]] = []
        place.folder.mkdir(parents=True)
        Journal.create(place.folder / "journal.sqlite3")

    def start(self) -> None:
        place = self._place
        keys = ProcessKeys.load_or_create(place.folder)
        line = Sip2Connection(place.peer, Speech(DIALECTS[place.dialect].charset), login(ACCOUNT), place.timing)
        requests = Requests(ACCOUNT, self._clock.now, ZONE)
        befores, cases = PreRenewalDueDates(place.folder / "renewals.json"), ExceptionStore(place.folder, keys)
        profile = PROFILES.get(place.dialect, PROFILES["generic"])
        self.central = self._kind(line, profile, requests, keys, befores, keys.born, cases)
        self._journal = Journal.open(place.folder / "journal.sqlite3")
        health = Health(lambda part, state: None)
        random = Random(self._random.random())
        self.courier = Courier(
            self._journal,
            self.central,
            self._clock,
            health,
            lambda _: None,
            self._journal_thread,
            random,
            patience=place.patience,
        )
        self.central.on_refusal = self.courier.refusal_arrived
        self._tasks = [asyncio.ensure_future(self.courier.run())]

    def move(self, peer: Peer) -> None:
        """Use another address of the system from the next start."""
        self._place = replace(self._place, peer=peer)

    async def kill(self) -> None:
        """Stop at once; what is on the disk or being written to it remains."""
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.central.close()
        await asyncio.wrap_future(self._journal_thread.submit(self._journal.close_file))


class ClientControl(StrEnum):
    """The client's deliberate error; the value names it in reports."""

    NONE = ""
    """Correct client."""
    BLIND = "repeats blindly what was not answered"
    FORGETFUL = "after a start it takes every row for new"
    DATELESS = "notes no date before a renewal"
    LOST_IS_DONE = "no answer counts as done"
    ONLY_SEEN = "of its own loans it knows those that the system has"


class Blind(Sip2Client):
    """Duplicate loans and renewals by resending unanswered requests."""

    async def _send_act(self, row: JournalRow, act: Act, fresh: bool, then: LoanAtReturn | None) -> Answer:
        self._befores.drop(row.id)
        return await super()._send_act(row, act, True, then)


class Forgetful(Sip2Client):
    """Renew again at Koha after being killed before the response."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._born = lambda _: True


class Dateless(Sip2Client):
    """Renew again after a lost response."""

    async def _renew(self, row: JournalRow, act: Renew) -> Answer:
        self._befores.drop(row.id)
        return await super()._renew(row, act)


class AssumeHandedOver(Sip2Client):
    """Lose: an unanswered request counts as done."""

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        try:
            return await super().hand_over(rows)
        except AnswerLost:
            return [Accepted() for _ in rows]


class OnlySeen(Sip2Client):
    """Apply a return to the previous patron's loan if the next one borrowed the item in the same outage."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.seal = SeenSeal(self.keys, self._known_loan)


class SeenSeal(TransactionSeal):
    """Seal that omits the borrower of a return."""

    def close(self, body: str, borrower: CardRef | None = None) -> str:
        return super().close(body)


CENTRALS: dict[ClientControl, type[Sip2Client]] = {
    ClientControl.NONE: Sip2Client,
    ClientControl.BLIND: Blind,
    ClientControl.FORGETFUL: Forgetful,
    ClientControl.DATELESS: Dateless,
    ClientControl.LOST_IS_DONE: AssumeHandedOver,
    ClientControl.ONLY_SEEN: OnlySeen,
}
