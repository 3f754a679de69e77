"""Drive many enrolled kiosks against one hub with signed requests, and record outcomes and delays."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import uuid6

from kiosk.central import JournalRow
from kiosk.sync.enrolment import EnrolmentFailed, enrol
from kiosk.sync.http import Timing
from kiosk.sync.hub_client import API, HubSeal, pack_rows
from kiosk.sync.request_signer import TRIES, Signer, refusal
from kiosk.sync.transaction_summary import encode_sealed
from kiosk.visit_player.processes import PATIENCE, ProgramFailed
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
