"""Run the proof of concurrent uploads on both databases, with controls."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from kiosk.benchmarks.hub import DATABASES
from kiosk.benchmarks.record import Record
from kiosk.visit_player.processes import ProgramFailed
from tests.proofs.crowd.concurrent_uploads import BROKEN, SOUND, storm
from tests.support import proof_command

KIOSKS, ROWS, RELEASE = 40, 400, 10_000
CONTROL_ROWS = 80


def proved(seed: int, rows: int) -> list[Record]:
    """For each database, run the unchanged hub and one whose ids are not unique."""
    return [
        record(database, seed, rounds, program)
        for database in DATABASES
        for rounds, program in ((rows // KIOSKS, SOUND), (CONTROL_ROWS // KIOSKS, BROKEN))
    ]


def record(database: str, seed: int, rounds: int, program: str, kiosks: int = KIOSKS) -> Record:
    began = time.monotonic()
    found = storm(database, seed, kiosks, max(1, rounds), program)
    control = program == BROKEN
    return Record.count(
        f"control: ids not unique, {database}" if control else f"a crowd at the hub, {database}",
        found.rows,
        seed,
        time.monotonic() - began,
        {"lost": found.lost, "doubled": found.doubled, "corrupt": found.corrupt},
        control=control,
        caught=found.doubled > 0,
    )


def main(argv: Sequence[str]) -> int:
    options = proof_command.options(
        "hub", __doc__, "who sends what, in which order", ROWS, "rows on each database", RELEASE
    )
    chosen = options.parse_args(argv)
    rows = RELEASE if chosen.release else chosen.images
    try:
        records = proved(chosen.seed, rows)
    except ProgramFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    for each in records:
        print(each)
        if not each.held:
            print(f"  again: scripts/prove --only hub --seed {chosen.seed} --images {rows}")
    return proof_command.ended(records, chosen.figures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
