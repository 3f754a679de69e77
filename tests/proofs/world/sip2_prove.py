"""Run the proof of SIP2 connections: in virtual time, then on real sockets, with controls."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from kiosk.benchmarks.record import Record, Verdict
from kiosk.benchmarks.sip2.faults import ACTS as ACTS_ON_SOCKETS
from kiosk.benchmarks.sip2.faults import CONTROLS as CONTROLS_ON_SOCKETS
from kiosk.benchmarks.sip2.faults import as_text, is_passed, records
from kiosk.benchmarks.sip2.faults import play as play_on_sockets
from kiosk.benchmarks.sip2.kiosk import ClientControl
from tests.proofs.world.sip2 import play
from tests.support import proof_command
from tests.support.workers import workers

WORLDS, RELEASE = 100, 5000
KIOSKS, RELEASE_KIOSKS = 80, 400
"""Kiosks on sockets: their waits take most of the proof's time."""
ACTS = 60
MOST_TRIES = 300
"""Seeds within which a control must be found: the rarest does harm in one of twenty."""
PROCESSES = 2
CONTROLS = tuple(each for each in ClientControl if each)


def world(job: tuple[int, ClientControl]) -> tuple[Verdict, str, float]:
    """Return the verdict of a world, the digest of its history, and the seconds of one core that it took."""
    began = time.process_time()
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="kiosk-world-", dir=memory) as home:
        outcome = play(job[0], ACTS, Path(home), job[1])
    return outcome.verdict, outcome.digest, time.process_time() - began


def caught(job: tuple[int, ClientControl]) -> Record:
    """Play seed after seed until the control is found."""
    for tries in range(MOST_TRIES):
        verdict, _, seconds = world((job[0] + tries, job[1]))
        if not verdict.fine:
            break
    name = f"control: SIP2 worlds, {job[1]}"
    return Record.count(name, tries + 1, job[0], seconds, verdict.counts, control=True)


def prove(seed: int, worlds: int, processes: int) -> tuple[list[Record], list[str]]:
    jobs = [(seed + each, ClientControl.NONE) for each in range(worlds)]
    if processes == 1:
        done, controls = [*map(world, jobs)], [caught((seed, each)) for each in CONTROLS]
    else:
        with workers(processes) as pool:
            found = pool.map(caught, [(seed, each) for each in CONTROLS])
            done, controls = list(pool.map(world, jobs, chunksize=8)), list(found)
    whole, wrong = Verdict(), []
    for (number, _), (verdict, _, _) in zip(jobs, done, strict=True):
        whole.add(verdict)
        wrong += [f"seed {number}: {each}" for each in verdict.findings()]
    spent = sum(seconds for _, _, seconds in done)
    return [Record.count("SIP2 worlds", worlds, seed, spent, whole.counts), *controls], wrong


def main(argv: Sequence[str]) -> int:
    options = proof_command.options("lines", __doc__, "which misfortunes and patrons", WORLDS, "worlds", RELEASE)
    chosen = options.parse_args(argv)
    worlds, kiosks = (RELEASE, RELEASE_KIOSKS) if chosen.release else (max(1, chosen.images), KIOSKS)
    proved, wrong = prove(chosen.seed, worlds, PROCESSES)
    began = time.process_time()
    played = asyncio.run(play_on_sockets(chosen.seed, kiosks, ACTS_ON_SOCKETS, CONTROLS_ON_SOCKETS))
    proved += records(played, chosen.seed, time.process_time() - began)
    print("\n".join([as_text(played), "", *wrong]))
    proof_command.ended(proved, chosen.figures)
    if is_passed(played) and all(each.held for each in proved):
        return 0
    print(f"  again: scripts/prove --only lines --seed {chosen.seed} --images {worlds}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
