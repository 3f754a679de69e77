"""Where a visit is played: a throw-away demo library, or a library's own set-up; plays nothing itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from kiosk.config import Config, load, write_example
from kiosk.domain.transactions import Trust
from kiosk.journal import Journal
from kiosk.visit.hub import DemoHub, Templates
from kiosk.visit.library import Library, Mentioned
from kiosk.visit.proxy import HandsOver, hub_hands_over


class Impossible(Exception):
    """This ground cannot do what a step asks. `args[0]` says why."""


class Hands(Protocol):
    """What may be done at the kiosk after the visit, to take it back. Each raises KioskSilent when it is gone."""

    async def empty_queue(self) -> int:
        """Brings the network up and lets the queue empty; answers how many transactions still wait."""
        ...

    async def give_back(self, item: str) -> None: ...

    async def set_aside(self) -> int:
        """How many transactions the central has set aside since the visit began."""
        ...


class Ground(Protocol):
    @property
    def file(self) -> Path:
        """The kiosk's configuration file."""
        ...

    @property
    def config(self) -> Config: ...

    @property
    def library(self) -> Library: ...
    @property
    def trust(self) -> Trust:
        """How far the central may believe the visit's clock."""
        ...

    async def refuse_next(self) -> None:
        """Raises Impossible where the central has no demo mode, or has still to refuse one."""
        ...

    async def set_clock(self, now: str) -> None:
        """Brings the central's time to the kiosk's, where it lets itself be brought."""
        ...

    async def read_back(self, mentioned: Mentioned) -> dict[str, Any]:
        """What the central has of the visit's patrons and items, read around the proxy."""
        ...

    async def undo(self, hands: Hands, mentioned: Mentioned) -> tuple[list[str], list[str]]:
        """Takes back what the visit did: answers the items that stand as before, and in sentences what is left."""
        ...


def central_address(config: Config) -> tuple[str, int]:
    url = urlsplit(str(config.central.url))
    return url.hostname or "127.0.0.1", url.port or (443 if url.scheme == "https" else 80)


def hands_over(config: Config) -> HandsOver | None:
    """How a transaction is recognised on the line to this kind of central; None where it is encrypted."""
    match config.central.driver:
        case "hub":
            return None if urlsplit(str(config.central.url)).scheme == "https" else hub_hands_over


@dataclass(frozen=True, slots=True)
class DemoGround:
    file: Path
    config: Config
    library: Library
    hub: DemoHub
    trust: Trust = Trust.SYNCED
    """The hub's clock is moved along."""

    async def refuse_next(self) -> None:
        if (await self.hub.known((), ()))["refusing"]:
            raise Impossible("central = refuses: the one that was to be refused before has not come yet")
        await self.hub.refuse_next()

    async def set_clock(self, now: str) -> None:
        await self.hub.set_clock(now)

    async def read_back(self, mentioned: Mentioned) -> dict[str, Any]:
        return await self.hub.known(mentioned.patrons(self.library), mentioned.items(self.library))

    async def undo(self, hands: Hands, mentioned: Mentioned) -> tuple[list[str], list[str]]:
        """The whole library is thrown away."""
        return [], []


@asynccontextmanager
async def demo_ground(templates: Templates, folder: Path, now: datetime | None = None) -> AsyncIterator[DemoGround]:
    """A hub of its own, and a kiosk's configuration and empty journal beside it. Raises ProgramFailed."""
    state = folder / "hub"
    library = await templates.copy(now, state)
    hub = DemoHub(state)
    try:
        await hub.start()
        if now is not None:
            await hub.set_clock(now.isoformat())
        secrets = hub.kiosk()
        file = write_example(
            folder / "kiosk.toml",
            state=folder / "kiosk",
            runtime=folder / "run",
            url=hub.url,
            token=secrets["token"],
            card_key=secrets["card_key"],
        )
        config = load(file)
        await asyncio.to_thread(Journal.create, config.paths.journal)
        yield DemoGround(file, config, library, hub)
    finally:
        await hub.stop()
