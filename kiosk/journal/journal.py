"""Store transactions durably until the central has them, in a hash-chained SQLite journal.

Data are erased after their retention period, with no readable trace in file or log.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import uuid6

from kiosk.central import JournalRow, Marks
from kiosk.journal.errors import LEAST_FREE, JournalFailed, JournalFault, JournalMissing, translate_errors
from kiosk.journal.file import (
    KEPT,
    LAST,
    LEAST_FOR_LAST,
    MARKS,
    connect,
    create,
    note_failed_write,
    rehearse_upgrade,
    rescued_origins,
    transaction,
)
from kiosk.journal.integrity_checks import FIRST_HASH, chain, digest
from kiosk.journal.model import (
    HEARD,
    UNSENDABLE,
    Counts,
    HeldRow,
    Moment,
    SealedTo,
    State,
    StoredAnswer,
    UnsendableRow,
    UploadWatermark,
    boot_id,
    free_space,
)
from lending import atomic_file
from lending.transactions import ClockTrust, TransactionId

__all__ = [
    "Counts",
    "HeldRow",
    "Journal",
    "JournalFailed",
    "JournalFault",
    "JournalMissing",
    "Moment",
    "State",
    "StoredAnswer",
    "UnsendableRow",
    "UploadWatermark",
    "boot_id",
    "free_space",
]
COLUMNS = f"seq, id, boot, mono_ns, at, trust, kind, no_block, body, {', '.join(MARKS)}"
ROW = f"reason IS '{HEARD}', {COLUMNS}"
WRITTEN = f"{COLUMNS}, body_hash, prev_hash, hash, state"
NO_MARKS = Marks()
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


class Journal:
    """One exclusive connection. Call it from one thread at a time; `append` returns after COMMIT."""

    def __init__(self, path: Path, connection: apsw.Connection, free: Callable[[Path], int]) -> None:
        self._path = path
        self._db = connection
        self._free = free
        self._broken: JournalFailed | None = None
        with translate_errors(path):
            self._id = str(connection.execute("SELECT kiosk FROM meta").get)
            self._brought = rescued_origins(connection)
            self._erased = self._count_states(ERASED)

    @staticmethod
    def create(path: Path) -> None:
        """Create an empty journal. Raise FileExistsError rather than overwrite one."""
        with atomic_file.rights_of(path.parent):
            create(path)

    @classmethod
    def open(cls, path: Path, free: Callable[[Path], int] = free_space, may_upgrade: bool = True) -> Journal:
        """Open and check an existing journal. Raise JournalMissing, or JournalFailed with its reason.

        If it may not be upgraded but would have to be, the upgrade is rehearsed on a copy and the reason is UPDATING.
        """
        with atomic_file.rights_of(path.parent):
            try:
                return cls(path, connect(path, may_upgrade), free)
            except JournalFailed as failure:
                if failure.why is JournalFault.UPDATING:
                    rehearse_upgrade(path)
                raise

    @property
    def kiosk(self) -> str:
        """Id of the journal, assigned by `create`."""
        return self._id

    def append(
        self, kind: str, body: str, moment: Moment, no_block: bool, marks: Marks = NO_MARKS, named: str = ""
    ) -> JournalRow:
        """Write one queued row and return it once it is on disk.

        Args:
            kind: Kind of transaction, such as `checkout`.
            body: JSON text, stored as given, usually encrypted.
            moment: When it was agreed.
            no_block: True if the patron was promised the transaction, so that it can no longer be refused.
            marks: Searchable parts of an encrypted body.
            named: Id of a transaction made in another system. If empty, a new id is generated.

        Raises:
            JournalFailed: The row is not on disk, or may not be.
        """
        self.check_space(LEAST_FOR_LAST if kind in LAST else LEAST_FREE)
        mark_values = (marks.body or None, marks.item or None, marks.card or None, marks.undoes or None)
        begun: list[TransactionId] = []
        with self._note_failed_writes(begun), self._changing():
            row, prev = self._next_row(kind, body, moment, no_block, marks, named)
            begun.append(row.id)
            body_hash = digest(body, mark_values)
            values = (row.seq, row.id, row.boot, row.mono_ns, row.at.isoformat(), row.trust.value, kind)
            hashes = (body_hash, prev, chain(prev, values, body_hash))
            written = (*values, int(no_block), body, *mark_values, *hashes, State.QUEUED.value)
            self._db.execute(f"INSERT INTO rows ({WRITTEN}) VALUES ({', '.join('?' * len(written))})", written)
        return row

    def has(self, of: TransactionId) -> bool:
        """Return whether a row with this id exists, in any state."""
        with self._guard():
            return bool(self._db.execute("SELECT count(*) FROM rows WHERE id = ?", (of,)).get)

    def _next_row(
        self, kind: str, body: str, moment: Moment, no_block: bool, marks: Marks, named: str
    ) -> tuple[JournalRow, str]:
        """Return the next row and the hash of the previous one."""
        last = self._db.execute("SELECT seq, hash FROM rows ORDER BY seq DESC LIMIT 1").get
        seq, prev = (last[0] + 1, last[1]) if last else (1, FIRST_HASH)
        row = JournalRow(
            seq=seq,
            id=TransactionId(named or str(uuid6.uuid7())),
            boot=moment.boot,
            mono_ns=moment.mono_ns,
            at=moment.at.astimezone(UTC),
            trust=moment.trust,
            kind=kind,
            no_block=no_block,
            body=body,
            journal=self._id,
            marks=marks,
        )
        return row, prev

    @property
    def roomy(self) -> bool:
        """Whether the disk has space for every kind of row; thread-safe."""
        try:
            return self._free(self._path.parent) >= LEAST_FREE
        except OSError:
            return False

    def check_space(self, least: int = LEAST_FOR_LAST) -> None:
        """Raise JournalFailed if the disk has less than `least` bytes free; the default rejects every kind of row."""
        if self._broken is not None:
            raise self._broken
        try:
            left = self._free(self._path.parent)
        except OSError as error:
            raise JournalFailed(JournalFault.UNWRITABLE, self._path, error.strerror or "") from error
        if left < least:
            raise JournalFailed(JournalFault.FULL, self._path)

    def mark_no_block(self, of: TransactionId) -> None:
        """Mark a queued row as promised, so that it can no longer be refused; never the reverse."""
        with self._note_failed_writes([of]), self._changing():
            self._db.execute(f"UPDATE {KEPT} SET no_block = 1 WHERE {WAITS} AND id = ?", (of,))

    def close(self, of: TransactionId, state: State, answer: str, reason: str, at: datetime) -> None:
        """Store the central's response; the row is not sent again."""
        self.close_all([StoredAnswer(of, state, answer, reason, at)])

    def close_all(self, answered: Sequence[StoredAnswer]) -> None:
        """Close several rows in one commit, all or none."""
        with self._changing():
            self._db.executemany(
                f"UPDATE {KEPT} SET state = ?, answer = ?, reason = CASE WHEN reason = '{HEARD}' AND ?1 = 'accepted'"
                f" THEN reason ELSE ? END, closed_at = ? WHERE {WAITS} AND id = ?",
                [(*each.said, each.at.astimezone(UTC).isoformat(), each.of) for each in answered],
            )

    def resend(self, since: int) -> int:
        """Queue again, as promised, the closed rows from number `since` on, because the central has lost them.

        Only rows with a body are affected. A row that was set aside is sent again if it had been promised. With `since`
        1, the central has nothing of this journal and may also have lost rows rescued from the previous one; these are
        sent again too.

        A row whose result the patron saw is marked `HEARD`, so that the central sends no confirmation.

        Returns:
            Number of rows queued.
        """
        with self._changing():
            self._db.execute(
                f"UPDATE {KEPT} SET state = 'queued', no_block = 1, answer = NULL, closed_at = NULL,"
                f" reason = CASE WHEN no_block = 0 OR reason = '{HEARD}' THEN '{HEARD}' END"
                f" WHERE (seq >= ? OR ? = 1) AND {SENDABLE}",
                (since, since, f"{UNSENDABLE}%"),
            )
            return self._db.changes()

    def upload_progress(self) -> UploadWatermark:
        """Return how far the central has received rows, and to which keys the kept bodies are encrypted."""
        with self._guard():
            through = f"SELECT coalesce((SELECT min(seq) - 1 FROM {KEPT} WHERE {WAITS}), max(seq), 0) FROM rows"
            keys: Iterable[Any] = self._db.execute(
                f"SELECT substr(body, 8, 16) AS key, sum(state = 'queued'), count(*) FROM {KEPT}"
                " WHERE body IS NOT NULL AND body LIKE 'x25519:%' GROUP BY key"
            ).fetchall()
            sealed = [SealedTo(*each) for each in keys]
            return UploadWatermark(self._id, max(0, int(self._db.execute(through).get)), sealed)

    def unsendable_rows(self, since: int, through: int, most: int) -> Sequence[UnsendableRow]:
        """Return the closed rows in the range that `resend` does not bring back, oldest first."""
        with self._guard():
            where = f"seq BETWEEN ? AND ? AND state <> 'queued' AND NOT coalesce({SENDABLE}, 0)"
            oldest = int(self._db.execute("SELECT coalesce(min(seq), 1) FROM rows WHERE seq > 0").get)
            rows: Iterable[Any] = self._db.execute(
                f"SELECT {KNOWN} FROM rows WHERE {where} ORDER BY seq LIMIT ?", (since, through, f"{UNSENDABLE}%", most)
            ).fetchall()
        lost = [UnsendableRow(since, "deleted", last=min(oldest - 1, through))] if since < oldest else []
        return lost + [_unsendable_row(*row) for row in rows]

    def closed_rows(self, before: int | None, most: int) -> Sequence[HeldRow]:
        """Return at most `most` closed rows below number `before` (None: the newest), newest first."""
        with self._guard():
            rows: Iterable[Any] = self._db.execute(
                f"SELECT body IS NULL, coalesce({SENDABLE}, 0), {KNOWN} FROM rows"
                " WHERE seq > 0 AND seq < ? AND state <> 'queued' ORDER BY seq DESC LIMIT ?",
                (f"{UNSENDABLE}%", LARGEST if before is None else before, most),
            ).fetchall()
        return [
            HeldRow(row[0], TransactionId(row[1]), None if sendable else _unsendable_row(*row), bool(erased))
            for erased, sendable, *row in rows
        ]

    def pending(self) -> Sequence[JournalRow]:
        """Return all queued rows, oldest first."""
        with self._guard():
            return self._rows(WAITS)

    def oldest(self, most: int) -> Sequence[JournalRow]:
        with self._guard():
            return self._rows(WAITS, most)

    def accepted_rows(self) -> Sequence[JournalRow]:
        """Return the rows that the central accepted and that still have a body, oldest first."""
        with self._guard():
            return self._rows("body IS NOT NULL AND state = 'accepted'")

    def find(self, of: TransactionId) -> JournalRow | None:
        """Return the row with this id, while its body is kept."""
        with self._guard():
            found = self._rows("body IS NOT NULL AND id = ?", 1, (of,))
            return found[0] if found else None

    def counts(self) -> Counts:
        with self._guard():
            stand = self._erased + self._count_states(f"{KEPT} WHERE body IS NOT NULL")
            first = self._rows(WAITS, 1)
        return Counts(
            queued=stand[State.QUEUED],
            acknowledged=stand[State.ACCEPTED] + stand[State.REFUSED],
            exceptions=stand[State.SET_ASIDE],
            oldest=first[0].at if first else None,
        )

    def purge(self, now: datetime, sweeping: bool = True) -> int:
        """Erase from file and log what must no longer be kept, and return the number of bodies erased.

        Without `sweeping`, copies of erased data remain in the file until the next call with it. Sweeping may block
        writes for seconds.
        """
        before = self._db.total_changes()
        with self._changing():
            erased = erase(self._db, now.astimezone(UTC))
        with self._guard():
            if self._db.total_changes() != before:
                self._erased = self._count_states(ERASED)
            if sweeping:
                sweep(self._db, self._free(self._path.parent) - LEAST_FREE)
        return erased

    def _count_states(self, rows: str) -> Counter[str]:
        """Count these rows by state."""
        found: Iterable[Any] = self._db.execute(f"SELECT state, count(*) FROM {rows} GROUP BY state").fetchall()
        return Counter(dict(found))

    def close_file(self) -> None:
        """Close the file; no call may follow."""
        with translate_errors(self._path):
            self._db.close()

    def _rows(self, where: str, most: int = -1, values: tuple[str, ...] = ()) -> list[JournalRow]:
        found = self._db.execute(f"SELECT {ROW} FROM {KEPT} WHERE {where} ORDER BY seq LIMIT ?", (*values, most))
        return [
            JournalRow(
                seq,
                TransactionId(id),
                boot,
                mono_ns,
                datetime.fromisoformat(at),
                ClockTrust(trust),
                kind,
                bool(flag),
                body,
                *self._brought.get(seq, (self._id, 0)),
                result_shown=bool(heard),
                marks=Marks(*(mark or "" for mark in marks)),
            )
            for heard, seq, id, boot, mono_ns, at, trust, kind, flag, body, *marks in found
        ]

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        """Distrust the connection after any error but a full disk: a failed fsync must not be retried."""
        if self._broken is not None:
            raise self._broken
        try:
            with translate_errors(self._path):
                yield
        except JournalFailed as failure:
            if failure.why is not JournalFault.FULL:
                self._broken = failure
            raise

    @contextlib.contextmanager
    def _note_failed_writes(self, begun: Sequence[TransactionId]) -> Iterator[None]:
        """Note rows whose write failed: they are promised to no patron, but may be on disk at the next start."""
        try:
            yield
        except JournalFailed as failure:
            if failure.why is not JournalFault.FULL:
                for of in begun:
                    note_failed_write(self._path, of)
            raise

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Run one transaction, which is on disk on exit."""
        with self._guard(), transaction(self._db):
            yield


def _unsendable_row(seq: int, id: str, kind: str, at: str, why: str, reason: str | None) -> UnsendableRow:
    why = "unsendable" if (reason or "").startswith(UNSENDABLE) else why
    return UnsendableRow(seq, why, TransactionId(id), kind, datetime.fromisoformat(at))


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
