"""Run `kiosk bench faults`: play the faults of one seed on many kiosks and controls, and report what they did.

Afterwards measure the recovery of queues: an outage of all kiosks at once, and a thousand rows of one kiosk.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

from kiosk.benchmarks.figures import Figure, as_table, at_least, at_most
from kiosk.benchmarks.network_faults.faults import HARSH, FaultKind, NetworkFault, row_of_kinds
from kiosk.benchmarks.network_faults.judge import Site, judge, read_hub_records
from kiosk.benchmarks.network_faults.kiosk import UploadControl
from kiosk.benchmarks.network_faults.proxy import Batch
from kiosk.benchmarks.network_faults.test_bed import KioskFigures, Scene, Visitor, Wait, scene
from kiosk.benchmarks.record import Record, Verdict
from kiosk.visit_player.hub import Templates, require_hub
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


WAIT_BUDGET = 2.0
AWAY_BUDGET = 0.1
"""Seconds allowed for a central known to be away: what scheduling on a busy machine can take."""
BACK_BUDGET = 30.0
DRAIN_BUDGET = 30.0
ROWS_BUDGET, BYTES_BUDGET = 50, 64 * 1024
LEAST_HARM = 0.1
"""Minimum share of faults by which a control must do harm; below it the faults are too mild to prove anything."""
LEAST_HIT = 0.8
"""Minimum share of faults that must affect an exchange; below it the plan was not played."""
SHOWN = 20
QUEUED = 1000


def records(played: FaultRunResult) -> list[Record]:
    """Return the result of the honest kiosks and of each control."""
    made = []
    for control, side in played.sides.items():
        harm = side.verdict.counts["doubled" if control is UploadControl.NEW_ID else "lost"]
        made.append(
            Record.count(
                f"control: {control}" if control else "network faults",
                side.faults,
                played.seed,
                0.0 if control else played.seconds,
                side.verdict.counts,
                control=bool(control),
                caught=harm >= max(1, LEAST_HARM * side.faults),
            )
        )
    return made


def waits(played: FaultRunResult) -> list[Figure]:
    """Return the seconds that patrons waited for the network, without the machine's own delays."""
    deliveries = [wait for seen in played.seen for wait in seen.deliveries]
    questions = [wait for seen in played.seen for wait in seen.questions]
    return [
        *_waits("an answer on a loan", deliveries, WAIT_BUDGET),
        *_waits("an answer on card or item", questions, WAIT_BUDGET),
        *_waits("the same, central known to be away", [each for each in deliveries if each.away], AWAY_BUDGET),
        *_waits("card or item, central known to be away", [each for each in questions if each.away], AWAY_BUDGET),
    ]


def paces(played: FaultRunResult) -> list[Figure]:
    """Return how soon everything works again; a busy machine makes these longer."""
    back = [seconds for seen in played.seen for seconds, _ in seen.back]
    made = _spread("network back -> on line, nothing queued", back, BACK_BUDGET)
    if played.outage and played.outage.first:
        made += _spread("outage of all kiosks -> first rows", played.outage.first, BACK_BUDGET)
        span = played.outage.first[-1] - played.outage.first[0]
        made.append(at_least("... spread over", "s", len(played.outage.first), span, None))
    if played.drained:
        made += _drain_figures(played)
    return made


def _drain_figures(played: FaultRunResult) -> list[Figure]:
    drained = played.drained
    assert drained is not None
    rows, n = max(each.rows for each in drained.batches), drained.rows
    size = max(each.size for each in drained.batches)
    return [
        at_most(f"{n} queued rows drained", "s", n, drained.seconds, DRAIN_BUDGET),
        at_least("... rows a second", "1/s", n, n / drained.seconds, 50.0),
        at_most("... rows in a batch", "rows", len(drained.batches), rows, ROWS_BUDGET),
        at_most("... size of a batch", "bytes", len(drained.batches), size, BYTES_BUDGET),
        at_least("... oldest first (1: yes)", "", n, float(drained.in_order), 1.0),
    ]


def _waits(name: str, waits: Sequence[Wait], budget: float) -> list[Figure]:
    return _spread(name, [each.network for each in waits], budget)


def _spread(name: str, values: Sequence[float], budget: float) -> list[Figure]:
    """Return median and 95th percentile, and the maximum against its budget with 0.05 s tolerance."""
    if not values:
        return []
    ordered = sorted(values)
    middle, p95 = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    most = ordered[-1]
    return [
        Figure(name, "s", len(ordered), round(middle, 3), round(p95, 3), None, True),
        Figure("... the longest", "s", len(ordered), round(most, 3), round(most, 3), budget, most <= budget + 0.05),
    ]


def is_passed(played: FaultRunResult) -> bool:
    """Return True if nothing was lost or duplicated, all controls were caught, waits are in budget and faults hit."""
    caught = all(each.failed_as_it_must for each in records(played) if each.control)
    hit = played.honest.faults >= max(1, LEAST_HIT * played.asked)
    return played.honest.verdict.fine and caught and hit and all(each.ok for each in waits(played))


def as_json(played: FaultRunResult) -> str:
    """Return seed, hits, records and figures as JSON."""
    whole = {
        "seed": played.seed,
        "kinds": {kind.value: played.kinds[kind] for kind in FaultKind},
        "records": [asdict(each) for each in records(played)],
        "figures": [asdict(each) for each in [*waits(played), *paces(played)]],
    }
    return json.dumps(whole, indent=1)


def as_text(played: FaultRunResult) -> str:
    """Return hits, results and figures as text."""
    return "\n".join([*_kinds(played), "", *_sides(played), "", as_table([*waits(played), *paces(played)])])


def _kinds(played: FaultRunResult) -> list[str]:
    width = max(len(kind.value) for kind in FaultKind)
    lines = [f"{kind.value.ljust(width)}  {played.kinds[kind]:>5}" for kind in FaultKind]
    hit = sum(1 for kind in FaultKind if played.kinds[kind])
    return [
        "fault".ljust(width) + "   hits",
        *lines,
        f"{hit} of {len(FaultKind)} kinds, {played.honest.faults} of {played.asked} faults",
    ]


def _sides(played: FaultRunResult) -> list[str]:
    lines = []
    for record, side in zip(records(played), played.sides.values(), strict=True):
        said = f"{record.name}: {side.acts} acts, {record.n} faults: {record.lost} lost, {record.doubled} doubled"
        if record.corrupt:
            said += f", {record.corrupt} otherwise wrong"
        if record.control:
            said += " (failed, as it must)" if record.failed_as_it_must else " (DID NOT FAIL: proves nothing)"
        elif record.bound is not None:
            said += f"; the true share is below {record.bound:.1e} (95 %)"
        lines.append(said)
    complaints = played.honest.verdict.findings()
    more = [f"  and {len(complaints) - SHOWN} more"] if len(complaints) > SHOWN else []
    return lines + [f"  {each}" for each in complaints[:SHOWN]] + more


def bench_faults(*, faults: int, seed: int, as_json_text: bool) -> int:
    """Print the results; return 0 if nothing was lost, duplicated or late, else 1. Raises ProgramFailed."""
    require_hub()
    played = asyncio.run(play(row_of_kinds(Random(seed), faults), seed, rows=QUEUED))
    print(as_json(played) if as_json_text else as_text(played))
    if is_passed(played) and all(each.ok for each in paces(played)):
        return 0
    if not as_json_text:
        print(f"again: kiosk bench faults --seed {seed} --faults {faults}")
    return 1
