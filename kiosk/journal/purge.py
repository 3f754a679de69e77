"""Takes out of the journal's file what need not be kept, so that no trace of it can be read; knows no act."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import apsw

from kiosk.journal.file import KEPT, MARKS

KEEP_BODY = timedelta(hours=21)
ERASE_BODY = timedelta(hours=23)
"""When one is so old all are erased that are older than KEEP_BODY: each within 24 hours, and few times a day."""
KEEP_ROW = timedelta(days=90)
"""How long a closed row's envelope stays, for whoever asks what became of it."""
NO_DAY = datetime(2199, 12, 31, tzinfo=UTC)
"""When a row was closed by a clock that nobody believes: dated anew by the first one that somebody does."""
UNSWEPT = 1
"""SQLite's user_version while there may be copies of what was erased in the file."""


def erase(db: apsw.Connection, now: datetime) -> int:
    """Inside a transaction: the bodies of rows closed 21 hours ago, when one is 23 hours old; answers how many.

    Rows closed 90 days ago go from the old end, but for the last one, which carries the numbering on. What is dated
    later than now was closed by a clock that nobody believed: its day begins now.
    """
    here, erased = now.isoformat(), 0
    first, last = db.execute(f"SELECT min(closed_at), max(closed_at) FROM {KEPT} WHERE body IS NOT NULL").get
    if last is not None and last > here:
        db.execute(f"UPDATE {KEPT} SET closed_at = ? WHERE body IS NOT NULL AND closed_at > ?", (here, here))
    if first is not None and first <= _before(now, ERASE_BODY):
        db.pragma("user_version", UNSWEPT)
        gone = ", ".join(f"{column} = NULL" for column in ("body", "answer", *MARKS))
        db.execute(f"UPDATE {KEPT} SET {gone} WHERE body IS NOT NULL AND closed_at <= ?", (_before(now, KEEP_BODY),))
        erased = db.changes()
    db.execute(
        "DELETE FROM rows WHERE seq < (SELECT min(seq) FROM rows WHERE closed_at IS NULL OR closed_at > ?"
        " OR seq = (SELECT max(seq) FROM rows))",
        (_before(now, KEEP_ROW),),
    )
    return erased


def sweep(db: apsw.Connection, room: int) -> None:
    """Writes file and log anew: SQLite leaves copies of what is erased wherever it once had to move a row.

    `room` is what it may take for a moment, in bytes; where it is too little, or the power goes, it is done later.
    """
    if db.pragma("user_version") != UNSWEPT or room < 2 * db.pragma("page_count") * db.pragma("page_size"):
        return
    db.execute("VACUUM")
    db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    db.pragma("user_version", 0)


def _before(now: datetime, age: timedelta) -> str:
    return (now - age).isoformat()
