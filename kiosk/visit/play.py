"""Plays one visit step by step on a running kiosk, and stops at the first thing that is not as expected."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from typing import assert_never
from zoneinfo import ZoneInfo

from kiosk.control import CommandRefused, Control, Facts, KioskSilent
from kiosk.visit import story
from kiosk.visit.bench import Bench
from kiosk.visit.ground import Ground, Impossible
from kiosk.visit.judge import Seen, complaints
from kiosk.visit.library import Mentioned
from kiosk.visit.processes import KioskProcess, ProgramFailed
from kiosk.visit.proxy import Network, Proxy
from kiosk.visit.reckoning import Kept, cases, faults
from kiosk.visit.report import Played, Report
from kiosk.visit.script import Step, Visit
from kiosk.visit.told import Told
from kiosk.visit.verbs import CentralRefuses, Kill, Lay, Lift, Press, Scan, SetPart, Tap, Type, Verb, Wait
from kiosk.visit.verbs import Network as SetNetwork

HOLD_SECONDS = 0.3
"""How long a tapped card is held on the reader."""
DRAIN_SECONDS = 30
"""How far the clock may run at the end for the queue to empty: the courier's promise."""


NOT_LOST = "network = answer_lost: no transaction passed since, so no answer was lost"
NOT_REFUSED = "central = refuses: no transaction came since, so none was refused"


class StepFailed(Exception):
    """`args[0]` says what went wrong, without the step."""


class Play:
    """One visit on one ground. `tell` gets the story line by line."""

    def __init__(
        self,
        visit: Visit,
        ground: Ground,
        bench: Bench,
        proxy: Proxy,
        kiosk: KioskProcess,
        report: Report,
        tell: Callable[[str], None],
    ) -> None:
        self._visit = visit
        self._ground = ground
        self._bench = bench
        self._proxy = proxy
        self._kiosk = kiosk
        self._report = report
        self._tell = tell
        self._control: Control | None = None
        self._seen: Seen | None = None
        self._printed = 0
        """How many receipts had come out before the last verb: what it printed comes after them."""
        self._told = Told()
        self._aside = 0
        """How many rows the kiosk knew to be in the exception desk before."""
        self._spare = 0.0
        """Seconds of the step just played in which nothing happened: a card was held, stillness was made sure of."""

    async def run(self) -> None:
        """Fills the report; a visit that goes wrong says so there."""
        n, mentioned, before = 0, Mentioned.by(self._visit.verbs), None
        try:
            before = await self._ground.read_back(mentioned)
            await self._start(self._visit.now.isoformat() if self._visit.now else None)
            self._aside = (await self._look()).journal["exceptions"]
            for n, step in enumerate(self._visit.step, 1):
                await self._step(n, step)
        except (StepFailed, Impossible, ProgramFailed) as failure:
            self._report.why = self._sentence(n, str(failure))
        except KioskSilent as failure:
            self._report.why = self._sentence(n, f"{failure}; its last words: {self._kiosk.last_words()}")
        try:
            await self._finish()
        except (StepFailed, KioskSilent) as failure:
            self._report.why = self._report.why or f"after the last step: {failure}"
        try:
            after = self._report.central = await self._ground.read_back(mentioned)
            if not self._report.why and before is not None:
                self._report.why = self._untrue(before, after)
            self._report.undone, self._report.left = await self._ground.undo(self, mentioned)
        except (StepFailed, ProgramFailed) as failure:
            self._report.why = self._report.why or f"after the visit: {failure}"

    def _untrue(self, before: Kept, after: Kept) -> str:
        """What the kiosk told and the central does not have, or the other way round."""
        aside = self._report.journal["exceptions"] - self._aside
        wrong = faults(self._told, before, after, ZoneInfo(self._ground.config.library.timezone))
        wrong += [NOT_REFUSED] if after.get("refusing") else []
        wrong += cases(self._visit.exceptions, aside, before, after)
        return f"after the visit: {'; '.join(wrong)}" if wrong else ""

    def _sentence(self, n: int, failure: str) -> str:
        if n == 0:
            return f"before the first step: {failure}"
        did = story.done(self._visit.step[n - 1].verb)
        told = f"; {self._seen.told()}" if self._seen is not None else ""
        return f"step {n} ({did}): {failure}{told}"

    async def _start(self, clock: str | None) -> None:
        self._control = await self._kiosk.start(clock)
        await self._bench.start(self._control)
        await self._control.ask("ready")
        await self._settle()

    async def _step(self, n: int, step: Step) -> None:
        verb = step.verb
        if verb is not None:
            self._printed = len(await self._bench.paper())
        started, self._spare = time.monotonic(), 0.0
        failed: StepFailed | Impossible | None = None
        try:
            await self._do(verb)
            await self._settle()
        except (StepFailed, Impossible) as failure:
            failed = failure
        ms = round(1000 * (time.monotonic() - started - self._spare))
        seen = self._seen = await self._look()
        shot = await self._shot(n, seen.view, step.shot)
        self._report.steps.append(Played(n, story.done(verb), seen.view, seen.signal, seen.texts, ms, shot))
        self._tell(f"{n:>3}. {story.told(verb, self._ground.library)} -> {seen.view}")
        if failed is not None:
            raise failed
        if wrong := complaints(step, seen, await self._receipt(step)):
            raise StepFailed("; ".join(wrong))

    async def _receipt(self, step: Step) -> tuple[str, ...] | None:
        if not step.receipt_contains:
            return None
        printed = (await self._bench.paper())[self._printed :]
        return printed[-1].lines if printed else None

    async def _do(self, verb: Verb | None) -> None:
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
            case Press(name, item, choice):
                await self._touch(name, item, choice)
            case Type(keys):
                for key in keys:
                    await self._touch("key", None, key)
                    await self._settle()
            case SetNetwork(state):
                await self._network(Network(state))
            case CentralRefuses():
                await self._ground.refuse_next()
            case SetPart(part, state):
                await self._bench.part(part, state)
            case Kill():
                now = (await self._look()).now
                await self._kiosk.kill()
                await self._start(now)
            case Wait(seconds):
                await self._wait(seconds)
            case _:
                assert_never(verb)

    async def _tap(self, uid: str) -> None:
        await self._bench.lay(uid)
        held = time.monotonic()
        await self._settle()
        left = max(0.0, HOLD_SECONDS - (time.monotonic() - held))
        await asyncio.sleep(left)
        self._spare += left
        await self._bench.lift()

    async def _touch(self, name: str, item: str | None, choice: str | None) -> None:
        try:
            await self._ask("touch", name=name, item=item, choice=choice)
        except CommandRefused as refused:
            raise StepFailed(str(refused)) from refused

    async def _network(self, state: Network) -> None:
        if self._proxy.state is Network.ANSWER_LOST:
            raise StepFailed(NOT_LOST)
        try:
            await self._proxy.set(state)
        except ValueError as error:
            raise Impossible(str(error)) from error

    async def _wait(self, seconds: float) -> None:
        await self._ask("wait", seconds=seconds)
        await self._ground.set_clock((await self._look()).now)

    async def _settle(self) -> None:
        answer = await self._ask("settle")
        if not answer["settled"]:
            raise StepFailed(f"the kiosk did not come to rest within 10 s: {answer['busy']} is busy")
        self._spare += answer["spare"]

    async def _look(self) -> Seen:
        seen = Seen.of(await self._ask("look"), await self._bench.lights())
        self._told.hear(seen.words, undone=seen.undone)
        return seen

    async def _shot(self, n: int, view: str, name: str | None) -> str:
        """Every step leaves its screen as NN-View.png; a shot with a name is kept under that name as well."""
        picture = self._report.folder / f"{n:02}-{view}.png"
        await self._ask("shot", path=str(picture))
        if name is None:
            return picture.name
        named = self._report.folder / f"{n:02}-{name}.png"
        if named != picture:
            shutil.copyfile(picture, named)
        return named.name

    async def _ask(self, do: str, **facts: object) -> Facts:
        if self._control is None:
            raise KioskSilent("the kiosk was not started")
        return await self._control.ask(do, **facts)

    async def _finish(self) -> None:
        """Brings the network up and lets the queue empty."""
        if self._proxy.state is Network.ANSWER_LOST:
            await self._drain()
        lost = self._proxy.state is not Network.ANSWER_LOST
        waiting = await self.empty_queue()
        self._report.receipts = await self._bench.paper()
        self._report.journal = (await self._look()).journal
        if not lost:
            raise StepFailed(NOT_LOST)
        if waiting:
            raise StepFailed(f"{waiting} transactions still wait in the journal, and the network is up")

    async def _drain(self) -> int:
        """Lets the clock run until nothing is queued; answers what still is."""
        waiting = 0
        for _ in range(DRAIN_SECONDS):
            await self._settle()
            if not (waiting := (await self._look()).journal["queued"]):
                break
            await self._wait(1)
        return waiting

    async def empty_queue(self) -> int:
        await self._proxy.set(Network.UP)
        return await self._drain()

    async def give_back(self, item: str) -> None:
        await self._ask("give_back", item=item)
        await self._drain()

    async def set_aside(self) -> int:
        return (await self._look()).journal["exceptions"] - self._aside
