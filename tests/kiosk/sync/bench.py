"""Test bed for the uploader: a manual clock, a real journal and an in-memory hub, without network."""

from __future__ import annotations

import asyncio
import functools
import heapq
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import Executor, Future
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any, ParamSpec, TypeVar, cast

from kiosk.central import (
    Accepted,
    Answer,
    CentralUnavailable,
    JournalRow,
    Outcome,
    PinVerdict,
    Refused,
    RetryLater,
    Seal,
    SetAside,
)
from kiosk.journal.journal import Journal
from kiosk.sync.courier import Courier
from kiosk.sync.transaction_queue import OfflineLimits
from kiosk.system.health import Health, PartName, PartState
from lending.model import Account, Block, CardRef, Item, ItemId, Patron, Reason
from lending.questions import AFTER_VISIT, GREETING, PUBLISHED, AfterVisit, Greeting, PublishedReply, Question
from lending.transactions import Act, Checkin, Checkout, ClockTrust, ReturnMode, TransactionId
from tests.kiosk.sync.seal_keys import DealtSeal, plain

P = ParamSpec("P")
T = TypeVar("T")

START = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
DUE = datetime(2026, 12, 22, 15, 59, tzinfo=UTC)
ADA = CardRef("a" * 64)
LIN = CardRef("b" * 64)
DUNE = ItemId("30001000000018")
EMMA = ItemId("30001000000026")
UTOPIA = ItemId("30001000000034")


def run_async(function: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Decorate an async function so that it runs as a test."""

    @functools.wraps(function)
    def test(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(function(*args, **kwargs))

    return test


def set_aside(journal: Journal) -> list[tuple[int, str, str]]:
    """Sequence number, kind and reason of each row set aside."""
    rows: Iterable[Any] = journal._db.execute("SELECT seq, kind, reason FROM rows WHERE state = 'set_aside'").fetchall()
    return [(seq, kind, reason) for seq, kind, reason in rows]


def checkout(item: ItemId = DUNE, card: CardRef = ADA) -> Checkout:
    return Checkout(card, item, DUE)


def checkin(item: ItemId = DUNE) -> Checkin:
    return Checkin(item, ReturnMode.PROVISIONAL)


async def settle() -> None:
    """Run all tasks that do not wait for the clock."""
    for _ in range(60):
        await asyncio.sleep(0)


class HandClock:
    """Clock that is moved by hand; sleepers wake in the order of their times."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.off = timedelta(0)
        """Error of the wall clock."""
        self.asleep = 0
        """Number of sleepers."""
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._count = 0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds - 1000.0) + self.off

    def monotonic(self) -> float:
        return self.seconds

    def trust(self) -> ClockTrust:
        return ClockTrust.SYNCED

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._count += 1
        heapq.heappush(self._sleepers, (self.seconds + seconds, self._count, woken))
        self.asleep += 1
        try:
            await woken.wait()
        finally:
            self.asleep -= 1

    async def jump(self, seconds: float) -> None:
        """Advance the clock in one step, like a suspended machine."""
        await settle()
        self.seconds += seconds
        await self.pass_time(0)

    async def pass_time(self, seconds: float) -> None:
        await settle()
        until = self.seconds + seconds
        while self._sleepers and self._sleepers[0][0] <= until:
            at, _, woken = heapq.heappop(self._sleepers)
            self.seconds = max(self.seconds, at)
            woken.set()
            await settle()
        self.seconds = until
        await settle()


class Inline(Executor):
    """Executor that runs work at once in the calling thread, or on release while `held`."""

    def __init__(self) -> None:
        self.held = False
        self._waiting: list[Callable[[], None]] = []

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()

        def work() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except Exception as error:  # noqa: BLE001 - an executor passes on any exception
                future.set_exception(error)

        self._waiting.append(work)
        if not self.held:
            self.release()
        return future

    def release(self) -> None:
        self.held = False
        while self._waiting:
            self._waiting.pop(0)()


class Network(StrEnum):
    UP = "up"
    DOWN = "down"
    SILENT = "silent"
    """Requests get no answer until the state changes."""
    ANSWER_LOST = "answer_lost"
    """The next upload takes effect, its answer is lost, and the network is up again."""


class BookKeeper:
    """In-memory hub as in docs/wire.md: each id takes effect once; no-block rows are done if possible."""

    batch = 50

    def __init__(self) -> None:
        self.seal: Seal = DealtSeal()
        self.network = Network.UP
        self.moved = asyncio.Event()
        self.refusals: dict[ItemId, Reason] = {}
        self.impossible: dict[ItemId, str] = {}
        self.script: deque[Answer] = deque()
        """Answers to the next rows, used before the rules."""
        self.sent: list[tuple[JournalRow, ...]] = []
        self.stored: dict[TransactionId, tuple[bool, Answer]] = {}
        self.done: list[int] = []
        """Sequence numbers in the order in which rows took effect."""
        self.pings = 0
        self.asked = 0
        self.prompt = asyncio.Event()
        """While cleared, lookups read their result at once and return it later."""
        self.prompt.set()
        self.accounts: dict[CardRef, Account] = {}
        self.items: dict[ItemId, Item] = {}
        self.pins: dict[CardRef, str] = {}
        self.greets: Greeting | None = None
        self.after_visit = AfterVisit()
        self.published: tuple[PublishedReply, ...] = ()

    def set(self, network: Network) -> None:
        self.network = network
        self.moved.set()
        self.moved = asyncio.Event()

    async def ping(self) -> None:
        self.pings += 1
        await self._reach()

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        self.sent.append(tuple(rows))
        lost = self.network is Network.ANSWER_LOST
        if not lost:
            await self._reach()
        answers: list[Answer] = []
        for row in rows:
            answers.append(self.script.popleft() if self.script else self._judge(row))
            if isinstance(answers[-1], RetryLater):
                break
        if lost:
            self.set(Network.UP)
            raise CentralUnavailable("no_connection")
        return answers

    async def _reach(self) -> None:
        while self.network is Network.SILENT:
            await self.moved.wait()
        if self.network is Network.DOWN:
            raise CentralUnavailable("no_connection")

    def _judge(self, row: JournalRow) -> Answer:
        if row.id in self.stored:
            final, answer = self.stored[row.id]
            if final or not row.no_block:
                return answer
        answer = self._first(row)
        self.stored[row.id] = (row.no_block or not isinstance(answer, Refused), answer)
        if isinstance(answer, Accepted):
            self.done.append(row.seq)
        return answer

    def _first(self, row: JournalRow) -> Answer:
        body = plain(row)
        for item, why in self.impossible.items():
            if item in body:
                return SetAside(why)
        for item, reason in self.refusals.items():
            if item in body and not row.no_block:
                return Refused(Block(reason))
        return Accepted(DUE)

    def reference(self, number: str) -> CardRef:
        return CardRef(number)

    async def patron(self, card: CardRef) -> Patron | Block:
        found = await self.account(card)
        return found.patron if isinstance(found, Account) else found

    async def account(self, card: CardRef) -> Account | Block:
        self.asked += 1
        await self._reach()
        found = self.accounts.get(card, Block(Reason.UNKNOWN_CARD))
        await self.prompt.wait()
        return found

    async def item(self, item: ItemId) -> Item | None:
        self.asked += 1
        await self._reach()
        found = self.items.get(item)
        await self.prompt.wait()
        return found

    async def check_pin(self, card: CardRef, pin: str) -> PinVerdict:
        self.asked += 1
        await self._reach()
        return PinVerdict.RIGHT if self.pins.get(card) == pin else PinVerdict.WRONG

    @property
    def record_api(self) -> None:
        """None: patron records are not supported."""

    def forget(self) -> None:
        """Do nothing: no data of a visit is kept."""

    async def ask(self, question: Question[T], card: CardRef | None = None, items: Sequence[ItemId] = ()) -> T:
        self.asked += 1
        await self._reach()
        if question is AFTER_VISIT:
            await self.prompt.wait()
        answers: dict[Question[Any], Any] = {
            GREETING: self.greets,
            AFTER_VISIT: self.after_visit,
            PUBLISHED: self.published,
        }
        return cast("T", answers.get(question, question.fallback))


class World:
    """The kiosk's side; `async with` runs the uploader, and leaving it is a power cut."""

    def __init__(
        self,
        path: Path,
        central: BookKeeper | None = None,
        seed: int = 7,
        window: OfflineLimits | None = None,
        patience: float = 2.0,
    ) -> None:
        self.path = path
        self.window = window or OfflineLimits()
        self.patience = patience
        self.late: list[tuple[TransactionId, Outcome]] = []
        self.central = central or BookKeeper()
        self.clock = HandClock()
        self.changes: list[bool] = []
        self.parts: dict[PartName, PartState] = {}
        self.free = 1 << 40
        self.seed = seed
        self.pen = Inline()

    async def __aenter__(self) -> World:
        if not self.path.exists():
            Journal.create(self.path)
        self.journal = Journal.open(self.path, lambda _: self.free)
        self.courier = Courier(
            self.journal,
            self.central,
            self.clock,
            Health(self.parts.__setitem__),
            self.changes.append,
            self.pen,
            Random(self.seed),
            self.window,
            self.patience,
            lambda of, outcome: self.late.append((of, outcome)),
        )
        self._run = asyncio.ensure_future(self.courier.run())
        await settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._run.cancel()
        await asyncio.gather(self._run, return_exceptions=True)
        self.journal.close_file()

    @property
    def ended(self) -> BaseException | None:
        """Exception that ended the uploader; None while it runs."""
        return self._run.exception() if self._run.done() else None

    def deliver(self, act: Act) -> asyncio.Task[tuple[TransactionId, Outcome]]:
        return asyncio.ensure_future(self.courier.deliver(act))

    async def waits(self, act: Act) -> asyncio.Task[tuple[TransactionId, Outcome]]:
        """Start a delivery while the hub does not answer."""
        self.central.set(Network.SILENT)
        task = self.deliver(act)
        await settle()
        return task

    async def outcome(self, act: Act) -> Outcome:
        """Deliver a transaction and return its outcome without moving the clock."""
        task = self.deliver(act)
        await settle()
        assert task.done(), "the delivery did not finish"
        return task.result()[1]


def in_world(story: Callable[[World], Coroutine[Any, Any, None]]) -> Callable[[Path], None]:
    """Decorate a test of one kiosk with an empty journal, whose uploader runs."""

    async def run(path: Path) -> None:
        async with World(path) as world:
            await story(world)

    def test(tmp_path: Path) -> None:
        asyncio.run(run(tmp_path / "journal.db"))

    test.__name__, test.__doc__ = story.__name__, story.__doc__
    return test
