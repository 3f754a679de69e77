"""Run a SIP2 kiosk without screen and parts (real journal, courier and client) that can be killed."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from kiosk.journal.journal import Journal
from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sync.courier import Courier
from kiosk.sync.sip2.client import PreRenewalDueDates, Sip2Client
from kiosk.sync.sip2.connection import Peer, Sip2Connection, Speech, Timing
from kiosk.sync.sip2.device_keys import ProcessKeys
from kiosk.sync.sip2.exception_store import ExceptionStore
from kiosk.sync.sip2.requests import PROFILES, Requests, SystemLogin, login
from kiosk.system.clock import Clock
from kiosk.system.health import Health

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
