"""Report a fault benchmark: hits per kind, losses, waits and recovery times."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from random import Random

from kiosk.benchmarks.figures import Figure, as_table, at_least, at_most
from kiosk.benchmarks.network_faults.fault_kinds import FaultKind, row_of_kinds
from kiosk.benchmarks.network_faults.negative_controls import UploadControl
from kiosk.benchmarks.network_faults.run import FaultRunResult, Side, play
from kiosk.benchmarks.network_faults.simulated_patron import Wait
from kiosk.benchmarks.record import Record
from kiosk.visit_player.hub import require_hub

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
    honest = played.honest
    lost, doubled, corrupt = _harms(honest)
    bound = 3 / honest.faults if honest.verdict.fine and honest.faults else None
    seconds = round(played.seconds, 1)
    made = [Record("network faults", honest.faults, played.seed, lost, doubled, corrupt, bound, False, False, seconds)]
    return made + [_control(played.seed, side) for way, side in played.sides.items() if way]


def _control(seed: int, side: Side) -> Record:
    lost, doubled, corrupt = _harms(side)
    harm = doubled if side.control is UploadControl.NEW_ID else lost
    fails = harm >= max(1, LEAST_HARM * side.faults)
    return Record(f"control: {side.control}", side.faults, seed, lost, doubled, corrupt, None, True, fails, 0.0)


def _harms(side: Side) -> tuple[int, int, int]:
    return len(side.verdict.lost), len(side.verdict.doubled), len(side.verdict.corrupt)


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
