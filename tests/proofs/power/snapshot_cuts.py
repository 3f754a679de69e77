"""Cut the power while the snapshot is written, changed or replaced: one whole state must remain.

The writer is the product's; the disk is simulated. Two controls must do harm: a disk that ignores flush, and a writer
that makes a change in two steps.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from unittest import mock

import apsw

from kiosk.benchmarks.record import Record
from kiosk.snapshot import writer as snapshot_pen
from kiosk.snapshot.file import Copy, Label, SnapshotDamaged, check
from kiosk.snapshot.writer import DeltaWriter, FullWriter, TitlesOnlyWriter
from lending.model import CardRef, CardStatus, ItemId, PatronRef
from lending.policy import Policy, Rule
from lending.wire import SnapshotCard, SnapshotPage, WireItem, WirePatron, policy_to
from tests.proofs.power.disk import Image, Mode, Platter, Recording
from tests.proofs.power.prove import SHOWN, Tally
from tests.proofs.power.recorder import recorded
from tests.proofs.power.rules import Harm
from tests.support import proof_command

PER_SEED = 100
USUAL, RELEASE = 2_000, 100_000
CONTROL_SEEDS = 4
CACHE_KIB = 40
"""Cache so small that part of a change reaches the disk before it is whole."""
REAL, IGNORES, HASTY = (
    "cuts while a snapshot is written",
    "control: a snapshot on a disk that ignores flush",
    "control: a change of the snapshot in two steps",
)
MUST = {REAL: None, IGNORES: Harm.LOST, HASTY: Harm.CORRUPT}
RULES = policy_to(Policy((Rule(days=28),), "Asia/Shanghai"))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a seed makes: cards and items, sent whole at some states and changed at the others."""

    states: int
    anew: frozenset[int]
    cards: int
    items: int

    @classmethod
    def of(cls, chance: Random) -> Plan:
        states = chance.randint(5, 10)
        return cls(states, frozenset({0, chance.randrange(1, states)}), chance.randint(1, 80), chance.randint(1, 120))

    def pages(self, state: int) -> Iterator[SnapshotPage]:
        """Yield the pages of a state; every card and item names the state."""
        whole = state in self.anew
        patrons = [
            WirePatron(ref=f"p{each}", category=f"c{state}", card=CardStatus.ACTIVE) for each in range(self.cards)
        ]
        cards = [SnapshotCard(card=card(number), patron=each) for number, each in enumerate(patrons)]
        items = [
            WireItem(id=item(number), title=f"t{state}", holder=f"h{state}", renewals=state)
            for number in range(self.items)
        ]
        for half in (0, 1):
            yield SnapshotPage(
                wire=1,
                mark=f"m{state}",
                whole=whole and not half,
                more=not half,
                policy=RULES if whole and not half else None,
                cards=cards[half::2],
                items=items[half::2],
            )


def card(number: int) -> CardRef:
    return CardRef(f"{number:064x}")


def item(number: int) -> ItemId:
    return ItemId(f"3000{number:010d}")


@dataclass
class Past:
    """Disk operations at which each state was begun and was reported as stored."""

    recording: Recording
    begun: list[int] = field(default_factory=list)
    there: list[int] = field(default_factory=list)

    def moment(self, chance: Random) -> int:
        """Draw a moment of some state. A change has fewer operations than a whole library, and counts as much."""
        begun, there = chance.choice(list(zip(self.begun, self.there, strict=True)))
        return chance.randint(begun, there)

    def may_be(self, at: int) -> set[int]:
        """Return the states in which the file may be after this many operations; -1 is no file at all."""
        known, begun = sum(done <= at for done in self.there) - 1, sum(start <= at for start in self.begun) - 1
        return set(range(known, begun + 1))


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Give each connection the file for itself, as the journal has it: the recording disk has no shared memory."""

    def exclusive(db: apsw.Connection) -> None:
        db.pragma("locking_mode", "exclusive")

    apsw.connection_hooks.append(exclusive)
    try:
        yield
    finally:
        apsw.connection_hooks.remove(exclusive)


class HastyChange(DeltaWriter):
    """Faulty writer that syncs each page separately."""

    def add(self, page: SnapshotPage) -> None:
        super().add(page)
        self._db.execute("COMMIT")
        self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        self._db.execute("BEGIN IMMEDIATE")


def written(plan: Plan, folder: Path, seed: int, change: type[DeltaWriter]) -> Past:
    """Write one state after the other with the product's writer; at last erase the status of cards and items."""
    past = Past(Recording({}))
    path = folder / "snapshot.db"
    small = mock.patch.object(snapshot_pen, "CACHE_KIB", CACHE_KIB)
    with small, recorded(past.recording, folder, Random(seed)), alone():
        for state in range(plan.states):
            past.begun.append(past.recording.now)
            pen = FullWriter(path) if state in plan.anew else change(path)
            for page in plan.pages(state):
                pen.add(page)
            pen.finish(Label(f"m{state}", datetime(2026, 11, 22, tzinfo=UTC), state))
            if isinstance(pen, FullWriter):
                pen.put_in_place()
            pen.drop()
            past.there.append(past.recording.now)
        past.begun.append(past.recording.now)
        titles = TitlesOnlyWriter(path)
        titles.finish(Label("", datetime(2026, 11, 22, tzinfo=UTC), plan.states - 1))
        titles.put_in_place()
        past.there.append(past.recording.now)
    return past


def found(plan: Plan, image: Image, folder: Path) -> int:
    """Return the state of the file, checked as a whole; -1 if there is no file. Raises SnapshotDamaged.

    The state with titles only comes after the last.
    """
    for each in folder.iterdir():
        each.unlink()
    for name, content in image.items():
        (folder / name).write_bytes(content)
    try:
        check(folder / "snapshot.db")
        copy = Copy(folder / "snapshot.db")
    except FileNotFoundError:
        return -1
    try:
        state = copy.label.watermark
        patrons = [copy.patron(card(number)) for number in range(plan.cards)]
        items = [copy.item(item(number)) for number in range(plan.items)]
        held = copy.items_of(PatronRef(f"h{state}"))
    finally:
        copy.close()
    if not copy.label.mark and not any(patrons) and not held:
        whole = all(each is not None and (each.title, each.renewals) == (f"t{state}", 0) for each in items)
        if whole and state == plan.states - 1:
            return plan.states
    whole = all(each is not None and each.category == f"c{state}" for each in patrons)
    whole &= all(each is not None and (each.title, each.renewals) == (f"t{state}", state) for each in items)
    if not whole or len(held) != plan.items or copy.label.mark != f"m{state}":
        raise SnapshotDamaged("parts of two states")
    return state


@dataclass(frozen=True, slots=True)
class Cut:
    where: str
    harm: Harm | None
    why: str = ""


def cuts(seed: int, folder: Path, name: str = REAL) -> Iterator[Cut]:
    """Cut the power at moments of one seed."""
    chance = Random(seed)
    plan = Plan.of(chance)
    for each in ("disk", "image"):
        (folder / each).mkdir()
    past = written(plan, folder / "disk", seed, HastyChange if name == HASTY else DeltaWriter)
    platter = Platter(past.recording, flushes=name != IGNORES)
    for at in sorted(past.moment(chance) for _ in range(PER_SEED)):
        mode = chance.choice(list(Mode))
        where = f"seed {seed}, operation {at} of {past.recording.now}, {mode}"
        try:
            state = found(plan, platter.cut(at, mode, chance), folder / "image")
        except SnapshotDamaged as damage:
            yield Cut(where, Harm.CORRUPT, str(damage))
            continue
        lost = state not in past.may_be(at)
        yield Cut(where, Harm.LOST if lost else None, f"state {state}, not one of {past.may_be(at)}" if lost else "")


def prove(seed: int, seeds: int, control_seeds: int) -> tuple[Sequence[Record], Sequence[tuple[int, Cut]]]:
    """Run every seed from `seed` on, each control on the first of them; return the records and the failures."""
    tallies = {name: Tally(must) for name, must in MUST.items()}
    wrong: list[tuple[int, Cut]] = []
    for name in MUST:
        for of in range(seed, seed + (seeds if name == REAL else control_seeds)):
            began = time.process_time()
            with _memory() as folder:
                cut_list = list(cuts(of, folder, name))
            tallies[name].n += len(cut_list)
            tallies[name].harms.update(cut.harm for cut in cut_list if cut.harm)
            tallies[name].seconds += time.process_time() - began
            wrong += [(of, cut) for cut in cut_list if cut.harm and name == REAL]
    return [tally.record(name, seed) for name, tally in tallies.items()], wrong


@contextlib.contextmanager
def _memory() -> Iterator[Path]:
    """Yield a folder in memory, if the machine has one: the disk is simulated anyway."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder).resolve()


def main(argv: Sequence[str]) -> int:
    options = proof_command.options("snapshot", __doc__, "the first seed", USUAL, "images", RELEASE)
    chosen = options.parse_args(argv)
    images = RELEASE if chosen.release else chosen.images
    records, wrong = prove(chosen.seed, max(1, -(-images // PER_SEED)), CONTROL_SEEDS)
    for seed, cut in wrong[:SHOWN]:
        print(f"{REAL}: {cut.where}: {cut.harm}: {cut.why}")
        print(f"  again: scripts/prove --only snapshot --seed {seed} --images {PER_SEED}")
    for record in records:
        if record.control and not record.held:
            print(f"{record.name}: the harm it must do is missing: this disk proves nothing")
    return proof_command.ended(records, chosen.figures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
