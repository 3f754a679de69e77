"""Load the hub on SQLite and on PostgreSQL with real, signed requests, then count every loan."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import uuid6

from kiosk.benchmarks.figures import Figure, at_least, at_most, figure, report
from kiosk.benchmarks.process_stats import children, cpu_seconds
from kiosk.central import JournalRow
from kiosk.sync.enrolment import EnrolmentFailed, enrol
from kiosk.sync.http import Timing
from kiosk.sync.hub_client import API, HubSeal, pack_rows
from kiosk.sync.request_signer import TRIES, Signer, refusal
from kiosk.sync.transaction_summary import encode_sealed
from kiosk.visit_player.hub import LISTENS, require_hub
from kiosk.visit_player.processes import PATIENCE, ProgramFailed, last_words
from lending import wire
from lending.model import CardRef, ItemId
from lending.transactions import Act, Checkout, ClockTrust, TransactionId

JSON = {"Content-Type": "application/json"}
BOOT = "bench"
AGAIN = 0.05
"""Seconds before a row is resent that the hub could not take.

A kiosk waits one second, which would dominate the measurement.
"""
ENROLS = 120.0
"""Seconds for which a kiosk retries its enrolment."""
FAULT = 500
"""Lowest HTTP status that means a temporary failure: the hub's disk stalled for longer than it waits."""


@dataclass(frozen=True, slots=True)
class RowResult:
    """Outcome of one row, and the seconds from its first request to that response."""

    id: str
    item: str
    outcome: str
    seconds: float


@dataclass(slots=True)
class FarKiosk:
    """One enrolled kiosk with its own connection to the hub; used by one thread at a time."""

    signer: Signer
    line: HTTPConnection
    journal: str = field(default_factory=lambda: str(uuid6.uuid7()))
    seq: int = 0

    def checkout(self, card_number: str, item: str, *, no_block: bool = False) -> JournalRow:
        card = CardRef(hmac.new(self.signer.identity.card_key, card_number.encode(), hashlib.sha256).hexdigest())
        return self.row(Checkout(card, ItemId(item), datetime.now(UTC) + timedelta(days=28)), no_block=no_block)

    def row(self, act: Act, *, no_block: bool = False) -> JournalRow:
        """Return the kiosk's next row, sealed and numbered like the journal's."""
        kind, body, marks = encode_sealed(HubSeal(lambda: self.signer.identity), act)
        self.seq += 1
        id, now = TransactionId(str(uuid6.uuid7())), datetime.now(UTC)
        seq, mono = self.seq, time.monotonic_ns()
        return JournalRow(seq, id, BOOT, mono, now, ClockTrust.SYNCED, kind, no_block, body, self.journal, marks=marks)

    def greet(self) -> None:
        """Send the first request, for which the hub records more about a device than for later ones."""
        path = f"{API}/items/0"
        self.line.request("GET", path, headers={"Authorization": self.signer.claim("GET", path, b"").header})
        self.line.getresponse().read()

    def deliver(self, row: JournalRow, item: str) -> RowResult:
        """Upload the row until it has a final outcome. Raises ProgramFailed on timeout."""
        began = time.perf_counter()
        while (outcome := self._upload(row)) is None:
            if time.perf_counter() - began > PATIENCE:
                raise ProgramFailed(f"row {row.seq} of {self.signer.identity.kiosk} was not done in {PATIENCE:.0f} s")
            time.sleep(AGAIN)
        return RowResult(row.id, item, outcome, time.perf_counter() - began)

    def _upload(self, row: JournalRow) -> str | None:
        """Return the row's outcome; None if it has to be resent."""
        body, _count = pack_rows([row], (BOOT, time.monotonic_ns()))
        path = f"{API}/transactions"
        for turn in range(1, TRIES + 1):
            claim = self.signer.claim("POST", path, body)
            try:
                self.line.request("POST", path, body, {**JSON, "Authorization": claim.header})
                reply = self.line.getresponse()
                said = reply.read()
            except (ConnectionError, HTTPException):  # the hub closes idle connections: resend the row on a new one
                self.line.close()
                continue
            if reply.status >= FAULT:
                return None
            if reply.status == 200:
                outcome = wire.parse(wire.TransactionsAnswer, said).answers[0].outcome
                return None if outcome == "again" else outcome
            if reply.status == 401 and self.signer.again(claim, said, turn):
                continue
            if refusal(said) == "old_counter":  # each time a request on the kiosk's other connection overtook this one
                return None
            raise ProgramFailed(f"the hub answered {reply.status}: {said[:200]!r}")
        raise ProgramFailed("the hub closes every line")


def enrol_kiosks(url: str, names: Iterable[str], folder: Path) -> list[FarKiosk]:
    """Enrol a kiosk of each name at a hub in demo mode. Raises EnrolmentFailed."""
    return [_enrol_one(url, name, folder / name) for name in names]


def _enrol_one(url: str, name: str, state: Path) -> FarKiosk:
    """Enrol a kiosk, with a new code per attempt, because the hub's disk may stall."""
    state.mkdir()
    end = time.monotonic() + ENROLS
    while True:
        try:
            enrol(url, _code(url, name), state, timing=Timing(PATIENCE, PATIENCE, PATIENCE))
            break
        except EnrolmentFailed:
            if time.monotonic() > end:
                raise
            time.sleep(AGAIN)
    kiosk = FarKiosk(Signer.load(state), line_to(url))
    kiosk.greet()
    return kiosk


def _code(url: str, name: str) -> str:
    with closing(line_to(url)) as line:
        line.request("POST", "/api/demo/kiosks", json.dumps({"name": name}), JSON)
        reply = line.getresponse()
        said = reply.read()
    if reply.status != 200:
        raise EnrolmentFailed(f"{name} got no code: the hub answered {reply.status}: {said[:200]!r}")
    return str(json.loads(said)["code"])


def line_to(url: str) -> HTTPConnection:
    """Open a connection to the hub at `url`."""
    address = urlsplit(url)
    return HTTPConnection(str(address.hostname), address.port, timeout=PATIENCE)


Errand = tuple[FarKiosk, str, str]
"""A kiosk, a card number and an item."""


def in_turn(errands: Sequence[Errand], lines: int) -> list[RowResult]:
    """Run the errands on so many connections in parallel; a kiosk has one errand at a time."""
    by_kiosk: dict[str, list[Errand]] = {}
    for errand in errands:
        by_kiosk.setdefault(errand[0].journal, []).append(errand)
    shares: list[list[Errand]] = [[] for _ in range(lines)]
    for number, own in enumerate(by_kiosk.values()):
        shares[number % lines].extend(own)

    def walk(share: list[Errand]) -> list[RowResult]:
        return [kiosk.deliver(kiosk.checkout(card, item), item) for kiosk, card, item in share]

    with ThreadPoolExecutor(lines) as pool:
        return [result for each in pool.map(walk, shares) for result in each]


def at_once(acts: Sequence[Callable[[], Sequence[RowResult]]]) -> list[RowResult]:
    """Run all acts at the same moment."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Sequence[RowResult]]) -> Sequence[RowResult]:
        gate.wait(PATIENCE)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [result for each in pool.map(run, acts) for result in each]


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
