"""Run the block-level proof: power cuts below a real ext4, with two controls. Needs root."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from kiosk.benchmarks.record import Record
from tests.proofs.blocks.trial import Cut, Trial
from tests.proofs.power.rules import Harm
from tests.proofs.power.trial import Setting
from tests.support import proof_command

REAL = Setting("cuts below ext4")
CONTROLS = (
    Setting("control: below ext4, synchronous=NORMAL", synchronous=1, must=Harm.LOST),
    Setting("control: below ext4, no flush", flushes=False, must=Harm.LOST),
)
PER_SEED = 50
IMAGES, RELEASE = 1000, 10_000
CONTROL_SEEDS = 4
LEAST_HARM = 0.1
"""Least share of images that a control must harm in any way."""


def prove(setting: Setting, seeds: Sequence[int], folder: Path) -> tuple[Record, int, list[tuple[int, Cut]]]:
    """Return the record, the number of images that mounted only after e2fsck, and the failures."""
    began, found = time.monotonic(), list[tuple[int, Cut]]()
    for seed in seeds:
        found += [(seed, cut) for cut in Trial(seed, folder).cuts(setting, PER_SEED)]
    harms = Counter(cut.verdict.harm for _, cut in found if cut.verdict.harm)
    record = Record.count(
        setting.name,
        len(found),
        seeds[0],
        time.monotonic() - began,
        {"lost": harms[Harm.LOST], "doubled": harms[Harm.DOUBLED], "corrupt": harms[Harm.CORRUPT]},
        control=setting.must is not None,
        caught=harms.total() >= LEAST_HARM * len(found),
    )
    return record, sum(cut.checked for _, cut in found), [each for each in found if each[1].verdict.harm]


def main(argv: Sequence[str]) -> int:
    options = proof_command.options("blocks", __doc__, "the first seed", IMAGES, "images", RELEASE)
    chosen = options.parse_args(argv)
    if os.geteuid() != 0:
        print("blocks: mounts file systems, so it wants root", file=sys.stderr)
        return 2
    logging.disable()
    images = RELEASE if chosen.release else chosen.images
    records = []
    for setting in (REAL, *CONTROLS):
        seeds = min(CONTROL_SEEDS, -(-images // PER_SEED)) if setting.must else -(-images // PER_SEED)
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            record, checked, harmed = prove(setting, range(chosen.seed, chosen.seed + seeds), Path(folder).resolve())
        records.append(record)
        print(f"{record.name}: {record.n} images, {checked} mounted only after e2fsck")
        for seed, cut in [] if setting.must else harmed[:10]:
            print(f"  {cut.where}: {cut.verdict.harm}: {cut.verdict.why}")
            print(f"    again: scripts/prove --only blocks --seed {seed} --images {PER_SEED}")
    return proof_command.ended(records, chosen.figures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
