"""Run the hub, the kiosks and their patrons, and the proxies between them, for one benchmark."""

from __future__ import annotations

import asyncio
import csv
import json
import socket
import ssl
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from kiosk.benchmarks.network_faults.faults import NAMES, FaultKind, NetworkFault, draw_fault
from kiosk.benchmarks.network_faults.judge import Intent, Shelf, Site
from kiosk.benchmarks.network_faults.kiosk import Setting
from kiosk.benchmarks.network_faults.proxy import FaultProxy
from kiosk.benchmarks.network_faults.server_identity import (
    DOMAIN,
    ELSEWHERE,
    Certificates,
    LookupResult,
    PresentedCertificate,
)
from kiosk.journal.journal import Journal
from kiosk.sync.enrolment import EnrolmentFailed, enrol
from kiosk.sync.http import Timing
from kiosk.system.control_socket import Control, KioskSilent
from kiosk.visit_player.hub import DemoHub, Templates
from kiosk.visit_player.processes import PATIENCE, START_SECONDS, ProgramFailed, last_words, start, stop
from kiosk.visit_player.proxy import LOOPBACK, serving

LOOKUP_OF = {
    FaultKind.DNS_GONE: LookupResult.GONE,
    FaultKind.DNS_WRONG: LookupResult.WRONG,
    FaultKind.DNS_SLOW: LookupResult.SLOW,
}
FAULT_PATIENCE = 15
"""Seconds for a fault to affect something; a fault for rows waits for the next rows."""
TRIES = 3
BACK_SECONDS = 600.0
"""Time limit in seconds for a kiosk's recovery, which is a figure of its own."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a patron waited for one answer, in seconds."""

    whole: float
    own: float
    """The part taken by disk and CPU of this machine."""
    away: bool
    """True if the central was known to be away at the request."""
    fault: str

    @property
    def network(self) -> float:
        return max(0.0, self.whole - self.own)


@dataclass
class KioskFigures:
    """Measurements at one kiosk."""

    hits: list[FaultKind] = field(default_factory=list)
    """Faults that affected an exchange."""
    deliveries: list[Wait] = field(default_factory=list)
    questions: list[Wait] = field(default_factory=list)
    back: list[tuple[float, str]] = field(default_factory=list)
    """Seconds from the network's return until the central has everything, with the fault."""
    stuck: list[str] = field(default_factory=list)


class Visitor:
    """The patrons of one kiosk."""

    def __init__(self, shelf: Shelf, proxy: FaultProxy, control: Control, names: Control, seed: int) -> None:
        """Simulate patrons; `names` is a second connection to the kiosk's process, for commands during an errand."""
        self.shelf = shelf
        self.proxy = proxy
        self.seen = KioskFigures()
        self._control = control
        self._names = names
        self._random = Random(f"{seed} {shelf.site.number}")
        self._fault = "none"

    async def play(self, kinds: Sequence[FaultKind]) -> None:
        """Play one fault after another, each to its end."""
        await self.wait_until_settled()
        for kind in kinds:
            for _ in range(TRIES):
                if await self._episode(draw_fault(kind, self._random)):
                    break

    async def _episode(self, fault: NetworkFault) -> bool:
        """Play one fault; return True if it affected anything."""
        self._fault = fault.description
        if self._random.random() < 0.3:
            await self.visit(1)
        begun = asyncio.create_task(self.visit(self._random.choice((1, 1, 2, 3))))
        try:
            if self._random.random() < 0.3:
                await asyncio.sleep(self._random.uniform(0, 0.03))
            await self._set(fault)
            await begun
        finally:
            begun.cancel()
        await asyncio.sleep(self._random.choice((0.0, self._random.uniform(0, 3), self._random.uniform(0, 12))))
        for _ in range(FAULT_PATIENCE):
            if self.proxy.hits or fault.kind in NAMES:
                break
            await asyncio.sleep(1.0)
        hit = await self._clear(fault)
        if hit:
            self.seen.hits.append(fault.kind)
        await self._back(time.monotonic())
        return hit

    async def _set(self, fault: NetworkFault) -> None:
        if fault.kind in NAMES:
            await self._resolve(LOOKUP_OF[fault.kind])
        self.proxy.set(fault)

    async def _clear(self, fault: NetworkFault) -> bool:
        """Restore the network; return True if the fault affected anything."""
        hit = self.proxy.hits > 0
        if fault.kind in NAMES:
            hit = await self._resolve(LookupResult.HERE) > 0
        self.proxy.set(None)
        return hit

    async def _resolve(self, found: LookupResult) -> int:
        asked = await self._names.ask("resolve", name=self.shelf.site.host, found=found)
        return int(asked["asked"])

    async def visit(self, acts: int) -> None:
        """Borrow, renew or return `acts` items."""
        for _ in range(acts):
            intent = self.shelf.next(self._random)
            asks = self._random.random() < 0.6
            did = await self._control.ask(
                "act", kiosk=self.shelf.site.name, verb=intent.verb, card=intent.card, item=intent.item, ask=asks
            )
            self.shelf.hear(intent, did["id"], did["outcome"])
            self.seen.deliveries.append(self._wait(did["deliver"]))
            self.seen.questions += [self._wait(each) for each in did["records"]]

    async def many(self, n: int) -> None:
        """Return `n` items one after another."""
        books = list(self.shelf.site.books)
        did = await self._control.ask("many", kiosk=self.shelf.site.name, n=n, items=books)
        for number, each in enumerate(did["told"]):
            book = books[number % len(books)]
            self.shelf.hear(Intent("return", "", book), each["id"], each["outcome"])

    def _wait(self, waited: dict[str, Any]) -> Wait:
        return Wait(waited["waited"], waited["own"], waited["away"], self._fault)

    async def wait_until_settled(self, seconds: float = BACK_SECONDS) -> dict[str, Any]:
        """Return the kiosk's state once it is online with an empty queue, or after `seconds`."""
        return await self._control.ask("settle", kiosk=self.shelf.site.name, seconds=seconds)

    async def _back(self, since: float) -> None:
        now = await self.wait_until_settled()
        if now["online"] and not now["queued"]:
            self.seen.back.append((time.monotonic() - since, self._fault))
        else:
            self.seen.stuck.append(f"{self.shelf.site.name}: {now} after {self._fault}")


PROCESSES = 2
"""Number of kiosk processes; each kiosk in them has its own journal, courier and network."""

Lines = tuple[Control, Control]
"""One connection for errands, one for commands during them."""


@dataclass
class ForeignServer:
    """A server that is not the hub and must not receive anything from a kiosk."""

    received: list[bytes] = field(default_factory=list)

    async def on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            if words := await reader.read(1024):
                self.received.append(words)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                await writer.drain()
        writer.close()


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that runs for one benchmark."""

    visitors: Sequence[Visitor]
    database: Path
    stranger: ForeignServer
    logs: Sequence[Path]


@asynccontextmanager
async def scene(folder: Path, sites: Sequence[Site], seed: int, templates: Templates) -> AsyncIterator[Scene]:
    """Start everything, and stop it at the end. Raises ProgramFailed."""
    certificates, stranger = Certificates(folder), ForeignServer()
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(running_library(folder, sites, templates))
        address = urlsplit(hub.url)
        elsewhere = await stack.enter_async_context(serving(stranger.on_connection))
        there = f"http://{LOOPBACK}:{elsewhere}/login"
        proxies = []
        for site in sites:
            proxy = FaultProxy((address.hostname or "", address.port or 0), certificates, there)
            stack.enter_context(proxy.standing())
            proxies.append(proxy)
            if site.number % 2:
                other = await _at_the_wrong_address(
                    proxy.port, stranger, certificates.contexts[PresentedCertificate.FOREIGN]
                )
                stack.callback(other.close)
        visitors: list[Visitor] = []
        logs = []
        for number in range(PROCESSES):
            mine = list(zip(sites, proxies, strict=True))[number::PROCESSES]
            if mine:
                logs.append(folder / f"kiosks-{number}.log")
                settings = [_setting(site, proxy, certificates, seed) for site, proxy in mine]
                controls = await stack.enter_async_context(_kiosks(folder, number, settings, logs[-1]))
                visitors += [
                    Visitor(Shelf(site), proxy, *lines, seed)
                    for (site, proxy), lines in zip(mine, controls, strict=True)
                ]
        yield Scene(visitors, folder / "hub" / "hub.sqlite3", stranger, logs)


def _setting(site: Site, proxy: FaultProxy, certificates: Certificates, seed: int) -> Setting:
    return Setting(
        name=site.name,
        folder=str(site.folder),
        url=f"https://{site.host}:{proxy.port}",
        authority=str(certificates.authority),
        control=site.control,
        seed=seed * 1000 + site.number,
    )


async def _at_the_wrong_address(port: int, stranger: ForeignServer, context: ssl.SSLContext) -> asyncio.Server:
    return await asyncio.start_server(stranger.on_connection, ELSEWHERE, port, ssl=context, family=socket.AF_INET)


@asynccontextmanager
async def _kiosks(folder: Path, number: int, settings: Sequence[Setting], log: Path) -> AsyncIterator[list[Lines]]:
    """Run one process of kiosks; yield two connections per kiosk."""
    listed, place = folder / f"kiosks-{number}.json", folder / f"kiosks-{number}.sock"
    listed.write_text(json.dumps([asdict(each) for each in settings]), encoding="utf-8")
    process = await start(("kiosk.benchmarks.network_faults.kiosk", str(place), str(listed)), {}, log)
    controls: list[Control] = []
    try:
        async with asyncio.timeout(START_SECONDS):
            controls = [await _connect_control(process, place, log)]
            controls += [await Control.connect(place) for _ in range(2 * len(settings) - 1)]
        yield list(zip(controls[::2], controls[1::2], strict=True))
    except TimeoutError as error:
        raise ProgramFailed(f"the kiosks did not start: {last_words(log)}") from error
    except KioskSilent as silence:
        raise ProgramFailed(f"{silence}: {last_words(log, 30)}") from silence
    finally:
        for each in controls:
            each.close()
        await stop(process)


async def _connect_control(process: Process, place: Path, log: Path) -> Control:
    while process.returncode is None:
        with suppress(KioskSilent):
            return await Control.connect(place)
        await asyncio.sleep(0.05)
    raise ProgramFailed(f"the kiosks ended with code {process.returncode}: {last_words(log)}")


AT_ONCE = 6
"""Kiosks enrolled in parallel."""


@asynccontextmanager
async def running_library(folder: Path, sites: Sequence[Site], templates: Templates) -> AsyncIterator[DemoHub]:
    """Run the hub like `kiosk-hub serve`, with every site enrolled. Raises ProgramFailed."""
    state = folder / "hub"
    await templates.copy(None, state)
    await _import(state, "items", _items(sites), folder)
    await _import(state, "patrons", _patrons(sites), folder)
    hub = DemoHub(state, hosts=f"127.0.0.1,.{DOMAIN}")
    try:
        await hub.start()
        some = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(_enrol(hub, site, some) for site in sites))
        yield hub
    finally:
        await hub.stop()


async def _enrol(hub: DemoHub, site: Site, some: asyncio.Semaphore) -> None:
    async with some:
        site.folder.mkdir(parents=True, mode=0o700)
        await asyncio.to_thread(Journal.create, site.folder / "journal.sqlite3")
        code = await hub.code(site.name)
        try:
            await asyncio.to_thread(enrol, hub.url, code, site.folder, timing=Timing(PATIENCE, PATIENCE, PATIENCE))
        except EnrolmentFailed as failed:
            raise ProgramFailed(f"{site.name} was not enrolled: {failed}") from failed


def _items(sites: Sequence[Site]) -> Iterable[Sequence[str]]:
    yield ("barcode", "type", "branch", "title", "author")
    for site in sites:
        for book in site.books:
            yield (book, "book", "main", f"A book of {site.name}", "Sample, Ada")


def _patrons(sites: Sequence[Site]) -> Iterable[Sequence[str]]:
    yield ("identifier", "name", "category", "status", "card")
    for site in sites:
        yield (f"8{site.number:07}", "Ada Sample", "adult", "active", site.card)
        yield (f"9{site.number:07}", "Bela Blocksberg", "adult", "blocked", site.blocked)


async def _import(state: Path, what: str, rows: Iterable[Sequence[str]], folder: Path) -> None:
    sheet, log = folder / f"{what}.csv", folder / f"{what}.log"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    environment = {"KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""}
    process = await start(("hub.cli", f"import-{what}", str(sheet), "--yes"), environment, log)
    if await process.wait() != 0:
        raise ProgramFailed(f"the bench's {what} were not taken: {last_words(log)}")
