"""The real journal and courier on a disk that can lose power, with seeded patrons."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from unittest import mock

import apsw

from kiosk.central import Answer, JournalRow, Marks
from kiosk.journal.journal import NO_MARKS, Journal, JournalFailed, JournalFault, Moment, StoredAnswer
from kiosk.sync.courier import Courier
from kiosk.system.health import Health
from lending.transactions import Act, TransactionId
from tests.kiosk.sync.bench import START, BookKeeper, HandClock, Inline, settle
from tests.proofs.power.disk import Recording
from tests.proofs.power.history import (
    Closed,
    Closing,
    Denied,
    Event,
    Judged,
    Made,
    Past,
    Purged,
    Purging,
    Told,
    Unwritten,
    Written,
)


@dataclass
class Diary:
    """Records what happens, each event with the number of disk operations so far."""

    recording: Recording
    past: Past

    def note(self, event: Event) -> None:
        self.past.note(self.recording.now, event)


class WatchedJournal(Journal):
    """Journal whose writes are recorded in the diary."""

    diary: Diary

    begun: JournalRow | None = None
    """Row of the last act; None if it was not even begun."""

    def append(
        self, kind: str, body: str, moment: Moment, no_block: bool, marks: Marks = NO_MARKS, named: str = ""
    ) -> JournalRow:
        self.begun = None
        try:
            return super().append(kind, body, moment, no_block, marks, named)
        except JournalFailed as failure:
            if failure.why is JournalFault.FULL and self.begun:
                self.diary.note(Unwritten(self.begun.id))
            raise

    def _next_row(
        self, kind: str, body: str, moment: Moment, no_block: bool, marks: Marks, named: str
    ) -> tuple[JournalRow, str]:
        row, prev = super()._next_row(kind, body, moment, no_block, marks, named)
        self.begun = row
        self.diary.note(Written(row))
        return row, prev

    def close_all(self, answered: Sequence[StoredAnswer]) -> None:
        for each in answered:
            self.diary.note(Closing(each.of, each.state, each.at))
        super().close_all(answered)
        for each in answered:
            self.diary.note(Closed(each.of, each.state))

    def purge(self, now: datetime, sweeping: bool = True) -> int:
        self.diary.note(Purging(now))
        erased = super().purge(now, sweeping)
        self.diary.note(Purged(now))
        return erased


class WatchedCentral(BookKeeper):
    """Central that no power cut here reaches."""

    def __init__(self, diary: Diary) -> None:
        super().__init__()
        self._diary = diary
        for _, event in diary.past.events:
            if isinstance(event, Judged):
                self.stored[event.of] = event.final, event.answer

    def _judge(self, row: JournalRow) -> Answer:
        before = len(self.done)
        answer = super()._judge(row)
        final, _ = self.stored.get(row.id, (False, None))
        self._diary.note(Judged(row.id, final, answer, len(self.done) > before, row.untold))
        return answer


class Kiosk:
    """One start of the kiosk and what follows until it is stopped."""

    def __init__(self, path: Path, diary: Diary, clock: HandClock, random: Random) -> None:
        self.clock = clock
        self.central = WatchedCentral(diary)
        self._path = path
        self._diary = diary
        self._random = random
        self._patrons: dict[asyncio.Task[None], None] = {}
        self.confirmed: list[TransactionId] = []
        self.opened = 0
        """Disk operations when the journal was open."""

    async def start(self, opened: Callable[[int], None] = lambda _: None) -> None:
        """Start. If no caller was informed that a journal exists, create it first. Raises JournalFailed.

        `opened` receives the number of the last row before anything is done with it.
        """
        if not self._diary.past.made:
            with contextlib.suppress(FileExistsError):
                Journal.create(self._path)
            self._diary.note(Made())
        journal = WatchedJournal.open(self._path, lambda _: 1 << 40)
        self.opened = self._diary.recording.now
        assert isinstance(journal, WatchedJournal)
        journal.diary = self._diary
        opened(int(journal._db.execute("SELECT coalesce(max(seq), 0) FROM rows").get))
        self._journal = journal
        self.courier = Courier(
            self._journal,
            self.central,
            self.clock,
            Health(lambda *_: None),
            lambda _: None,
            Inline(),
            Random(self._random.random()),
        )
        self._run = asyncio.ensure_future(self.courier.run())
        await settle()

    @property
    def broken(self) -> bool:
        """Return whether the journal is broken: the process ends soon, or has ended."""
        return self._journal._broken is not None or self.ended

    @property
    def journal_file(self) -> apsw.Connection:
        return self._journal._db

    @property
    def ended(self) -> bool:
        """Return whether the courier's task died, which ends the process."""
        return self._run.done()

    async def stop(self) -> None:
        for task in [*self._patrons, self._run]:
            task.cancel()
        await asyncio.gather(*self._patrons, self._run, return_exceptions=True)
        self._journal.close_file()

    def serve(self, act: Act) -> asyncio.Task[None]:
        """Let a patron do this and see the result."""
        task = asyncio.ensure_future(self._serve(act))
        self._patrons[task] = None
        task.add_done_callback(self._patrons.pop)
        return task

    async def _serve(self, act: Act) -> None:
        try:
            of, outcome = await self.courier.deliver(act)
        except JournalFailed:
            if row := self._journal.begun:
                self._diary.note(Denied(row.id))
            raise
        self._diary.note(Told(of, outcome))
        self.confirmed.append(of)


@contextlib.contextmanager
def seeded(random: Random) -> Iterator[None]:
    """Take ids and boots from the seed, so that the same seed writes the same bytes."""
    count = 0

    def uuid7() -> uuid.UUID:
        nonlocal count
        count += 1
        stamp = int(START.timestamp() * 1000) + count
        return uuid.UUID(int=stamp << 80 | 7 << 76 | random.getrandbits(12) << 64 | 2 << 62 | random.getrandbits(62))

    boot = str(uuid.UUID(int=random.getrandbits(128), version=4))
    with mock.patch("uuid6.uuid7", uuid7), mock.patch("kiosk.sync.transaction_queue.boot_id", lambda: boot):
        yield
