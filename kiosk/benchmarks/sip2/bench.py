"""Run `kiosk bench sip2`: parsing speed, scan response, concurrent kiosks, queue drain."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from kiosk.benchmarks.figures import Figure, at_least, at_most, figure, report
from kiosk.benchmarks.sip2.kiosk import ACCOUNT, ZONE, KioskSettings, Sip2Kiosk, books, cards
from kiosk.benchmarks.visit import QUICK as QUICK_VISITS
from kiosk.benchmarks.visit import RepeatedVisits
from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.connection import Peer, Sip2Connection, Speech, Timing
from kiosk.sync.sip2.message import Frames, read, unwrap, wrap
from kiosk.sync.sip2.requests import Requests, login
from kiosk.system.clock import SystemClock
from kiosk.visit_player.environment import kiosk_at
from kiosk.visit_player.hub import Templates, require_hub
from kiosk.visit_player.processes import ProgramFailed, end_on_signals
from kiosk.visit_player.proxy import LOOPBACK
from kiosk.visit_player.sip2_environment import sip2_ground
from lending.model import ItemId
from lending.transactions import Checkout


@dataclass(frozen=True, slots=True)
class System:
    """A running simulator: its dialect, SIP2 port and control port."""

    dialect: str
    port: int
    control: int

    async def truth(self) -> Mapping[str, Any]:
        reader, writer = await asyncio.open_connection(LOOPBACK, self.control, limit=1 << 26)
        writer.write(b'{"do": "truth"}\n')
        truth: Mapping[str, Any] = json.loads(await reader.readline())
        writer.close()
        return truth


@asynccontextmanager
async def running(folder: Path, dialect: str, kiosks: int, each: int) -> AsyncIterator[System]:
    """Run the simulator with `each` items per kiosk. Raises ProgramFailed."""
    file = folder / f"library-{kiosks}.json"
    people = [
        {"identifier": card, "name": "Invented Reader", "pin": "1234", "card": "", "case": ""}
        for kiosk in range(kiosks)
        for card in cards(kiosk)
    ]
    items = [
        {"barcode": book, "title": f"Invented Title {book}", "branch": "main", "type": "book", "case": ""}
        for kiosk in range(kiosks)
        for book in books(kiosk, each)
    ]
    file.write_text(json.dumps({"patrons": people, "items": items}), encoding="utf-8")
    options = ("--port", "0", "--control", "0", "--dialect", dialect, "--library", str(file))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kiosk.cli", "simulator", *options,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout and process.stderr
    try:
        ports = re.findall(rb":(\d+)", await process.stdout.readline())
        if len(ports) != 2:
            raise ProgramFailed(f"the simulator did not start: {(await process.stderr.read()).decode()}")
        yield System(dialect, int(ports[0]), int(ports[1]))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


PARSER_BUDGET = 20_000.0
SCAN_BUDGET = 150.0
DRAIN_BUDGET = 60.0
DIALECT = "koha"
AT = "20261127    120000"
TOLD = (
    f"64{' ' * 14}001{AT}000000000002000000000000AEAda Sample|AA1001|BLY|CQY|AU3001|AU3002|AFGreetings|AOmain|",
    f"18040001{AT}AB3001|AJÜber alles &#124; und nichts|AH20261225    235900|CF0|AQmain|APmain|",
    f"121NNY{AT}AOmain|AA1001|AB3001|AJ围城|AH20261225    235900|AFGreetings from somebody|",
    f"101YNN{AT}AOmain|AB3001|AQmain|AJFaust|",
)
"""The responses of a typical visit."""
LOAN = timedelta(days=28)
PATIENT = Timing(connect=30.0, answer=60.0)
"""Time limits for kiosks that all connect at the same moment."""
LOOK = 0.02


@dataclass(frozen=True, slots=True)
class Sip2Workload:
    """Size of a run."""

    messages: int
    visits: int
    kiosks: int
    loans: int
    """Loans per kiosk."""
    queued: int


FULL = Sip2Workload(messages=200_000, visits=100, kiosks=200, loans=5, queued=1000)
QUICK = Sip2Workload(messages=20_000, visits=10, kiosks=20, loans=3, queued=100)


def bench_sip2(*, as_json_text: bool, quick: bool) -> int:
    """Print the figures; return 0 if all are within their budgets, else 1. Raises ProgramFailed."""
    require_hub()
    figures = asyncio.run(measure(QUICK if quick else FULL))
    return report(figures, as_json_text)


async def measure(dose: Sip2Workload) -> list[Figure]:
    """Return all figures. Raises ProgramFailed."""
    end_on_signals()
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as name:
        folder = Path(name)
        figures = [measure_parsing(dose.messages)]
        if dose.visits:
            figures += await _measure_visits(folder, dose.visits)
        async with running(folder, DIALECT, dose.kiosks, dose.loans) as system:
            figures += await _crowd(system, dose)
        async with running(folder, DIALECT, 1, dose.queued) as system:
            figures.append(await _queue(folder, system, dose.queued))
        return figures


def measure_parsing(messages: int) -> Figure:
    """Measure parsing from received bytes to fields, with several messages per packet."""
    charset = "utf-8"
    packet = b"".join(wrap(each, number, charset, b"\r\n") for number, each in enumerate(TOLD))
    frames, found = Frames(), 0
    began = time.perf_counter()
    while found < messages:
        for each in frames.feed(packet):
            frame = unwrap(each, charset)
            assert frame.sound
            found += bool(read(frame.text).code)
    taken = time.perf_counter() - began
    return at_least("messages read", "1/s", found, found / taken, PARSER_BUDGET)


async def _measure_visits(folder: Path, visits: int) -> list[Figure]:
    """Measure a complete kiosk off-screen.

    The system's time is included: about a millisecond on loopback.
    """
    own = folder / "visit"
    own.mkdir()
    templates = Templates(own / "templates")
    async with sip2_ground(templates, own, DIALECT, changes={"returns": {"mode": "trusted"}}) as ground:
        dose = replace(QUICK_VISITS, visits=visits)
        async with kiosk_at(ground, own) as kiosk:
            cards, scans = await RepeatedVisits(await kiosk.start(None), kiosk, ground.library, dose).answers()
    return [
        figure("card tapped -> screen drawn", "ms", cards, SCAN_BUDGET),
        figure("item scanned -> answer drawn", "ms", scans, SCAN_BUDGET),
    ]


async def _crowd(system: System, dose: Sip2Workload) -> list[Figure]:
    began = time.monotonic()
    taken = await asyncio.gather(*(answers_of(system, each, dose.loans) for each in range(dose.kiosks)))
    seconds, loans = time.monotonic() - began, dose.kiosks * dose.loans
    done = Counter(each["barcode"] for each in (await system.truth())["events"] if each["did"] == "checkout")
    answers = [1000 * each for kiosk in taken for each in kiosk]
    return [
        at_least(f"{dose.kiosks} kiosks at once: loans", "1/s", loans, loans / seconds, None),
        figure("... answer to one message", "ms", answers, None),
        at_most("... loans lost", "", loans, loans - len(done), 0),
        at_most("... loans doubled", "", loans, done.total() - len(done), 0),
    ]


async def _queue(folder: Path, system: System, rows: int) -> Figure:
    with ThreadPoolExecutor(1, "journal") as pen:
        seconds = await measure_drain(folder / "queue", system, rows, pen, Random(1))
    done = Counter(each["barcode"] for each in (await system.truth())["events"] if each["did"] == "checkout")
    whole = len(done) == done.total() == rows
    return at_most(f"{rows} queued rows drained", "s", rows, seconds if whole else float("inf"), DRAIN_BUDGET)


async def answers_of(system: System, kiosk: int, loans: int) -> list[float]:
    """Return the seconds per message of `loans` loans, each with patron, item and checkout requests."""
    requests = Requests(ACCOUNT, lambda: datetime.now(UTC), ZONE)
    peer, speech = Peer(LOOPBACK, system.port), Speech(DIALECTS[system.dialect].charset)
    line = Sip2Connection(peer, speech, login(ACCOUNT), PATIENT)
    card, taken = cards(kiosk)[0], []
    await line.greet()
    for book in books(kiosk, loans):
        item, now = ItemId(book), datetime.now(UTC)
        asked = (requests.patron(card), requests.item(item), requests.checkout(card, item, now, None, happened=False))
        for each in asked:
            began = time.monotonic()
            await line.ask(each)
            taken.append(time.monotonic() - began)
    line.close()
    return taken


async def measure_drain(folder: Path, system: System, rows: int, pen: Executor, random: Random) -> float:
    """Return the seconds from the system's return until the last of `rows` rows was answered."""
    gone = Peer(LOOPBACK, await _closed_port())
    place = KioskSettings(folder, gone, system.dialect, Timing(), 0.1)
    kiosk = Sip2Kiosk(place, Sip2Client, SystemClock(state=lambda: 0), pen, random)
    kiosk.start()
    for book in books(0, rows):
        due = datetime.now(UTC) + LOAN
        await kiosk.courier.deliver(Checkout(kiosk.central.reference(cards(0)[0]), ItemId(book), due))
    await kiosk.kill()
    kiosk.move(Peer(LOOPBACK, system.port))
    began = time.monotonic()
    kiosk.start()
    while kiosk.courier.pending:
        await asyncio.sleep(LOOK)
    seconds = time.monotonic() - began
    await kiosk.kill()
    return seconds


async def _closed_port() -> int:
    """Return a port without a listener."""
    server = await asyncio.start_server(lambda *_: None, LOOPBACK, 0)
    port = int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    return port
