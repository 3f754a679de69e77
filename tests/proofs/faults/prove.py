"""Run the proof of network faults between real processes, with controls."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from random import Random

from kiosk.benchmarks.network_faults.bench import QUEUED, as_text, is_passed, play, records
from kiosk.benchmarks.network_faults.faults import row_of_kinds
from tests.support import proof_command

USUAL, RELEASE = 500, 10_000


def main(argv: Sequence[str]) -> int:
    options = proof_command.options("faults", __doc__, "which faults and patrons", USUAL, "faults", RELEASE)
    chosen = options.parse_args(argv)
    faults = RELEASE if chosen.release else max(1, chosen.images)
    played = asyncio.run(play(row_of_kinds(Random(chosen.seed), faults), chosen.seed, rows=QUEUED))
    print(as_text(played))
    proof_command.ended(records(played), chosen.figures)
    if is_passed(played):
        return 0
    print(f"  again: scripts/prove --only faults --seed {chosen.seed} --images {faults}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
