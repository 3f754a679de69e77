"""Run `kiosk bench faults --central sip2`: faulty connections between kiosks and a SIP2 system, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from kiosk.benchmarks.record import Record, Verdict
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

LEAST_HITS = 20
"""Minimum number of faults for a valid proof."""
ACTS = 10
CONTROLS = (ClientControl.BLIND, ClientControl.LOST_IS_DONE)
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
class Sip2RunResult:
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


async def play(seed: int, kiosks: int, acts: int, controls: Sequence[ClientControl] = ()) -> Sequence[Sip2RunResult]:
    """Play `acts` errands at each kiosk of every dialect; each control has half as many kiosks.

    The product's result comes first.
    """
    played = [Sip2RunResult(each) for each in (ClientControl.NONE, *controls)]
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


async def _system(folder: Path, dialect: str, seed: int, kiosks: int, acts: int, played: Sip2RunResult) -> None:
    clock, owned = Days(), library(kiosks, BOOKS)
    simulator = Simulator(owned, DIALECTS[dialect], clock.now, ZONE)
    random = Random(f"{seed} {dialect}")
    async with serving(simulator.serve) as port, contextlib.AsyncExitStack() as stack:
        lobbies = []
        for each in range(kiosks):
            wire = FaultyConnection(_connector(port), Random(f"wire {seed} {dialect} {each}"), LATE)
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


async def _come_to_rest(lobby: SimulatedPatrons, owned: SimulatedLibrary, played: Sip2RunResult) -> None:
    lobby.wire.trouble = 0.0
    lobby.wire.plug()
    end = asyncio.get_running_loop().time() + BACK
    while lobby.kiosk.courier.pending and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.05)
    refused = [each for each in lobby.kiosk.central.cases.stored_exceptions if each.kind is ExceptionKind.REFUSED]
    own = set(lobby.books)
    found = judge(lobby.statements, [each for each in owned.events if each.barcode in own], refused)
    if waiting := len(lobby.kiosk.courier.pending):
        found.lost.append(f"{waiting} rows wait {BACK:.0f} s after the line is good")
    played.verdict.add(found)
    played.hits += lobby.wire.hits
    await lobby.kiosk.kill()


def _connector(port: int) -> Connect:
    async def connect() -> Ends:
        return await asyncio.open_connection(LOOPBACK, port)

    return connect


def record(name: str, n: int, seed: int, verdict: Verdict, seconds: float, *, control: bool) -> Record:
    """Build a record; an unrequested renewal counts as a duplicate. `n` is the base of the bound."""
    doubled = len(verdict.doubled) + len(verdict.renewed)
    bound = 3 / n if verdict.fine and n and not control else None
    lost, corrupt, fails = len(verdict.lost), len(verdict.corrupt), control and not verdict.fine
    return Record(name, n, seed, lost, doubled, corrupt, bound, control, fails, round(seconds, 1))


def records(played: Sequence[Sip2RunResult], seed: int, seconds: float) -> list[Record]:
    """Build the records of a run on real sockets; `n` counts the errands."""
    first, *controls = played
    made = [record("SIP2 on sockets", first.verdict.acts, seed, first.verdict, seconds, control=False)]
    for each in controls:
        name = f"control: SIP2 on sockets, {each.control}"
        made.append(record(name, each.verdict.acts, seed, each.verdict, 0.0, control=True))
    return made


def is_passed(played: Sequence[Sip2RunResult]) -> bool:
    """Return True if enough faults occurred, nothing went wrong, and every control was caught."""
    first, *controls = played
    hit = first.hits.total() >= LEAST_HITS
    return hit and first.verdict.fine and all(not each.verdict.fine for each in controls)


def as_text(played: Sequence[Sip2RunResult]) -> str:
    """Return hits and results as text."""
    first, lines = played[0], []
    for each in played:
        v = each.verdict
        said = f"{each.control or 'the product'}: {v.acts} acts, {each.hits.total()} of them hit: {len(v.lost)} lost,"
        said += f" {len(v.doubled)} doubled, {len(v.renewed)} renewals not asked for, {len(v.corrupt)} otherwise wrong"
        if each.control:
            said += " (DID NOT FAIL: proves nothing)" if v.fine else " (failed, as it must)"
        lines.append(said)
    hits = [f"{kind.value.ljust(32)} {first.hits[kind]:>5}" for kind in sorted(first.hits)]
    return "\n".join([*hits, "", *lines, *(f"  {each}" for each in first.verdict.findings()[:20])])


def bench_sip2_faults(*, kiosks: int, seed: int, as_json_text: bool) -> int:
    """Print the results; return 0 if nothing was lost or duplicated and every control was caught, else 1."""
    played = asyncio.run(play(seed, kiosks, ACTS, CONTROLS))
    print(json.dumps([asdict(each) for each in records(played, seed, 0.0)]) if as_json_text else as_text(played))
    return 0 if is_passed(played) else 1
