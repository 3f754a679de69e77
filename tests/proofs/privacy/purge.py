"""Write identifiers to a journal, upload and purge its rows, and search the raw files."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from unittest import mock

import apsw

from kiosk.central import JournalRow
from kiosk.journal.file import SETTINGS
from lending.model import CardRef, ItemId
from lending.transactions import Checkout, ClockTrust, TransactionId
from lending.wire import encode
from tests.kiosk.sync.bench import DUE, START, BookKeeper, Network, World
from tests.proofs.power import version_1

PLAIN, SEALED = 25, 25
PLANTED = 2 * (PLAIN + SEALED)


@dataclass(frozen=True, slots=True)
class Setting:
    """How the journal's file is purged."""

    name: str
    hours: float = 23
    """Hours after the answer."""
    secure_delete: int = 1
    written_anew: bool = True
    cut_off: bool = True
    """Truncate the log."""
    must: bool = False
    """What was planted must be found: then it is a control."""


REAL = Setting("erased within a day")
CONTROLS = (
    Setting("control: secure_delete=OFF, file not rewritten", secure_delete=0, written_anew=False, must=True),
    Setting("control: file not rewritten", written_anew=False, must=True),
    Setting("control: log not truncated", cut_off=False, must=True),
    Setting("control: an hour earlier", hours=22, must=True),
)


@dataclass(frozen=True, slots=True)
class Found:
    """How many planted values the raw files held, before and after."""

    before: int
    after: int


async def erased(folder: Path, setting: Setting, random: Random) -> Found:
    """Purge 25 plain and 25 encrypted rows of a journal, with two identifiers in each."""
    path = folder / "journal.db"
    planted = _plain(path, random)
    central = BookKeeper()
    central.set(Network.DOWN)
    with _set(setting):
        async with World(path, central) as world:
            for _ in range(SEALED):
                await world.courier.deliver(_checkout(random))
            for row in world.journal.pending()[PLAIN:]:
                planted += [row.body.rpartition(":")[2], row.marks.item]
            before = _held(path, planted)
            world.central.set(Network.UP)
            await world.clock.pass_time(60)
            assert world.courier.pending == []
            await world.clock.jump(timedelta(hours=setting.hours).total_seconds())
            await world.clock.pass_time(61)
            after = _held(path, planted)
    assert len(set(planted)) == PLANTED
    return Found(before, after)


def _plain(path: Path, random: Random) -> list[str]:
    planted: list[str] = []
    rows: list[JournalRow] = []
    for seq in range(1, PLAIN + 1):
        act = _checkout(random)
        kind, body = encode(act)
        of = TransactionId(f"01a212cc-3ca0-7025-be69-{seq:012}")
        rows.append(JournalRow(seq, of, "boot", seq, START, ClockTrust.SYNCED, kind, True, body))
        planted += [act.card, act.item]
    version_1.make(path, rows)
    return planted


def _checkout(random: Random) -> Checkout:
    card = CardRef(hashlib.sha256(random.randbytes(16)).hexdigest())
    return Checkout(card, ItemId(f"{random.randrange(10**13):013}"), DUE)


def _held(path: Path, planted: list[str]) -> int:
    """Count planted values in the journal and all files next to it, above all its log."""
    raw = b"".join(each.read_bytes() for each in path.parent.iterdir() if each.is_file())
    return sum(each.encode() in raw for each in planted)


@contextlib.contextmanager
def _set(setting: Setting) -> Iterator[None]:
    def tidied(db: apsw.Connection, room: int) -> None:
        if setting.written_anew:
            db.execute("VACUUM")
        if setting.cut_off:
            db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict(SETTINGS, secure_delete=setting.secure_delete))
        if not (setting.written_anew and setting.cut_off):
            stack.enter_context(mock.patch("kiosk.journal.journal.sweep", tidied))
        yield
