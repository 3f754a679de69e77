"""Run the proof of the worlds: many seeds, and the product with seeded faults."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.benchmarks.record import Record
from tests.proofs.power.rules import Harm
from tests.proofs.world.hub import made_library, set_up
from tests.proofs.world.hub_mutations import HUB_MUTATIONS
from tests.proofs.world.mutations import MUTATIONS, Mutation
from tests.proofs.world.plan import drawn
from tests.proofs.world.trial import Outcome, Stage
from tests.support import proof_command
from tests.support.workers import workers

NAME = "worlds of 30 days"
USUAL = 120
ACTS = 100
LONG, EACH = 400, 10
"""Acts of every tenth seed's world, for faults that need two spells at once."""
RELEASE, RELEASE_ACTS = 5_300, 860
"""1,000 kiosk-years at ten transactions a day: a world has 69 kiosk-days, and four acts in five are written."""
MOST_TRIES = 500
"""Seeds within which a mutation must be found: the rarest does harm in one of 40, and escapes once in 300,000 times."""
PROCESSES = 2
SHOWN = 5
CONTROLS = (*MUTATIONS, *HUB_MUTATIONS)

Job = tuple[int, str]
"""A seed, and the name of a mutation or of none."""


@dataclass(frozen=True, slots=True)
class Done:
    """Result of a job."""

    job: Job
    n: int
    """Worlds played: a mutation is tried until it is found."""
    harms: Counter[Harm]
    wrongs: Sequence[str]
    rows: int
    cases: int
    seconds: float
    script: Sequence[str] = ()
    """The shortest script that still fails."""


@dataclass
class Tally:
    control: bool
    n: int = 0
    rows: int = 0
    cases: int = 0
    harms: Counter[Harm] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, done: Done) -> None:
        self.n += done.n
        self.rows += done.rows
        self.cases += done.cases
        self.harms += done.harms
        self.seconds += done.seconds

    def record(self, name: str, seed: int) -> Record:
        lost, doubled, corrupt = (self.harms[harm] for harm in (Harm.LOST, Harm.DOUBLED, Harm.CORRUPT))
        harmed = bool(self.harms.total())
        return Record(
            name=name,
            n=self.n,
            seed=seed,
            lost=lost,
            doubled=doubled,
            corrupt=corrupt,
            bound=None if self.control or harmed else 3 / self.n,
            control=self.control,
            failed_as_it_must=self.control and harmed,
            seconds=round(self.seconds, 1),
        )


class Worker:
    """The stage of one process, made once."""

    stage: Stage

    @classmethod
    def prepare(cls, acts: int | None) -> None:
        set_up()
        cls.stage = Stage(made_library())
        cls.acts = acts

    acts: int | None = None
    """Acts in every world; None: as many as the seed's plan has."""

    @classmethod
    def acts_of(cls, seed: int) -> int:
        return cls.acts or (ACTS if seed % EACH else LONG)

    @classmethod
    def play(cls, job: Job) -> Done:
        _, name = job
        began = time.process_time()
        mutation = next((each for each in CONTROLS if each.name == name), None)
        done = cls._plainly(job) if mutation is None else cls._broken(job, mutation)
        return Done(
            job, done.n, done.harms, done.wrongs, done.rows, done.cases, time.process_time() - began, done.script
        )

    @classmethod
    def _plainly(cls, job: Job) -> Done:
        outcome = cls.stage.seed(job[0], cls.acts_of(job[0]))
        if not outcome.wrongs:
            return _done(job, 1, outcome)
        shortest = cls.stage.shrunk(drawn(job[0], cls.acts_of(job[0])))
        return _done(job, 1, outcome, [str(step) for step in shortest.plan.steps])

    @classmethod
    def _broken(cls, job: Job, mutation: Mutation) -> Done:
        """Play seed after seed until the mutation is found."""
        for tries in range(MOST_TRIES):
            with mutation.broken():
                outcome = cls.stage.seed(job[0] + tries, cls.acts_of(job[0] + tries))
            if outcome.wrongs:
                break
        return _done(job, tries + 1, outcome)


def _done(job: Job, n: int, outcome: Outcome, script: Sequence[str] = ()) -> Done:
    """Build the result; each harm counts once per world."""
    harms = Counter({wrong.harm for wrong in outcome.wrongs})
    return Done(job, n, harms, [wrong.why for wrong in outcome.wrongs], outcome.rows, outcome.exceptions, 0.0, script)


def prove(
    seed: int, seeds: int, acts: int | None, processes: int, controls: Sequence[Mutation] = CONTROLS
) -> Iterator[Done]:
    """Play every seed from `seed` on, and each mutation until it is found, from its first seed on that may do harm."""
    broken = [(seed + control.harmless, control.name) for control in controls]
    jobs: list[Job] = broken + [(seed + each, "") for each in range(seeds)]
    if processes == 1:
        Worker.prepare(acts)
        yield from map(Worker.play, jobs)
        return
    with workers(processes, Worker.prepare, (acts,)) as pool:
        yield from pool.map(Worker.play, jobs)


def records(found: Iterable[Done], seed: int, acts: int | None) -> list[Record]:
    tallies: dict[str, Tally] = {}
    begins = {control.name: seed + control.harmless for control in CONTROLS}
    for done in found:
        tallies.setdefault(done.job[1], Tally(control=bool(done.job[1]))).add(done)
        if done.harms and not done.job[1]:
            _tell(done, acts)
    plain = tallies.pop("", Tally(control=False))
    print(f"{plain.n} worlds, {plain.rows} transactions, {plain.cases} cases in the exception desk")
    table = [plain.record(NAME, seed)] if plain.n else []
    return table + [tally.record(f"control: {name}", begins[name]) for name, tally in tallies.items()]


def _tell(done: Done, acts: int | None) -> None:
    seed = done.job[0]
    for why in done.wrongs[:SHOWN]:
        print(f"seed {seed}: {why}")
    print(f"  the shortest script that fails, {len(done.script)} steps:")
    for step in done.script:
        print(f"    {step}")
    again = f"scripts/proofs/world --seed {seed} --images 1 --acts {acts}" if acts else ""
    print(f"  again: {again or f'scripts/prove --only world --seed {seed} --images 1'}")


def main(argv: Sequence[str]) -> int:
    options = proof_command.options("world", __doc__, "the first seed", USUAL, "worlds", RELEASE)
    options.add_argument(
        "--acts", type=int, help=f"what patrons want in one world, about: {ACTS}, and each {EACH}th {LONG}"
    )
    options.add_argument("--history", type=Path, help="where the history of the one seed is to be written")
    chosen = options.parse_args(argv)
    if chosen.history:
        return _write(chosen)
    worlds, acts = (RELEASE, RELEASE_ACTS) if chosen.release else (chosen.images, chosen.acts)
    controls = () if worlds == 1 else CONTROLS
    processes = min(PROCESSES, worlds)
    table = records(prove(chosen.seed, worlds, acts, processes, controls), chosen.seed, acts)
    for record in table:
        if record.control and not record.held:
            print(f"{record.name}: not found out within {MOST_TRIES} seeds: the checker proves nothing")
    return proof_command.ended(table, chosen.figures)


def _write(chosen: Any) -> int:
    Worker.prepare(chosen.acts)
    outcome = Worker.stage.seed(chosen.seed, Worker.acts_of(chosen.seed))
    chosen.history.write_text(outcome.text, encoding="utf-8")
    print(f"seed {chosen.seed}: {outcome.rows} transactions, SHA-256 {outcome.digest}")
    for wrong in outcome.wrongs:
        print(f"  {wrong.harm}: {wrong.why}")
    return 1 if outcome.wrongs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
