"""Kiosks that upload at once, each row twice at the same moment and once later; loans are counted."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from kiosk.benchmarks.concurrent_kiosks import FarKiosk, RowResult, at_once, line_to
from kiosk.benchmarks.hub import Ground, HubWorkload, served
from kiosk.central import JournalRow

SOUND, BROKEN = "hub.cli", "tests.proofs.crowd.broken_hub"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of so many rows."""

    rows: int
    lost: int
    doubled: int
    corrupt: int
    """Rows that were answered in two ways, or loans that no kiosk was told of."""
    done: int
    """Rows that were accepted."""


def storm(database: str, seed: int, kiosks: int, rounds: int, program: str = SOUND) -> Verdict:
    """A hub of its own on this database, and `rounds` times every kiosk at once. Raises ProgramFailed."""
    chance = Random(seed)
    dose = HubWorkload(kiosks=kiosks, loans=kiosks * rounds)
    with (
        tempfile.TemporaryDirectory(prefix="kiosk-crowd-") as name,
        served(database, Path(name), dose, program) as ground,
    ):
        told = [each for number in range(rounds) for each in _round(ground, number, chance)]
        return _judged(ground, told)


def _round(ground: Ground, number: int, chance: Random) -> Sequence[RowResult]:
    """Two kiosks want each item, and every second row has happened already."""
    size = len(ground.kiosks)
    items = [ground.items[number * size + each // 2] for each in range(size)]
    chance.shuffle(items)
    sent = []
    for place, (kiosk, item) in enumerate(zip(ground.kiosks, items, strict=True)):
        card = ground.cards[(number + place) % len(ground.cards)]
        row = kiosk.checkout(card, item, no_block=chance.random() < 0.5)
        sent.append((kiosk, row, item))
    acts = [partial(_send, *each, turn) for each in sent for turn in range(2)]
    chance.shuffle(acts)
    return [*at_once(acts), *at_once([partial(_send, *each, 0) for each in sent[::4]])]


def _send(kiosk: FarKiosk, row: JournalRow, item: str, turn: int) -> Sequence[RowResult]:
    """On a line of its own where the kiosk's is taken: a repeat that overtakes."""
    if turn == 0:
        return [kiosk.deliver(row, item)]
    with closing(line_to(f"http://{kiosk.line.host}:{kiosk.line.port}")) as line:
        return [FarKiosk(kiosk.signer, line, kiosk.journal).deliver(row, item)]


def _judged(ground: Ground, told: Sequence[RowResult]) -> Verdict:
    answers: defaultdict[str, set[str]] = defaultdict(set)
    for each in told:
        answers[each.id].add(each.outcome)
    account = ground.account(told)
    two_ways = sum(len(outcomes) > 1 for outcomes in answers.values())
    accepted = Counter(next(iter(outcomes)) for outcomes in answers.values())["accepted"]
    return Verdict(len(answers), account.lost, account.doubled, account.unasked + two_ways, accepted)
