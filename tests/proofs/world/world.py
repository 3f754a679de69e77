"""One seed's world: kiosks, hub, networks and patrons in one process, driven by the plan."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from unittest import mock

from kiosk.events import PartChanged
from kiosk.journal.model import Counts
from kiosk.system.health import READY, Condition, PartName, PartState
from tests.proofs.world.clock import MachineClock, WorldClock
from tests.proofs.world.disk import WorldDisk, spinning
from tests.proofs.world.history import History
from tests.proofs.world.hub import Hub, identity, second_box
from tests.proofs.world.kiosk import Kiosk
from tests.proofs.world.library import BOX, SHELF, Shelves
from tests.proofs.world.loop import VirtualLoop
from tests.proofs.world.network import Network, Wire, here
from tests.proofs.world.patrons import Patron
from tests.proofs.world.plan import (
    Clone,
    Cut,
    HubDoes,
    Image,
    Jump,
    Meet,
    Part,
    Plan,
    Pull,
    PutBack,
    Restart,
    Staff,
    Step,
    Visit,
)
from tests.proofs.world.seeded_ids import Ids, seeded

T = TypeVar("T")

QUIET = 45.0
"""Seconds without a patron after which the world leaps to the next event."""
SOON = 60.0
"""Seconds after the network's return within which every queue must be empty."""

ROUNDS = 10
"""Reports within which every row is compared twice."""
LEAPT = 10.0
"""Seconds after a leap within which a probe that was due in it, and an upload, are done."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A queue that was not empty in time."""

    kiosk: int
    since: float
    rows: int


class World:
    """A world. Runs once; hub and journals can be queried afterwards."""

    def __init__(self, plan: Plan, library: bytes, home: Path, loop: VirtualLoop, disk: WorldDisk, ids: Ids) -> None:
        self.plan = plan
        self._loop = loop
        self._random = Random(f"world {plan.seed}")
        self.clock = WorldClock(loop)
        self.history = History(self.clock.seconds)
        self.hub = Hub(library, self.clock)
        self.network = Network(self.hub, self.history, Random(f"network {plan.seed}"), plan.kiosks)
        self.shelves = Shelves()
        self.stays: list[Stay] = []
        self.restored: list[float] = []
        """Times at which a hub was restored."""
        self._backup = library
        self._backed_up = 0.0
        self._seen_by_staff: dict[str, float] = {}
        self._tasks: dict[asyncio.Task[None], None] = {}
        self.kiosks = {
            number: self._kiosk(number, wire, home, disk, ids) for number, wire in self.network.wires.items()
        }
        self._place = (home, disk, ids)

    def _kiosk(
        self, number: int, wire: Wire, home: Path, disk: WorldDisk, ids: Ids, card: Mapping[str, bytes] | None = None
    ) -> Kiosk:
        random = Random(f"kiosk {number} {self.plan.seed}")
        clock = MachineClock(self.clock, self._loop)
        return Kiosk(number, home, clock, wire, disk, self.history, random, ids, self.plan.returns, card)

    async def run(self) -> None:
        self.hub.enter()
        with self.hub.troubled():
            for kiosk in self.kiosks.values():
                kiosk.on()
            self.network.changed()
            for number, step in enumerate(self.plan.steps):
                await self._until(step.at)
                self._do(step, Random(f"step {self.plan.seed} {number} {step}"))
            await self._come_to_rest()

    async def _until(self, at: float) -> None:
        """Let time pass; leap while no patron is there."""
        while (left := at - self.clock.seconds()) > 0.001:
            if left > QUIET and not any(kiosk.busy for kiosk in self.kiosks.values()):
                await asyncio.sleep(QUIET)
                left = at - self.clock.seconds()
                if left > 0 and not any(kiosk.busy for kiosk in self.kiosks.values()):
                    self._loop.leap(max(0.0, left - 1.0))
                    await asyncio.sleep(0)
            else:
                await asyncio.sleep(min(left, QUIET))

    def _do(self, step: Step, random: Random) -> None:
        match step:
            case Visit():
                self._start(self._visit(step, random))
            case Meet(kiosk=number, fate=fate, asked=asked):
                wire = self.network.wires[number]
                (wire.asked if asked else wire.fates).append(fate)
            case Pull():
                self._start(self._pull(step))
            case Cut(kiosk=number, operations=operations):
                self._cut(self.kiosks[number], operations)
            case Jump():
                self._start(self._jump(step))
            case Part():
                self._part(step)
            case Restart(kiosk=number):
                self._start(self._restart(self.kiosks[number]))
            case Image(kiosk=number):
                self._start(self._image(self.kiosks[number]))
            case PutBack(kiosk=number):
                self._start(self._put_back(self.kiosks[number]))
            case Clone(kiosk=number):
                self._start(self._clone(self.kiosks[number]))
            case HubDoes():
                self._hub(step)
            case Staff(scanned=scanned):
                self._staff(scanned)

    async def _visit(self, visit: Visit, random: Random) -> None:
        kiosk = self.kiosks.get(visit.kiosk)
        if kiosk is None:
            return
        for _ in range(40):
            if not kiosk.busy and kiosk.machine is not None:
                break
            await asyncio.sleep(10.0)
        else:
            return
        kiosk.busy = True
        try:
            await Patron(kiosk.machine, visit, self.shelves, self.history, random).come()
        finally:
            kiosk.busy = False

    async def _stopped(self, kiosk: Kiosk, work: Callable[[], Awaitable[T]]) -> T | None:
        """Do what needs the kiosk stopped, once it runs and no patron uses it; give up after a while."""
        for _ in range(30):
            if not kiosk.busy and kiosk.machine is not None and not kiosk.machine.off:
                return await work()
            await asyncio.sleep(10.0)
        return None

    async def _image(self, kiosk: Kiosk) -> None:
        await self._stopped(kiosk, kiosk.image)

    async def _put_back(self, kiosk: Kiosk) -> None:
        if kiosk.has_image:
            self._copied(kiosk)
            await self._stopped(kiosk, kiosk.put_back)

    async def _clone(self, kiosk: Kiosk) -> None:
        card = await self._stopped(kiosk, kiosk.image)
        if card is None:
            return
        number = second_box(kiosk.number)
        self.kiosks[number] = second = self._kiosk(number, self.network.lay(number), *self._place, card)
        second.on()
        self._copied(kiosk)
        self._copied(second)

    def _copied(self, kiosk: Kiosk) -> None:
        self.history.note("copied", kiosk.number)
        self.history.copied.add(identity(kiosk.number))
        self._start(self._reports(kiosk))

    async def _reports(self, kiosk: Kiosk) -> None:
        """Report every minute, as each kiosk does; here it matters only if numbers are used twice."""
        while True:
            await self._report(kiosk)
            await asyncio.sleep(60.0)

    async def _report(self, kiosk: Kiosk) -> None:
        if self.network.reachable(kiosk.number):
            await kiosk.report(lambda report: self.hub.report(identity(kiosk.number), report))

    async def _pull(self, step: Pull) -> None:
        if step.kiosk:
            wire = self.network.wires[step.kiosk]
            wire.pulled, wire.silent = True, step.silent
        else:
            self.network.hub_down = True
        self.network.changed()
        self.history.note("pulled", step.kiosk)
        await asyncio.sleep(step.seconds)
        if step.kiosk:
            self.network.wires[step.kiosk].pulled = False
        else:
            self.network.hub_down = False
        self.network.changed()
        self.history.note("plugged", step.kiosk)
        for kiosk in self.kiosks.values():
            if step.kiosk in (0, kiosk.number):
                self._start(self._empties(kiosk))

    async def _empties(self, kiosk: Kiosk) -> None:
        """Check that the queue is empty a minute after the network is back, if nothing else happens to the kiosk."""
        began, machine = self._loop.time(), kiosk.machine
        if machine is None or kiosk.wire.fates:
            return
        waiting = [entry.seq for entry in machine.courier.pending]
        await asyncio.sleep(SOON)
        if self._loop.time() - began > SOON + 1.0:
            await asyncio.sleep(LEAPT)  # What was due within the leap begins only now.
        same = kiosk.machine is machine and kiosk.wire.good_since <= began and not machine.off
        same = same and kiosk.wire.met_at < began and not kiosk.wire.fates
        left = [each for each in machine.courier.pending if each.seq in waiting]
        if same and left and self._loop.time() - began < 2 * SOON:
            self.history.note("waits", kiosk.number, rows=len(left))
            self.stays.append(Stay(kiosk.number, began, len(left)))

    def _cut(self, kiosk: Kiosk, operations: int) -> None:
        if operations:
            kiosk.arm(operations)
        else:
            kiosk.cut()

    async def _jump(self, step: Jump) -> None:
        kiosk = self.kiosks[step.kiosk]
        if kiosk.machine is not None and not kiosk.busy:
            await kiosk.wrong_clock(step.seconds, step.trust, step.lasts)

    async def _restart(self, kiosk: Kiosk) -> None:
        if kiosk.machine is not None:
            await kiosk.restart()

    def _part(self, step: Part) -> None:
        machine = self.kiosks[step.kiosk].machine
        if machine is None:
            return
        self.history.note("part", step.kiosk, part=step.part, works=step.works)
        if step.part == "receipt_printer":
            machine.parts.paper = step.works
        state = READY if step.works else PartState(Condition.FAULTY, "unplugged")
        machine.post(PartChanged(PartName(step.part), state))

    def _hub(self, step: HubDoes) -> None:
        self.history.note(f"hub {step.what}")
        match step.what:
            case "restart":
                self.hub.restart()
            case "backup":
                self._backup, self._backed_up = self.hub.backup(), self.clock.seconds()
            case "restore":
                self._restore()
            case "upgrade":
                self.network.forget_copies()
                self.hub.upgrade()

    def _restore(self) -> None:
        self.hub.put_back(self._backup)
        self.network.forget_copies()
        self.restored.append(self.clock.seconds())
        for item, at in self._seen_by_staff.items():
            if at >= self._backed_up:
                self.shelves.doubtful.add(item)
        for kiosk in self.kiosks.values():
            self._start(self._hears_what_is_known(kiosk))

    async def _hears_what_is_known(self, kiosk: Kiosk) -> None:
        """Pass on what the hub knows, in the answer to the reports that a kiosk repeats."""
        while self.network.hub_down:
            await asyncio.sleep(60.0)
        gone = await kiosk.resend(lambda: self.hub.numbers()[identity(kiosk.number)])
        self.hub.told_gone(identity(kiosk.number), gone)

    def _staff(self, scanned: bool) -> None:
        if self.network.hub_down:
            return
        for item in self.shelves.at(BOX):
            if scanned:
                self.hub.receive(item)
                self._seen_by_staff[item] = self.clock.seconds()
            self.shelves.where[item] = SHELF
            self.history.note("staff", item=item, scanned=scanned)

    async def _come_to_rest(self) -> None:
        """End the faults: patrons leave, kiosks start, queues empty."""
        while any(kiosk.busy for kiosk in self.kiosks.values()):
            await asyncio.sleep(10.0)
        for wire in self.network.wires.values():
            wire.fates.clear()
            wire.asked.clear()
        while not self._calm():
            await self._until(self.clock.seconds() + 1800.0)
        await asyncio.sleep(SOON)
        for kiosk in self.kiosks.values():
            if self.restored and kiosk.machine is not None and not kiosk.machine.off:
                await self._hears_what_is_known(kiosk)
        await asyncio.sleep(SOON)
        if self.history.copied:
            await asyncio.sleep(ROUNDS * 60.0)
        for kiosk in self.kiosks.values():
            if kiosk.machine is not None and (waiting := len(kiosk.machine.courier.pending)):
                self.stays.append(Stay(kiosk.number, self.clock.seconds(), waiting))
        self.history.note("rest")

    def _calm(self) -> bool:
        lit = all(kiosk.machine is not None or kiosk.failure is not None for kiosk in self.kiosks.values())
        return lit and all(self.network.reachable(number) for number in self.kiosks)

    async def counts(self) -> Sequence[Counts]:
        return [await kiosk.machine.courier.counts() for kiosk in self.kiosks.values() if kiosk.machine is not None]

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for kiosk in self.kiosks.values():
            await kiosk.end()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks[task] = None
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        if not task.cancelled():
            task.result()


@contextlib.contextmanager
def staged(plan: Plan, library: bytes, home: Path) -> Iterator[tuple[World, VirtualLoop]]:
    """Yield the world of this plan, ready to run on its loop."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    logging.disable()
    ids = Ids(Random(f"ids {plan.seed}"))
    try:
        with contextlib.ExitStack() as stack:
            disk = stack.enter_context(spinning(Random(f"disk {plan.seed}")))
            stack.enter_context(seeded(ids))
            stack.enter_context(mock.patch("kiosk.sync.hub_client.run_detached", here))
            world = World(plan, library, home, loop, disk, ids)
            stack.enter_context(mock.patch("kiosk.sync.hub_client.Host", world.network.host))
            yield world, loop
            loop.run_until_complete(world.end())
    finally:
        logging.disable(logging.NOTSET)
        asyncio.set_event_loop(None)
        loop.close()
