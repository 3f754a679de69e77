"""Patrons at one kiosk while its network is bad: plays fault after fault, waits for its end, writes down who waited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from kiosk.benchmarks.network_faults.dns_override import Found
from kiosk.benchmarks.network_faults.fault_kinds import NAMES, Fault, FaultKind, drawn
from kiosk.benchmarks.network_faults.patron_statements import Intent, Shelf
from kiosk.benchmarks.network_faults.proxy import FaultProxy
from kiosk.system.control_socket import Control

FOUND = {FaultKind.DNS_GONE: Found.GONE, FaultKind.DNS_WRONG: Found.WRONG, FaultKind.DNS_SLOW: Found.SLOW}
PATIENCE = 15
"""Seconds for a fault to hit something: drawn for rows, it waits for the next that come by."""
TRIES = 3
BACK_SECONDS = 600.0
"""After this nobody waits any longer for a kiosk to come back; how soon it does is a figure."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a patron stood there for one answer, in seconds."""

    whole: float
    own: float
    """What disk and processor of this machine took of it."""
    away: bool
    """The central was known to be away when she asked."""
    fault: str

    @property
    def network(self) -> float:
        return max(0.0, self.whole - self.own)


@dataclass
class Seen:
    """What is measured at one kiosk."""

    hits: list[FaultKind] = field(default_factory=list)
    """The faults that hit something."""
    missed: int = 0
    """Faults that hit nothing."""
    deliveries: list[Wait] = field(default_factory=list)
    questions: list[Wait] = field(default_factory=list)
    back: list[tuple[float, str]] = field(default_factory=list)
    """Seconds from the network's return until the central is there and has everything."""
    stuck: list[str] = field(default_factory=list)


class Visitor:
    def __init__(self, shelf: Shelf, proxy: FaultProxy, control: Control, names: Control, seed: int) -> None:
        """`names` is a second line to the kiosk's process, for what happens while an act goes on."""
        self.shelf = shelf
        self.proxy = proxy
        self.seen = Seen()
        self._control = control
        self._names = names
        self._random = Random(f"{seed} {shelf.site.number}")
        self._fault = "none"

    async def play(self, kinds: Sequence[FaultKind]) -> None:
        """One fault after another, each over before the next begins."""
        await self.settled()
        for kind in kinds:
            for _ in range(TRIES):
                if await self._episode(drawn(kind, self._random)):
                    break

    async def _episode(self, fault: Fault) -> bool:
        """Whether it hit anything."""
        self._fault = fault.told
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
        else:
            self.seen.missed += 1
        await self._back(time.monotonic())
        return hit

    async def _set(self, fault: Fault) -> None:
        if fault.kind in NAMES:
            await self._found(FOUND[fault.kind])
        self.proxy.set(fault)

    async def _clear(self, fault: Fault) -> bool:
        """The network is good again. Whether the fault has hit anything."""
        hit = self.proxy.hits > 0
        if fault.kind in NAMES:
            hit = await self._found(Found.HERE) > 0
        self.proxy.set(None)
        return hit

    async def _found(self, found: Found) -> int:
        asked = await self._names.ask("resolve", name=self.shelf.site.host, found=found)
        return int(asked["asked"])

    async def visit(self, acts: int, ask: bool | None = None) -> None:
        """Somebody borrows, renews or gives back so many books."""
        for _ in range(acts):
            intent = self.shelf.next(self._random)
            asks = self._random.random() < 0.6 if ask is None else ask
            did = await self._control.ask(
                "act", kiosk=self.shelf.site.name, verb=intent.verb, card=intent.card, item=intent.item, ask=asks
            )
            self.shelf.hear(intent, did["id"], did["outcome"])
            self.seen.deliveries.append(self._wait(did["deliver"]))
            self.seen.questions += [self._wait(each) for each in did["records"]]

    async def many(self, n: int) -> None:
        """So many books are given back, one after another."""
        books = list(self.shelf.site.books)
        did = await self._control.ask("many", kiosk=self.shelf.site.name, n=n, items=books)
        for number, each in enumerate(did["told"]):
            book = books[number % len(books)]
            self.shelf.hear(Intent("return", "", book), each["id"], each["outcome"])

    def _wait(self, waited: dict[str, Any]) -> Wait:
        return Wait(waited["waited"], waited["own"], waited["away"], self._fault)

    async def settled(self, seconds: float = BACK_SECONDS) -> dict[str, Any]:
        """How the kiosk stands when it is on line and has nothing queued, or after so many seconds."""
        return await self._control.ask("settle", kiosk=self.shelf.site.name, seconds=seconds)

    async def _back(self, since: float) -> None:
        now = await self.settled()
        if now["online"] and not now["queued"]:
            self.seen.back.append((time.monotonic() - since, self._fault))
        else:
            self.seen.stuck.append(f"{self.shelf.site.name}: {now} after {self._fault}")
