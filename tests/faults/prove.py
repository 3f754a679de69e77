"""Runs the proof of network faults: so many faults between real processes, controls beside them, and one verdict."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random

from kiosk.benchmarks.network_faults.bench import QUEUED
from kiosk.benchmarks.network_faults.fault_kinds import row_of_kinds
from kiosk.benchmarks.network_faults.report import as_text, held, records
from kiosk.benchmarks.network_faults.run import play

USUAL, RELEASE = 500, 10_000


def main(argv: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="scripts/prove --only faults", description=__doc__)
    options.add_argument("--seed", type=int, default=1, help="which faults and patrons")
    options.add_argument("--images", type=int, default=USUAL, help="how many faults")
    options.add_argument("--release", action="store_true", help=f"{RELEASE:,} faults")
    options.add_argument("--figures", type=Path, help="where the records are to be written, as JSON")
    chosen = options.parse_args(argv)
    faults = RELEASE if chosen.release else max(1, chosen.images)
    played = asyncio.run(play(row_of_kinds(Random(chosen.seed), faults), chosen.seed, rows=QUEUED))
    print(as_text(played))
    if chosen.figures:
        chosen.figures.write_text(json.dumps([asdict(each) for each in records(played)]), encoding="utf-8")
    if held(played):
        return 0
    print(f"  again: scripts/prove --only faults --seed {chosen.seed} --images {faults}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
