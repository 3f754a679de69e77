"""Run and judge one seed's world; for a failure, find the shortest script that still fails."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.proofs.power.rules import Harm
from tests.proofs.world.checker import Checker, Observed, Wrong
from tests.proofs.world.facts import found
from tests.proofs.world.plan import Plan, Step, drawn
from tests.proofs.world.world import World, staged


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one run."""

    plan: Plan
    wrongs: Sequence[Wrong]
    rows: int
    acts: int
    exceptions: int
    """Cases at the exception desk."""
    text: str
    """The history file."""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def harm(self, harm: Harm) -> bool:
        return any(wrong.harm is harm for wrong in self.wrongs)


class Stage:
    """Runs worlds one after the other: a hub's database after its set-up, and a folder in memory."""

    def __init__(self, library: bytes) -> None:
        self._library = library
        gc.freeze()  # Keep the garbage collector from scanning the programs' own objects after each world.

    def seed(self, seed: int, acts: int) -> Outcome:
        return self.play(drawn(seed, acts))

    def play(self, plan: Plan) -> Outcome:
        gc.disable()
        try:
            with _in_memory() as folder, staged(plan, self._library, folder) as (world, loop):
                broken = ""
                try:
                    loop.run_until_complete(world.run())
                except Exception as error:  # noqa: BLE001 - whatever breaks a world is a finding
                    broken = f"the world broke: {error!r}"
                broken = broken or "; ".join(f"nobody heard of {each}" for each in loop.broken[:3])
                return _judged(plan, world, broken)
        finally:
            gc.enable()
            gc.collect()

    def shrunk(self, plan: Plan, tries: int = 60) -> Outcome:
        """Return the shortest script tried that does the same harm, with halves, quarters and single steps left out."""
        worst = self.play(plan)
        harms = {wrong.harm for wrong in worst.wrongs}

        def fails(steps: Sequence[Step]) -> Outcome | None:
            outcome = self.play(replace(plan, steps=steps))
            return outcome if any(outcome.harm(harm) for harm in harms) else None

        for outcome in _smaller(worst, fails, tries):
            worst = outcome
        return worst


@contextlib.contextmanager
def _in_memory() -> Iterator[Path]:
    """Yield a folder, in memory if the machine has one: the disk is simulated anyway."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder).resolve()


def _smaller(worst: Outcome, fails: Callable[[Sequence[Step]], Outcome | None], tries: int) -> Iterator[Outcome]:
    steps = list(worst.plan.steps)
    size = max(1, len(steps) // 2)
    while tries > 0 and steps:
        at, less = 0, False
        while at < len(steps) and tries > 0:
            tries -= 1
            left = steps[:at] + steps[at + size :]
            if (outcome := fails(left)) is not None:
                steps, less = left, True
                yield outcome
            else:
                at += size
        if size == 1 and not less:
            return
        size = max(1, size // 2)


def _judged(plan: Plan, world: World, broken: str) -> Outcome:
    failures = [repr(kiosk.failure) for kiosk in world.kiosks.values() if kiosk.failure is not None]
    wrongs = [Wrong(Harm.CORRUPT, broken)] if broken else []
    exceptions = 0
    if not broken:
        facts = found(world)
        exceptions = len(facts.cases)
        seen = Observed(world.history, facts, world.shelves, world.stays, world.restored, failures)
        wrongs = Checker(seen).wrongs()
    history = world.history
    return Outcome(plan, wrongs, len(history.rows), len(history.ops), exceptions, history.text())
