"""Does a visit's verbs at a running kiosk and waits until it rests; expects nothing and writes nothing down."""

from __future__ import annotations

import asyncio
import math
import time
from pathlib import Path
from typing import assert_never

from kiosk.system.control_socket import CommandRefused, Control, Facts, KioskSilent
from kiosk.visit_player.environment import Impossible, VisitEnvironment
from kiosk.visit_player.expectations import Seen
from kiosk.visit_player.part_operator import Bench
from kiosk.visit_player.patron_statements import PatronStatements
from kiosk.visit_player.processes import KioskProcess
from kiosk.visit_player.proxy import Network, Proxy
from kiosk.visit_player.steps import (
    CentralRefuses,
    CutPower,
    DropItem,
    Kill,
    Lay,
    Lift,
    Press,
    PressKey,
    Scan,
    SetPart,
    Tap,
    Type,
    Verb,
    Wait,
)
from kiosk.visit_player.steps import Network as SetNetwork
from lending.transactions import ClockTrust

HOLD_SECONDS = 0.3
"""How long a tapped card is held on the reader."""
LOOKS_ON = 15
"""Seconds of this machine, with the kiosk's clock at rest, for what was asked in time and has not come yet."""
DRAIN_SECONDS = 30
"""How far the clock may run at the end for the queue to empty: the courier's promise."""
NOT_LOST = "network = answer_lost: no transaction passed since, so no answer was lost"


class StepFailed(Exception):
    """`args[0]` says what went wrong, without the step."""


class StepExecutor:
    """The hands of one visit on one ground. Everything raises KioskSilent when the kiosk is gone."""

    def __init__(self, ground: VisitEnvironment, bench: Bench, proxy: Proxy, kiosk: KioskProcess) -> None:
        self._ground = ground
        self._bench = bench
        self._proxy = proxy
        self._kiosk = kiosk
        self._control: Control | None = None
        self.aside = 0
        """How many rows the kiosk knew to be in the exception desk before."""
        self.told = PatronStatements()
        """What was heard at every look."""
        self.spare = 0.0
        """Seconds in which nothing happened: a card was held, stillness was made sure of."""

    async def begin(self, clock: str | None) -> None:
        """Starts the kiosk. `clock` is where its time begins; None: the machine's."""
        await self._start(clock)
        self.aside = (await self.look()).journal["exceptions"]

    async def _start(self, clock: str | None) -> None:
        self._control = await self._kiosk.start(clock)
        await self._bench.start(self._control)
        await self._control.ask("ready")
        await self.settle()
        await self._stand_still()
        await self.gap()

    async def gap(self) -> int:
        """Milliseconds: the longest time without a frame since this was last asked."""
        gap: float = (await self._ask("pace"))["gap"]
        return round(gap)

    async def do(self, verb: Verb | None) -> None:
        match verb:
            case None:
                pass
            case Tap(uid):
                await self._tap(uid)
            case Lay(uid):
                await self._bench.lay(uid)
            case Lift():
                await self._bench.lift()
            case Scan(barcode):
                await self._bench.scan(barcode)
            case PressKey(key):
                await self._bench.key(key)
            case DropItem():
                await self._bench.drop()
            case Press(name, item, choice):
                await self._touch(name, item, choice)
            case Type(keys):
                for digit in keys:
                    await self._touch("key", None, digit)
                    await self.settle()
            case SetNetwork(state):
                await self._network(Network(state))
            case CentralRefuses():
                await self._ground.refuse_next()
            case SetPart(part, state):
                await self._bench.part(part, state)
            case Kill():
                now = (await self.look()).now
                await self._kiosk.kill()
                await self._start(now)
            case CutPower():
                now = (await self.look()).now
                await self._kiosk.cut_power()
                await self._start(now)
            case Wait(seconds, until):
                await (self._wait(seconds) if until is None else self._wait_until(until, seconds))
            case _:
                assert_never(verb)

    async def _tap(self, uid: str) -> None:
        await self._bench.lay(uid)
        held = time.monotonic()
        await self.settle()
        left = max(0.0, HOLD_SECONDS - (time.monotonic() - held))
        await asyncio.sleep(left)
        self.spare += left
        await self._bench.lift()

    async def _touch(self, name: str, item: str | None, choice: str | None) -> None:
        try:
            await self._ask("touch", name=name, item=item, choice=choice)
        except CommandRefused as refused:
            raise StepFailed(str(refused)) from refused

    async def _network(self, state: Network) -> None:
        if self.loses_an_answer:
            raise StepFailed(NOT_LOST)
        try:
            await self._proxy.set(state)
        except ValueError as error:
            raise Impossible(str(error)) from error
        await self._stand_still()

    async def _stand_still(self) -> None:
        """Where the central's clock is moved along no time passes but in steps that say so: no patience runs out, and
        no screen goes, because this machine is slow. On a slow line it passes: there patience is to run out."""
        moved = self._ground.trust is ClockTrust.SYNCED
        await self._ask("stand", still=moved and self._proxy.state is not Network.SLOW)

    async def _wait(self, seconds: float) -> None:
        await self._ask("wait", seconds=seconds)
        await self._ground.set_clock((await self.look()).now)

    async def _wait_until(self, text: str, seconds: float) -> None:
        """Looks every second of the kiosk's clock, and when they are over a while on: what was asked of the hub comes
        when the machine has time for it."""
        for turn in range(math.ceil(seconds) + LOOKS_ON):
            await (self._wait(1) if turn < seconds else asyncio.sleep(1))
            await self.settle()
            if (await self.look()).holds(text):
                return
        raise StepFailed(f"in {seconds:g} seconds the screen never held {text!r}")

    async def settle(self) -> None:
        answer = await self._ask("settle")
        if not answer["settled"]:
            raise StepFailed(f"the kiosk does not come to rest: {answer['busy']} is busy")
        self.spare += answer["spare"]

    async def look(self) -> Seen:
        seen = Seen.of(await self._ask("look"), await self._bench.lights())
        self.told.hear(seen.words, undone=seen.undone)
        return seen

    async def shot(self, picture: Path) -> None:
        await self._ask("shot", path=str(picture))

    async def _ask(self, do: str, **facts: object) -> Facts:
        if self._control is None:
            raise KioskSilent("the kiosk was not started")
        return await self._control.ask(do, **facts)

    @property
    def loses_an_answer(self) -> bool:
        """The next answer is still to be lost."""
        return self._proxy.state is Network.ANSWER_LOST

    async def drain(self) -> int:
        """Lets the clock run until nothing is queued; answers what still is."""
        waiting = 0
        for _ in range(DRAIN_SECONDS):
            await self.settle()
            if not (waiting := (await self.look()).journal["queued"]):
                break
            await self._wait(1)
        return waiting

    async def empty_queue(self) -> int:
        await self._proxy.set(Network.UP)
        return await self.drain()

    async def give_back(self, item: str) -> None:
        await self._ask("give_back", item=item)
        await self.drain()

    async def set_aside(self) -> int:
        return (await self.look()).journal["exceptions"] - self.aside
