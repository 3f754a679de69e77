"""One seed's world around a SIP2 system: kiosks, connections and patrons in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from kiosk.benchmarks.record import Verdict
from kiosk.benchmarks.sip2.faults import SimulatedPatrons, judge
from kiosk.benchmarks.sip2.faulty_connection import Ends, Fate, FaultyConnection
from kiosk.benchmarks.sip2.kiosk import CENTRALS, ZONE, ClientControl, KioskSettings, Sip2Kiosk, books, cards, library
from kiosk.sip2_simulator.dialects import DIALECTS, LENDING
from kiosk.sip2_simulator.fault_modes import WIRE
from kiosk.sip2_simulator.server import Simulator
from kiosk.sync.sip2.connection import Peer, Timing
from kiosk.sync.sip2.exception_store import ExceptionKind
from tests.proofs.world.clock import MachineClock, WorldClock
from tests.proofs.world.loop import VirtualLoop
from tests.proofs.world.machine import Pen
from tests.proofs.world.seeded_ids import BOOT, Ids, seeded

KIOSKS = 2
TEMPERS = ("calm", "calm", *(each.name for each in WIRE), "worst")
LATENCY = 0.02
PATIENCE, LATE = 4.0, 15.0
DAY = 86400.0
SOON = 120.0
"""Seconds after which no row waits, if the connection is good and the system calm."""


class Sink:
    """One direction of a connection: what is written arrives at the other end a moment later, in order."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._at = 0.0
        self._closed = False

    def write(self, data: bytes) -> None:
        if not self._closed:
            self._later(self._reader.feed_data, bytes(data))

    async def drain(self) -> None:
        if self._closed:
            raise ConnectionResetError

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._later(self._reader.feed_eof)

    def _later(self, what: Any, *args: Any) -> None:
        loop = asyncio.get_running_loop()
        self._at = max(self._at + 1e-6, loop.time() + LATENCY)
        loop.call_at(self._at, what, *args)


def pair() -> tuple[Ends, Ends]:
    """Return both ends of a connection."""
    one, other = asyncio.StreamReader(), asyncio.StreamReader()
    there, here = Sink(one), Sink(other)
    return (one, here), (other, there)


@dataclass
class Outcome:
    dialect: str
    verdict: Verdict = field(default_factory=Verdict)
    hits: Counter[Fate] = field(default_factory=Counter)
    text: str = ""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


class World:
    """A world with a SIP2 system. Runs once."""

    def __init__(self, seed: int, control: ClientControl, home: Path, loop: VirtualLoop) -> None:
        self._random = Random(f"sip2 world {seed}")
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()
        self.dialect = LENDING[seed % len(LENDING)]
        self._clock = WorldClock(loop)
        self.library = library(KIOSKS)
        self._system = Simulator(self.library, DIALECTS[self.dialect], self._clock.now, ZONE)
        self.wires = [
            FaultyConnection(self._at_the_system, Random(f"wire {each} {seed}"), LATE) for each in range(KIOSKS)
        ]
        self.lobbies = [self._lobby(each, seed, control, home) for each in range(KIOSKS)]

    def _lobby(self, number: int, seed: int, control: ClientControl, home: Path) -> SimulatedPatrons:
        clock, random = MachineClock(self._clock, self._loop), Random(f"kiosk {number} {seed}")
        place = KioskSettings(home / f"kiosk-{number}", Peer(f"{number}", 6001), self.dialect, Timing(), PATIENCE)
        kiosk = Sip2Kiosk(place, CENTRALS[control], clock, Pen(Random(f"pen {number} {seed}")), random)
        patrons, wire = Random(f"patrons {number} {seed}"), self.wires[number]
        return SimulatedPatrons(kiosk, wire, books(number), cards(number), patrons, clock.now, PATIENCE)

    async def connected(self, host: str, port: int, **_: object) -> Ends:
        """Connect a kiosk. Stands in for asyncio.open_connection."""
        here, there = pair()
        self._start(self.wires[int(host)].serve(*there))
        return here

    async def _at_the_system(self) -> Ends:
        here, there = pair()
        self._start(self._system.serve(*there))  # type: ignore[arg-type]
        return here

    async def run(self, acts: int) -> None:
        for lobby in self.lobbies:
            lobby.kiosk.start()
        for _ in range(acts):
            if self._random.random() < 0.2:
                self._system.orders.turn(self._random.choice(TEMPERS), self._random.randrange(1000), self.library)
            if self._random.random() < 0.05:
                self._restart()
            await self._random.choice(self.lobbies).step(asyncio.sleep)
            if self._random.random() < 0.7:
                await asyncio.sleep(self._random.uniform(0.0, 60.0))
                self._loop.leap(DAY * self._random.uniform(0.5, 1.5))
                await asyncio.sleep(1.0)
        await self._come_to_rest()

    def _restart(self) -> None:
        """Restart the system's process: every connection to it ends."""
        for each in self.wires:
            each.cut()

    async def _come_to_rest(self) -> None:
        self._system.orders.turn("calm", 1, self.library)
        for wire in self.wires:
            wire.trouble = 0.0
            wire.plug()
        await asyncio.sleep(SOON)

    def verdict(self) -> Verdict:
        whole = Verdict()
        for lobby in self.lobbies:
            cases = lobby.kiosk.central.cases.stored_exceptions
            refused = [each for each in cases if each.kind is ExceptionKind.REFUSED]
            found = judge(lobby.statements, self.library.events, refused)
            if waiting := len(lobby.kiosk.courier.pending):
                found.lost.append(f"{waiting} rows wait {SOON:.0f} s after the line is good")
            whole.add(found)
        return whole

    async def end(self) -> None:
        for lobby in self.lobbies:
            await lobby.kiosk.kill()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def text(self) -> str:
        """Return everything that was said and done, as text."""
        statements = [
            [[each.did, each.item, each.shown_outcome] for each in lobby.statements] for lobby in self.lobbies
        ]
        return json.dumps({"told": statements, **self.library.truth()})

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def play(seed: int, acts: int, home: Path, control: ClientControl = ClientControl.NONE) -> Outcome:
    with _staged(seed, control, home) as (world, loop):
        outcome = Outcome(world.dialect)
        try:
            loop.run_until_complete(world.run(acts))
            outcome.verdict = world.verdict()
            outcome.text = world.text()
        except Exception as error:  # noqa: BLE001 - whatever breaks a world is a finding
            outcome.verdict.corrupt.append(f"the world broke: {error!r}")
        outcome.verdict.corrupt += [f"nobody heard of {each}" for each in loop.broken[:3]]
        outcome.hits = sum((each.hits for each in world.wires), Counter())
        return outcome


@contextlib.contextmanager
def _staged(seed: int, control: ClientControl, home: Path) -> Iterator[tuple[World, VirtualLoop]]:
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    logging.disable()
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(seeded(Ids(Random(f"ids {seed}"))))
            BOOT.set("boot")
            world = World(seed, control, home, loop)
            stack.enter_context(mock.patch("asyncio.open_connection", world.connected))
            yield world, loop
            loop.run_until_complete(world.end())
    finally:
        logging.disable(logging.NOTSET)
        asyncio.set_event_loop(None)
        loop.close()
