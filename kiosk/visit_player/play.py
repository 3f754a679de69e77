"""Play one visit step by step on a running kiosk; stop at the first difference from what is expected."""

from __future__ import annotations

import asyncio
import math
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import assert_never
from zoneinfo import ZoneInfo

from kiosk.system.control_socket import CommandRefused, Control, Facts, KioskSilent
from kiosk.visit_player import report
from kiosk.visit_player.environment import Impossible, VisitEnvironment
from kiosk.visit_player.judgement import Kept, SeenScreen, cases, complaints, faults, response_faults
from kiosk.visit_player.library import ScriptNumbers
from kiosk.visit_player.part_operator import Bench
from kiosk.visit_player.patron_statements import PatronStatements
from kiosk.visit_player.processes import KioskProcess, ProgramFailed
from kiosk.visit_player.proxy import Network, Proxy
from kiosk.visit_player.report import StepResult, VisitReport
from kiosk.visit_player.script import (
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
    SetPile,
    Step,
    Tap,
    Type,
    Verb,
    Visit,
    Wait,
)
from kiosk.visit_player.script import Network as SetNetwork
from lending.transactions import ClockTrust

NOT_REFUSED = "central = refuses: no transaction came since, so none was refused"


class Play:
    """One visit in one environment. `tell` receives the narration line by line."""

    def __init__(
        self,
        visit: Visit,
        ground: VisitEnvironment,
        bench: Bench,
        proxy: Proxy,
        kiosk: KioskProcess,
        report: VisitReport,
        tell: Callable[[str], None],
    ) -> None:
        self._visit = visit
        self._ground = ground
        self._bench = bench
        self._kiosk = kiosk
        self._doing = StepExecutor(ground, bench, proxy, kiosk)
        self._report = report
        self._tell = tell
        self._seen: SeenScreen | None = None
        self._printed = 0
        """Number of receipts before the last verb; later ones were printed by it."""

    async def run(self) -> None:
        """Play the visit and fill the report; a failure is stated there."""
        n, mentioned, before = 0, ScriptNumbers.from_verbs(self._visit.verbs), None
        try:
            before = await self._ground.read_back(mentioned)
            await self._doing.begin(self._visit.now.isoformat() if self._visit.now else None)
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
            self._report.undone, self._report.left = await self._ground.undo(self._doing, mentioned)
        except (StepFailed, ProgramFailed) as failure:
            self._report.why = self._report.why or f"after the visit: {failure}"

    def _untrue(self, before: Kept, after: Kept) -> str:
        """Return the differences between the kiosk's statements and the central's records."""
        aside = self._report.journal["exceptions"] - self._doing.aside
        wrong = faults(self._doing.statements, before, after, ZoneInfo(self._ground.config.library.timezone))
        wrong += [NOT_REFUSED] if after.get("refusing") else []
        wrong += cases(self._visit.exceptions, aside, before, after)
        wrong += response_faults(self._visit.said, before, after)
        return f"after the visit: {'; '.join(wrong)}" if wrong else ""

    def _sentence(self, n: int, failure: str) -> str:
        if n == 0:
            return f"before the first step: {failure}"
        did = self._visit.step[n - 1].text
        seen = f"; {self._seen.describe()}" if self._seen is not None else ""
        return f"step {n} ({did}): {failure}{seen}"

    async def _step(self, n: int, step: Step) -> None:
        verb = step.verb
        before = self._seen.phrases if self._seen is not None else ()
        if verb is not None:
            self._printed = len(await self._bench.paper())
        started, self._doing.spare = time.monotonic(), 0.0
        failed: StepFailed | Impossible | None = None
        gap = 0
        try:
            await self._doing.gap()  # discard the gap caused by the last screenshot
            await self._doing.do(verb)
            await self._doing.settle()
            gap = await self._doing.gap()
        except (StepFailed, Impossible) as failure:
            failed = failure
        ms = round(1000 * (time.monotonic() - started - self._doing.spare))
        seen = self._seen = await self._doing.look()
        shot = await self._shot(n, seen.view, step.shot)
        self._report.steps.append(StepResult(n, step.text, seen.view, seen.signal, seen.texts, ms, gap, shot))
        self._tell(f"{n:>3}. {report.describe(verb, self._ground.library)} -> {seen.view}")
        if failed is not None:
            raise failed
        if wrong := complaints(step, seen, await self._receipt(step), _new_phrases(before, seen.phrases)):
            raise StepFailed("; ".join(wrong))

    async def _receipt(self, step: Step) -> tuple[str, ...] | None:
        if not step.receipt_contains:
            return None
        printed = (await self._bench.paper())[self._printed :]
        return printed[-1].lines if printed else None

    async def _shot(self, n: int, view: str, name: str | None) -> str:
        """Save the step's screen as NN-View.png, and a named shot under its name as well."""
        picture = self._report.folder / f"{n:02}-{view}.png"
        await self._doing.shot(picture)
        if name is None:
            return picture.name
        named = self._report.folder / f"{n:02}-{name}.png"
        if named != picture:
            shutil.copyfile(picture, named)
        return named.name

    async def _finish(self) -> None:
        if self._doing.loses_an_answer:
            await self._doing.drain()
        lost = not self._doing.loses_an_answer
        waiting = await self._doing.empty_queue()
        self._report.receipts = await self._bench.paper()
        self._report.journal = (await self._doing.look()).journal
        if not lost:
            raise StepFailed(NOT_LOST)
        if waiting:
            raise StepFailed(f"{waiting} transactions still wait in the journal, and the network is up")


def _new_phrases(before: Sequence[tuple[str, ...]], said: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return what the voice has said since; the list of a restarted kiosk begins again."""
    return tuple(phrase for each in said[len(before) if len(before) <= len(said) else 0 :] for phrase in each)


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
            case SetPile(tags):
                await self._bench.pile(tags)
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
