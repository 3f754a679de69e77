"""Play the faults of one seed on many kiosks and controls, then reconcile the hub with the kiosks.

Afterwards measure the recovery of queues: an outage of all kiosks at once, and a thousand rows of one kiosk.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from kiosk.benchmarks.network_faults.fault_kinds import HARSH, FaultKind, NetworkFault, row_of_kinds
from kiosk.benchmarks.network_faults.library import Site
from kiosk.benchmarks.network_faults.negative_controls import UploadControl
from kiosk.benchmarks.network_faults.proxy import Batch
from kiosk.benchmarks.network_faults.reconciliation import judge, read_hub_records
from kiosk.benchmarks.network_faults.simulated_patron import KioskFigures, Visitor
from kiosk.benchmarks.network_faults.test_bed import Scene, scene
from kiosk.benchmarks.record import Verdict
from kiosk.visit_player.hub import Templates
from kiosk.visit_player.processes import end_on_signals

KIOSKS = 80
"""Kiosks in parallel: a kiosk that is away waits ten seconds between two attempts."""
CONTROLS = 4
"""Kiosks per control."""
LEAST = 3
"""Minimum faults per control kiosk, if there are that many kinds."""
PERSONAL_DATA = re.compile(r".{,80}(/cards/[0-9a-f]{3}|/items/.|3888[0-9]{10}|(AA|BB)[0-9A-F]{6}\b)")
OUTAGE_SECONDS = 14.0
"""Seconds: longer than the longest pause between two attempts."""
ACTS = 3
GONE = NetworkFault(FaultKind.REFUSED, rows_only=False, after=False, most=1000, seconds=0.0, share=0.0, choice=0)


@dataclass
class Side:
    """All kiosks with one kind of client."""

    control: UploadControl
    faults: int = 0
    verdict: Verdict = field(default_factory=Verdict)
    acts: int = 0


@dataclass(frozen=True, slots=True)
class Outage:
    """Seconds from the network's return, per kiosk."""

    first: Sequence[float]
    """Until its first rows arrived."""
    back: Sequence[float]
    """Until its queue was empty."""


@dataclass(frozen=True, slots=True)
class DrainResult:
    """How one kiosk's long queue drained."""

    rows: int
    seconds: float
    """Seconds from the first request to the last answer."""
    batches: Sequence[Batch]

    @property
    def in_order(self) -> bool:
        """True if rows came oldest first and once, except batches resent unchanged after a late answer."""
        sent = [tuple(batch.seqs) for batch in self.batches]
        once = [batch for batch, before in zip(sent, [(), *sent], strict=False) if batch != before]
        seqs = [seq for batch in once for seq in batch]
        return seqs == sorted(set(seqs))


@dataclass
class FaultRunResult:
    """Result of one run."""

    seed: int
    asked: int
    """Number of faults drawn for the honest kiosks."""
    kinds: Counter[FaultKind] = field(default_factory=Counter)
    sides: dict[UploadControl, Side] = field(default_factory=dict)
    seen: list[KioskFigures] = field(default_factory=list)
    """Measurements of the honest kiosks."""
    outage: Outage | None = None
    drained: DrainResult | None = None
    seconds: float = 0.0

    @property
    def honest(self) -> Side:
        return self.sides[UploadControl.NONE]


async def play(
    kinds: Sequence[FaultKind],
    seed: int,
    *,
    rows: int,
    together: bool = True,
    harsh: Sequence[FaultKind] = HARSH,
    templates: Templates | None = None,
) -> FaultRunResult:
    """Play faults, an outage and a long queue. Raises ProgramFailed.

    Args:
        kinds: Kinds of the faults for the honest kiosks.
        seed: Seed of everything random.
        rows: Length of the queue to drain.
        together: Interrupt all kiosks at once.
        harsh: Kinds of the faults for the controls.
        templates: Demo libraries to copy, or None to build one here.
    """
    end_on_signals()
    began = time.monotonic()
    played = FaultRunResult(seed, asked=len(kinds), sides={each: Side(each) for each in UploadControl})
    with tempfile.TemporaryDirectory(prefix="kiosk-faults-") as name:
        folder = Path(name)
        made = templates or Templates(folder / "templates")
        async with scene(folder, _sites(folder, min(KIOSKS, len(kinds))), seed, made) as stage:
            honest = [each for each in stage.visitors if not each.shelf.site.control]
            await _all_faults(stage.visitors, honest, kinds, harsh, seed)
            if together:
                played.outage = await outage(honest)
            played.drained = await drain(honest[0], rows)
            await _judge_all(stage, played)
    played.seconds = time.monotonic() - began
    return played


def _sites(folder: Path, honest: int) -> list[Site]:
    ways = [UploadControl.NONE] * honest + [each for each in UploadControl if each for _ in range(CONTROLS)]
    return [Site(number, folder / f"k{number:03}", way) for number, way in enumerate(ways)]


async def _all_faults(
    visitors: Sequence[Visitor],
    honest: Sequence[Visitor],
    kinds: Sequence[FaultKind],
    harsh: Sequence[FaultKind],
    seed: int,
) -> None:
    """Distribute the kinds over the honest kiosks; each control gets as many harsh ones."""
    most = max(-(-len(kinds) // len(honest)), min(LEAST, len(harsh)))
    plans = {visitor: kinds[number :: len(honest)] for number, visitor in enumerate(honest)}
    others = [visitor for visitor in visitors if visitor not in plans]
    for visitor in others:
        plans[visitor] = row_of_kinds(Random(f"{seed} {visitor.shelf.site.number}"), most, harsh)
    async with asyncio.TaskGroup() as group:
        for visitor, plan in plans.items():
            group.create_task(visitor.play(plan))


async def _judge_all(stage: Scene, played: FaultRunResult) -> None:
    for visitor in stage.visitors:
        await _judge(stage, visitor, played)
    for log in stage.logs:
        if found := PERSONAL_DATA.search(log.read_text(encoding="utf-8", errors="replace")):
            played.honest.verdict.corrupt.append(f"a log names a card or a book: {found[0]!r}")
    for words in stage.stranger.received:
        played.honest.verdict.corrupt.append(f"a stranger received {words[:60]!r}")


async def _judge(stage: Scene, visitor: Visitor, played: FaultRunResult) -> None:
    side = played.sides[visitor.shelf.site.control]
    side.faults += len(visitor.seen.hits)
    side.acts += len(visitor.shelf.statements)
    set_aside = int((await visitor.wait_until_settled(0))["set_aside"])
    side.verdict.add(judge(visitor.shelf, read_hub_records(stage.database, visitor.shelf), set_aside))
    if side.control:
        return
    played.kinds.update(visitor.seen.hits)
    played.seen.append(visitor.seen)
    side.verdict.corrupt += visitor.seen.stuck
    if visitor.proxy.believed:
        side.verdict.corrupt.append(f"{visitor.shelf.site.name}: it accepted an invalid certificate")


async def outage(visitors: Sequence[Visitor]) -> Outage:
    """Interrupt all networks at the same time, with visits during the outage."""
    for each in visitors:
        each.proxy.set(GONE)
        each.proxy.batches.clear()
    await asyncio.gather(*(each.visit(ACTS) for each in visitors))
    await asyncio.sleep(OUTAGE_SECONDS)
    for each in visitors:
        each.proxy.set(None)
    returned = time.monotonic()
    back = await asyncio.gather(*(_empty(each) for each in visitors))
    first = [each.proxy.batches[0].at - returned for each in visitors if each.proxy.batches]
    return Outage(sorted(first), sorted(at - returned for at in back))


async def drain(visitor: Visitor, rows: int) -> DrainResult:
    """Queue `rows` while the network is down, then restore it."""
    visitor.proxy.set(GONE)
    await visitor.many(rows)
    visitor.proxy.batches.clear()
    visitor.proxy.set(None)
    ended = await _empty(visitor)
    batches = tuple(visitor.proxy.batches)
    return DrainResult(rows, ended - batches[0].at if batches else 0.0, batches)


async def _empty(visitor: Visitor) -> float:
    """Wait until the queue is empty and return the time."""
    await visitor.wait_until_settled()
    return time.monotonic()
