"""Provide a throw-away demo library kept by a simulated SIP2 system, with or without a companion hub."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.config import Config, load, write_example
from kiosk.journal.journal import Journal
from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sip2_simulator.library import CHILDS_DAYS, Copy, of_demo
from kiosk.sip2_simulator.library import SimulatedLibrary as System
from kiosk.sip2_simulator.server import Simulator
from kiosk.sync.sip2.exception_store import ExceptionStore
from kiosk.visit_player.environment import NO_CHANGES, Hands, Impossible, enrol_kiosk
from kiosk.visit_player.hub import DemoHub, Listed, Templates
from kiosk.visit_player.library import ScriptNumbers, VisitLibrary
from kiosk.visit_player.processes import ProgramFailed
from kiosk.visit_player.proxy import LOOPBACK, serving
from kiosk.wiring.sip2_connections import keys_of
from lending import atomic_file
from lending.toml_text import Table
from lending.transactions import ClockTrust

CHILD = "child"
PROFILES: Mapping[str, str] = MappingProxyType({"strict": "generic"})
"""Profile names of the dialects that are named differently."""
CHARSETS: Mapping[str, str] = MappingProxyType({"folio": "gb18030"})
"""Character sets by dialect; the demo library has titles in four scripts, which these systems are set to write."""
TOLD_SECONDS = 300.0
"""Time limit in seconds for the companion hub to receive what was done."""
UNTOLD = "a SIP2 system does not tell by which transaction a loan was made"


@dataclass(frozen=True, slots=True)
class Keeper:
    """The system that keeps the demo library."""

    dialect: str | None = None
    """Dialect of the SIP2 system; None for the hub."""
    companion_hub: bool = False
    """True if a companion hub runs with it."""


class SystemClock:
    """Clock of the system: the machine's, shifted to the visit's time."""

    def __init__(self, start: datetime | None) -> None:
        self._ahead = timedelta()
        if start is not None:
            self.set(start)

    def set(self, now: datetime) -> None:
        self._ahead = now - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


@dataclass(frozen=True, slots=True)
class Sip2Ground:
    """A demo library kept by a simulated SIP2 system."""

    file: Path
    config: Config
    library: VisitLibrary
    simulator: Simulator
    clock: SystemClock
    hub: DemoHub | None = None
    """The companion hub."""
    trust: ClockTrust = ClockTrust.SYNCED
    """The system's clock moves with the visit's."""

    async def refuse_next(self) -> None:
        if self.simulator.orders.refuse:
            raise Impossible("central = refuses: the one that was to be refused before has not come yet")
        self.simulator.orders.refuse = 1

    async def set_clock(self, now: str) -> None:
        self.clock.set(datetime.fromisoformat(now))
        if self.hub:
            await self.hub.set_clock(now)

    async def read_back(self, mentioned: ScriptNumbers) -> dict[str, Any]:
        system, keys = self.simulator.library, keys_of(self.config.paths.state)
        cases = ExceptionStore(self.config.paths.state, keys)
        numbers, items = mentioned.patrons(self.library), mentioned.items(self.library)
        copies = [copy for copy in system.copies.values() if copy.barcode in items or _holder(copy) in numbers]
        return {
            "loans": [self._loan(each, _stands(each, cases)) for each in copies if each.loan],
            "exceptions": [],
            "items": {each.barcode: _stands(each, cases) for each in copies if each.barcode in items},
            "patrons": {**{number: str(keys.reference(number)) for number in system.patrons}, **await self._at_hub()},
            "acts": [{"did": each.did, "item": each.barcode} for each in system.events],
            "refusing": bool(self.simulator.orders.refuse),
            "untold": UNTOLD,
        }

    async def _at_hub(self) -> Mapping[str, str]:
        """Return the companion hub's references of the patrons who acted.

        Raises ProgramFailed if the hub's loans differ from the system's.
        """
        if self.hub is None:
            return {}
        system = self.simulator.library
        acted = sorted({each.barcode for each in system.events if each.did != "trap"})
        there = {each: _holder(system.copies[each]) for each in acted if _holder(system.copies[each])}
        end = asyncio.get_running_loop().time() + TOLD_SECONDS
        while True:
            kept = await self.hub.state_of((), acted) if acted else {"loans": [], "patrons": {}}
            here = {each["item"]: each["patron"] for each in kept["loans"] if each["state"] in ("on_loan", "handed_in")}
            if there == here:
                return dict(kept["patrons"])
            if asyncio.get_running_loop().time() > end:
                raise ProgramFailed(f"the companion hub received other loans: {here} instead of {there}")
            await asyncio.sleep(0.2)

    def _loan(self, copy: Copy, state: str) -> dict[str, Any]:
        assert copy.loan
        day = copy.loan.due.astimezone(ZoneInfo(self.config.library.timezone)).date().isoformat()
        return {
            "patron": copy.loan.patron,
            "item": copy.barcode,
            "due": day,
            "transaction": None,
            "state": state,
        }

    async def undo(self, hands: Hands, mentioned: ScriptNumbers) -> tuple[list[str], list[str]]:
        """Do nothing: the whole library is deleted."""
        return [], []


def _holder(copy: Copy) -> str:
    return copy.loan.patron if copy.loan else ""


def _stands(copy: Copy, cases: ExceptionStore) -> str:
    """Return the item's state; an item waiting for staff is `handed_in`, although the system does not know it."""
    if copy.loan:
        return "handed_in" if cases.pending_return(copy.barcode) else "on_loan"
    return "on_hold_shelf" if copy.trapped else "on_shelf"


@asynccontextmanager
async def sip2_system(
    templates: Templates,
    folder: Path,
    keeper: Keeper,
    now: datetime | None = None,
    changes: Mapping[str, Table] = NO_CHANGES,
    phones: str | None = None,
) -> AsyncIterator[Sip2Ground]:
    """Run `sip2_ground`, with a companion hub of the same demo library if wanted.

    `phones` is as in `DemoHub`. Raises ProgramFailed.
    """
    dialect = keeper.dialect or "koha"
    if not keeper.companion_hub:
        async with sip2_ground(templates, folder, dialect, now, changes) as alone:
            yield alone
        return
    state = folder / "hub"
    await templates.copy(now, state)
    hub = DemoHub(state, phones=phones)
    try:
        await hub.start()
        if now is not None:
            await hub.set_clock(now.isoformat())
        async with sip2_ground(templates, folder, dialect, now, changes, hub) as ground:
            await enrol_kiosk(hub, ground.config, "demo-kiosk")
            yield ground
    finally:
        await hub.stop()


@asynccontextmanager
async def sip2_ground(
    templates: Templates,
    folder: Path,
    dialect: str,
    now: datetime | None = None,
    changes: Mapping[str, Table] = NO_CHANGES,
    hub: DemoHub | None = None,
) -> AsyncIterator[Sip2Ground]:
    """Start a SIP2 server, and prepare a kiosk's configuration, sheets and empty journal for it.

    `changes` replace sections of the demo's kiosk.toml. Raises ProgramFailed.
    """
    listed, clock = await templates.library_at(now), SystemClock(now)
    system, charset = of_demo(listed, clock.now()), CHARSETS.get(dialect, "utf-8")
    file = folder / "kiosk.toml"
    simulator = Simulator(system, DIALECTS[dialect], clock.now, ZoneInfo("Asia/Shanghai"), charset)
    async with serving(simulator.serve) as port:
        rules: dict[str, Table] = {"hub": {"url": hub.url}} if hub else {"policy": _policy(folder, listed, system)}
        sections = {"central": _central(folder, dialect, charset, port), **rules}
        write_example(file, folder / "kiosk", folder / "run", "", {**sections, **changes})
        config = load(file)
        await asyncio.to_thread(Journal.create, config.paths.journal)
        yield Sip2Ground(file, config, VisitLibrary.from_listing(listed), simulator, clock, hub)


def _central(folder: Path, dialect: str, charset: str, port: int) -> Table:
    password = folder / "sip2-password"
    atomic_file.write(password, b"demo\n")
    return {
        "driver": "sip2",
        "host": LOOPBACK,
        "port": port,
        "profile": PROFILES.get(dialect, dialect),
        "institution": "main",
        "user": "kiosk",
        "password_file": str(password),
        "location": "main",
        "charset": charset,
    }


def _policy(folder: Path, listed: Listed, system: System) -> Table:
    cards, items = folder / "cards.csv", folder / "items.csv"
    _write(
        cards, ("number", "uid", "expires", "blocked", "category"), (_card(system, each) for each in listed["patrons"])
    )
    books = ((each["barcode"], each["title"], each["type"]) for each in listed["items"])
    _write(items, ("barcode", "title", "type"), books)
    return {
        "days": 28,
        "days_by_category": {CHILD: CHILDS_DAYS},
        "offline_cap": 10,
        "cards": str(cards),
        "items": str(items),
    }


def _card(system: System, listed: Mapping[str, str]) -> Sequence[str]:
    patron = system.patrons[listed["identifier"]]
    ends = patron.expires.date().isoformat() if patron.expires else ""
    return patron.number, patron.card, ends, "yes" if patron.blocked or patron.lost else "", listed["case"]


def _write(file: Path, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as sheet:
        csv.writer(sheet).writerows([head, *rows])
