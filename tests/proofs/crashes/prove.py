"""Run the crash proof: every system call of three flows, each way it can fail, with controls."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from kiosk.benchmarks.record import Record
from tests.proofs.crashes.flows import FLOWS
from tests.proofs.crashes.traced import Blow
from tests.proofs.crashes.trial import ALL, CUTS, Counted, Experiment, Found, Trial, blows
from tests.proofs.power.rules import Harm
from tests.support.workers import workers

PARTS = 4
"""Parts into which a flow is split, so that two processes share the work."""
PROCESSES = 2
SPARSE = 3
"""A control takes every third fault: its harm only has to be seen."""
RELEASE_CUTS = 40
FEWEST = 8
"""Least number of faults per flow, approximately, however small the run."""
LEAST_HARM = 0.1
"""Least share of images that a control must harm; otherwise the proof detects too little."""
SHOWN = 10
DASH = "-"


@dataclass(frozen=True, slots=True)
class Dose:
    """Selection of faults: of each flow every `step`-th from `seed` on, with this many images after a failed sync.

    `step` is odd, so that faults that occur once and permanent faults alternate.
    """

    seed: int = 1
    step: int = 1
    cuts: int = CUTS

    def of(self, counted: Counted, experiment: Experiment) -> list[Blow]:
        dealt = list(blows(counted, experiment))
        step = min(self.step + SPARSE - 1 if experiment.must else self.step, len(dealt) // FEWEST | 1)
        return dealt[self.seed % step :: step]


@dataclass
class Tally:
    """Running totals of one row of the table."""

    experiment: Experiment
    n: int = 0
    harms: Counter[Harm] = field(default_factory=Counter)
    seconds: float = 0.0

    def record(self, seed: int) -> Record:
        lost, doubled, corrupt = (self.harms[harm] for harm in (Harm.LOST, Harm.DOUBLED, Harm.CORRUPT))
        harmed = sum(self.harms[each] for each in self.experiment.must)
        return Record(
            name=self.experiment.name,
            n=self.n,
            seed=seed,
            lost=lost,
            doubled=doubled,
            corrupt=corrupt,
            bound=None,
            control=bool(self.experiment.must),
            failed_as_it_must=0 < LEAST_HARM * self.n <= harmed,
            seconds=round(self.seconds, 1),
        )


@dataclass(frozen=True, slots=True)
class Proved:
    records: Sequence[Record]
    failures: Sequence[Found]
    """Failures of a row that must have none."""

    @property
    def held(self) -> bool:
        return all(record.held and record.n for record in self.records)


Job = tuple[str, str, tuple[int, int], Dose]
"""Row of the table, flow, and which of how many parts of its faults."""
Done = tuple[str, list[Found], float]


def prove(dose: Dose) -> Proved:
    tallies = {each.name: Tally(each) for each in ALL}
    failures: list[Found] = []
    of = PARTS if dose.step == 1 else 1
    parts = [(part, of) for part in range(of)]
    jobs = [(each.name, flow, part, dose) for each in ALL for flow in FLOWS for part in parts]
    for name, found, seconds in _all(jobs):
        tally = tallies[name]
        tally.n += len(found)
        tally.seconds += seconds
        tally.harms.update(each.verdict.harm for each in found if each.verdict.harm)
        if not tally.experiment.must:
            failures += [each for each in found if each.verdict.harm]
    return Proved([tally.record(dose.seed) for tally in tallies.values()], failures)


def _all(jobs: Sequence[Job]) -> Iterable[Done]:
    with workers(PROCESSES) as pool:
        yield from pool.map(_one, jobs)


def _one(job: Job) -> Done:
    name, flow, (first, of), dose = job
    experiment = next(each for each in ALL if each.name == name)
    began = time.monotonic()
    with _trial(dose) as trial:
        counted = trial.counted(flow, experiment)
        part = slice(first, None, of)
        found = [
            each for blow in dose.of(counted, experiment)[part] for each in trial.strike(counted, experiment, blow)
        ]
    return name, found, time.monotonic() - began


@contextlib.contextmanager
def _trial(dose: Dose) -> Iterator[Trial]:
    """Yield a trial in memory, if the machine has such a folder, with the product's log turned off."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        logging.disable()
        try:
            yield Trial(Path(folder).resolve(), dose.seed, dose.cuts)
        finally:
            logging.disable(logging.NOTSET)


def spelled(found: Found) -> str:
    """Return the fault as `--blow` accepts it."""
    blow = found.blow
    words = [found.flow.replace(" ", DASH), blow.call, str(blow.when), blow.error, "on" if blow.on else ""]
    return ":".join(words).rstrip(":")


def read(text: str) -> tuple[str, Blow]:
    flow, call, when, error, on, *_ = [*text.split(":"), "", ""]
    return next(each for each in FLOWS if each.replace(" ", DASH) == flow), Blow(call, int(when), error, on == "on")


def _again(text: str, dose: Dose) -> Iterator[Found]:
    """Replay this one fault on the unchanged product."""
    flow, blow = read(text)
    with _trial(dose) as trial:
        counted = trial.counted(flow, ALL[0])
        yield from trial.strike(counted, ALL[0], blow)


def main(argv: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="scripts/proofs/crashes", description=__doc__)
    options.add_argument("--seed", type=int, default=1, help="of the images that a failed sync may leave")
    options.add_argument("--images", type=int, help="about as many blows instead of all")
    options.add_argument("--release", action="store_true", help=f"{RELEASE_CUTS} images after each failed sync")
    options.add_argument("--blow", help="FLOW:CALL:NUMBER[:ERROR[:on]]: that one alone; a failure prints it")
    options.add_argument("--figures", type=Path, help="where the records are to be written, as JSON")
    chosen = options.parse_args(argv)
    step = (1600 // chosen.images) | 1 if chosen.images else 1
    dose = Dose(chosen.seed, step, RELEASE_CUTS if chosen.release else CUTS)
    if chosen.blow:
        found = list(_again(chosen.blow, dose))
        for each in found:
            print(f"{each.how}: {each.verdict.harm or 'no harm'} {each.verdict.why}")
        return int(any(each.verdict.harm for each in found))
    return _told(prove(dose), dose, chosen.figures)


def _told(proved: Proved, dose: Dose, figures: Path | None) -> int:
    for each in proved.failures[:SHOWN]:
        print(f"{each.flow}: {each.blow}: {each.how}: {each.verdict.harm}: {each.verdict.why}")
        print(f"  again: scripts/proofs/crashes --seed {dose.seed} --blow {spelled(each)}")
    for record in proved.records:
        if record.control and not record.held:
            print(f"{record.name}: the harm it must do is missing: this proof sees nothing")
    if figures:
        figures.write_text(json.dumps([asdict(record) for record in proved.records]), encoding="utf-8")
    return 0 if proved.held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
