"""Run a demo hub with patrons and items for many enrolled kiosks."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from kiosk.benchmarks.network_faults.certificates import DOMAIN
from kiosk.benchmarks.network_faults.negative_controls import UploadControl
from kiosk.journal.journal import Journal
from kiosk.sync.enrolment import EnrolmentFailed, enrol
from kiosk.sync.http import Timing
from kiosk.visit_player.hub import DemoHub, Templates
from kiosk.visit_player.processes import PATIENCE, ProgramFailed, last_words, start

BOOKS = 4
"""Items per kiosk."""
AT_ONCE = 6
"""Kiosks enrolled in parallel."""


@dataclass(frozen=True, slots=True)
class Site:
    """One kiosk: name, folder, and the items that circulate only there."""

    number: int
    folder: Path
    control: UploadControl = UploadControl.NONE

    @property
    def name(self) -> str:
        return f"k{self.number:03}"

    @property
    def host(self) -> str:
        return f"{self.name}.{DOMAIN}"

    @property
    def card(self) -> str:
        """Card UID of a patron who may borrow."""
        return f"AA{self.number:06X}"

    @property
    def blocked(self) -> str:
        """Card UID of a blocked patron."""
        return f"BB{self.number:06X}"

    @property
    def books(self) -> Sequence[str]:
        return [f"3888{self.number:05}{book:05}" for book in range(BOOKS)]


@asynccontextmanager
async def library(folder: Path, sites: Sequence[Site], templates: Templates) -> AsyncIterator[DemoHub]:
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
