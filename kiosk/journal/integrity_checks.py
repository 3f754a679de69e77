"""Detect damage of a journal: file header, write-ahead log, row values, index, hash chain; read-only."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import apsw

from kiosk.journal.model import State
from kiosk.journal.wal import PAGES, lost_commits, page_size

CHECKED_ROWS = 1000
"""Newest rows whose hash chain is checked at every opening; queued rows and rows with a body are always checked."""
FIRST_HASH = "0" * 64
MAGIC = b"SQLite format 3\0"
"""First bytes of an SQLite file, on the page of its schema."""


class JournalDamage(Exception):
    """`args[0]` says where."""


def look(path: Path) -> None:
    """Check the header before SQLite does, which takes some files for empty and deletes their log.

    Raises:
        Damaged: The file is not an intact journal.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        head, size = file.read(100), os.fstat(file.fileno()).st_size
    page = page_said(head)
    if page is None or size < 2 * page:
        raise JournalDamage("not an SQLite database of this kind, or empty")
    if head[18:20] != b"\2\2":
        raise JournalDamage("its journal_mode is not wal")
    if page_size(log_of(path)) not in (page, None):
        raise JournalDamage("its page size differs from its log's")


def page_said(head: bytes) -> int | None:
    """Return the page size from a file header; None if the file is not one of ours."""
    said = int.from_bytes(head[16:18], "big")
    return said if head.startswith(MAGIC) and said in PAGES else None


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def check_log(db: apsw.Connection, log: Path) -> None:
    """Raise Damaged if SQLite ignores transactions that were on disk before the last one began; or OSError."""
    taken, _ = db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
    lost = lost_commits(log, max(taken, 0), db.pragma("page_size"))
    if lost > 1:
        raise JournalDamage(f"its log is damaged before {lost} intact transactions")


def check_values(db: apsw.Connection) -> None:
    """Raise Damaged if a row could never be sent or closed; its state is not covered by the hash."""
    states = ", ".join(f"'{state}'" for state in State)
    strange = db.execute(
        f"SELECT min(seq) FROM rows WHERE state NOT IN ({states}) OR no_block NOT IN (0, 1)"
        " OR state = 'queued' AND body IS NULL"
    ).get
    if strange is not None:
        raise JournalDamage(f"row {strange} has an invalid state")


def check_index(db: apsw.Connection) -> None:
    """Raise Damaged if the index lacks a row with a body, which would then never be sent or erased."""
    unfound = db.execute(
        "SELECT min(seq) FROM rows AS kept NOT INDEXED WHERE body IS NOT NULL AND seq IS NOT"
        " (SELECT seq FROM rows INDEXED BY rows_kept WHERE id = kept.id AND body IS NOT NULL)"
    ).get
    if unfound is not None:
        raise JournalDamage(f"row {unfound} is missing from the index")


def walk(db: apsw.Connection, marks: Sequence[str]) -> None:
    """Raise Damaged if a row does not follow from the previous one, which may be gone for the oldest row."""
    oldest, newest, read = db.execute(
        "SELECT coalesce(min(seq), 1), coalesce(max(seq), 0),"
        " (SELECT min(seq) FROM rows WHERE state = 'queued' OR body IS NOT NULL) FROM rows"
    ).get
    first = max(oldest, min(newest - CHECKED_ROWS + 1, newest if read is None else read))
    before = db.execute("SELECT hash FROM rows WHERE seq = ?", (first - 1,)).get or (FIRST_HASH if first == 1 else None)
    fields = f"seq, id, boot, mono_ns, at, trust, kind, body, {', '.join(marks)}, body_hash, prev_hash, hash"
    rows = db.execute(f"SELECT {fields} FROM rows WHERE seq >= ? ORDER BY seq", (first,))
    for expected, row in enumerate(rows, first):
        *values, body, body_mark, item, card, undoes, body_hash, prev, own = row
        whole = body is None or digest(body, (body_mark, item, card, undoes)) == body_hash
        follows = values[0] == expected and before in (None, prev)
        if not (whole and follows and own == chain(prev, tuple(values), body_hash)):
            raise JournalDamage(f"row {expected} does not follow from the one before it")
        before = own


def digest(body: str, marks: tuple[str | None, ...]) -> str:
    """Return the hash of all parts of a row that are erased later; rows of version 1 have no marks."""
    present = [mark for mark in marks if mark is not None]
    return hashlib.sha256("\n".join([body, *present]).encode()).hexdigest()


def chain(prev: str, values: tuple[object, ...], body_hash: str) -> str:
    """Return the hash of a row, over the previous hash, its envelope and the hash of its body."""
    return hashlib.sha256("\n".join([prev, *map(str, values), body_hash]).encode()).hexdigest()
