"""Play one visit step by step on a running kiosk; stop at the first difference from what is expected."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from kiosk.system.control_socket import KioskSilent
from kiosk.visit_player import narration
from kiosk.visit_player.environment import Impossible, VisitEnvironment
from kiosk.visit_player.expectations import SeenScreen, complaints
from kiosk.visit_player.library import ScriptNumbers
from kiosk.visit_player.part_operator import Bench
from kiosk.visit_player.processes import KioskProcess, ProgramFailed
from kiosk.visit_player.proxy import Proxy
from kiosk.visit_player.reconciliation import Kept, cases, faults, response_faults
from kiosk.visit_player.report import StepResult, VisitReport
from kiosk.visit_player.script import Step, Visit
from kiosk.visit_player.step_executor import NOT_LOST, StepExecutor, StepFailed

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
        did = narration.verb_text(self._visit.step[n - 1].verb)
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
        self._report.steps.append(
            StepResult(n, narration.verb_text(verb), seen.view, seen.signal, seen.texts, ms, gap, shot)
        )
        self._tell(f"{n:>3}. {narration.describe(verb, self._ground.library)} -> {seen.view}")
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
