"""Run `kiosk bench faults --central sip2`: faulty connections between kiosks and a SIP2 system, on real sockets.

Simulated patrons record what each kiosk stated; the judge compares it with what the simulated library did.
"""

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
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from kiosk.benchmarks.record import Record, Verdict
from kiosk.benchmarks.sip2.faulty_connection import Ends, Fate, FaultyConnection
from kiosk.benchmarks.sip2.kiosk import CENTRALS, ZONE, ClientControl, KioskSettings, Sip2Kiosk, books, cards, library
from kiosk.central import CentralUnavailable, Outcome, Refused
from kiosk.sip2_simulator.dialects import DIALECTS, LENDING
from kiosk.sip2_simulator.fault_modes import WIRE
from kiosk.sip2_simulator.library import Event, SimulatedLibrary
from kiosk.sip2_simulator.server import Simulator
from kiosk.sync.sip2.connection import Peer, Timing
from kiosk.sync.sip2.exception_store import ExceptionKind, StoredException
from kiosk.sync.sip2.pending_returns import LENT_AGAIN
from kiosk.system.clock import SystemClock
from kiosk.visit_player.proxy import LOOPBACK, serving
from lending.model import ItemId
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode

LOAN = timedelta(days=28)
TROUBLES = (0.0, 0.0, 0.3, 0.6, 1.0)
PULLED, SILENT, KILLED, ASKED = 0.15, 0.5, 0.12, 0.5
UNSURE = "unsure"
"""The kiosk was killed before the patron got an answer."""


@dataclass(frozen=True, slots=True)
class PatronStatement:
    """`did` is the library's name of the action.

    `shown_outcome` is yes, no or unsure. `day` is the due date shown to the patron.
    """

    did: str
    item: str
    shown_outcome: str
    day: date | None = None


@dataclass
class SimulatedPatrons:
    """Patrons of one kiosk, whose items circulate only there."""

    kiosk: Sip2Kiosk
    wire: FaultyConnection
    books: Sequence[str]
    cards: Sequence[str]
    """Card numbers; the last one is blocked."""
    random: Random
    now: Callable[[], datetime]
    patience: float
    statements: list[PatronStatement] = field(default_factory=list)
    _out: dict[str, str] = field(default_factory=dict)
    """Card of the borrower by item."""
    _kept_away: set[str] = field(default_factory=set)
    """Items with an unknown loan state, which staff have."""

    async def step(self, wait: Callable[[float], Awaitable[None]]) -> None:
        """Perform one errand on the connection as it is. `wait` lets seconds pass."""
        random = self.random
        self.wire.trouble = random.choice(TROUBLES)
        if random.random() < PULLED:
            self.wire.pull(silent=random.random() < SILENT)
        acting = asyncio.ensure_future(self._act())
        if random.random() < KILLED:
            await wait(random.choice((0.0, random.uniform(0, self.patience))))
            self.wire.cut()
            await self._kill_while(acting)
        await acting
        if random.random() < 0.5:
            await wait(random.uniform(0, 3 * self.patience))
        self.wire.plug()

    async def _kill_while(self, acting: asyncio.Task[None]) -> None:
        acting.cancel()
        await self.kiosk.kill()
        await asyncio.wait([acting])
        self.kiosk.start()

    async def _act(self) -> None:
        books = [each for each in self.books if each not in self._kept_away]
        if not books:
            return
        book = self.random.choice(books)
        has, card = self._out.get(book), self.random.choice(self.cards)
        central, now = self.kiosk.central, self.now()
        act: Act
        if has is None:
            act, did = Checkout(central.reference(card), ItemId(book), now + LOAN), "checkout"
        elif self.random.random() < 0.4 and has != self.cards[-1]:
            act, did = Renew(central.reference(has), ItemId(book), now + LOAN), "renew"
        else:
            act, did = Checkin(ItemId(book), self.random.choice((ReturnMode.TRUSTED, ReturnMode.BIN))), "checkin"
        asks, told = self.random.random() < ASKED, UNSURE
        try:
            if asks:
                with contextlib.suppress(CentralUnavailable):
                    await central.item(ItemId(book))
            _, outcome = await self.kiosk.courier.deliver(act)
            told = self._hears(outcome, did, book, card)
        except asyncio.CancelledError:
            self._kept_away.add(book)
        day = None if did == "checkin" else (now + LOAN).astimezone(ZONE).date()
        self.statements.append(PatronStatement(did, book, told, day))

    def _hears(self, outcome: Outcome, did: str, book: str, card: str) -> str:
        if isinstance(outcome, Refused):
            return "no"
        if did == "checkout":
            self._out[book] = card
        elif did == "checkin":
            del self._out[book]
        return "yes"


LENDING_ACTS = ("checkout", "renew", "checkin")


def judge(told: Sequence[PatronStatement], events: Sequence[Event], for_staff: Sequence[StoredException]) -> Verdict:
    """Compare statements with events; `for_staff` are saved transactions refused later.

    Only these patrons may hold the items.
    """
    verdict = Verdict(acts=len(told), for_staff=len(for_staff))
    verdict.corrupt += [
        f"{each.item}: applied to another loan than the patron's" for each in for_staff if each.reason == LENT_AGAIN
    ]
    for book in {each.item for each in told}:
        staff = [each.act for each in for_staff if each.item == book]
        _book(verdict, book, [each for each in told if each.item == book], events, staff)
    return verdict


def _book(
    verdict: Verdict, book: str, told: Sequence[PatronStatement], events: Sequence[Event], for_staff: Sequence[str]
) -> None:
    done = [each.did for each in events if each.barcode == book and each.did in LENDING_ACTS]
    sure = [each.did for each in told if each.shown_outcome == "yes"]
    unsure = Counter(each.did for each in told if each.shown_outcome == UNSURE)
    missing, more = Counter(sure) - Counter(done) - _redundant(told), Counter(done) - Counter(sure) - unsure
    how = f"{book}: told {[f'{each.did} {each.shown_outcome}' for each in told]}, done {done}"
    missing -= Counter(checkin=for_staff.count("checkout"))  # a loan that was refused later cannot be returned
    if missing.total() > len(for_staff):
        verdict.lost.append(how)
    for did in more:
        (verdict.renewed if did == "renew" else verdict.doubled).append(how)
    if Counter(done) == Counter(sure) and done != sure:
        verdict.corrupt.append(how)


def _redundant(told: Sequence[PatronStatement]) -> Counter[str]:
    """Count renewals to the due date that the loan already had: whether they were executed cannot be seen."""
    needless, day = Counter[str](), None
    for each in told:
        if each.shown_outcome != "no":
            needless["renew"] += each.did == "renew" and each.day == day
            day = each.day
    return needless


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


def records(played: Sequence[Sip2RunResult], seed: int, seconds: float) -> list[Record]:
    """Build the records of a run on real sockets; `n` counts the errands."""
    first, *controls = played
    made = [Record.count("SIP2 on sockets", first.verdict.acts, seed, seconds, first.verdict.counts)]
    for each in controls:
        name = f"control: SIP2 on sockets, {each.control}"
        made.append(Record.count(name, each.verdict.acts, seed, 0.0, each.verdict.counts, control=True))
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
