"""Run `kiosk bench faults`: play, print, and set the exit code."""

from __future__ import annotations

import asyncio
from random import Random

from kiosk.benchmarks.network_faults.fault_kinds import row_of_kinds
from kiosk.benchmarks.network_faults.report import as_json, as_text, held, paces
from kiosk.benchmarks.network_faults.run import play
from kiosk.visit_player.hub import require_hub

QUEUED = 1000


def bench_faults(*, faults: int, seed: int, as_json_text: bool) -> int:
    """Print the results; return 0 if nothing was lost, duplicated or late, else 1. Raises ProgramFailed."""
    require_hub()
    played = asyncio.run(play(row_of_kinds(Random(seed), faults), seed, rows=QUEUED))
    print(as_json(played) if as_json_text else as_text(played))
    if held(played) and all(each.ok for each in paces(played)):
        return 0
    if not as_json_text:
        print(f"again: kiosk bench faults --seed {seed} --faults {faults}")
    return 1
