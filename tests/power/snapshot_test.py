"""The power goes while the snapshot is written: what is there then is one whole state of it, the old one or the new."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import apsw
import pytest

from kiosk import snapshot_pen
from kiosk.domain.model import CardRef, CardStatus, ItemId, PatronRef
from kiosk.domain.policy import Policy, Rule
from kiosk.snapshot_file import Copy, Label, SnapshotDamaged, check
from kiosk.snapshot_pen import Change, Fresh
from kiosk.sync.wire import SnapshotCard, SnapshotPage, WireItem, WirePatron, policy_to
from tests.power.disk import Image, Mode, Platter, Recording, Unname
from tests.power.recorder import recorded

SEED = 1
STATES = 10
ANEW = (0, 6)
"""States that come as a whole library; the others as changes of the one before."""
CARDS, ITEMS = 60, 90
IMAGES = 400
LEAST = 0.2
"""The share of images that the control must break."""
RULES = policy_to(Policy((Rule(days=28),), "Asia/Shanghai"))


def card(number: int) -> CardRef:
    return CardRef(f"{number:064x}")


def item(number: int) -> ItemId:
    return ItemId(f"3000{number:010d}")


def pages(state: int) -> Iterator[SnapshotPage]:
    """Every card and item says which state it is of."""
    whole = state in ANEW
    for half in (0, 1):
        patrons = (
            WirePatron(ref=f"p{number}", category=f"c{state}", card=CardStatus.ACTIVE) for number in range(CARDS)
        )
        cards = [SnapshotCard(card=card(number), patron=each) for number, each in enumerate(patrons)]
        items = [
            WireItem(id=item(number), title=f"t{state}", holder=f"h{state}", renewals=state) for number in range(ITEMS)
        ]
        yield SnapshotPage(
            wire=1,
            mark=f"m{state}",
            whole=whole and not half,
            more=not half,
            policy=RULES if whole and not half else None,
            cards=cards[half::2],
            items=items[half::2],
        )


@dataclass
class Past:
    """When each state was begun and was said to be there, in operations of the disk."""

    recording: Recording
    begun: list[int] = field(default_factory=list)
    there: list[int] = field(default_factory=list)

    def may_be(self, at: int) -> set[int | None]:
        """The states of which the file may be when the power goes after so many operations."""
        known = sum(done <= at for done in self.there) - 1
        begun = sum(start <= at for start in self.begun) - 1
        return {None if each < 0 else each for each in range(known, begun + 1)}


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """The recording disk shares no memory between connections: each has the file for itself, as the journal has."""

    def exclusive(db: apsw.Connection) -> None:
        db.pragma("locking_mode", "exclusive")

    apsw.connection_hooks.append(exclusive)
    try:
        yield
    finally:
        apsw.connection_hooks.remove(exclusive)


@contextlib.contextmanager
def renaming(recording: Recording) -> Iterator[None]:
    replaced = os.replace

    def replacing(old: Any, new: Any) -> None:
        replaced(old, new)
        inode = recording.names.pop(Path(old).name)
        recording.linked(Path(new).name, inode)
        recording.note(Unname(Path(old).name))

    with mock.patch.object(os, "replace", replacing):
        yield


def written(folder: Path) -> Past:
    """Ten states, one after the other, with a cache so small that a change goes to the disk before it is whole."""
    past = Past(Recording({}))
    path = folder / "snapshot.db"
    with recorded(past.recording, folder, Random(SEED)), renaming(past.recording), alone():
        for state in range(STATES):
            past.begun.append(past.recording.now)
            pen = Fresh(path) if state in ANEW else Change(path)
            for page in pages(state):
                pen.add(page)
            pen.finish(Label(f"m{state}", datetime(2026, 11, 22, tzinfo=UTC), state))
            if isinstance(pen, Fresh):
                pen.put_in_place()
            pen.drop()
            past.there.append(past.recording.now)
    return past


def found(image: Image, folder: Path) -> int | None:
    """The state that the file is of, all of it; None where there is no file. Raises SnapshotDamaged."""
    for each in folder.iterdir():
        each.unlink()
    for name, content in image.items():
        (folder / name).write_bytes(content)
    try:
        check(folder / "snapshot.db")
        copy = Copy(folder / "snapshot.db")
    except FileNotFoundError:
        return None
    try:
        state = copy.label.watermark
        patrons = [copy.patron(card(number)) for number in range(CARDS)]
        items = [copy.item(item(number)) for number in range(ITEMS)]
        held = copy.held_by(PatronRef(f"h{state}"))
    finally:
        copy.close()
    whole = all(each is not None and each.category == f"c{state}" for each in patrons)
    whole &= all(each is not None and (each.title, each.renewals) == (f"t{state}", state) for each in items)
    if not whole or len(held) != ITEMS or copy.label.mark != f"m{state}":
        raise SnapshotDamaged("parts of two states")
    return state


def broken(past: Past, folder: Path, *, flushes: bool) -> list[str]:
    chance = Random(SEED)
    moments = sorted(chance.randrange(past.recording.now + 1) for _ in range(IMAGES))
    platter, harm = Platter(past.recording, flushes), []
    for at in moments:
        mode = chance.choice(list(Mode))
        try:
            state = found(platter.cut(at, mode, chance), folder)
        except SnapshotDamaged as damage:
            harm.append(f"operation {at}, {mode}: {damage}")
            continue
        if state not in past.may_be(at):
            harm.append(f"operation {at}, {mode}: state {state}, not one of {past.may_be(at)}")
    return harm


def test_no_power_cut_leaves_half_a_snapshot_and_a_disk_that_lies_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_pen, "CACHE_KIB", 40)
    for name in ("disk", "image"):
        (tmp_path / name).mkdir()
    past = written(tmp_path / "disk")
    assert broken(past, tmp_path / "image", flushes=True) == []
    assert len(broken(past, tmp_path / "image", flushes=False)) >= LEAST * IMAGES
