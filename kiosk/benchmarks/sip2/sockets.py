"""A SIP2 system, bad lines and kiosks on real sockets in one process: so many acts, then the truth; draws by a seed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from kiosk.benchmarks.sip2.faulty_connection import Ends, Fate, Wire
from kiosk.benchmarks.sip2.kiosk import ZONE, Place, Sip2Kiosk
from kiosk.benchmarks.sip2.library import books, cards, library
from kiosk.benchmarks.sip2.negative_controls import CENTRALS, Control
from kiosk.benchmarks.sip2.reconciliation import Verdict, judge
from kiosk.benchmarks.sip2.simulated_patrons import SimulatedPatrons
from kiosk.commands.simulator_options import LENDING
from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sip2_simulator.fault_modes import WIRE
from kiosk.sip2_simulator.library import Library
from kiosk.sip2_simulator.server import Simulator
from kiosk.sync.sip2.connection import Peer, Timing
from kiosk.sync.sip2.exception_store import ExceptionKind
from kiosk.system.clock import SystemClock

LOOPBACK = "127.0.0.1"
TEMPERS = ("calm", *(each.name for each in WIRE), "worst")
FASTER = 20
"""As many times as fast as a library's is the time of a bench, so that it lives to see many misfortunes."""
TIMING, LATE, PATIENCE = Timing(connect=0.5, answer=0.5), 0.8, 4.0
"""Of the line, in this machine's seconds; the patience in the kiosk's."""
BOOKS = 5
BACK = 240.0
"""Seconds after which nobody waits any longer for a queue to be empty; of it no figure is made."""

Connect = Callable[[], Awaitable[Ends]]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Days(SystemClock):
    """The machine's clock made faster, and some days ahead: on the day of a loan a renewal moves no date."""

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
    control: Control
    verdict: Verdict = field(default_factory=Verdict)
    hits: Counter[Fate] = field(default_factory=Counter)


class LogCapture(logging.Handler):
    """Everything that was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


async def play(seed: int, kiosks: int, acts: int, controls: Sequence[Control] = ()) -> Sequence[Played]:
    """So many acts at each kiosk; every dialect has its kiosks, and each control half as many. The product is first."""
    played = [Played(each) for each in (Control.NONE, *controls)]
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder, _listening() as heard:
        parts = []
        for each in played:
            here = -(-kiosks // (len(LENDING) * (2 if each.control else 1)))
            for dialect in LENDING:
                place = Path(folder) / (each.control.name or "product") / dialect
                parts.append(_system(place, dialect, seed, here, acts, each))
        await asyncio.gather(*parts)
    played[0].verdict.wrong += [f"a log tells of somebody: {each}" for each in heard.lines if _names_somebody(each)]
    return played


@contextlib.contextmanager
def _listening() -> Iterator[LogCapture]:
    """Meanwhile what is logged goes nowhere else."""
    heard, log = LogCapture(), logging.getLogger("kiosk")
    level, passes = log.level, log.propagate
    log.addHandler(heard)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    try:
        yield heard
    finally:
        log.removeHandler(heard)
        log.setLevel(level)
        log.propagate = passes


def _names_somebody(line: str) -> bool:
    return "Invented" in line or "2000000" in line or "3000000" in line or "1234" in line


async def _system(folder: Path, dialect: str, seed: int, kiosks: int, acts: int, played: Played) -> None:
    clock, owned = Days(), library(kiosks, BOOKS)
    simulator = Simulator(owned, DIALECTS[dialect], clock.now, ZONE)
    random = Random(f"{seed} {dialect}")
    async with serving(simulator.serve) as port, contextlib.AsyncExitStack() as stack:
        lobbies = []
        for each in range(kiosks):
            wire = Wire(_to(port), Random(f"wire {seed} {dialect} {each}"), LATE)
            peer = Peer(LOOPBACK, await stack.enter_async_context(serving(wire.serve)))
            pen = stack.enter_context(ThreadPoolExecutor(1, "journal"))
            place = Place(folder / f"{each}", peer, dialect, TIMING, PATIENCE)
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


async def _come_to_rest(lobby: SimulatedPatrons, owned: Library, played: Played) -> None:
    lobby.wire.trouble = 0.0
    lobby.wire.plug()
    end = asyncio.get_running_loop().time() + BACK
    while lobby.kiosk.courier.pending and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.05)
    refused = [each for each in lobby.kiosk.central.cases.all if each.kind is ExceptionKind.REFUSED]
    own = set(lobby.books)
    found = judge(lobby.told, [each for each in owned.events if each.barcode in own], refused)
    if waiting := len(lobby.kiosk.courier.pending):
        found.lost.append(f"{waiting} rows wait {BACK:.0f} s after the line is good")
    played.verdict.add(found)
    played.hits += lobby.wire.hits
    await lobby.kiosk.kill()


def _to(port: int) -> Connect:
    async def connect() -> Ends:
        return await asyncio.open_connection(LOOPBACK, port)

    return connect


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[int]:
    """Where it listens. Whoever is connected at the end is hung up on."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await serve(reader, writer)
        writer.close()
        tasks.discard(task)

    server = await asyncio.start_server(connected, LOOPBACK, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for each in list(tasks):
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
