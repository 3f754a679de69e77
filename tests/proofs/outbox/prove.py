"""Run the outbox proof on both databases, with two controls."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from kiosk.benchmarks.hub import DATABASES
from kiosk.benchmarks.record import Record
from tests.proofs.outbox.kills import Found, killed
from tests.proofs.outbox.worker import NOT_CLAIMED, NOTED_FIRST, SOUND
from tests.support import proof_command

MESSAGES, RELEASE, CONTROL = 2_000, 10_000, 500
PACE, QUICK = 5.0, 1.5
"""Longest lifetime of a worker in seconds: it must get to work between two kills."""


def record(database: str, seed: int, messages: int, fault: str) -> tuple[Record, Found]:
    began = sum(os.times()[:4])
    found = killed(database, messages, seed, fault, PACE if fault == SOUND else QUICK)
    control = fault != SOUND
    name = f"control: {fault}, {database}" if control else f"workers killed while they send, {database}"
    proved = Record.count(
        name,
        found.messages,
        seed,
        sum(os.times()[:4]) - began,
        {"lost": found.lost, "doubled": found.doubled},
        control=control,
        caught=bool(found.lost if fault == NOTED_FIRST else found.doubled),
    )
    return proved, found


def main(argv: Sequence[str]) -> int:
    options = proof_command.options(
        "outbox", __doc__, "when who is killed", MESSAGES, "messages on each database", RELEASE
    )
    chosen = options.parse_args(argv)
    messages = RELEASE if chosen.release else chosen.images
    records = []
    for database in DATABASES:
        for fault in (SOUND, NOTED_FIRST, NOT_CLAIMED):
            proved, found = record(database, chosen.seed, messages if fault == SOUND else CONTROL, fault)
            records.append(proved)
            counts = f"{found.messages:,} messages, {found.kills} kills, {found.lost} lost, {found.doubled} doubled"
            print(f"{proved.name}: {counts}, {found.again} sent again under their key", flush=True)
            if not proved.held:
                print(f"  again: scripts/prove --only outbox --seed {chosen.seed} --images {messages}", flush=True)
    return proof_command.ended(records, chosen.figures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
