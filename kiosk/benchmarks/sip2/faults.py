"""Run `kiosk bench faults --central sip2`: faulty connections between kiosks and a SIP2 system."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict

from kiosk.benchmarks.record import Record, Verdict
from kiosk.benchmarks.sip2.negative_controls import ClientControl
from kiosk.benchmarks.sip2.sockets import Played, play

LEAST_HITS = 20
"""Minimum number of faults for a valid proof."""


def record(name: str, n: int, seed: int, verdict: Verdict, seconds: float, *, control: bool) -> Record:
    """Build a record; an unrequested renewal counts as a duplicate. `n` is the base of the bound."""
    doubled = len(verdict.doubled) + len(verdict.renewed)
    bound = 3 / n if verdict.fine and n and not control else None
    lost, corrupt, fails = len(verdict.lost), len(verdict.corrupt), control and not verdict.fine
    return Record(name, n, seed, lost, doubled, corrupt, bound, control, fails, round(seconds, 1))


def records(played: Sequence[Played], seed: int, seconds: float) -> list[Record]:
    """Build the records of a run on real sockets; `n` counts the errands."""
    first, *controls = played
    made = [record("SIP2 on sockets", first.verdict.acts, seed, first.verdict, seconds, control=False)]
    for each in controls:
        name = f"control: SIP2 on sockets, {each.control}"
        made.append(record(name, each.verdict.acts, seed, each.verdict, 0.0, control=True))
    return made


def held(played: Sequence[Played]) -> bool:
    """Return True if enough faults occurred, nothing went wrong, and every control was caught."""
    first, *controls = played
    hit = first.hits.total() >= LEAST_HITS
    return hit and first.verdict.fine and all(not each.verdict.fine for each in controls)


def as_text(played: Sequence[Played]) -> str:
    """Return hits and results as text."""
    first, lines = played[0], []
    for each in played:
        v = each.verdict
        said = f"{each.control or 'the product'}: {v.acts} acts, {each.hits.total()} of them hit: {len(v.lost)} lost,"
        said += f" {len(v.doubled)} doubled, {len(v.renewed)} renewals not asked for, {len(v.corrupt)} otherwise wrong"
        if each.control:
            said += " (DID NOT FAIL: proves nothing)" if v.fine else " (failed, as it must)"
        lines.append(said)
    hits = [f"{kind.value.ljust(32)} {first.hits[kind]:>5}" for kind in sorted(first.hits)]
    return "\n".join([*hits, "", *lines, *(f"  {each}" for each in first.verdict.all()[:20])])


ACTS = 10
CONTROLS = (ClientControl.BLIND, ClientControl.LOST_IS_DONE)


def bench_sip2_faults(*, kiosks: int, seed: int, as_json_text: bool) -> int:
    """Print the results; return 0 if nothing was lost or duplicated and every control was caught, else 1."""
    played = asyncio.run(play(seed, kiosks, ACTS, CONTROLS))
    print(json.dumps([asdict(each) for each in records(played, seed, 0.0)]) if as_json_text else as_text(played))
    return 0 if held(played) else 1
