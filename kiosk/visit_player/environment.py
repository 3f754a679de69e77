"""Where a visit is played: a throw-away demo library, or a library's own set-up; plays nothing itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, assert_never
from urllib.parse import urlsplit

from kiosk.config import Config, load, write_example
from kiosk.config.central import HubCentral, Sip2Central
from kiosk.config.example import Table
from kiosk.journal.journal import Journal
from kiosk.sync.enrolment import EnrolmentFailed, enrol
from kiosk.sync.http import Timing
from kiosk.visit_player.hub import DemoHub, Templates
from kiosk.visit_player.library import Library, Mentioned
from kiosk.visit_player.processes import PATIENCE, ProgramFailed
from kiosk.visit_player.proxy import HandsOver, hub_hands_over, sip2_hands_over
from lending.transactions import ClockTrust

NO_CHANGES: Mapping[str, Table] = MappingProxyType({})


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


class VisitEnvironment(Protocol):
    @property
    def file(self) -> Path:
        """The kiosk's configuration file."""
        ...

    @property
    def config(self) -> Config: ...

    @property
    def library(self) -> Library: ...
    @property
    def trust(self) -> ClockTrust:
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
    if isinstance(config.central, Sip2Central):
        return config.central.host, config.central.port
    url = urlsplit(config.central.url)
    return url.hostname or "127.0.0.1", url.port or (443 if url.scheme == "https" else 80)


def hands_over(config: Config) -> HandsOver | None:
    """How a transaction is recognised on the line to this kind of central; None where it is encrypted."""
    match config.central:
        case HubCentral(url=url):
            return None if urlsplit(url).scheme == "https" else hub_hands_over
        case Sip2Central(encrypted=encrypted):
            return None if encrypted else sip2_hands_over
        case never:
            assert_never(never)


@dataclass(frozen=True, slots=True)
class DemoEnvironment:
    file: Path
    config: Config
    library: Library
    hub: DemoHub
    trust: ClockTrust = ClockTrust.SYNCED
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


async def enrolled(hub: DemoHub, config: Config, name: str) -> None:
    """Makes the kiosk of this configuration one of the demo hub's. Raises ProgramFailed."""
    code, patient = await hub.code(name), Timing(PATIENCE, PATIENCE, PATIENCE)
    try:
        await asyncio.to_thread(enrol, hub.url, code, config.paths.state, timing=patient)
    except EnrolmentFailed as failed:
        raise ProgramFailed(f"the visit's kiosk was not enrolled: {failed}") from failed


@asynccontextmanager
async def demo_ground(
    templates: Templates,
    folder: Path,
    now: datetime | None = None,
    changes: Mapping[str, Table] = NO_CHANGES,
    phones: str | None = None,
    *,
    outbox: bool = False,
) -> AsyncIterator[DemoEnvironment]:
    """A hub of its own, and a kiosk's configuration and empty journal beside it. Raises ProgramFailed.

    `changes` are laid over the sections of the demo's kiosk.toml; `phones` and `outbox` are as in `DemoHub`.
    """
    state = folder / "hub"
    library = await templates.copy(now, state)
    hub = DemoHub(state, phones=phones, outbox=outbox)
    try:
        await hub.start()
        if now is not None:
            await hub.set_clock(now.isoformat())
        file = write_example(folder / "kiosk.toml", folder / "kiosk", folder / "run", hub.url, changes=changes)
        config = load(file)
        await asyncio.to_thread(Journal.create, config.paths.journal)
        await enrolled(hub, config, "demo-kiosk")
        yield DemoEnvironment(file, config, library, hub)
    finally:
        await hub.stop()
