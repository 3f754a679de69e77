"""Run the privacy proof: erased rows and finished visits, with leaks that must be found."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar

from kiosk.benchmarks.record import Record
from kiosk.sync.request_signer import Signer
from tests.proofs.privacy import canaries, failures, purge, seeded_leaks
from tests.proofs.privacy.environment import house
from tests.proofs.privacy.visits import Hall, leaks, marked_for
from tests.support import proof_command

VISITS, RELEASE = 1000, 10_000
JOURNALS, CONTROL_JOURNALS = 10, 2
CONTROL_VISITS = 2
FAILING = "a hub that fails in every corner"
T = TypeVar("T")


def prove(seed: int, visits: int, journals: int) -> tuple[list[Record], list[str]]:
    """Return the records, and a sentence for each unexpected find. `lost` counts what could be read."""
    records, said = _alone(partial(_searched, seed, journals))
    visited, visits_said = _alone(partial(_visited, seed, visits))
    failed, failures_said = _alone(partial(_failed, seed))
    return records + visited + failed, said + visits_said + failures_said


async def _searched(seed: int, journals: int, folder: Path) -> tuple[list[Record], list[str]]:
    records, said = [], []
    for setting in (purge.REAL, *purge.CONTROLS):
        began, lost = time.process_time(), 0
        rounds = CONTROL_JOURNALS if setting.must else journals
        for each in range(seed, seed + rounds):
            with tempfile.TemporaryDirectory(dir=folder) as name:
                found = await purge.erased(Path(name), setting, Random(each))
            assert found.before == purge.PLANTED, "what was planted is not there: the search is blind"
            lost += found.after
            if found.after and not setting.must:
                said.append(f"{setting.name}: seed {each}: {found.after} of {purge.PLANTED} can be read")
        records.append(_record(setting.name, rounds * purge.PLANTED, seed, lost, began, setting.must))
    return records, said


async def _visited(seed: int, visits: int, folder: Path) -> tuple[list[Record], list[str]]:
    records, said = [], []
    marked = marked_for(Random(seed), visits)
    async with house(folder, marked) as ground:
        card_key = Signer.load(ground.config.paths.state).identity.card_key
        for leak in seeded_leaks.LEAKS:
            began, number = time.process_time(), CONTROL_VISITS if leak.must else visits
            with leak.planted(marked):
                left = await Hall(ground, folder, marked, leak.formatter()).run(number)
            assert b"the kiosk failed and exits, to be restarted by the service manager" in left.log, (
                "the log was not heard"
            )
            assert b'"parts"' in left.wire, "the line that tells of health was not heard"
            seen = leaks(left, marked, card_key)
            if not leak.must:
                said += [f"{leak.name}: seed {seed}: {len(what)} in {where}" for where, what in seen.items()]
            records.append(_record(leak.name, number, seed, sum(map(len, seen.values())), began, leak.must))
    return records, said


async def _failed(seed: int, folder: Path) -> tuple[list[Record], list[str]]:
    """Compare the hub's own log of its failures with a default log of the same."""
    began, marked = time.process_time(), marked_for(Random(seed), 2)
    failed = failures.failed(folder, marked)
    assert failed.unheard == [], f"not heard: {failed.unheard}"
    mine, usual = (canaries.found(text, marked.personal(failed.card_key)) for text in (failed.hub, failed.usual))
    said = [f"{FAILING}: seed {seed}: {len(mine)} in the log"] if mine else []
    count = len(failures.SAID)
    return [
        _record(FAILING, count, seed, len(mine), began, control=False),
        _record(f"control: {FAILING}, and its usual log", count, seed, len(usual), time.process_time(), control=True),
    ], said


def _alone(work: Callable[[Path], Awaitable[T]]) -> T:
    """Run in memory, if the machine has such a folder."""

    async def awaited(folder: Path) -> T:
        return await work(folder)

    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder, _quiet():
        return asyncio.run(awaited(Path(folder).resolve()))


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress the environment's output; its own log is kept."""
    root = logging.getLogger()
    before, root.handlers = root.handlers, [logging.NullHandler()]
    try:
        yield
    finally:
        root.handlers = before


def _record(name: str, n: int, seed: int, lost: int, began: float, control: bool) -> Record:
    return Record.count(name, n, seed, time.process_time() - began, {"lost": lost}, control=control)


def main(argv: Sequence[str]) -> int:
    options = proof_command.options("privacy", __doc__, "the first seed", VISITS, "visits", RELEASE)
    chosen = options.parse_args(argv)
    records, said = prove(chosen.seed, RELEASE if chosen.release else chosen.images, JOURNALS)
    for sentence in said:
        print(sentence)
    if said:
        print(f"  again: scripts/prove --only privacy --seed {chosen.seed} --images {chosen.images}")
    for record in records:
        if record.control and not record.held:
            print(f"{record.name}: nothing was found: the search is blind")
    return proof_command.ended(records, chosen.figures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
