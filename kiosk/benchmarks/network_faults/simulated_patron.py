"""Simulate patrons at one kiosk through a series of network faults, and record their waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from kiosk.benchmarks.network_faults.dns_override import LookupResult
from kiosk.benchmarks.network_faults.fault_kinds import NAMES, FaultKind, NetworkFault, draw_fault
from kiosk.benchmarks.network_faults.patron_statements import Intent, Shelf
from kiosk.benchmarks.network_faults.proxy import FaultProxy
from kiosk.system.control_socket import Control

FOUND = {
    FaultKind.DNS_GONE: LookupResult.GONE,
    FaultKind.DNS_WRONG: LookupResult.WRONG,
    FaultKind.DNS_SLOW: LookupResult.SLOW,
}
PATIENCE = 15
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
        for _ in range(PATIENCE):
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
            await self._resolve(FOUND[fault.kind])
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
