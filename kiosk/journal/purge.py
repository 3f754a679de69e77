"""Erase journal data after its retention period, leaving no readable trace in file or log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import apsw

from kiosk.journal.file import KEPT, MARKS

KEEP_BODY = timedelta(hours=21)
"""Age from which a body is erased, counted from the closing of its row."""
ERASE_BODY = timedelta(hours=23)
"""Age of the oldest body that triggers an erasure: each body is gone within 24 hours, in few runs per day."""
KEEP_ROW = timedelta(days=90)
"""How long the envelope of a closed row is kept for enquiries."""
NO_DAY = datetime(2199, 12, 31, tzinfo=UTC)
"""Closing time of a row while the clock was not trusted; replaced by the time of the first trusted run."""
UNSWEPT = 1
"""SQLite user_version while the file may contain copies of erased data."""


def erase(db: apsw.Connection, now: datetime) -> int:
    """Erase, within a transaction, bodies closed over 21 hours ago once one is 23 hours old; return their number.

    Rows closed over 90 days ago are deleted from the oldest on, except the last one, which continues the numbering. A
    closing time in the future came from an untrusted clock and is replaced by now.
    """
    here, erased = now.isoformat(), 0
    first, last = db.execute(f"SELECT min(closed_at), max(closed_at) FROM {KEPT} WHERE body IS NOT NULL").get
    if last is not None and last > here:
        db.execute(f"UPDATE {KEPT} SET closed_at = ? WHERE body IS NOT NULL AND closed_at > ?", (here, here))
    if first is not None and first <= _cutoff(now, ERASE_BODY):
        db.pragma("user_version", UNSWEPT)
        gone = ", ".join(f"{column} = NULL" for column in ("body", "answer", *MARKS))
        db.execute(f"UPDATE {KEPT} SET {gone} WHERE body IS NOT NULL AND closed_at <= ?", (_cutoff(now, KEEP_BODY),))
        erased = db.changes()
    db.execute(
        "DELETE FROM rows WHERE seq < (SELECT min(seq) FROM rows WHERE closed_at IS NULL OR closed_at > ?"
        " OR seq = (SELECT max(seq) FROM rows))",
        (_cutoff(now, KEEP_ROW),),
    )
    return erased


def sweep(db: apsw.Connection, room: int) -> None:
    """Rewrite file and log, because SQLite leaves copies of erased data wherever it once moved a row.

    `room` is the number of bytes it may use temporarily. If that is too little, or power fails, a later call does it.
    """
    if db.pragma("user_version") != UNSWEPT or room < 2 * db.pragma("page_count") * db.pragma("page_size"):
        return
    db.execute("VACUUM")
    db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    db.pragma("user_version", 0)


def _cutoff(now: datetime, age: timedelta) -> str:
    return (now - age).isoformat()
