"""Hold the journal's unsent rows in memory; every change is committed to disk first."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ParamSpec, TypeVar, assert_never

from kiosk.central import Accepted, JournalRow, Judged, Outcome, Refused, Seal, SetAside
from kiosk.journal.journal import (
    NO_DAY,
    Journal,
    JournalFailed,
    Moment,
    State,
    StoredAnswer,
    UnsendableRow,
    boot_id,
)
from kiosk.sync.transaction_summary import RecordedTransaction, Written, encode_sealed, standing, summarise_row
from kiosk.system.clock import Clock
from kiosk.system.health import READY, Condition, PartState
from lending.model import Block, CardRef, Reason
from lending.transactions import Act, Checkin, ClockTrust

HOUR = 3600.0
LONG = PartState(Condition.READY, "waits_long")
TOO_LONG = PartState(Condition.FAULTY, "waits_too_long")
STOPPED = PartState(Condition.FAULTY, "lending_stopped")
P = ParamSpec("P")
T = TypeVar("T")
Final = Accepted | Block | str
"""How a row ends: accepted, refused, or set aside for the reason that staff read."""
LONGEST_UNSWEPT = 1800.0
"""Seconds after which the file is vacuumed even in use: bodies are then gone half an hour before the limit."""
MOST_GONE = 1000
"""Rows reported at once as lost for good; if there are more, the hub still lacks rows and the rest follows."""
log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class QueuedTransaction:
    """A queued row, and the patron who may be waiting for its answer."""

    row: JournalRow
    agreed: RecordedTransaction | None
    """None if this version cannot read the row; it is uploaded all the same."""
    verdict: asyncio.Future[Outcome | None] | None = None
    """The outcome to show the patron; its result is None if the patience ran out.

    Cancelled: the patron sees no outcome.
    """
    decided: bool = False
    """The central's answer is certain, though not yet complete or written: the patience can no longer run out."""
    promise: asyncio.Future[None] | None = None
    """Commit of the promise; it holds an exception if the disk failed, which the patron is shown instead."""
    caller_done: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the caller has the verdict, or has left without it."""
    gone: bool = False
    """The caller left before the verdict."""
    unless: Block | None = None
    """Block to show when the patience runs out, if nothing may be promised; None: the row is then promised."""

    @property
    def awaited(self) -> bool:
        return self.verdict is not None and not self.verdict.done()

    @property
    def stranded(self) -> bool:
        """The row is queued without a patron waiting for it."""
        return not self.awaited and not self.decided

    @property
    def owed(self) -> bool:
        """True if the wait timed out and the kiosk must promise the transaction."""
        if self.verdict is None or not self.verdict.done() or self.verdict.cancelled():
            return False
        over = self.verdict.exception() is None and self.verdict.result() is None
        return over and not self._broken

    @property
    def untold(self) -> bool:
        """Nothing was promised, and the patron can no longer see that it was done."""
        if self.row.no_block or self.awaited:
            return False
        if self.verdict is None or self.gone or self.verdict.cancelled() or self.verdict.exception():
            return True
        return self._denied or (self.verdict.result() is None and self._broken)

    @property
    def _denied(self) -> bool:
        """The patron was shown a refusal, though the central may still do it."""
        shown = self.verdict.result() if self.verdict else None
        return self.unless is not None and isinstance(shown, Refused) and shown.block is self.unless

    @property
    def _broken(self) -> bool:
        """The promise could not be written."""
        return bool(self.promise and self.promise.done() and self.promise.exception())

    def to_send(self) -> JournalRow:
        """Return the row as it is sent now."""
        return replace(self.row, untold=self.untold)

    def tell(self, outcome: Outcome | None) -> None:
        if self.verdict is not None and not self.verdict.done():
            self.verdict.set_result(outcome)

    def let_go(self) -> None:
        """Stop waiting: a refusal that arrives later is too late."""
        if not self.decided:
            self.tell(Refused(self.unless) if self.unless else None)

    def abandon(self) -> None:
        """Mark that the caller left without an outcome: nothing was promised."""
        self.gone = True
        self.caller_done.set()
        if self.verdict is not None:
            self.verdict.cancel()

    def fail(self, failure: JournalFailed) -> None:
        if self.verdict is not None and not self.verdict.done():
            self.verdict.set_exception(failure)


class TransactionQueue:
    """All queued rows, oldest first, and those accepted since the last snapshot. Methods raise JournalFailed.

    Of transactions made before this process began, only the unencrypted envelope is known if the body is sealed.
    """

    def __init__(self, journal: Journal, executor: Executor, clock: Clock, seal: Seal) -> None:
        """Load the queue. `executor` has one thread, which from now on is the only one to use the journal."""
        self._journal = journal
        self._seal = seal
        self._executor = executor
        self._clock = clock
        self._unswept: float | None = clock.monotonic()
        """Since when the file may hold copies of erased rows; an earlier process may have left some."""
        self.stirred = asyncio.Event()
        """Set when a row was queued."""
        self._entries = {
            row.seq: QueuedTransaction(row, summarise_row(seal, row, journal.find)) for row in journal.pending()
        }
        self._accepted = [known for row in journal.accepted_rows() if (known := summarise_row(seal, row, journal.find))]
        self._last = max([*self._entries, *(each.seq for each in self._accepted)], default=0)

    @property
    def entries(self) -> Iterable[QueuedTransaction]:
        return self._entries.values()

    @property
    def empty(self) -> bool:
        return not self._entries

    @property
    def roomy(self) -> bool:
        """Whether the disk has room for new loans, and not only for returns."""
        return self._journal.roomy

    @property
    def queued(self) -> int:
        return len(self._entries)

    @property
    def queue_age(self) -> float:
        """Seconds since the oldest queued row was made; 0 if the queue is empty."""
        return queue_age([entry.row for entry in self._entries.values()], self._clock, boot_id())

    @property
    def pending(self) -> Sequence[RecordedTransaction]:
        """Transactions that the central does not have yet, oldest first."""
        return [entry.agreed for entry in self._entries.values() if entry.agreed]

    @property
    def watermark(self) -> int:
        """The seq up to which the central has every row."""
        return min(self._entries, default=self._last + 1) - 1

    def accepted_after(self, seq: int) -> Sequence[RecordedTransaction]:
        return [each for each in self._accepted if each.seq > seq]

    def forget(self, seq: int) -> None:
        """Drop accepted transactions up to `seq` from memory: the snapshot contains them."""
        self._accepted = [each for each in self._accepted if each.seq > seq]

    async def append(self, act: Act, no_block: bool, unless: Block | None = None) -> QueuedTransaction:
        """Commit a row and queue it. A cancelled caller leaves a row for which no patron waits."""
        verdict = None if no_block else asyncio.get_running_loop().create_future()
        writing = asyncio.ensure_future(self._append(act, verdict, unless))
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            if verdict is not None:
                verdict.cancel()
            if writing.done() and not writing.cancelled() and not writing.exception():
                writing.result().abandon()
            raise

    async def _append(
        self, act: Act, verdict: asyncio.Future[Outcome | None] | None, unless: Block | None
    ) -> QueuedTransaction:
        moment = Moment(self._clock.now(), self._clock.trust(), boot_id(), int(self._clock.monotonic() * 1e9))
        sealed = encode_sealed(self._seal, act, self._borrower(act))
        row, known = await self.run(self._write, act, sealed, moment, verdict is None)
        self._entries[row.seq] = QueuedTransaction(row, known, verdict, unless=unless)
        self._last = row.seq
        self.stirred.set()
        return self._entries[row.seq]

    def _borrower(self, act: Act) -> CardRef | None:
        """Return who borrowed or renewed the item of this return here, if the central does not have that yet.

        Undone transactions do not count, nor do those that were confirmed to no patron.
        """
        if not isinstance(act, Checkin):
            return None
        mark = self._seal.mark_item(act.item)
        confirmed = [each.agreed for each in self.entries if each.agreed and not each.untold]
        return next((each.card for each in reversed(standing(confirmed)) if each.mark == mark), None)

    async def copy(self, row: JournalRow, act: Act) -> None:
        """Queue a transaction done elsewhere, under its own id and time. A repetition has no effect.

        It keeps its status: promised to the patron before it was done, or shown when it was.
        """
        if written := await self.run(self._copy_row, row, act):
            self._entries[written[0].seq] = QueuedTransaction(*written)
            self._last = written[0].seq
            self.stirred.set()

    def _copy_row(self, row: JournalRow, act: Act) -> tuple[JournalRow, RecordedTransaction | None] | None:
        if self._journal.has(row.id):
            return None
        kind, body, marks = encode_sealed(self._seal, act)
        moment = Moment(row.at, row.trust, row.boot, row.mono_ns)
        copied = self._journal.append(kind, body, moment, row.no_block, marks, row.id)
        return copied, summarise_row(self._seal, copied, self._journal.find, act)

    def _write(
        self, act: Act, sealed: Written, moment: Moment, no_block: bool
    ) -> tuple[JournalRow, RecordedTransaction | None]:
        kind, body, marks = sealed
        row = self._journal.append(kind, body, moment, no_block, marks)
        return row, summarise_row(self._seal, row, self._journal.find, act)

    async def promise(self, entry: QueuedTransaction) -> None:
        """Turn the row into a no-block row, on disk before in memory. Concurrent callers share one commit."""
        if entry.promise is None:
            entry.promise = asyncio.ensure_future(self._promise(entry))
        await asyncio.shield(entry.promise)

    async def _promise(self, entry: QueuedTransaction) -> None:
        await self.run(self._journal.mark_no_block, entry.row.id)
        entry.row = replace(entry.row, no_block=True)

    async def close(self, answered: Sequence[tuple[QueuedTransaction, Final]]) -> None:
        """Write the answers to disk in one commit."""
        at = NO_DAY if self._clock.trust() is ClockTrust.UNKNOWN else self._clock.now()
        await self.run(self._journal.close_all, [_closing(entry, answer, at) for entry, answer in answered])
        for entry, answer in answered:
            del self._entries[entry.row.seq]
            if isinstance(answer, Accepted) and entry.agreed:
                self._accepted.append(entry.agreed)

    async def tidy(self, quiet: bool) -> None:
        """Erase what need not be kept, if the date is known, and check the free disk space.

        The file is vacuumed while the kiosk is `quiet`: a transaction would have to wait for that.
        """
        if self._clock.trust() is not ClockTrust.UNKNOWN:
            here = self._clock.monotonic()
            late = self._unswept is not None and here - self._unswept >= LONGEST_UNSWEPT
            erased = await self.run(self._journal.purge, self._clock.now(), quiet or late)
            if quiet or late:
                self._unswept = None
            elif erased and self._unswept is None:
                self._unswept = here
        await self.run(self._journal.check_space)

    async def resend(self, since: int) -> Sequence[UnsendableRow]:
        """Queue again, from row `since` on, what the central had. Return what cannot be queued again."""
        again, gone = await self.run(self._resend, since)
        self._entries = dict(sorted((again | self._entries).items()))
        self._accepted = [each for each in self._accepted if each.seq not in again]
        self.stirred.set()
        return gone

    def _resend(self, since: int) -> tuple[dict[int, QueuedTransaction], Sequence[UnsendableRow]]:
        queued = {row.seq for row in self._journal.pending()}
        gone = self._journal.unsendable_rows(since, self._journal.upload_progress().through, MOST_GONE)
        self._journal.resend(since)
        fresh = [row for row in self._journal.pending() if row.seq not in queued]
        return {
            row.seq: QueuedTransaction(row, summarise_row(self._seal, row, self._journal.find)) for row in fresh
        }, gone

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a call on the journal's thread."""
        return await asyncio.wrap_future(self._executor.submit(work, *args, **kwargs))


def _closing(entry: QueuedTransaction, answer: Final, at: datetime) -> StoredAnswer:
    of = entry.row.id
    match answer:
        case Accepted(due=due, place=place):
            details = {"due": due and due.isoformat(), "place": place}
            return StoredAnswer(of, State.ACCEPTED, json.dumps(details), "", at)
        case Block(reason=reason):
            return StoredAnswer(of, State.REFUSED, json.dumps({"reason": reason}), reason, at)
        case str():
            return StoredAnswer(of, State.SET_ASIDE, "", answer, at)


@dataclass(frozen=True, slots=True)
class OfflineLimits:
    """A kiosk's limits while the central is unreachable, in hours and transactions."""

    hours: float = 168.0
    transactions: int = 5000
    amber: float = 24.0
    red: float = 72.0

    def weigh(self, count: int, waited: float) -> PartState:
        """Return the state of the queue: `count` rows, the oldest for `waited` seconds."""
        if count >= self.transactions or waited >= self.hours * HOUR:
            return STOPPED
        if waited >= self.red * HOUR:
            return TOO_LONG
        return LONG if waited >= self.amber * HOUR else READY


def queue_age(rows: Sequence[JournalRow], clock: Clock, boot: str) -> float:
    """Return the seconds since the first of the rows (oldest first) was made; 0 if there is none.

    Within a boot the monotonic clock counts. Across a restart the wall clocks count if both are trusted, and never less
    than the monotonic time of the boots that the rows saw, plus this one: a clock without a battery continues from
    where it stopped, so days without power would be missed.
    """
    if not rows:
        return 0.0
    first, here = rows[0], clock.monotonic()
    if first.boot == boot and here * 1e9 >= first.mono_ns:
        return here - first.mono_ns / 1e9
    seen: dict[str, int] = {}
    for row in rows:
        seen[row.boot] = max(row.mono_ns, seen.get(row.boot, 0))
    others = sum(last for each, last in seen.items() if each not in (first.boot, boot))
    least = (seen[first.boot] - first.mono_ns + others) / 1e9 + here
    if ClockTrust.UNKNOWN in (first.trust, clock.trust()):
        return least
    return max(least, (clock.now() - first.at).total_seconds())


async def store_results(
    queue: TransactionQueue, answered: Sequence[tuple[QueuedTransaction, JournalRow, Judged]]
) -> None:
    """Close the answered rows; a row that must be sent again stays in the queue. Raises JournalFailed.

    Promised rows are closed in one commit, because no patron is waiting for their answers.
    """
    if all(sent.no_block for _, sent, _ in answered):
        await _close(queue, [(entry, _of_promised(answer)) for entry, _, answer in answered])
    else:
        for entry, sent, answer in answered:
            await _take(queue, entry, sent, answer)


def _of_promised(answer: Judged) -> Accepted | str:
    match answer:
        case Accepted():
            return answer
        case Refused(block=block):
            return f"refused although no-block: {block.reason}"
        case SetAside(reason=reason):
            return reason
        case _:
            assert_never(answer)


async def _take(queue: TransactionQueue, entry: QueuedTransaction, sent: JournalRow, answer: Judged) -> None:
    """Close the row, or leave it in the queue to be sent again: as no-block, or to inform staff."""
    match answer:
        case Accepted():
            await _confirm(queue, entry, answer)
            if entry.untold and not sent.untold:
                log.info("Row %d was done but no patron saw it: sending it again to inform staff", sent.seq)
            elif entry.row.no_block and not sent.no_block and _falls_short(entry, answer):
                log.info("Row %d was done on worse terms than promised: sending it again to inform staff", sent.seq)
            else:
                await _close(queue, [(entry, answer)])
        case Refused(block=block) if entry.awaited:
            await _close(queue, [(entry, block)])
            entry.tell(answer)
        case Refused() | SetAside() if entry.owed:
            log.info("Row %d was refused after it was promised: sending it again as no-block", entry.row.seq)
            await queue.promise(entry)
        case Refused(block=block):
            log.info("Row %d was refused and had not been promised", entry.row.seq)
            await _close(queue, [(entry, block)])
        case SetAside(reason=reason):
            await _close(queue, [(entry, reason)])
            entry.tell(Refused(Block(Reason.CENTRAL_REFUSED)))
        case _:
            assert_never(answer)


async def _confirm(queue: TransactionQueue, entry: QueuedTransaction, answer: Accepted) -> None:
    """Wait until the patron has the confirmation, or it is known that they will not get it."""
    if entry.awaited:
        entry.decided = True
        entry.tell(answer)
        await entry.caller_done.wait()
        entry.decided = False
    elif entry.owed and not entry.row.no_block:
        await queue.promise(entry)


def _falls_short(entry: QueuedTransaction, answer: Accepted) -> bool:
    """Return whether a loan or renewal costs more, or is due sooner, than the patron was promised."""
    promised = entry.agreed.trace if entry.agreed else None
    if promised is None or promised.due is None:
        return False
    return answer.fee > promised.fee or (answer.due is not None and answer.due < promised.due)


async def _close(queue: TransactionQueue, answered: Sequence[tuple[QueuedTransaction, Final]]) -> None:
    """Commit the answers.

    A refusal must be on disk before the patron sees it. A confirmation may be shown first: if it is lost, the central
    repeats it.
    """
    for entry, final in answered:
        if isinstance(final, str):
            log.warning("Row %d was set aside", entry.row.seq)
        entry.decided = True
    try:
        await queue.close(answered)
    except JournalFailed as failure:
        for entry, _ in answered:
            entry.fail(failure)
        raise
    finally:
        for entry, _ in answered:
            entry.decided = False
