"""One run of a simulated kiosk: the real desk, lookup, courier, journal and snapshot on its disk."""

from __future__ import annotations

import asyncio
import contextvars
import re
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, ParamSpec, TypeVar

from kiosk.central import JournalRow, Outcome
from kiosk.desk.desk import Desk, Inbox
from kiosk.desk.ports import DeskLibrary, DeskParts, Service
from kiosk.desk.session import DeskRules
from kiosk.events import BacklogKnown, CentralChanged, Event, JournalFailed, PartChanged
from kiosk.journal.journal import Journal, Moment, StoredAnswer, UnsendableRow
from kiosk.journal.journal import JournalFailed as JournalError
from kiosk.snapshot.snapshot import Snapshot
from kiosk.sync.courier import Courier as RealCourier
from kiosk.sync.hub_client import HubClient
from kiosk.sync.identity import Identity
from kiosk.sync.lookup import PatronItemLookup
from kiosk.sync.request_signer import RequestCounter, Signer
from kiosk.sync.rollback_detector import Comparison
from kiosk.system.health import Health, PartName, PartState
from lending import sealing
from lending.model import Block
from lending.number_patterns import Numbers, Shape
from lending.transactions import Act, ClockTrust, TransactionId
from lending.wire.fleet import MOST_HELD
from tests.proofs.world.clock import MachineClock
from tests.proofs.world.disk import Watched
from tests.proofs.world.history import History, Written
from tests.proofs.world.hub import BRANCH, CARD_KEY, ITEMS, SEAL_KEY, barcode, name
from tests.proofs.world.peripherals import Glass, Parts
from tests.proofs.world.seeded_ids import BOOT

P = ParamSpec("P")
T = TypeVar("T")

NUMBERS = Numbers(Shape(re.compile("3[0-9]{13}")), Shape(re.compile("2[0-9]{13}")))
NEW_COPY = 12 * 3600.0
"""Seconds between two requests for a new snapshot; the product asks every three minutes."""
MARKED = {sealing.mark_of_item(CARD_KEY, barcode(item)): barcode(item) for item in range(ITEMS)}
"""Items by keyed hash, which is all that an encrypted row reveals."""


class Pen(Executor):
    """The journal's one thread: each job is done a little later, one after the other, and reported when done."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._free = 0.0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        loop = asyncio.get_running_loop()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except Exception as error:  # noqa: BLE001 - an executor carries whatever its work raises
                future.set_exception(error)

        self._free = max(self._free, loop.time()) + self._random.choice((0.001, 0.01, 0.05))
        loop.call_at(self._free, work)
        return future


class WatchedJournal(Journal):
    """Journal whose writes are recorded in the history."""

    machine: Machine

    def append(self, kind: str, body: str, moment: Moment, no_block: bool, *more: Any) -> JournalRow:
        row = super().append(kind, body, moment, no_block, *more)
        self.machine.wrote(row)
        return row

    def mark_no_block(self, of: TransactionId) -> None:
        super().mark_no_block(of)
        self.machine.marked(of)

    def close_all(self, answered: Sequence[StoredAnswer]) -> None:
        super().close_all(answered)
        for each in answered:
            self.machine.closed(each.of)


@dataclass(frozen=True, slots=True)
class Place:
    """Location of a kiosk, and what belongs to it permanently."""

    number: int
    folder: Path
    returns: Any


class Machine:
    """Runs from `start` until `halt`. A machine without power may go on for a while, unseen."""

    def __init__(
        self, place: Place, recording: Watched, clock: MachineClock, history: History, random: Random, boot: str
    ) -> None:
        self.place = place
        self.recording = recording
        self.glass = Glass()
        self.parts = Parts()
        self.off = False
        self.failure: BaseException | None = None
        self._clock = clock
        self._history = history
        self._random = random
        self._boot = boot
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, ended: Callable[[], None]) -> None:
        """Start. Raises JournalFailed."""
        self._context = contextvars.copy_context()
        self._context.run(self._compose, ended)

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run work of the machine, in its own boot."""
        return await self._context.run(asyncio.ensure_future, work)

    async def resend(self, since: int) -> Sequence[UnsendableRow]:
        return await self.do(self.courier.resend(since))

    def _compose(self, ended: Callable[[], None]) -> None:
        BOOT.set(self._boot)
        place = self.place
        self.inbox = Inbox(self._clock)
        health = Health(self._changed)
        self.journal = WatchedJournal.open(place.folder / "journal" / "journal.db", lambda _: 1 << 40)
        assert isinstance(self.journal, WatchedJournal)
        self.journal.machine = self
        central = HubClient(f"http://{name(place.number)}", self._signer(), stamp=self._stamp)
        snapshot = Snapshot(place.folder / "snapshot.db", central, self._clock, health)
        pen = Pen(Random(self._random.random()))

        def online(now: bool) -> None:
            self._post(CentralChanged(now))
            if now:
                snapshot.refresh_soon()

        self.courier = RealCourier(
            self.journal, central, self._clock, health, online, pen, Random(self._random.random())
        )
        self.comparison = Comparison(lambda before: self.courier.closed_rows(before, MOST_HELD), self.courier.resend)
        records = PatronItemLookup(central, snapshot, self.courier, self._clock)
        desk = Desk(
            DeskRules(
                name(place.number), BRANCH, {"en": "World"}, "Asia/Shanghai", NUMBERS, "en", returns=place.returns
            ),
            self.inbox,
            self._clock,
            self.glass,
            DeskLibrary(records, self, lambda: snapshot.policy, central.reference, self._backlog),
            DeskParts(self.parts, self.parts, self.parts, self.parts, self.parts),
            Service(self.parts, self.parts, self.parts),
        )
        for work in (desk.run(), self.courier.run(), snapshot.run(self.courier, NEW_COPY)):
            task = asyncio.ensure_future(work)
            task.add_done_callback(lambda done: self._died(done, ended))
            self._tasks.append(task)

    def _signer(self) -> Signer:
        seal = sealing.public_of(SEAL_KEY)
        identity = Identity("0" * 32, name(self.place.number), "0" * 64, bytes(32), CARD_KEY, seal_key=seal)
        return Signer(lambda: identity, RequestCounter(self.place.folder / "counter"))

    def _stamp(self) -> tuple[str, int]:
        return self._boot, int(self._clock.monotonic() * 1e9)

    async def _backlog(self) -> BacklogKnown:
        counts = await self.courier.counts()
        return BacklogKnown(counts.queued, counts.exceptions, self.courier.queue_age)

    @property
    def accepts_loans(self) -> bool:
        return self.courier.accepts_loans

    async def deliver(self, act: Act, unless: Block | None = None) -> tuple[TransactionId, Outcome]:
        """Deliver as the courier does, and record it."""
        try:
            of, outcome = await self.courier.deliver(act, unless)
        except JournalError as failure:
            self._history.note("not written", self.place.number, why=str(failure.why))
            raise
        if not self.off:
            row = self._history.rows[of]
            row.heard = type(outcome).__name__.lower()
            self._history.note("heard", self.place.number, id=of, outcome=row.heard)
        return of, outcome

    def post(self, event: Event) -> None:
        """Post an event of a patron or a part."""
        self._post(event)

    def cut(self) -> None:
        """Cut the power: from now on no one sees anything of this machine."""
        if self.off:
            return
        self.off = True
        self._history.note("power cut", self.place.number)
        self.recording.cut_now()
        asyncio.get_running_loop().call_soon(self.glass.go_dark)

    async def halt(self) -> None:
        """Cancel what runs and close the files; without a cut before, this is a clean stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.off = True
        self.glass.go_dark()
        self.journal.close_file()

    def wrote(self, row: JournalRow) -> None:
        marks = row.marks
        item, card, of = MARKED.get(marks.item, ""), marks.card, marks.undoes
        now = self._history.now()
        number = self.place.number
        self._history.rows[row.id] = Written(
            row.id, number, row.seq, row.kind, item, card, of, now, str(row.trust), self.off, "", row.no_block
        )
        self._history.note(
            "written", number, id=row.id, seq=row.seq, kind=row.kind, item=item, no_block=row.no_block, cut=self.off
        )

    def marked(self, of: TransactionId) -> None:
        if not self.off:
            self._history.rows[of].promised = True
            self._history.note("promised", self.place.number, id=of)

    def closed(self, of: TransactionId) -> None:
        row = self._history.rows[of]
        row.answered = row.answered or self._history.now()
        row.closed, row.dated = self._history.now(), self._clock.trusted is not ClockTrust.RESTORED

    def _changed(self, part: PartName, state: PartState) -> None:
        self._post(PartChanged(part, state))

    def _post(self, event: Event) -> None:
        if not self.off:
            self.inbox.post(event)

    def _died(self, task: asyncio.Task[None], ended: Callable[[], None]) -> None:
        if self.off or task.cancelled() or task.exception() is None:
            return
        self.failure = task.exception()
        if isinstance(self.failure, JournalError):
            self._post(JournalFailed(self.failure.why))
        self._history.note("process ended", self.place.number, why=repr(self.failure))
        ended()
