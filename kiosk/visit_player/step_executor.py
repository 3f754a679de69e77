"""Execute a visit's verbs on a running kiosk, and wait until it settles."""

from __future__ import annotations

import asyncio
import math
import time
from pathlib import Path
from typing import assert_never

from kiosk.system.control_socket import CommandRefused, Control, Facts, KioskSilent
from kiosk.visit_player.environment import Impossible, VisitEnvironment
from kiosk.visit_player.expectations import SeenScreen
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
"""Seconds for which a tapped card stays on the reader."""
LOOKS_ON = 15
"""Seconds of real time, with the kiosk's clock stopped, to wait for an answer that was requested in time."""
DRAIN_SECONDS = 30
"""Seconds of the kiosk's clock within which the queue must drain at the end: the courier's promise."""
NOT_LOST = "network = answer_lost: no transaction passed since, so no answer was lost"


class StepFailed(Exception):
    """A step failed. `args[0]` says why, without the step."""


class StepExecutor:
    """Execute the verbs of one visit in one environment.

    Every method raises KioskSilent if the kiosk is gone.
    """

    def __init__(self, ground: VisitEnvironment, bench: Bench, proxy: Proxy, kiosk: KioskProcess) -> None:
        self._ground = ground
        self._bench = bench
        self._proxy = proxy
        self._kiosk = kiosk
        self._control: Control | None = None
        self.aside = 0
        """Number of exceptions that the kiosk knew before the visit."""
        self.statements = PatronStatements()
        """Statements collected at every look."""
        self.spare = 0.0
        """Seconds in which nothing happened: a card was held, or stillness was confirmed."""

    async def begin(self, clock: str | None) -> None:
        """Start the kiosk with its clock at `clock`; None for the machine's time."""
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
        """Return the longest time without a frame since the last call, in milliseconds."""
        gap: float = (await self._ask("pace"))["gap"]
        return round(gap)

    async def do(self, verb: Verb | None) -> None:
        match verb:
            case None:
                pass
            case Tap(uid):
                await self._tap(uid)
            case Lay(uid):
                await self._bench.place_card(uid)
            case Lift():
                await self._bench.remove_cards()
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
        await self._bench.place_card(uid)
        held = time.monotonic()
        await self.settle()
        left = max(0.0, HOLD_SECONDS - (time.monotonic() - held))
        await asyncio.sleep(left)
        self.spare += left
        await self._bench.remove_cards()

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
        """Stop the kiosk's clock between steps if the central's clock moves with it.

        On a slow machine no time limit then expires and no screen times out. On a slow network the clock runs, because
        limits are meant to expire.
        """
        moved = self._ground.trust is ClockTrust.SYNCED
        await self._ask("stand", still=moved and self._proxy.state is not Network.SLOW)

    async def _wait(self, seconds: float) -> None:
        await self._ask("wait", seconds=seconds)
        await self._ground.set_clock((await self.look()).now)

    async def _wait_until(self, text: str, seconds: float) -> None:
        """Look once per second of the kiosk's clock, then for LOOKS_ON seconds of real time.

        A busy machine may delay what the hub was asked for.
        """
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

    async def look(self) -> SeenScreen:
        seen = SeenScreen.from_look(await self._ask("look"), await self._bench.lights())
        self.statements.hear(seen.words, undone=seen.undone)
        return seen

    async def shot(self, picture: Path) -> None:
        await self._ask("shot", path=str(picture))

    async def _ask(self, do: str, **facts: object) -> Facts:
        if self._control is None:
            raise KioskSilent("the kiosk was not started")
        return await self._control.ask(do, **facts)

    @property
    def loses_an_answer(self) -> bool:
        """True while the loss of an answer is pending."""
        return self._proxy.state is Network.ANSWER_LOST

    async def drain(self) -> int:
        """Let the clock run until the queue is empty; return the number of transactions left."""
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
