"""Kill a flow or fail one of its calls, then judge the real start-up on what is left."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from tests.proofs.crashes.faults import answers_before_commit, swallows_failures, tries_the_sync_again
from tests.proofs.crashes.run_flow import Beginning, Fault, Said, beginnings, files, live
from tests.proofs.crashes.traced import Blow, Ended, traced
from tests.proofs.power.disk import Image, Mode, Platter, SyncFailed
from tests.proofs.power.history import Past
from tests.proofs.power.judge import Verdict, judge, put
from tests.proofs.power.rules import Harm

CUTS = 4
"""Images of a disk whose power fails some time after a failed call."""
TURNS = 10
"""Attempts at a flow, which may make one call fewer on a slow machine."""
SYNCS, WRITES = ("fdatasync", "fsync"), ("pwrite64",)


@dataclass(frozen=True, slots=True)
class Experiment:
    """Row of the table: these calls, killed at (no errors) or failing with each error, once and permanently."""

    name: str
    errors: Sequence[tuple[str, Sequence[str]]] = ()
    """Each error with the calls that return it."""
    fault: Fault = contextlib.nullcontext
    must: Collection[Harm] = ()
    """Kinds of harm, one of which it must do: then it is a control."""
    lasting: Sequence[bool] = (False, True)
    """Whether a call fails once or permanently."""


KILLED = Experiment("process killed at each system call")
NO_SYNC = Experiment("fsync answers EIO", [("EIO", SYNCS)])
NO_WRITE = Experiment("write answers EIO or ENOSPC", [("EIO", WRITES), ("ENOSPC", WRITES)])
SPOILT = (Harm.LOST, Harm.CORRUPT)
"""Harm after a failed sync, which may have lost the newest row or one before it."""
CONTROLS = (
    replace(KILLED, name="control: told before the commit", fault=answers_before_commit, must=[Harm.LOST]),
    replace(NO_SYNC, name="control: a failed sync is passed over", fault=swallows_failures, must=SPOILT),
    replace(
        NO_SYNC,
        name="control: a failed sync is tried again",
        fault=tries_the_sync_again,
        must=SPOILT,
        lasting=[False],
    ),
)
ALL = (KILLED, NO_SYNC, NO_WRITE, *CONTROLS)


@dataclass(frozen=True, slots=True)
class Found:
    """One image and its verdict."""

    flow: str
    blow: Blow
    how: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Counted:
    """A flow, and the least number of each call in it without a fault."""

    begin: Beginning
    calls: Counter[str]


class Trial:
    """Trial in `folder`, which it empties repeatedly."""

    def __init__(self, folder: Path, seed: int = 1, cuts: int = CUTS) -> None:
        self._seed = seed
        self._cuts = cuts
        self._home = folder / "home"
        self._image = folder / "image"
        self._log = folder / "strace"
        for each in (self._home, self._image):
            each.mkdir(parents=True, exist_ok=True)

        self._begins = list(beginnings(self._home))
        """Run once in this process, so that Python has read everything that it reads from disk."""

    def counted(self, flow: str, experiment: Experiment) -> Counted:
        begin = next(each for each in self._begins if each.flow == flow)
        first, second = (self._run(begin, None, experiment.fault)[0].calls for _turn in range(2))
        return Counted(begin, first & second)

    def strike(self, counted: Counted, experiment: Experiment, blow: Blow) -> Iterator[Found]:
        """Apply the fault to the flow; yield each image that may be left."""
        begin = counted.begin
        for _turn in range(TURNS):
            ended, said = self._run(begin, blow, experiment.fault)
            if ended.calls[blow.call] >= blow.when:
                break
        else:
            raise RuntimeError(f"{begin.flow}: {blow} did not happen: the flow is not the same each time")
        seconds = max(said.seconds, begin.seconds) + 1e6
        yield self._judged(counted, blow, "as it is left", files(self._home), said.past(begin.past), seconds)
        for how, image, past in self._after_failure(begin, said, Random(f"{self._seed} {begin.flow} {blow}")):
            yield self._judged(counted, blow, how, image, past, seconds)

    def _run(self, begin: Beginning, blow: Blow | None, fault: Fault) -> tuple[Ended, Said]:
        put(begin.image, self._home)
        ended = traced(lambda pipe: live(begin, self._home, pipe, fault), blow, self._log)
        killed = blow is not None and not blow.error and ended.calls[blow.call] >= blow.when
        if ended.code != (-9 if killed else 0):
            raise RuntimeError(f"{begin.flow}: {blow}: the child ended with {ended.code}")
        return ended, Said.read(ended.said)

    def _judged(self, counted: Counted, blow: Blow, how: str, image: Image, past: Past, seconds: float) -> Found:
        return Found(counted.begin.flow, blow, how, asyncio.run(judge(image, past, self._image, seconds)))

    def _after_failure(self, begin: Beginning, said: Said, random: Random) -> Iterator[tuple[str, Image, Past]]:
        """Yield the images after a failed sync and a power cut, at the end and before: what was not synced is lost."""
        if said.recording is None:
            return
        operations = said.recording.operations
        failed = next((at for at, each in enumerate(operations, 1) if isinstance(each, SyncFailed)), None)
        if failed is None:
            return
        platter = Platter(said.recording)
        for at in sorted([len(operations), *(random.randint(failed, len(operations)) for _ in range(self._cuts - 1))]):
            mode = random.choice([Mode.NONE, *Mode])
            yield f"cut after {at} operations, {mode}", platter.cut(at, mode, random), said.past(begin.past, at)


def blows(counted: Counted, experiment: Experiment) -> Iterator[Blow]:
    """Yield a fault for every call of the flow; a failing call fails once or permanently."""
    if not experiment.errors:
        yield from (Blow(call, when) for call, n in sorted(counted.calls.items()) for when in range(1, n + 1))
    for error, calls in experiment.errors:
        for call in calls:
            for when in range(1, counted.calls[call] + 1):
                yield from (Blow(call, when, error, on) for on in experiment.lasting)
