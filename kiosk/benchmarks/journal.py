"""Measure how long the journal takes to store a loan, and how many bytes it writes for it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw

from kiosk.benchmarks.figures import Figure, at_most, figure, report
from kiosk.central import Accepted
from kiosk.journal.journal import ERASE_BODY, Journal
from kiosk.sync.hub_client import HubSeal
from kiosk.sync.identity import Identity
from kiosk.sync.transaction_queue import TransactionQueue
from kiosk.system.clock import SystemClock
from lending import sealing
from lending.model import CardRef, ItemId
from lending.transactions import Checkout

LOANS, QUICK = 2_000, 200
COMMIT_BUDGET = 100.0
WRITTEN_BUDGET = 16.0
"""KiB for a loan and its answer: 2,000 loans a day, amplified 50 times by the SD card, are 1.6 GB."""
DUE = datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)
KIB = 1024


@dataclass
class WriteCounts:
    """Bytes written to the file system and syncs requested; the device's own amplification is not visible."""

    file: int = 0
    log: int = 0
    syncs: int = 0

    def clear(self) -> None:
        self.file = self.log = self.syncs = 0


class CountedFile(apsw.VFSFile):
    """File of CountedDisk that counts its writes and syncs."""

    def __init__(self, written: WriteCounts, name: Any, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        self._written = written
        self._is_log = bool(flags[0] & apsw.SQLITE_OPEN_WAL)

    def xWrite(self, data: Any, offset: int) -> None:
        super().xWrite(data, offset)
        if self._is_log:
            self._written.log += len(data)
        else:
            self._written.file += len(data)

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._written.syncs += 1


class CountedDisk(apsw.VFS):
    """SQLite VFS that counts the writes of files opened while it is the default."""

    def __init__(self) -> None:
        self.written = WriteCounts()
        super().__init__("counted", base="unix", makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        return CountedFile(self.written, name, flags)


@dataclass
class Times:
    """Durations in milliseconds."""

    loans: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)


def bench_journal(*, as_json_text: bool, quick: bool) -> int:
    """Print the figures; return 0 if all are within their budgets, else 1."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        figures = measure(Path(folder), QUICK if quick else LOANS)
    return report(figures, as_json_text)


def measure(folder: Path, loans: int) -> list[Figure]:
    """Run once for the time and once to count writes. The folder's file system matters."""
    with _journal(folder / "timed" / "journal.db") as journal:
        times = asyncio.run(_loans(journal, loans))
        _a_day_later(journal)
        asyncio.run(_loans(journal, 1))
        began = time.perf_counter()
        _a_day_later(journal)
        held = time.perf_counter() - began
    return [
        figure("a loan sealed and on disk", "ms", times.loans, COMMIT_BUDGET),
        figure("the hub's answer to it on disk", "ms", times.answers, COMMIT_BUDGET),
        at_most("an erasing holds the journal: for each 1,000 rows kept", "ms", loans, 1e6 * held / loans, None),
        *_count_writes(folder / "counted" / "journal.db", loans),
    ]


def _count_writes(path: Path, loans: int) -> Sequence[Figure]:
    Journal.create(path)
    disk = CountedDisk()
    try:
        with _open_journal(path) as journal:
            disk.written.clear()
            asyncio.run(_loans(journal, loans))
            day = replace(disk.written)
            _a_day_later(journal)
            asyncio.run(_loans(journal, 1))
            disk.written.clear()
            _a_day_later(journal)
            erasing = disk.written.file + disk.written.log
    finally:
        apsw.set_default_vfs("unix")
        disk.unregister()
    return [
        at_most("written for a loan and its answer: log", "KiB", loans, day.log / loans / KIB, None),
        at_most("... file, by checkpoints", "KiB", loans, day.file / loans / KIB, None),
        at_most("... together", "KiB", loans, (day.log + day.file) / loans / KIB, WRITTEN_BUDGET),
        at_most("syncs for it", "", loans, day.syncs / loans, None),
        at_most("a purge rewrites the file: for each row kept", "KiB", loans, erasing / loans / KIB, None),
    ]


def _a_day_later(journal: Journal) -> None:
    """Purge what was answered so far.

    On a machine with an untrusted clock, a first call records the day.
    """
    now = datetime.now(UTC)
    journal.purge(now)
    journal.purge(now + ERASE_BODY + timedelta(minutes=1))


@contextlib.contextmanager
def _journal(path: Path) -> Iterator[Journal]:
    Journal.create(path)
    with _open_journal(path) as journal:
        yield journal


@contextlib.contextmanager
def _open_journal(path: Path) -> Iterator[Journal]:
    journal = Journal.open(path)
    try:
        yield journal
    finally:
        journal.close_file()


async def _loans(journal: Journal, count: int) -> Times:
    """Append loans like the desk and the courier, each followed by the hub's answer."""
    times = Times()
    with ThreadPoolExecutor(1) as thread:
        queue = TransactionQueue(journal, thread, SystemClock(), _seal())
        for number in range(count):
            act = Checkout(CardRef(f"{number:064x}"), ItemId(f"3{number:013d}"), DUE)
            began = time.perf_counter()
            entry = await queue.append(act, no_block=False)
            lent = time.perf_counter()
            await queue.close([(entry, Accepted(DUE))])
            times.loans.append(1000 * (lent - began))
            times.answers.append(1000 * (time.perf_counter() - lent))
    return times


def _seal() -> HubSeal:
    key = sealing.public_of(secrets.token_hex(32))
    identity = Identity("", "", "", b"", secrets.token_bytes(32), seal_key=key)
    return HubSeal(lambda: identity)
