"""Run the power-cut proof: images of many seeds, with controls."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.benchmarks.record import Record
from tests.proofs.power.failed_sync import AGAIN, BEHIND, FailedSync
from tests.proofs.power.failed_sync import IMAGES as AFTER_FAILURE
from tests.proofs.power.pad import IMAGES as WITH_PAD
from tests.proofs.power.pad import NO_LEDGER, PAD, ROW_LATE, PadTrial
from tests.proofs.power.rules import Harm
from tests.proofs.power.trial import CONTROLS as KINDER
from tests.proofs.power.trial import (
    CUTS,
    FIRST,
    FIRST_START,
    IN_A_ROW,
    MIGRATED,
    MIGRATION,
    REAL,
    RESCUE,
    RESCUES,
    ROW,
    Cut,
    Setting,
    Trial,
)
from tests.support import proof_command
from tests.support.workers import workers

PER_SEED = CUTS + IN_A_ROW + FIRST_START + MIGRATION + RESCUES + AFTER_FAILURE + WITH_PAD
LINES = (REAL.name, ROW, FIRST, MIGRATED, RESCUE, AGAIN.name, PAD.name)
CONTROLS = (*KINDER, BEHIND, NO_LEDGER, ROW_LATE)
USUAL, RELEASE = 20_000, 1_000_000
CONTROL_SEEDS = 15
PROCESSES = 2
LEAST_HARM = 0.2
"""Least share of images that a control must harm; otherwise the simulated disk proves nothing."""
SHOWN = 10


@dataclass
class Tally:
    """Running totals of one row of the table."""

    must: Harm | None = None
    n: int = 0
    harms: Counter[Harm] = field(default_factory=Counter)
    seconds: float = 0.0

    def record(self, name: str, seed: int) -> Record:
        lost, doubled, corrupt = (self.harms[harm] for harm in (Harm.LOST, Harm.DOUBLED, Harm.CORRUPT))
        return Record(
            name=name,
            n=self.n,
            seed=seed,
            lost=lost,
            doubled=doubled,
            corrupt=corrupt,
            bound=None if self.must or self.harms.total() else 3 / self.n,
            control=self.must is not None,
            failed_as_it_must=self.must is not None and self.harms[self.must] >= LEAST_HARM * self.n,
            seconds=round(self.seconds, 1),
        )


@dataclass(frozen=True, slots=True)
class Proved:
    records: Sequence[Record]
    failures: Sequence[tuple[int, Cut]]
    """Seed and failure, for a row that must have none."""

    @property
    def held(self) -> bool:
        return all(record.held for record in self.records)


Job = tuple[int, str]
"""A seed and a row of the table."""
Done = tuple[Job, list[Cut], float]


def prove(seed: int, seeds: int, control_seeds: int, processes: int) -> Proved:
    """Run every seed from `seed` on, and each control on the first of them."""
    tallies = {name: Tally() for name in LINES} | {each.name: Tally(each.must) for each in CONTROLS}
    jobs = [(seed + each, name) for each in range(seeds) for name in LINES]
    jobs += [(seed + each, control.name) for each in range(control_seeds) for control in CONTROLS]
    failures: list[tuple[int, Cut]] = []
    for (of, name), cuts, seconds in _all(jobs, processes):
        tally = tallies[name]
        tally.n += len(cuts)
        tally.seconds += seconds
        tally.harms.update(cut.verdict.harm for cut in cuts if cut.verdict.harm)
        if tally.must is None:
            failures += [(of, cut) for cut in cuts if cut.verdict.harm]
    return Proved([tally.record(name, seed) for name, tally in tallies.items()], failures)


def _all(jobs: Sequence[Job], processes: int) -> Iterable[Done]:
    if processes == 1:
        yield from map(_one, jobs)
        return
    with workers(processes) as pool:
        yield from pool.map(_one, jobs, chunksize=3)


def _one(job: Job) -> Done:
    """Run in memory, if the machine has such a folder: the disk is simulated anyway."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        began = time.process_time()
        logging.disable()
        try:
            cuts = asyncio.run(_cuts(job, Path(folder).resolve()))
        finally:
            logging.disable(logging.NOTSET)
        return job, cuts, time.process_time() - began


async def _cuts(job: Job, folder: Path) -> list[Cut]:
    seed, name = job
    trial = Trial(seed, folder)
    if name == ROW:
        return [cut async for cut in trial.in_a_row()]
    if name == FIRST:
        return [cut async for cut in trial.first_start()]
    if name == MIGRATED:
        return [cut async for cut in trial.migration()]
    if name == RESCUE:
        return [cut async for cut in trial.rescues()]
    if name in (AGAIN.name, BEHIND.name):
        return [cut async for cut in FailedSync(seed, folder).cuts(AGAIN if name == AGAIN.name else BEHIND)]
    if tagged := next((each for each in (PAD, NO_LEDGER, ROW_LATE) if each.name == name), None):
        return [cut async for cut in PadTrial(seed, folder).cuts(tagged)]
    return [cut async for cut in trial.cuts(_setting(name))]


def _setting(name: str) -> Setting:
    return next(each for each in (REAL, *CONTROLS) if each.name == name)


def main(argv: Sequence[str]) -> int:
    options = proof_command.options("power", __doc__, "the first seed", USUAL, "images", RELEASE)
    chosen = options.parse_args(argv)
    images = RELEASE if chosen.release else chosen.images
    proved = prove(chosen.seed, max(1, -(-images // PER_SEED)), CONTROL_SEEDS, PROCESSES)
    for seed, cut in proved.failures[:SHOWN]:
        print(f"{cut.proof}: {cut.where}: {cut.verdict.harm}: {cut.verdict.why}")
        print(f"  again: scripts/prove --only power --seed {seed} --images {PER_SEED}")
    for record in proved.records:
        if record.control and not record.held:
            print(f"{record.name}: the harm it must do is missing: this disk proves nothing")
    proof_command.ended(proved.records, chosen.figures)
    return 0 if proved.held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
