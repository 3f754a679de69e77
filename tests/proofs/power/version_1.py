"""Create a journal in version 1 of its file format, with readable bodies."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import apsw

from kiosk.central import JournalRow

SCHEMA = """
CREATE TABLE meta (version INTEGER NOT NULL, kiosk TEXT NOT NULL, openings INTEGER NOT NULL) STRICT;
CREATE TABLE rows (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, boot TEXT NOT NULL, mono_ns INTEGER NOT NULL, at TEXT NOT NULL,
  trust TEXT NOT NULL, kind TEXT NOT NULL, no_block INTEGER NOT NULL, body TEXT, body_hash TEXT NOT NULL,
  prev_hash TEXT NOT NULL, hash TEXT NOT NULL, state TEXT NOT NULL, answer TEXT, reason TEXT, closed_at TEXT
) STRICT;
CREATE INDEX rows_queued ON rows (seq) WHERE state = 'queued';
CREATE INDEX rows_closed ON rows (closed_at) WHERE body IS NOT NULL AND closed_at IS NOT NULL;
"""
JOURNAL = "01a212cc-3ca0-7025-be69-c20444d48d3c"


def make(path: Path, rows: Sequence[JournalRow]) -> None:
    """Create a journal of version 1 with `rows`, queued and numbered from 1."""
    db = apsw.Connection(str(path))
    db.pragma("journal_mode", "wal")
    db.execute(SCHEMA)
    db.execute("INSERT INTO meta VALUES (1, ?, 0)", (JOURNAL,))
    prev = "0" * 64
    for row in rows:
        body_hash = hashlib.sha256(row.body.encode()).hexdigest()
        values = (row.seq, row.id, row.boot, row.mono_ns, row.at.isoformat(), row.trust.value, row.kind)
        own = hashlib.sha256("\n".join([prev, *map(str, values), body_hash]).encode()).hexdigest()
        db.execute(
            "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', NULL, NULL, NULL)",
            (*values, int(row.no_block), row.body, body_hash, prev, own),
        )
        prev = own
    db.close()
