"""Play errands with a SIP2 system, faulty connections and kiosks on real sockets, repeatable by seed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from kiosk.benchmarks.record import Verdict
from kiosk.benchmarks.sip2.faulty_connection import Ends, Fate, FaultyConnection
from kiosk.benchmarks.sip2.kiosk import ZONE, KioskSettings, Sip2Kiosk
from kiosk.benchmarks.sip2.library import books, cards, library
from kiosk.benchmarks.sip2.negative_controls import CENTRALS, ClientControl
from kiosk.benchmarks.sip2.reconciliation import judge
from kiosk.benchmarks.sip2.simulated_patrons import SimulatedPatrons
from kiosk.sip2_simulator.dialects import DIALECTS, LENDING
from kiosk.sip2_simulator.fault_modes import WIRE
from kiosk.sip2_simulator.library import SimulatedLibrary
from kiosk.sip2_simulator.server import Simulator
from kiosk.sync.sip2.connection import Peer, Timing
from kiosk.sync.sip2.exception_store import ExceptionKind
from kiosk.system.clock import SystemClock
from kiosk.visit_player.loopback_port import LOOPBACK, serving

TEMPERS = ("calm", *(each.name for each in WIRE), "worst")
FASTER = 20
"""Factor by which time passes faster, so that a benchmark sees many faults."""
TIMING, LATE, PATIENCE = Timing(connect=0.5, answer=0.5), 0.8, 4.0
"""Time limits of the connection in real seconds; the patron's patience in the kiosk's seconds."""
BOOKS = 5
BACK = 240.0
"""Time limit in real seconds for the queues to drain."""

Connect = Callable[[], Awaitable[Ends]]


class Days(SystemClock):
    """Clock that runs faster and days ahead: a renewal on the day of the loan would not move its due date."""

    def __init__(self) -> None:
        super().__init__(state=lambda: 0)
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return super().monotonic() * FASTER

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / FASTER)


@dataclass
class Played:
    """Result of all kiosks with one kind of client."""

    control: ClientControl
    verdict: Verdict = field(default_factory=Verdict)
    hits: Counter[Fate] = field(default_factory=Counter)


class LogCapture(logging.Handler):
    """Collect everything that is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


async def play(seed: int, kiosks: int, acts: int, controls: Sequence[ClientControl] = ()) -> Sequence[Played]:
    """Play `acts` errands at each kiosk of every dialect; each control has half as many kiosks.

    The product's result comes first.
    """
    played = [Played(each) for each in (ClientControl.NONE, *controls)]
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder, _listening() as captured:
        parts = []
        for each in played:
            here = -(-kiosks // (len(LENDING) * (2 if each.control else 1)))
            for dialect in LENDING:
                place = Path(folder) / (each.control.name or "product") / dialect
                parts.append(_system(place, dialect, seed, here, acts, each))
        await asyncio.gather(*parts)
    played[0].verdict.corrupt += [f"personal data in a log: {each}" for each in captured.lines if _is_private(each)]
    return played


@contextlib.contextmanager
def _listening() -> Iterator[LogCapture]:
    """Capture the log during the block, and keep it from other handlers."""
    captured, log = LogCapture(), logging.getLogger("kiosk")
    level, passes = log.level, log.propagate
    log.addHandler(captured)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    try:
        yield captured
    finally:
        log.removeHandler(captured)
        log.setLevel(level)
        log.propagate = passes


def _is_private(line: str) -> bool:
    return "Invented" in line or "2000000" in line or "3000000" in line or "1234" in line


async def _system(folder: Path, dialect: str, seed: int, kiosks: int, acts: int, played: Played) -> None:
    clock, owned = Days(), library(kiosks, BOOKS)
    simulator = Simulator(owned, DIALECTS[dialect], clock.now, ZONE)
    random = Random(f"{seed} {dialect}")
    async with serving(simulator.serve) as port, contextlib.AsyncExitStack() as stack:
        lobbies = []
        for each in range(kiosks):
            wire = FaultyConnection(_to(port), Random(f"wire {seed} {dialect} {each}"), LATE)
            peer = Peer(LOOPBACK, await stack.enter_async_context(serving(wire.serve)))
            pen = stack.enter_context(ThreadPoolExecutor(1, "journal"))
            place = KioskSettings(folder / f"{each}", peer, dialect, TIMING, PATIENCE)
            patrons = Random(f"patrons {seed} {dialect} {each}")
            kiosk = Sip2Kiosk(place, CENTRALS[played.control], clock, pen, Random(patrons.random()))
            lobbies.append(SimulatedPatrons(kiosk, wire, books(each, BOOKS), cards(each), patrons, clock.now, PATIENCE))
            kiosk.start()
        for _ in range(acts):
            simulator.orders.turn(random.choice(TEMPERS), random.randrange(1000), owned)
            await asyncio.gather(*(each.step(clock.sleep) for each in lobbies))
            clock.ahead += timedelta(days=1)
        simulator.orders.turn("calm", 1, owned)
        await asyncio.gather(*(_come_to_rest(each, owned, played) for each in lobbies))


async def _come_to_rest(lobby: SimulatedPatrons, owned: SimulatedLibrary, played: Played) -> None:
    lobby.wire.trouble = 0.0
    lobby.wire.plug()
    end = asyncio.get_running_loop().time() + BACK
    while lobby.kiosk.courier.pending and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.05)
    refused = [each for each in lobby.kiosk.central.cases.all if each.kind is ExceptionKind.REFUSED]
    own = set(lobby.books)
    found = judge(lobby.statements, [each for each in owned.events if each.barcode in own], refused)
    if waiting := len(lobby.kiosk.courier.pending):
        found.lost.append(f"{waiting} rows wait {BACK:.0f} s after the line is good")
    played.verdict.add(found)
    played.hits += lobby.wire.hits
    await lobby.kiosk.kill()


def _to(port: int) -> Connect:
    async def connect() -> Ends:
        return await asyncio.open_connection(LOOPBACK, port)

    return connect
