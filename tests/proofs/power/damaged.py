"""Damage a journal's image and cut the power during its recovery; the next start must agree."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from kiosk.journal.journal import Journal, JournalFailed
from kiosk.journal.recovery import damages, open_or_rescue
from tests.proofs.power.disk import Image, Mode, Platter, Recording
from tests.proofs.power.judge import Verdict, put
from tests.proofs.power.kiosk import seeded
from tests.proofs.power.recorder import recorded
from tests.proofs.power.rules import Harm

NOW = datetime(2026, 11, 25, tzinfo=UTC)
NO_HEAD = bytes(100)
Kept = Sequence[tuple[Any, ...]]
"""The unchanging fields of each row."""


@dataclass(frozen=True, slots=True)
class Wreck:
    """A damaged journal, and the rows that a start without a power cut recovers."""

    image: Image
    rows: Kept
    whole: Kept | None
    """The rows before the damage, if it hit none of them: each must be there in its last state. Rows that had been
    deleted by age may be back.
    """

    @classmethod
    def of(cls, image: Image, folder: Path, random: Random) -> Wreck:
        """Damage the image until it is noticed: SQLite reads pages that the log also has from the log."""
        whole = _found(image, folder)
        while True:
            wreck = {**image, "journal.db": _damaged(image["journal.db"], random)}
            rows = _found(wreck, folder)
            if damages(folder / "journal.db"):
                return cls(wreck, rows, whole if wreck["journal.db"].startswith(NO_HEAD) else None)


def _found(image: Image, folder: Path) -> Kept:
    put(image, folder)
    journal = open_or_rescue(folder / "journal.db", NOW)
    rows = _rows(journal)
    journal.close_file()
    return rows


def _rows(journal: Journal) -> Kept:
    found: Sequence[Any] = journal._db.execute(
        "SELECT id, kind, body, no_block, state FROM rows ORDER BY seq"
    ).fetchall()
    return found


def _damaged(content: bytes, random: Random) -> bytes:
    """Damage the head, a page, or everything after some place."""
    size = int.from_bytes(content[16:18], "big")
    page = random.randrange(1, max(2, len(content) // size)) * size
    match random.randrange(3):
        case 0:
            return NO_HEAD + content[len(NO_HEAD) :]
        case 1:
            return content[:page] + random.randbytes(size) + content[page + size :]
        case _:
            return content[:page]


def rescue(image: Image, folder: Path, random: Random) -> Recording:
    """Record the start on that image."""
    put(image, folder)
    recording = Recording(image)
    with recorded(recording, folder, random), seeded(random), contextlib.suppress(JournalFailed):
        open_or_rescue(folder / "journal.db", NOW).close_file()
    return recording


def cut(recording: Recording, random: Random) -> tuple[Image, int, Mode]:
    at, mode = random.randint(0, recording.now), random.choice(list(Mode))
    return Platter(recording).cut(at, mode, random), at, mode


def judge(image: Image, wreck: Wreck, folder: Path) -> Verdict:
    """Judge a start without a cut: it has all rows unchanged, keeps the damaged file and reports it."""
    put(image, folder)
    path = folder / "journal.db"
    try:
        journal = open_or_rescue(path, NOW)
        rows = _rows(journal)
        journal.close_file()
    except JournalFailed as failure:
        return Verdict(Harm.LOST, str(failure).removeprefix(f"journal {path} "))
    if wreck.whole is not None and (missing := len(set(wreck.whole) - set(rows))):
        return Verdict(Harm.LOST, f"no row was damaged, and {missing} are not as they were last")
    if rows != wreck.rows:
        return Verdict(Harm.LOST, f"{len(wreck.rows)} rows could be read, and {len(rows)} are there")
    kept = [each for each in folder.glob("journal.db.damaged-*") if each.suffix != ".json" and "-wal" not in each.name]
    if wreck.image["journal.db"] not in [each.read_bytes() for each in kept] or not damages(path):
        return Verdict(Harm.LOST, "the damaged file is not kept, or nobody is told")
    return Verdict(None, rows=len(rows))
