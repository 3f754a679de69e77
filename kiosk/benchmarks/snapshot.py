"""Measure the snapshot with a large library: initial load, lookups, and daily changes during loans."""

from __future__ import annotations

import asyncio
import math
import os
import platform
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from statistics import median

from kiosk.benchmarks.figures import Figure, at_most, figure, report
from kiosk.benchmarks.library import InventedLibrary
from kiosk.journal.journal import Journal, Moment
from kiosk.snapshot.file import check
from kiosk.snapshot.snapshot import Snapshot
from kiosk.system.clock import SystemClock
from kiosk.system.health import Health
from lending.transactions import ClockTrust

LOOK_BUDGET = 1.0
DAY_BUDGET = 5.0
SLOWER_BUDGET = 1.5
"""Maximum ratio of the median commit time while a change is written to that without one."""
PAUSE = 0.02
"""Seconds between two commits: far more frequent than one desk's."""
BODY = "x" * 600
"""Body with the length of a sealed loan."""
MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class SnapshotWorkload:
    """Size of a run: patrons and items, days, lookups."""

    size: int
    days: int
    looks: int


FULL = SnapshotWorkload(size=1_000_000, days=5, looks=20_000)
QUICK = SnapshotWorkload(size=50_000, days=3, looks=5_000)


def bench_snapshot(*, as_json_text: bool, quick: bool, folder: Path | None) -> int:
    """Print the figures; return 0 if all are within their budgets, else 1."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-", dir=folder) as made:
        figures = asyncio.run(measure(QUICK if quick else FULL, Path(made)))
    code = report(figures, as_json_text)
    if not as_json_text:
        print(f"{time.monotonic() - began:.0f} s on {os.cpu_count()} processors ({platform.machine()})")
    return code


async def measure(dose: SnapshotWorkload, folder: Path) -> list[Figure]:
    """Return all figures; `folder` is on the disk to measure."""
    library = InventedLibrary(dose.size)
    path = folder / "snapshot.db"
    snapshot = Snapshot(path, library, SystemClock(), Health(lambda part, state: None))
    before = _memory()
    whole = await _time_changes(snapshot, library)
    found = [
        at_most("whole library taken in", "s", 1, whole, None),
        at_most("whole library on the wire", "MB", library.pages, library.sent / MEGA, None),
        at_most("on the disk", "MB", 1, path.stat().st_size / MEGA, None),
        at_most("memory that this took", "MB", 1, _memory() - before, None),
        *_looks(snapshot, library, dose.looks),
    ]
    began = time.perf_counter()
    await asyncio.to_thread(check, path)
    found.append(at_most("look for damage at a start", "s", 1, time.perf_counter() - began, None))
    return found + await _days(snapshot, library, dose, folder)


async def _time_changes(snapshot: Snapshot, library: InventedLibrary) -> float:
    """Return the seconds that the snapshot needs for the changes, without those of inventing them."""
    library.sent, library.pages, library.making = 0, 0, 0.0
    began = time.perf_counter()
    await snapshot.refresh(0)
    return time.perf_counter() - began - library.making


def _looks(snapshot: Snapshot, library: InventedLibrary, count: int) -> Iterator[Figure]:
    """Look up random cards and items, one in twenty of them unknown."""
    chance = Random(4)
    numbers = [chance.randrange(library.size * 21 // 20) for _ in range(count)]
    cards, items, refs = map(library.card, numbers), map(library.item, numbers), map(library.ref, numbers)
    yield _p99("look-up of a card, p99", [_time_ms(partial(snapshot.patron, each)) for each in cards])
    yield _p99("look-up of an item, p99", [_time_ms(partial(snapshot.item, each)) for each in items])
    yield _p99("look-up of a patron's loans, p99", [_time_ms(partial(snapshot.items_of, each)) for each in refs])


def _time_ms(look: Callable[[], object]) -> float:
    began = time.perf_counter()
    look()
    return 1000 * (time.perf_counter() - began)


def _p99(name: str, values: Sequence[float]) -> Figure:
    return at_most(name, "ms", len(values), sorted(values)[math.ceil(0.99 * len(values)) - 1], LOOK_BUDGET)


async def _days(snapshot: Snapshot, library: InventedLibrary, dose: SnapshotWorkload, folder: Path) -> list[Figure]:
    """Apply each day's change while loans are written, after an equal time with loans only."""
    days, sent, work, without, during, looks = (list[float]() for _ in range(6))
    Journal.create(folder / "journal" / "journal.db")
    journal = Journal.open(folder / "journal" / "journal.db")
    for day in range(1, dose.days + 1):
        library.turn_to(day)
        with _loans(journal, without):
            await asyncio.sleep(days[-1] if days else 1.0)
        before = time.process_time()
        with _loans(journal, during):
            days.append(await _looking(_time_changes(snapshot, library), snapshot, library, looks))
        work.append(time.process_time() - before)
        sent.append(library.sent / MEGA)
    journal.close_file()
    slower = [median(during) / median(without)]
    return [
        figure("a day's change taken in", "s", days, DAY_BUDGET),
        figure("... processor time meanwhile", "s", work, None),
        figure("a day's change on the wire", "MB", sent, None),
        figure("look-up of a card meanwhile", "ms", looks, None),
        figure("journal commit without a change", "ms", without, None),
        figure("journal commit while one is written", "ms", during, None),
        figure("commit with / without a change, middle", "ratio", slower, SLOWER_BUDGET),
    ]


async def _looking(
    work: Coroutine[None, None, float], snapshot: Snapshot, library: InventedLibrary, looks: list[float]
) -> float:
    """Look cards up while the work runs, as a desk does, and return the work's result."""
    chance, working = Random(5), asyncio.ensure_future(work)
    while not working.done():
        card = library.card(chance.randrange(library.size))
        looks.append(_time_ms(partial(snapshot.patron, card)))
        await asyncio.sleep(PAUSE)
    return await working


@contextmanager
def _loans(journal: Journal, taken: list[float]) -> Iterator[None]:
    """Append loans in a thread during the block, at least one; record their times in milliseconds."""
    over = threading.Event()

    def write() -> None:
        while True:
            moment = Moment(datetime.now(UTC), ClockTrust.SYNCED, "bench", time.monotonic_ns())
            taken.append(_time_ms(partial(journal.append, "checkout", BODY, moment, no_block=True)))
            if over.wait(PAUSE):
                break

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _memory() -> float:
    """Return the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
