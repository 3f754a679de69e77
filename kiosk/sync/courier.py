"""Upload the journal's transactions to the central in order, each exactly once (the courier).

A transaction is committed to the journal before it is sent, and before the patron sees a result.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import assert_never

from kiosk.central import (
    Central,
    CentralUnavailable,
    Deferred,
    JournalRow,
    Judged,
    Outcome,
    Refused,
    RetryLater,
    SetAside,
)
from kiosk.journal.journal import Counts, HeldRow, Journal, JournalFailed, JournalFault, UnsendableRow, UploadWatermark
from kiosk.sync.transaction_queue import STOPPED, OfflineLimits, QueuedTransaction, TransactionQueue, store_results
from kiosk.sync.transaction_summary import RecordedTransaction
from kiosk.system.clock import Clock, wait_at_most
from kiosk.system.health import READY, Condition, Health, PartName, PartState
from lending.model import Block
from lending.responses import PatronResponse
from lending.transactions import Act, Checkin, Checkout, Renew, TagReport, TransactionId, Undo

HOUSEKEEPING = 60.0
QUIET = 120.0
"""Seconds without a transaction after which the kiosk counts as unattended."""
PROBE, JITTER = 10.0, 3.0
"""Mean seconds between two probes of an unreachable central, and the jitter around it."""
SPREAD = 20.0
"""Seconds over which kiosks with long queues spread the start of their upload.

After a power cut in the whole library they all start together.
"""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 20.0
"""Seconds: first and longest pause for a busy central, whatever `Retry-After` it sends.

The limit lets queued transactions go within 30 seconds of the central being free.
"""


class Courier:
    """The only component that sends transactions to the central.

    `deliver` may be called before `run`. Nothing is sent until `run` starts.
    """

    def __init__(
        self,
        journal: Journal,
        central: Central,
        clock: Clock,
        health: Health,
        on_change: Callable[[bool], None],
        executor: Executor,
        random: Random,
        window: OfflineLimits = OfflineLimits(),  # noqa: B008 - a frozen value
        patience: float = 2.0,
        on_late: Callable[[TransactionId, Outcome], None] = lambda _id, _outcome: None,
    ) -> None:
        """Take over the journal, which from now on only `executor`'s single thread may use.

        Args:
            journal: Open journal.
            central: System that keeps the loans.
            clock: Time source of the session.
            health: Receives the state of the central, the journal and the backlog.
            on_change: Called with True or False when the central becomes reachable or unreachable.
            executor: Has one thread, in which the journal is used.
            random: Source of jitter.
            window: Limits of offline circulation.
            patience: Seconds that a patron waits while the central answers nothing.
            on_late: Called with the answer to a row that was promised before.

        Raises:
            JournalFailed: The journal cannot be read.
        """
        self._journal = journal
        self._central = central
        self._clock = clock
        self._health = health
        self._queue = TransactionQueue(journal, executor, clock, central.seal)
        self._breaker = CircuitBreaker(health, on_change, random)
        self._wake = self._queue.stirred
        self._running = 0
        self._patience = patience
        self._on_late = on_late
        self._answered = -patience
        """Monotonic seconds of the last answer to a row."""
        self._acted = -QUIET
        self._until: float | None = None
        self._window = window
        self._weigh()

    @property
    def online(self) -> bool:
        """False when the central is known to be unreachable."""
        return self._breaker.online

    @property
    def accepts_loans(self) -> bool:
        """False when the queue is too long or too old, or the disk is nearly full: checkouts and renewals then stop.

        The space left on a nearly full disk is reserved for returns.
        """
        return self._how_it_waits() != STOPPED and self._queue.roomy

    @property
    def queue_age(self) -> float | None:
        """Seconds since the oldest queued transaction was made; None if the queue is empty."""
        return None if self._queue.empty else self._queue.queue_age

    @property
    def is_settled(self) -> bool:
        """True if nothing is running that could change what the patron sees until time moves on."""
        if self._running:
            return False
        if self._until is not None:
            return self._clock.monotonic() < self._until
        return self._queue.empty and not self._wake.is_set()

    @property
    def pending(self) -> Sequence[RecordedTransaction]:
        """Transactions that the central does not have yet, oldest first."""
        return self._queue.pending

    @property
    def watermark(self) -> int:
        """The seq up to which the central has every row."""
        return self._queue.watermark

    def accepted_after(self, seq: int) -> Sequence[RecordedTransaction]:
        """Return the transactions after `seq` that the central accepted: a snapshot with that watermark lacks them."""
        return self._queue.accepted_after(seq)

    def forget(self, seq: int) -> None:
        """Drop accepted transactions up to `seq` from memory: the snapshot contains them."""
        self._queue.forget(seq)

    def report_unreachable(self, reason: str) -> None:
        """Record that a request to the central got no usable answer, and release every waiting patron."""
        self._breaker.report_unreachable(reason)
        for entry in self._queue.entries:
            entry.let_go()
        self._wake.set()

    def refusal_arrived(self, of: TransactionId) -> None:
        """Keep a patron waiting for the reason of a refusal: it is certain, and may no longer become a promise."""
        for entry in self._queue.entries:
            if entry.row.id == of:
                entry.decided = True

    async def deliver(self, act: Act, unless: Block | None = None) -> tuple[TransactionId, Outcome]:
        """Commit a transaction to the journal and wait for the central's answer.

        Args:
            act: What the patron did.
            unless: Block to answer instead of a promise. The patron then sees a refusal, and staff an exception
                if the central did it after all. None: the transaction is promised as no-block.

        Returns:
            The id and outcome; Deferred if the patience ran out first.

        Raises:
            JournalFailed: The row could not be written, so nothing was promised.
        """
        self._acted = self._clock.monotonic()
        if unless and self._must_defer():
            return TransactionId(""), Refused(unless)
        with self._at_work():
            try:
                entry = await self._queue.append(act, no_block=self._must_defer(), unless=unless)
                outcome = None if entry.row.no_block else await self._verdict_or_promise(entry)
            except JournalFailed as failure:
                if not isinstance(act, PatronResponse) or failure.why is not JournalFault.FULL:
                    self._health.report(PartName.JOURNAL, PartState(Condition.FAULTY, failure.why))
                raise
            self._weigh()
        return entry.row.id, outcome or Deferred(_due(act))

    async def copy(self, row: JournalRow, act: Act) -> None:
        """Queue a transaction that another central has already done, whatever this one thinks. Raises JournalFailed."""
        await self._queue.copy(row, act)

    async def counts(self) -> Counts:
        """Count the queued, acknowledged and set-aside rows; `oldest` is by the wall clock as it is now."""
        counts, waited = await self._queue.run(self._journal.counts), self.queue_age
        return replace(counts, oldest=None if waited is None else self._clock.now() - timedelta(seconds=waited))

    async def upload_progress(self) -> UploadWatermark:
        """Return how far the rows have been uploaded."""
        return await self._queue.run(self._journal.upload_progress)

    async def closed_rows(self, before: int | None, most: int) -> Sequence[HeldRow]:
        """Return at most `most` answered rows below number `before` (None: the newest), newest first."""
        return await self._queue.run(self._journal.closed_rows, before, most)

    async def resend(self, since: int) -> Sequence[UnsendableRow]:
        """Queue again all rows from `since` on that the central has lost. Return those that cannot be sent again."""
        return await self._queue.resend(since)

    async def run(self) -> None:
        """Upload until cancelled. Raises JournalFailed when the journal is lost: a new process must reopen it."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._carry())
            group.create_task(self._keep_house())

    def _weigh(self) -> None:
        """Report the state of the queue as the health of a part of its own."""
        self._health.report(PartName.BACKLOG, self._how_it_waits())

    def _how_it_waits(self) -> PartState:
        return self._window.weigh(self._queue.queued, self._queue.queue_age)

    def _must_defer(self) -> bool:
        """Return whether a new transaction must be promised at once instead of waiting for an answer.

        True while the central is unreachable or older rows are queued without a patron: a new row must not overtake
        them, and the patron should not wait for them.
        """
        return not self.online or any(entry.stranded for entry in self._queue.entries)

    async def _verdict_or_promise(self, entry: QueuedTransaction) -> Outcome | None:
        """Return the answer, or None when the patience ran out and the row is promised."""
        assert entry.verdict is not None
        if not self.online:
            entry.let_go()
        try:
            in_time = await self._answered_in_time(entry.verdict)
            if not in_time and self._until is None and not entry.decided:  # a busy central has asked for a pause
                self.report_unreachable("time_out")
            entry.let_go()
            outcome = await entry.verdict
        except asyncio.CancelledError:
            entry.abandon()
            raise
        if outcome is None:
            await self._queue.promise(entry)
        entry.caller_done.set()
        return outcome

    async def _answered_in_time(self, verdict: asyncio.Future[Outcome | None]) -> bool:
        """Wait for a verdict while the central answers one row after the other.

        Rows go one at a time. The wait for those before it is no sign that the central is unreachable.
        """
        began, deadline = self._clock.monotonic(), 0.0
        while not verdict.done() and deadline < (later := max(began, self._answered) + self._patience):
            deadline = later
            await wait_at_most(self._clock, deadline - self._clock.monotonic(), verdict)
        return verdict.done()

    async def _carry(self) -> None:
        if len(self.pending) > self._central.batch:
            await self._pause(self._breaker.until_start())
        await self._look()
        while True:
            if not self.online:
                await self._pause(self._breaker.until_probe())
                await self._look()
            elif entries := self._next():
                await self._hand_over_or_wait(entries)
            else:
                await self._wake.wait()
                self._wake.clear()

    def _next(self) -> Sequence[QueuedTransaction]:
        """Return the oldest row alone while its patron waits, else as many no-block rows as one request may carry."""
        oldest = list(itertools.islice(self._queue.entries, self._central.batch))
        return list(itertools.takewhile(lambda entry: entry.row.no_block, oldest)) or oldest[:1]

    async def _look(self) -> None:
        """Probe the central; with rows in the queue it counts as reachable only if it accepts them."""
        with self._at_work():
            try:
                await self._central.ping()
            except CentralUnavailable as away:
                self.report_unreachable(str(away))
                return
        if entries := self._next():
            await self._hand_over_or_wait(entries)
        else:
            self._breaker.record_answer()

    async def _hand_over_or_wait(self, entries: Sequence[QueuedTransaction]) -> None:
        try:
            with self._at_work():
                wish = await self._hand_over(entries)
        except CentralUnavailable as away:
            self.report_unreachable(str(away))
        except JournalFailed as failure:
            self._health.report(PartName.JOURNAL, PartState(Condition.FAULTY, failure.why))
            if failure.why is not JournalFault.FULL:
                raise
            await self._pause(PROBE)
        else:
            if wish is not None:
                await self._pause(self._breaker.until_again(wish))

    async def _hand_over(self, entries: Sequence[QueuedTransaction]) -> float | None:
        """Send rows and process the answers; return the pause in seconds that a busy central asks for, or None."""
        sent = [entry.to_send() for entry in entries]
        try:
            answers = await self._central.hand_over(sent)
        finally:
            for entry in entries:
                entry.decided = False
        self._breaker.record_answer()
        taken: list[tuple[QueuedTransaction, JournalRow, Judged]] = []
        wish = None if answers else 0.0
        for entry, row, answer in zip(entries, sent, answers, strict=False):
            if isinstance(answer, RetryLater):
                wish = answer.after
                break
            taken.append((entry, row, answer))
        if taken:
            self._breaker.reset_backoff()
            self._answered = self._clock.monotonic()
            await store_results(self._queue, taken)
            self._tell_late([(entry, answer) for entry, _, answer in taken])
        self._weigh()
        return wish

    def _tell_late(self, taken: Sequence[tuple[QueuedTransaction, Judged]]) -> None:
        """Report answers to promised rows that are closed now: the patron may still be at the kiosk."""
        open_rows = set(self._queue.entries)
        for entry, answer in taken:
            if entry.row.no_block and entry not in open_rows:
                late = Refused(answer.block) if isinstance(answer, SetAside) else answer
                self._on_late(entry.row.id, late)

    async def _keep_house(self) -> None:
        while True:
            self._weigh()
            try:
                with self._at_work():
                    await self._queue.tidy(quiet=self._clock.monotonic() - self._acted >= QUIET)
            except JournalFailed as failure:
                self._health.report(PartName.JOURNAL, PartState(Condition.FAULTY, failure.why))
                if failure.why is not JournalFault.FULL:
                    raise
            else:
                self._health.report(PartName.JOURNAL, READY)
            await self._clock.sleep(HOUSEKEEPING)

    async def _pause(self, seconds: float) -> None:
        self._until = self._clock.monotonic() + seconds
        await self._clock.sleep(seconds)
        self._until = None

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1


def _due(act: Act) -> datetime | None:
    match act:
        case Checkout(due=due) | Renew(due=due):
            return due
        case Checkin() | Undo() | TagReport() | PatronResponse():
            return None
        case _:
            assert_never(act)


class CircuitBreaker:
    """Open at the first unusable answer, close at the first good one. `on_change` is called once per change."""

    def __init__(self, health: Health, on_change: Callable[[bool], None], random: Random) -> None:
        self._health = health
        self._on_change = on_change
        self._random = random
        self._busy = 0
        self.online = True
        """True until the first request fails."""

    def report_unreachable(self, reason: str) -> None:
        """Record an unusable answer; `reason` is the code shown as the central's health."""
        self._health.report(PartName.CENTRAL, PartState(Condition.FAULTY, reason))
        if self.online:
            self.online = False
            self._on_change(False)

    def record_answer(self) -> None:
        """Record a usable answer."""
        self._health.report(PartName.CENTRAL, READY)
        if not self.online:
            self.online = True
            self._on_change(True)

    def reset_backoff(self) -> None:
        """Reset the back-off: the central has processed a row."""
        self._busy = 0

    def until_probe(self) -> float:
        """Return the seconds to the next probe of an unreachable central."""
        return PROBE + self._random.uniform(-JITTER, JITTER)

    def until_start(self) -> float:
        """Return the seconds to wait before uploading a long queue left by an earlier process."""
        return self._random.uniform(0, SPREAD)

    def until_again(self, wish: float) -> float:
        """Return the seconds before a busy central is tried again.

        That is the central's own wish up to LONGEST_PAUSE, or a full-jitter back-off if that is longer.
        """
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._busy)
        self._busy = min(self._busy + 1, 16)
        return max(min(wish, LONGEST_PAUSE), self._random.uniform(0, longest))


class DisabledCourier:
    """Courier without a journal; deliveries raise the failure that prevented opening it."""

    def __init__(self, failure: JournalFailed) -> None:
        self.failure = failure

    online = False
    is_settled = True
    accepts_loans = False
    queue_age: float | None = None
    watermark = 0
    pending: Sequence[RecordedTransaction] = ()

    def accepted_after(self, seq: int) -> Sequence[RecordedTransaction]:
        return ()

    def forget(self, seq: int) -> None:
        pass

    def report_unreachable(self, reason: str) -> None:
        pass

    async def deliver(self, act: Act, unless: Block | None = None) -> tuple[TransactionId, Outcome]:
        raise self.failure

    async def copy(self, row: JournalRow, act: Act) -> None:
        raise self.failure

    async def counts(self) -> Counts:
        return Counts(0, 0, 0)

    async def upload_progress(self) -> UploadWatermark:
        return UploadWatermark("", 0)

    async def closed_rows(self, before: int | None, most: int) -> Sequence[HeldRow]:
        raise self.failure

    async def resend(self, since: int) -> Sequence[UnsendableRow]:
        raise self.failure

    async def run(self) -> None:
        await asyncio.Event().wait()
