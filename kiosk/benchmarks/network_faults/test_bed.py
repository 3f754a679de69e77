"""Run hub, kiosks and the proxies between them for one benchmark."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.benchmarks.network_faults.certificates import Certificates, PresentedCertificate
from kiosk.benchmarks.network_faults.dns_override import ELSEWHERE
from kiosk.benchmarks.network_faults.kiosk import Setting
from kiosk.benchmarks.network_faults.library import Site, library
from kiosk.benchmarks.network_faults.patron_statements import Shelf
from kiosk.benchmarks.network_faults.proxy import FaultProxy
from kiosk.benchmarks.network_faults.simulated_patron import Visitor
from kiosk.system.control_socket import Control, KioskSilent
from kiosk.visit_player.hub import Templates
from kiosk.visit_player.loopback_port import LOOPBACK, serving
from kiosk.visit_player.processes import START_SECONDS, ProgramFailed, last_words, start, stop

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
        hub = await stack.enter_async_context(library(folder, sites, templates))
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
