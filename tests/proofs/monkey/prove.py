"""Run the monkey proof on a real kiosk in its window, with seeded faults that must be found."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from hub.demo.sample_data import Cases
from kiosk.benchmarks.record import Record
from kiosk.sync.request_signer import Signer
from kiosk.visit_player.processes import last_words, without_a_screen
from lending.technician_codes import hash_code
from tests.proofs.monkey.actions import Deed
from tests.proofs.monkey.job import NOTHING, VIEWS, Job, Known, Outcome
from tests.proofs.monkey.reconciliation import hub_rows, judged
from tests.proofs.monkey.seeded_faults import PLANTED
from tests.proofs.privacy.canaries import canaries, hashed
from tests.support import proof_command
from tests.support.real_kiosk import House, SetUp, house
from tests.support.workers import workers

NAME = "a monkey at the glass"
USUAL, RELEASE = 5_000, 100_000
RUNS = 3
"""Runs at once, each with its own hub: a monkey waits for frames half of the time."""
EACH = 2_500
"""Actions per run; then another kiosk takes its turn."""
PEOPLE, PINS, ITEMS = 10, 7, 40
CHANGES: Mapping[str, Mapping[str, Any]] = {
    "pin": {"ask": "account"},
    "screen": {"fullscreen": False, "width": 1024, "height": 600, "diagonal": 7.0},
}
MISSED = frozenset({"AskLibrarian", "Survey"})
"""Views that the usual run does not reach with every seed; MORE additional monkeys may be needed for the others."""
MORE = 3
LAST = 50
TAILS = (10, 25, 60, 150, 400)
"""Lengths of the last actions that are repeated alone to reproduce a failure."""
MONKEYS = 4
"""Monkeys per seeded fault, each as long as its `deeds`: what one in twenty misses, four do not."""
PATIENCE = 1800.0
"""Seconds for a run of one or two minutes, after which it is ended."""
UNPAINTED: Mapping[str, str] = {"GALLIUM_NOOP": "1", "LP_NUM_THREADS": "1"}
"""Let Mesa accept drawing without painting, which was half of the work; no check looks at colours."""


@dataclass(frozen=True, slots=True)
class Run:
    """Run of one kiosk."""

    job: Job
    outcome: Outcome
    wrongs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cage:
    """A hub with marked patrons and books in addition to its own; each run starts another kiosk at it."""

    house: House
    known: Known

    def run(self, seed: int, steps: int, planted: str = "", deeds: Sequence[Deed] = ()) -> Run:
        codes = {f"technician {number}": hash_code(code) for number, code in enumerate(self.known.codes)}
        set_up = self.house.set_up({**CHANGES, "technicians": codes}).with_journal()
        job = Job(str(set_up.file), self.house.hub.hub.url, self.known, seed, steps, planted, tuple(deeds))
        outcome = _let_loose(job, set_up)
        wrongs = [outcome.wrong] if outcome.wrong else [*self._judged(set_up, outcome), *_blamed(set_up.log)]
        return Run(replace(job, known=NOTHING), outcome, tuple(wrongs))

    def _judged(self, set_up: SetUp, outcome: Outcome) -> Iterator[str]:
        key = Signer.load(set_up.config.paths.state).identity.card_key
        rows = hub_rows(self.house.folder / "hub", f"kiosk-{set_up.file.parent.name}")
        both = zip(self.known.cards, self.known.numbers, strict=True)
        cards = [frozenset(hashed(number, key) for number in numbers) for numbers in both]
        return judged(outcome, rows, cards, self.known.labels)


@contextmanager
def cage(seed: int) -> Iterator[Cage]:
    marked = canaries(Random(seed), PEOPLE, PINS)
    with house(hub=True) as running:
        _import(running, marked.sheets(running.folder))
        patrons, items = running.hub.library.patrons, running.hub.library.items
        pins = {each.identifier: each.pin for each in Cases().patrons}
        code = f"9137{Random(seed).randrange(10**4):04}"
        own = [text for each in marked.patrons for text in (each.name, each.identifier, each.uid, each.pin) if text]
        known = Known(
            (*(each.uid for each in marked.patrons), *(each.card for each in patrons)),
            (*(each.identifier for each in marked.patrons), *(each.identifier for each in patrons)),
            (*(each.pin for each in marked.patrons), *(pins[each.identifier] for each in patrons)),
            (*(each.barcode for each in marked.books), *(each.barcode for each in items[:ITEMS])),
            (*(text.lower() for text in own), code),
            (code,),
        )
        yield Cage(running, known)


def _import(running: House, sheets: tuple[Path, Path]) -> None:
    environment = {**os.environ, "KIOSK_HUB_STATE": str(running.folder / "hub"), "DATABASE_URL": ""}
    for what, sheet in zip(("patrons", "items"), sheets, strict=True):
        command = [sys.executable, "-m", "hub.cli", f"import-{what}", str(sheet), "--yes"]
        subprocess.run(command, env=environment, check=True, capture_output=True)


def _let_loose(job: Job, set_up: SetUp) -> Outcome:
    folder = set_up.file.parent
    job.write(folder / "job.json")
    environment = {
        **os.environ,
        **without_a_screen(folder),
        "PYTHONPATH": str(Path(__file__).parents[1] / "remembering"),
        "REMEMBERED": str(folder / "remembered"),
        **UNPAINTED,
    }
    command = [
        sys.executable,
        "-m",
        "tests.proofs.monkey.run_kiosk",
        str(folder / "job.json"),
        str(folder / "outcome.json"),
    ]
    with set_up.log.open("ab") as log:
        ended = subprocess.run(command, env=environment, stdout=log, stderr=log, timeout=PATIENCE, check=False)
    if not (folder / "outcome.json").exists():
        return Outcome(f"the kiosk ended with code {ended.returncode}: {last_words(set_up.log)}")
    return Outcome.read(folder / "outcome.json")


def _blamed(log: Path) -> list[str]:
    """Return the errors that did not end the kiosk."""
    lines = log.read_text(encoding="utf-8").splitlines()
    return [f"the log tells of {line}" for line in lines if "Traceback" in line or "Error" in line][:3]


def shortest(at: Cage, run: Run) -> list[Deed]:
    """Return the fewest last actions that reproduce the failure, or all of them."""
    wrong = _gist(run)

    def again(deeds: list[Deed]) -> bool:
        return bool(deeds) and _gist(at.run(run.job.seed, 0, run.job.planted, deeds)) == wrong

    for tail in TAILS:
        deeds = run.outcome.deeds[-tail:]
        if tail < len(run.outcome.deeds) and again(deeds):
            return _without(again, deeds)
    return run.outcome.deeds


def _gist(run: Run) -> str:
    """Return the failure without numbers and details."""
    return " ".join(word for word in run.wrongs[0].partition(":")[0].split() if word.isalpha()) if run.wrongs else ""


def _without(again: Callable[[list[Deed]], bool], deeds: list[Deed]) -> list[Deed]:
    """Leave out actions half by half as long as the failure is reproduced."""
    size = len(deeds) // 2
    while size:
        place = 0
        while place < len(deeds):
            fewer = deeds[:place] + deeds[place + size :]
            if again(fewer):
                deeds = fewer
            else:
                place += size
        size //= 2
    return deeds


def record(name: str, seed: int, runs: Sequence[Run], control: bool) -> Record:
    """Build the record: *lost* is no way home, *doubled* an unrequested loan, *corrupt* everything else."""
    kinds = [_harm(wrong) for run in runs for wrong in run.wrongs[:1]]
    count = sum(len(run.outcome.deeds) for run in runs)
    return Record.count(name, count, seed, sum(run.outcome.seconds for run in runs), Counter(kinds), control=control)


def _harm(wrong: str) -> str:
    if "stands after" in wrong or "leads out" in wrong:
        return "lost"
    return "doubled" if "was written" in wrong or "was lent" in wrong else "corrupt"


def prove(seed: int, deeds: int, controls: Sequence[str]) -> tuple[list[Record], list[Run]]:
    """Return the records, and the runs without a seeded fault."""
    plain = [(seed + number, min(EACH, deeds - number * EACH), "") for number in range(-(-deeds // EACH))]
    jobs = [*plain, *((seed, PLANTED[name].deeds, name) for name in controls)]
    with workers(RUNS) as pool:
        shares = pool.map(_in_a_row, [seed] * RUNS, [jobs[first::RUNS] for first in range(RUNS)])
        runs = [run for share in shares for run in share]
    free = [run for run in runs if not run.job.planted]
    for number in range(len(plain), len(plain) + MORE):
        if deeds < USUAL or not unseen(free):
            break
        free += _in_a_row(seed, [(seed + number, EACH, "")])
    table = [record(NAME, seed, free, control=False)]
    for name in controls:
        table.append(record(f"control: {name}", seed, [run for run in runs if run.job.planted == name], control=True))
    _tell(free)
    return table, free


def _in_a_row(seed: int, jobs: Sequence[tuple[int, int, str]]) -> list[Run]:
    with cage(seed) as here:
        return [run for job in jobs for run in _done(here, *job)]


def _done(here: Cage, seed: int, deeds: int, planted: str) -> Iterator[Run]:
    """Run; if a monkey misses a seeded fault, another one looks for it."""
    for turn in range(MONKEYS if planted else 1):
        run = here.run(seed + turn, deeds, planted)
        yield run
        if run.wrongs:
            return


def _tell(runs: Sequence[Run]) -> None:
    left = missed(runs)
    peaces, searches = sum(run.outcome.peaces for run in runs), sum(run.outcome.searches for run in runs)
    rows, longest = sum(run.outcome.rows for run in runs), max(run.outcome.longest for run in runs)
    print(f"{sum(len(run.outcome.deeds) for run in runs):,} deeds on {', '.join(sorted(VIEWS - left))}")
    print(f"views reached: {len(VIEWS - left)} of {len(VIEWS)}; not reached: {', '.join(sorted(left)) or 'none'}")
    print(f"{peaces} times of peace, at home after at most {longest:.1f} s; {searches} searches of the memory")
    print(f"{rows:,} transactions, each compared with what was shown and asked for")


def main(argv: Sequence[str]) -> int:
    options = proof_command.options("monkey", __doc__, "the first seed", USUAL, "deeds", RELEASE)
    options.add_argument("--planted", choices=sorted(PLANTED), help="only this fault on purpose, and how it is found")
    chosen = options.parse_args(argv)
    deeds = RELEASE if chosen.release else chosen.images
    if chosen.planted:
        with cage(chosen.seed) as here:
            run = here.run(chosen.seed, deeds, chosen.planted)
        _tell_wrong(run)
        return 0 if run.wrongs else 1
    table, runs = prove(chosen.seed, deeds, list(PLANTED))
    for run in runs:
        if run.wrongs:
            _tell_wrong(run)
    proof_command.ended(table, chosen.figures)
    return 0 if all(each.held for each in table) and (deeds < USUAL or not unseen(runs)) else 1


def missed(runs: Sequence[Run]) -> frozenset[str]:
    """Return the views that no monkey reached."""
    return VIEWS.difference(*(run.outcome.seen for run in runs))


def unseen(runs: Sequence[Run]) -> frozenset[str]:
    """Return those missed views that one of the monkeys must reach."""
    return missed(runs) - MISSED


def _tell_wrong(run: Run) -> None:
    for wrong in run.wrongs[:LAST]:
        print(f"seed {run.job.seed}, after {len(run.outcome.deeds)} deeds: {wrong}")
    if not run.wrongs:
        return
    with cage(run.job.seed) as here:
        least = shortest(here, run)
    print(f"  {len(least)} deeds do it again; the last of them:")
    for deed in least[-LAST:]:
        print(f"    {deed}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.setdefault("KIOSK_TESTS_SHARED", scratch)
        sys.exit(main(sys.argv[1:]))
