"""Report the effect of faulty connections on SIP2 kiosks, as records and as text."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.benchmarks.record import Record
from kiosk.benchmarks.sip2.reconciliation import Verdict
from kiosk.benchmarks.sip2.sockets import Played

LEAST_HITS = 20
"""Minimum number of faults for a valid proof."""


def record(name: str, n: int, seed: int, verdict: Verdict, seconds: float, *, control: bool) -> Record:
    """Build a record; an unrequested renewal counts as a duplicate. `n` is the base of the bound."""
    doubled = len(verdict.doubled) + len(verdict.renewed)
    bound = 3 / n if verdict.fine and n and not control else None
    lost, wrong, fails = len(verdict.lost), len(verdict.wrong), control and not verdict.fine
    return Record(name, n, seed, lost, doubled, wrong, bound, control, fails, round(seconds, 1))


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
        said += f" {len(v.doubled)} doubled, {len(v.renewed)} renewals not asked for, {len(v.wrong)} otherwise wrong"
        if each.control:
            said += " (DID NOT FAIL: proves nothing)" if v.fine else " (failed, as it must)"
        lines.append(said)
    hits = [f"{kind.value.ljust(32)} {first.hits[kind]:>5}" for kind in sorted(first.hits)]
    return "\n".join([*hits, "", *lines, *(f"  {each}" for each in first.verdict.all()[:20])])
