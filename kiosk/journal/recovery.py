"""Move a damaged journal aside, keep it, build a new one from its readable rows, and report it while it is kept."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import apsw

from kiosk.journal.errors import JournalFailed, JournalFault, unusable
from kiosk.journal.file import (
    BROUGHT,
    MARKS,
    build,
    new_name,
    rescue_note,
)
from kiosk.journal.integrity_checks import FIRST_HASH, chain
from kiosk.journal.journal import KEEP_ROW, Journal
from kiosk.journal.model import State
from kiosk.journal.salvage import RecoveredContent, salvage
from kiosk.system.clock import Clock
from kiosk.system.health import READY, Condition, Health, PartName, PartState
from lending import atomic_file

log = logging.getLogger(__name__)
MOST_GAPS = 20
"""Gaps listed one by one."""
UNKNOWN = ("", 1)
"""Origin of a row rescued twice whose origin is unreadable; its id identifies it to the central."""
COLUMNS = (
    *("seq", "id", "boot", "mono_ns", "at", "trust", "kind", "no_block", "body", "body_hash", "prev_hash", "hash"),
    *("state", "answer", "reason", "closed_at", *MARKS),
)
EVERY = 60.0
"""Seconds between two checks for damaged journals."""
ROWS_LOST = PartState(Condition.FAULTY, "rows_lost")
RESCUED = PartState(Condition.FAULTY, "rescued")
"""No row is known to be missing, but the newest ones may be."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Report on a damaged journal, stored next to it as JSON."""

    at: str
    why: str
    aside: str
    """Name of the damaged file, moved aside; its log, if any, has the same name with suffix `-wal`."""
    journal: str
    """Id of the damaged journal; empty if unreadable."""
    rows: int
    queued: int
    last: int
    """Number of the last readable row; later rows may be lost without a trace."""
    gaps: Sequence[tuple[int, int]]
    """First and last numbers of unreadable rows; also before the oldest row, unless that is older than KEEP_ROW."""

    @property
    def lost(self) -> bool:
        """Whether rows are known to be missing, or nothing was readable."""
        return bool(self.gaps) or not self.rows


def open_or_rescue(path: Path, now: datetime, may_upgrade: bool = True) -> Journal:
    """Open the journal at start-up; rescue it first if it is damaged.

    Args:
        path: The journal.
        now: Time of the report on a damaged journal.
        may_upgrade: False while a new version is on trial. Nothing is upgraded or rescued then, because the version
            before may have to read the file.

    Raises:
        JournalMissing: There is no journal.
        JournalFailed: It is unusable for another reason.
    """
    if not may_upgrade:
        return Journal.open(path, may_upgrade=False)
    note = rescue_note(path)
    with _translate_errors(path):
        if note.exists():
            _rescue(path, path.with_name(note.read_text(encoding="ascii")), "its rescue was interrupted", now)
    try:
        return Journal.open(path)
    except JournalFailed as failure:
        if failure.why is not JournalFault.DAMAGED:
            raise
        why = str(failure)
    with _translate_errors(path):
        aside = _unused_name(path, now)
        atomic_file.write(note, aside.name.encode("ascii"))
        _rescue(path, aside, why, now)
    return Journal.open(path)


def damages(path: Path) -> Sequence[Damage]:
    """Return the reports of damaged journals kept next to this one, oldest first. Raise OSError, ValueError."""
    found = []
    for file in path.parent.glob(f"{path.name}.damaged-*.json"):
        facts = json.loads(file.read_text(encoding="utf-8"))
        found.append(Damage(**facts | {"gaps": [(first, last) for first, last in facts["gaps"]]}))
    return sorted(found, key=lambda damage: (damage.at, len(damage.aside), damage.aside))


@contextlib.contextmanager
def _translate_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unusable(path, error) from error


def _unused_name(path: Path, now: datetime) -> Path:
    stamp = f"{path.name}.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    taken = {each.name for each in path.parent.iterdir()}
    number = next(each for each in range(1, len(taken) + 2) if _with_number(stamp, each) not in taken)
    return path.with_name(_with_number(stamp, number))


def _with_number(stamp: str, number: int) -> str:
    return stamp if number == 1 else f"{stamp}-{number}"


def _rescue(path: Path, aside: Path, why: str, now: datetime) -> None:
    """Rescue the journal; can be interrupted at any point and repeated, as files are linked before they are removed.

    Raises:
        OSError: A file cannot be written.
        JournalFailed: The new journal cannot be built.
    """
    wal, wal_aside = (each.with_name(f"{each.name}-wal") for each in (path, aside))
    for old, new in ((path, aside), (wal, wal_aside)):
        if old.exists() and not new.exists():
            os.link(old, new)
    atomic_file.sync(path.parent)
    found = salvage(aside, wal_aside)
    build(new_name(path), lambda db: _fill(db, found))
    _write_report(aside, _damage(aside, found, why, now))
    wal.unlink(missing_ok=True)
    atomic_file.sync(path.parent)
    atomic_file.replace(new_name(path), path)
    rescue_note(path).unlink()
    atomic_file.sync(path.parent)


def _fill(db: apsw.Connection, found: RecoveredContent) -> None:
    """Insert all readable rows with numbers up to 0, so that the new journal's own rows start at 1."""
    db.execute(BROUGHT)
    prev, places = FIRST_HASH, ", ".join("?" * len(COLUMNS))
    for seq, row in enumerate(found.rows, 1 - len(found.rows)):
        values = (seq, row.id, row.boot, row.mono_ns, row.at, row.trust, row.kind)
        own = chain(prev, values, row.body_hash)
        hashes = (row.body_hash, prev, own)
        became = (row.state.value, row.answer, row.reason, row.closed_at)
        written = (*values, int(row.no_block), row.body, *hashes, *became, *row.marks)
        db.execute(f"INSERT INTO rows ({', '.join(COLUMNS)}) VALUES ({places})", written)
        origin = (found.journal, row.seq) if row.seq > 0 else found.brought.get(row.seq, UNKNOWN)
        db.execute("INSERT INTO brought VALUES (?, ?, ?)", (seq, *origin))
        prev = own


def _damage(aside: Path, found: RecoveredContent, why: str, now: datetime) -> Damage:
    numbers = [row.seq for row in found.rows]
    young = bool(found.rows) and now - datetime.fromisoformat(found.rows[0].at) < KEEP_ROW
    known = [0, *numbers] if young and numbers[0] > 0 else numbers
    gaps = [(before + 1, after - 1) for before, after in pairwise(known) if after > before + 1]
    queued = sum(row.state is State.QUEUED for row in found.rows)
    at = now.astimezone(UTC).isoformat(timespec="seconds")
    last = max(numbers, default=0)
    return Damage(at, why, aside.name, found.journal, len(numbers), queued, last, gaps[:MOST_GAPS])


def _write_report(aside: Path, damage: Damage) -> None:
    text = json.dumps(asdict(damage), indent=1)
    atomic_file.write(aside.with_name(f"{aside.name}.json"), f"{text}\n".encode())
    log.critical("the journal was damaged; the file is kept, and the readable rows are in a new journal: %s", text)


def damage_notes(path: Path) -> list[Damage]:
    """Return the damage notes; an unreadable note counts as one without details."""
    try:
        return list(damages(path))
    except (OSError, ValueError, TypeError):
        return [Damage(at="", why="", aside="", journal="", rows=0, queued=0, last=0, gaps=())]


def state_of(path: Path) -> PartState:
    reports = damage_notes(path)
    if not reports:
        return READY
    return ROWS_LOST if any(each.lost for each in reports) else RESCUED


async def watch_damage(path: Path, clock: Clock, health: Health) -> None:
    """Report until cancelled; a kiosk whose journal was never damaged reports nothing."""
    while True:
        state = await asyncio.to_thread(state_of, path)
        if state != READY or PartName.DAMAGED_JOURNAL in health.states:
            health.report(PartName.DAMAGED_JOURNAL, state)
        await clock.sleep(EVERY)
