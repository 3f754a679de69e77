"""Load the hub on SQLite and on PostgreSQL with real, signed requests, then count every loan."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any

import requests

from kiosk.benchmarks.concurrent_kiosks import FarKiosk, RowResult, at_once, enrol_kiosks, in_turn
from kiosk.benchmarks.figures import Figure, at_least, at_most, figure, report
from kiosk.benchmarks.process_stats import children, cpu_seconds
from kiosk.sync.enrolment import EnrolmentFailed
from kiosk.visit_player.hub import LISTENS, require_hub
from kiosk.visit_player.processes import PATIENCE, ProgramFailed, last_words

DATABASES = ("sqlite", "postgresql")
LEAST_RATE = 40.0
MOST_DELAY = 500.0
LINES = 8
"""Connections in parallel in the steady part: the number of threads of one hub process."""
EACH = 5
"""Loans per patron, below every limit."""


@dataclass(frozen=True, slots=True)
class HubWorkload:
    """Size of a run."""

    kiosks: int
    loans: int
    """Number of loans in the steady part."""


FULL, QUICK = HubWorkload(kiosks=200, loans=1000), HubWorkload(kiosks=40, loans=160)


@dataclass(frozen=True, slots=True)
class OutcomeDifference:
    """Difference between the outcomes that kiosks received and the hub's records."""

    lost: int
    """Accepted, but the hub has no loan."""
    doubled: int
    """Further loans of one item or one row."""
    unasked: int
    """Loans that were refused to the kiosk, or that no kiosk requested."""


def bench_hub(*, database: str | None, as_json_text: bool, quick: bool) -> int:
    """Print the figures; return 0 if all are within their budgets, else 1. Raises ProgramFailed."""
    require_hub()
    found: list[Figure] = []
    rates = {}
    for each in (database,) if database else DATABASES:
        with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as name:
            figures = measure_hub(each, QUICK if quick else FULL, Path(name))
        rates[each] = figures[0].median
        found += figures
    if len(rates) == len(DATABASES):
        ahead = rates["postgresql"] / rates["sqlite"]
        found.append(at_least("postgresql ahead of sqlite", "times", 1, ahead, 1.0))
    return report(found, as_json_text)


def measure_hub(database: str, dose: HubWorkload, folder: Path) -> list[Figure]:
    """Return the figures of a new hub on this database. Raises ProgramFailed."""
    with running_hub(database, folder, dose) as ground:
        steady_items = ground.items[: dose.loans]
        steady = [(kiosk, card, item) for (kiosk, card), item in zip(ground.turns(), steady_items, strict=False)]
        began, used = time.perf_counter(), ground.cpu_seconds()
        results = in_turn(steady, LINES)
        rate = len(results) / (time.perf_counter() - began)
        work = (ground.cpu_seconds() - used) / len(results) * 1000
        rush, seconds = _rush(ground, ground.items[dose.loans :])
        account = ground.account([*results, *rush])
    delays = [each.seconds * 1000 for each in results]
    return [
        at_least(f"{database}: checkouts", "/s", len(results), rate, LEAST_RATE),
        figure(f"{database}: answer", "ms", delays, MOST_DELAY),
        at_most(f"{database}: answer, p99", "ms", len(delays), _p99(delays), None),
        at_most(f"{database}: the hub's processor time for each", "ms", len(delays), work, None),
        at_most(f"{database}: {dose.kiosks} kiosks at once, all answered", "s", len(rush), seconds, None),
        at_most(f"{database}: loans lost", "loans", len(results) + len(rush), account.lost, 0),
        at_most(f"{database}: loans doubled", "loans", len(results) + len(rush), account.doubled, 0),
        at_most(f"{database}: loans that no kiosk was granted", "loans", len(results) + len(rush), account.unasked, 0),
    ]


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[max(0, -(-99 * len(values) // 100) - 1)]


def _rush(ground: Ground, items: Sequence[str]) -> tuple[list[RowResult], float]:
    """Let every kiosk borrow at the same moment; each pair wants one item, and each row is sent twice."""
    acts = [
        partial(_twice, kiosk, card, items[number // 2])
        for number, (kiosk, card) in enumerate(zip(ground.kiosks, ground.cards, strict=False))
    ]
    began = time.perf_counter()
    results = at_once(acts)
    return results, time.perf_counter() - began


def _twice(kiosk: FarKiosk, card: str, item: str) -> Sequence[RowResult]:
    """Send a row again as after a lost response, and check that the outcome is the same."""
    row = kiosk.checkout(card, item)
    first, second = kiosk.deliver(row, item), kiosk.deliver(row, item)
    if first.outcome != second.outcome:
        raise RuntimeError(f"one row was answered {first.outcome}, then {second.outcome}")
    return [first]


@dataclass(frozen=True, slots=True)
class Ground:
    """A running hub, its kiosks, and the cards and items to use."""

    url: str
    pid: int
    """Process id of the hub."""
    kiosks: Sequence[FarKiosk]
    cards: Sequence[str]
    items: Sequence[str]

    def cpu_seconds(self) -> float:
        """Return the CPU time of the hub's processes in seconds."""
        return sum(cpu_seconds(each) for each in (self.pid, *children(self.pid)))

    def turns(self) -> Iterator[tuple[FarKiosk, str]]:
        """Yield a kiosk and a card per loan, so that no patron exceeds the limit."""
        number = 0
        while True:
            yield self.kiosks[number % len(self.kiosks)], self.cards[number // EACH % len(self.cards)]
            number += 1

    def account(self, results: Sequence[RowResult]) -> OutcomeDifference:
        """Compare the outcomes with the loans that the hub reports."""
        loans = [loan for items in _chunks(self.items) for loan in self._loans(items)]
        rows = Counter(loan["transaction"] for loan in loans)
        items = Counter(loan["item"] for loan in loans)
        yes = {each.id for each in results if each.outcome == "accepted"}
        doubled = sum(count - 1 for count in rows.values()) + sum(count - 1 for count in items.values())
        return OutcomeDifference(len(yes - set(rows)), doubled, len(set(rows) - yes))

    def _loans(self, items: Sequence[str]) -> list[dict[str, Any]]:
        asked = f"{self.url}/api/demo/state?patrons=nobody&items={','.join(items)}"
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(asked, timeout=PATIENCE)
            answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["loans"]
        return found


def _chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), 200):
        yield items[start : start + 200]


@contextmanager
def running_hub(database: str, folder: Path, dose: HubWorkload, program: str = "hub.cli") -> Iterator[Ground]:
    """Serve a new library with `program` until the end of the block. Raises ProgramFailed."""
    if database == "sqlite":
        with _running_hub("", folder, dose, program) as ground:
            yield ground
        return
    with _postgresql(folder) as url, _running_hub(url, folder, dose, program) as ground:
        yield ground


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database, which the hub's program runs meanwhile."""
    command = (sys.executable, "-m", "hub.cli", "bench", "database", str(folder))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None and server.stdout is not None
        url = server.stdout.readline().strip()
        if not url:
            raise ProgramFailed("there is no PostgreSQL for the benchmark; the lines above say what is missing")
        try:
            yield url
        finally:
            server.stdin.close()


@contextmanager
def _running_hub(database_url: str, folder: Path, dose: HubWorkload, program: str) -> Iterator[Ground]:
    environment = {**os.environ, "KIOSK_HUB_STATE": str(folder / "hub"), "DATABASE_URL": database_url}
    cards, items = _library(folder, dose, environment)
    command = [sys.executable, "-m", program, "serve", "--demo", "--port", "0"]
    log = folder / "hub.log"
    with log.open("wb") as words:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=words, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith(LISTENS):
            raise ProgramFailed("the hub did not start")
        url = line.removeprefix(LISTENS).strip()
        (folder / "kiosks").mkdir()
        kiosks = enrol_kiosks(url, [f"bench-{number}" for number in range(dose.kiosks)], folder / "kiosks")
        yield Ground(url, process.pid, kiosks, cards, items)
    except (ProgramFailed, EnrolmentFailed, OSError, HTTPException) as failure:
        what = f"{type(failure).__name__}: {failure}"
        raise ProgramFailed(f"{what}; the hub's last words: {last_words(log)}") from failure
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def _library(folder: Path, dose: HubWorkload, environment: dict[str, str]) -> tuple[list[str], list[str]]:
    """Create the demo library with additional patrons and items."""
    cards = [f"04BE{number:010X}" for number in range(max(dose.kiosks, -(-dose.loans // EACH)))]
    items = [f"39{number:012d}" for number in range(dose.loans + dose.kiosks)]
    patrons = [
        {"identifier": f"29{number:012d}", "name": "Bench", "category": "adult", "card": card}
        for number, card in enumerate(cards)
    ]
    books = [{"barcode": each, "type": "book", "branch": "main", "title": "Bench"} for each in items]
    _hub(environment, "demo")
    for what, rows in (("patrons", patrons), ("items", books)):
        file = folder / f"{what}.csv"
        with file.open("w", encoding="utf-8", newline="") as sheet:
            writer = csv.DictWriter(sheet, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        _hub(environment, f"import-{what}", str(file), "--yes")
    return cards, items


def _hub(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "hub.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        raise ProgramFailed(f"kiosk-hub {arguments[0]}: {done.stderr[-500:]}")
