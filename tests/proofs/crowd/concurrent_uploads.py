"""Let kiosks upload concurrently, each row twice at once and some once more later, and count the loans."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from kiosk.benchmarks.hub import FarKiosk, Ground, HubWorkload, RowResult, at_once, line_to, running_hub
from kiosk.central import JournalRow

SOUND, BROKEN = "hub.cli", "tests.proofs.crowd.broken_hub"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of a run."""

    rows: int
    lost: int
    doubled: int
    corrupt: int
    """Rows with two different answers, and loans that were refused or that no kiosk requested."""
    done: int
    """Accepted rows."""


def storm(database: str, seed: int, kiosks: int, rounds: int, program: str = SOUND) -> Verdict:
    """Start a hub on this database and let every kiosk upload at once, `rounds` times. Raises ProgramFailed."""
    random = Random(seed)
    workload = HubWorkload(kiosks=kiosks, loans=kiosks * rounds)
    with (
        tempfile.TemporaryDirectory(prefix="kiosk-crowd-") as name,
        running_hub(database, Path(name), workload, program) as ground,
    ):
        results = [each for number in range(rounds) for each in _round(ground, number, random)]
        return _judged(ground, results)


def _round(ground: Ground, number: int, random: Random) -> Sequence[RowResult]:
    """Let two kiosks check out each item, about half of the rows as no-block, and repeat every fourth row later."""
    size = len(ground.kiosks)
    items = [ground.items[number * size + each // 2] for each in range(size)]
    random.shuffle(items)
    sent = []
    for place, (kiosk, item) in enumerate(zip(ground.kiosks, items, strict=True)):
        card = ground.cards[(number + place) % len(ground.cards)]
        row = kiosk.checkout(card, item, no_block=random.random() < 0.5)
        sent.append((kiosk, row, item))
    uploads = [partial(_send, *each, turn) for each in sent for turn in range(2)]
    random.shuffle(uploads)
    return [*at_once(uploads), *at_once([partial(_send, *each, 0) for each in sent[::4]])]


def _send(kiosk: FarKiosk, row: JournalRow, item: str, turn: int) -> Sequence[RowResult]:
    """Send the row; the repeat (`turn` 1) takes a connection of its own, and may overtake the first."""
    if turn == 0:
        return [kiosk.deliver(row, item)]
    with closing(line_to(f"http://{kiosk.line.host}:{kiosk.line.port}")) as line:
        return [FarKiosk(kiosk.signer, line, kiosk.journal).deliver(row, item)]


def _judged(ground: Ground, results: Sequence[RowResult]) -> Verdict:
    answers: defaultdict[str, set[str]] = defaultdict(set)
    for each in results:
        answers[each.id].add(each.outcome)
    account = ground.account(results)
    two_ways = sum(len(outcomes) > 1 for outcomes in answers.values())
    accepted = Counter(next(iter(outcomes)) for outcomes in answers.values())["accepted"]
    return Verdict(len(answers), account.lost, account.doubled, account.unasked + two_ways, accepted)
