"""Provide the environment of a visit: a throw-away demo library, or the library's own set-up."""

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
from kiosk.journal.journal import Journal
from kiosk.sync.enrolment import EnrolmentFailed, enrol
from kiosk.sync.http import Timing
from kiosk.system.control_socket import KioskSilent
from kiosk.visit_player.hub import DemoHub, Templates
from kiosk.visit_player.library import ScriptNumbers, VisitLibrary
from kiosk.visit_player.processes import PATIENCE, KioskProcess, ProgramFailed, without_a_screen
from kiosk.visit_player.proxy import HandsOver, hub_hands_over, sip2_hands_over
from lending.toml_text import Table
from lending.transactions import ClockTrust

NO_CHANGES: Mapping[str, Table] = MappingProxyType({})
NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


class Impossible(Exception):
    """The environment cannot do what a step requires. `args[0]` gives the reason."""


class Hands(Protocol):
    """Actions at the kiosk after the visit, used to undo it. Each raises KioskSilent if the kiosk is gone."""

    async def empty_queue(self) -> int:
        """Bring the network up and drain the queue; return the number of transactions still waiting."""
        ...

    async def give_back(self, item: str) -> None: ...

    async def set_aside(self) -> int:
        """Return how many transactions the central has sent to the exception desk since the visit began."""
        ...


class VisitEnvironment(Protocol):
    """A kiosk's configuration and its central, for one visit."""

    @property
    def file(self) -> Path:
        """Configuration file of the kiosk."""
        ...

    @property
    def config(self) -> Config: ...

    @property
    def library(self) -> VisitLibrary: ...
    @property
    def trust(self) -> ClockTrust:
        """How far the central may trust the visit's clock."""
        ...

    async def refuse_next(self) -> None:
        """Let the central refuse the next transaction.

        Raises Impossible without a demo mode, or if an earlier refusal is pending.
        """
        ...

    async def set_clock(self, now: str) -> None:
        """Set the central's time to the kiosk's, if the central allows it."""
        ...

    async def read_back(self, mentioned: ScriptNumbers) -> dict[str, Any]:
        """Read what the central holds for the visit's patrons and items, bypassing the proxy."""
        ...

    async def undo(self, hands: Hands, mentioned: ScriptNumbers) -> tuple[list[str], list[str]]:
        """Undo the visit; return the items restored, and sentences about what could not be."""
        ...


def central_address(config: Config) -> tuple[str, int]:
    """Return host and port of the central in kiosk.toml."""
    if isinstance(config.central, Sip2Central):
        return config.central.host, config.central.port
    url = urlsplit(config.central.url)
    return url.hostname or "127.0.0.1", url.port or (443 if url.scheme == "https" else 80)


@asynccontextmanager
async def kiosk_at(
    ground: VisitEnvironment, folder: Path, environment: Mapping[str, str] = NO_VARIABLES
) -> AsyncIterator[KioskProcess]:
    """Prepare a kiosk without a screen that reaches its central directly; stop it at the end. Raises ProgramFailed."""
    place, variables = ground.config.paths.socket, {**without_a_screen(folder), **environment}
    log = folder / "kiosk.log"
    kiosk = KioskProcess(ground.file, place, central_address(ground.config), variables, log, ground.trust)
    try:
        yield kiosk
    except KioskSilent as silence:
        raise ProgramFailed(f"{silence}: {kiosk.last_words()}") from silence
    finally:
        await kiosk.stop()


def hands_over(config: Config) -> HandsOver | None:
    """Return the function that recognises a transaction on the connection; None if it is encrypted."""
    match config.central:
        case HubCentral(url=url):
            return None if urlsplit(url).scheme == "https" else hub_hands_over
        case Sip2Central(encrypted=encrypted):
            return None if encrypted else sip2_hands_over
        case never:
            assert_never(never)


@dataclass(frozen=True, slots=True)
class DemoEnvironment:
    """A demo library kept by a throw-away hub."""

    file: Path
    config: Config
    library: VisitLibrary
    hub: DemoHub
    trust: ClockTrust = ClockTrust.SYNCED
    """The hub's clock moves with the visit's."""

    async def refuse_next(self) -> None:
        if (await self.hub.state_of((), ()))["refusing"]:
            raise Impossible("central = refuses: the one that was to be refused before has not come yet")
        await self.hub.refuse_next()

    async def set_clock(self, now: str) -> None:
        await self.hub.set_clock(now)

    async def read_back(self, mentioned: ScriptNumbers) -> dict[str, Any]:
        return await self.hub.state_of(mentioned.patrons(self.library), mentioned.items(self.library))

    async def undo(self, hands: Hands, mentioned: ScriptNumbers) -> tuple[list[str], list[str]]:
        """Do nothing: the whole library is deleted."""
        return [], []


async def enrol_kiosk(hub: DemoHub, config: Config, name: str) -> None:
    """Enrol the kiosk of this configuration at the demo hub. Raises ProgramFailed."""
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
    """Start a hub, and prepare a kiosk's configuration and empty journal for it. Raises ProgramFailed.

    Args:
        templates: Demo libraries to copy from.
        folder: Folder for all files of the visit.
        now: Start of the visit's clock; None for the machine's time.
        changes: Sections that replace those of the demo's kiosk.toml.
        phones: As in `DemoHub`.
        outbox: As in `DemoHub`.
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
        await enrol_kiosk(hub, config, "demo-kiosk")
        yield DemoEnvironment(file, config, library, hub)
    finally:
        await hub.stop()
