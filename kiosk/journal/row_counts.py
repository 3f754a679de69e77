"""Query an open journal: counts, upload progress, and rows that cannot be sent again; read-only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import apsw

from kiosk.journal.file import KEPT
from kiosk.journal.model import UNSENDABLE, HeldRow, SealedTo, UnsendableRow
from lending.transactions import TransactionId

WAITS = "body IS NOT NULL AND state = 'queued'"
ERASED = "rows WHERE body IS NULL"
"""Three months of rows: counted only at opening and after an erasure."""
SENDABLE = (
    "body IS NOT NULL AND (state = 'accepted' OR state = 'set_aside' AND no_block = 1 AND coalesce(reason, '')"
    " NOT LIKE ?)"
)
"""Rows that may be sent again to a central that lost them: accepted ones, and promised ones that were set aside."""
LARGEST = 2**63 - 1
KNOWN = "seq, id, kind, at, CASE WHEN body IS NULL AND state <> 'refused' THEN 'erased' ELSE state END, reason"
"""Arguments of `_unsendable_row`, as columns."""


def states(db: apsw.Connection, rows: str) -> Counter[str]:
    """Count these rows by state."""
    found: Iterable[Any] = db.execute(f"SELECT state, count(*) FROM {rows} GROUP BY state").fetchall()
    return Counter(dict(found))


def through(db: apsw.Connection) -> int:
    """Return the number of the last row before the first queued one."""
    found = f"SELECT coalesce((SELECT min(seq) - 1 FROM {KEPT} WHERE {WAITS}), max(seq), 0) FROM rows"
    return max(0, int(db.execute(found).get))


def encrypted_counts(db: apsw.Connection) -> Sequence[SealedTo]:
    rows: Iterable[Any] = db.execute(
        f"SELECT substr(body, 8, 16) AS key, sum(state = 'queued'), count(*) FROM {KEPT}"
        " WHERE body IS NOT NULL AND body LIKE 'x25519:%' GROUP BY key"
    ).fetchall()
    return [SealedTo(*row) for row in rows]


def unsendable_rows(db: apsw.Connection, since: int, through: int, most: int) -> Sequence[UnsendableRow]:
    """Return the closed rows in the range that cannot be sent again, oldest first."""
    where = f"seq BETWEEN ? AND ? AND state <> 'queued' AND NOT coalesce({SENDABLE}, 0)"
    oldest = int(db.execute("SELECT coalesce(min(seq), 1) FROM rows WHERE seq > 0").get)
    rows: Iterable[Any] = db.execute(
        f"SELECT {KNOWN} FROM rows WHERE {where} ORDER BY seq LIMIT ?", (since, through, f"{UNSENDABLE}%", most)
    ).fetchall()
    lost = [UnsendableRow(since, "deleted", last=min(oldest - 1, through))] if since < oldest else []
    return lost + [_unsendable_row(*row) for row in rows]


def closed_rows(db: apsw.Connection, before: int | None, most: int) -> Sequence[HeldRow]:
    """Return closed rows below number `before` (None: the newest), newest first."""
    rows: Iterable[Any] = db.execute(
        f"SELECT body IS NULL, coalesce({SENDABLE}, 0), {KNOWN} FROM rows"
        " WHERE seq > 0 AND seq < ? AND state <> 'queued' ORDER BY seq DESC LIMIT ?",
        (f"{UNSENDABLE}%", LARGEST if before is None else before, most),
    ).fetchall()
    return [
        HeldRow(row[0], TransactionId(row[1]), None if sendable else _unsendable_row(*row), bool(erased))
        for erased, sendable, *row in rows
    ]


def _unsendable_row(seq: int, id: str, kind: str, at: str, why: str, reason: str | None) -> UnsendableRow:
    why = "unsendable" if (reason or "").startswith(UNSENDABLE) else why
    return UnsendableRow(seq, why, TransactionId(id), kind, datetime.fromisoformat(at))
