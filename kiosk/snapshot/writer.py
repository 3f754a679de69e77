"""Write the snapshot's SQLite file: a full new file, or a change in one transaction."""

from __future__ import annotations

import contextlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from operator import attrgetter, itemgetter
from pathlib import Path

import apsw

from kiosk.journal.model import free_space
from kiosk.snapshot.file import SCHEMA, VERSION, Label, SnapshotDamaged, SnapshotUnwritable
from lending import atomic_file, sealing, wire
from lending.model import CardStatus, ItemStatus

LEAST_FREE = 128 * 1024 * 1024
"""Bytes to keep free for the journal, which is more important."""
BLANK = bytes(1024 * 1024)
SHADOWS = ("sought_config", "sought_data", "sought_docsize", "sought_idx")
"""Tables of the FTS5 index, copied as they are: the indexed text is not stored, so it cannot be rebuilt."""
CACHE_KIB = 64 * 1024
"""SQLite cache while writing, so that a page that changes twice is written once."""
PUT_CARD = "INSERT OR REPLACE INTO cards VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# Skip the UPDATE if only the loan state changed: SQLite then leaves the item page unwritten.
PUT_ITEM = (
    "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
    " title = excluded.title, author = excluded.author, call_number = excluded.call_number,"
    " subject = excluded.subject, type = excluded.type, branch = excluded.branch, title_id = excluded.title_id"
    " WHERE (title, author, call_number, subject, type, branch, title_id) IS NOT (excluded.title, excluded.author,"
    " excluded.call_number, excluded.subject, excluded.type, excluded.branch, excluded.title_id)"
)
PUT_TITLE = "INSERT OR REPLACE INTO titles VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
PUT_WORDS = "INSERT OR REPLACE INTO sought (rowid, words) VALUES (?, ?)"
PUT_STATE = "INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?, ?, ?, ?)"


class SnapshotWriter(ABC):
    """Accepts pages; `finish` commits all of them at once, `drop` discards them. Both close the file.

    Every method raises SnapshotUnwritable, an ExistingFileWriter's also SnapshotDamaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._writing():
            self._db = self._open()

    @abstractmethod
    def _open(self) -> apsw.Connection: ...

    @abstractmethod
    def finish(self, label: Label) -> None:
        """Commit what was added."""

    def drop(self) -> None:
        """Discard what was not finished."""
        with contextlib.suppress(apsw.Error):  # at process exit a thread may still be writing
            self._db.close(True)

    def add(self, page: wire.SnapshotPage) -> None:
        """Write a page, unless less than LEAST_FREE bytes would stay free."""
        with self._writing():
            if free_space(self._path.parent) < LEAST_FREE:
                raise SnapshotUnwritable(f"{self._path}: less than {LEAST_FREE // 1024 // 1024} MiB are free")
            self._put(page)

    def _put(self, page: wire.SnapshotPage) -> None:
        self._db.executemany("DELETE FROM cards WHERE card = ?", ((sealing.place(each),) for each in page.gone_cards))
        for table in ("items", "states"):
            self._db.executemany(f"DELETE FROM {table} WHERE id = ?", ((each,) for each in page.gone_items))
        self._db.executemany(PUT_CARD, sorted(map(_card, page.cards), key=itemgetter(0)))
        items = sorted(page.items, key=attrgetter("id"))
        self._db.executemany(PUT_ITEM, map(_item, items))
        self._db.executemany(PUT_STATE, (_state(each) for each in items if not _plain(each)))
        self._db.executemany("DELETE FROM states WHERE id = ?", ((each.id,) for each in items if _plain(each)))
        self._put_titles(page)
        if page.policy is not None:
            self._db.execute("UPDATE meta SET policy = ?", (page.policy.model_dump_json(),))

    def _put_titles(self, page: wire.SnapshotPage) -> None:
        for table, key in (("titles", "id"), ("sought", "rowid")):
            self._db.executemany(f"DELETE FROM {table} WHERE {key} = ?", ((each,) for each in page.gone_titles))
        titles = sorted(page.titles, key=attrgetter("id"))
        self._db.executemany(PUT_TITLE, map(_title, titles))
        self._db.executemany(PUT_WORDS, ((each.id, each.words) for each in titles))
        if page.floors is not None:
            self._db.execute("DELETE FROM floors")
            shelves = wire.ShelvesAnswer(floors=page.floors).model_dump_json()
            self._db.execute("INSERT INTO floors VALUES (?)", (shelves,))

    def _label(self, label: Label) -> None:
        dated = label.dated.isoformat() if label.dated else None
        values = (label.mark, label.fetched_at.isoformat(), label.watermark, dated)
        self._db.execute("UPDATE meta SET mark = ?, fetched_at = ?, watermark = ?, dated = ?", values)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (apsw.Error, OSError) as error:
            raise SnapshotUnwritable(f"{self._path}: {error}") from error


class ExistingFileWriter(SnapshotWriter):
    """Writer that also reads the existing file, which may turn out to be damaged."""

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with super()._writing():
                yield
        except SnapshotUnwritable as error:
            if isinstance(error.__cause__, apsw.CorruptError | apsw.NotADBError | apsw.SQLError):
                raise SnapshotDamaged(str(error)) from error
            raise


class FullWriter(SnapshotWriter):
    """Writer of a new file next to the old one. After `finish`, `put_in_place` makes it the snapshot."""

    @property
    def _fresh(self) -> Path:
        return self._path.with_name(f"{self._path.name}.new")

    def _open(self) -> apsw.Connection:
        self._fresh.unlink(missing_ok=True)
        db = apsw.Connection(str(self._fresh))
        db.pragma("journal_mode", "off")
        db.pragma("synchronous", 0)
        db.pragma("cache_size", -CACHE_KIB)
        db.execute(SCHEMA)
        db.execute("INSERT INTO meta VALUES (?, '', '', 0, NULL, '')", (VERSION,))
        db.execute("BEGIN")
        return db

    def finish(self, label: Label) -> None:
        with self._writing():
            self._label(label)
            self._db.execute("COMMIT")
            self._db.pragma("journal_mode", "wal")
            self._db.close()
            atomic_file.sync(self._fresh)

    def put_in_place(self) -> None:
        """Replace the old file, which no connection may have open."""
        with self._writing():
            forget_log(self._path)
            atomic_file.replace(self._fresh, self._path)

    def drop(self) -> None:
        super().drop()
        self._fresh.unlink(missing_ok=True)


class DeltaWriter(ExistingFileWriter):
    """Writer of a change in one transaction; readers see the old state until the commit."""

    def _open(self) -> apsw.Connection:
        db = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READWRITE)
        db.pragma("synchronous", 1)  # a power cut may lose the whole change, never a part of it
        db.pragma("cache_size", -CACHE_KIB)
        db.pragma("wal_autocheckpoint", 0)
        db.execute("BEGIN IMMEDIATE")
        return db

    def finish(self, label: Label) -> None:
        with self._writing():
            self._label(label)
            self._db.execute("COMMIT")
            with contextlib.suppress(apsw.BusyError):  # a reader is active: the next writer does it
                self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            self._db.close()


class TitlesOnlyWriter(ExistingFileWriter, FullWriter):
    """Writer of a new file with only the titles and rules of the existing one, to erase the rest."""

    def _open(self) -> apsw.Connection:
        if free_space(self._path.parent) < LEAST_FREE + self._path.stat().st_size:
            raise SnapshotUnwritable(f"{self._path}: not enough disk space to rewrite it")
        db = super()._open()
        db.execute("COMMIT")
        db.execute("ATTACH ? AS old", (str(self._path),))
        db.execute("BEGIN")
        for table in ("items", "titles", "floors"):
            db.execute(f"INSERT INTO main.{table} SELECT * FROM old.{table}")
        for shadow in SHADOWS:
            db.execute(f"DELETE FROM main.{shadow}")
            db.execute(f"INSERT INTO main.{shadow} SELECT * FROM old.{shadow}")
        db.execute("UPDATE main.meta SET policy = (SELECT policy FROM old.meta)")
        db.execute("COMMIT")
        db.execute("DETACH old")
        db.execute("BEGIN")
        return db

    def finish(self, label: Label) -> None:
        """Finish with an empty mark, so that the next refresh requests a full copy."""
        super().finish(replace(label, mark=""))


@contextlib.contextmanager
def overwrite_old_file(path: Path) -> Iterator[None]:
    """Overwrite the old file with zeros after another has replaced it. Raises OSError."""
    old = os.open(path, os.O_WRONLY)
    try:
        yield
        for offset in range(0, os.fstat(old).st_size, len(BLANK)):
            os.pwrite(old, BLANK, offset)
        os.fdatasync(old)
    finally:
        os.close(old)


def forget_log(path: Path) -> None:
    """Delete SQLite's -wal and -shm files of a file to be replaced: read with another file they corrupt it."""
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    atomic_file.sync(path.parent)


def _card(
    sent: wire.SnapshotCard,
) -> tuple[bytes | str | None, ...]:
    patron = sent.patron
    return (
        sealing.place(sent.card),
        sealing.encrypt_ref(sent.card, patron.ref),
        patron.category,
        None if patron.standing is CardStatus.ACTIVE else patron.standing.value,
        patron.expires.isoformat() if patron.expires else None,
        str(patron.fees) if patron.fees else None,
        json.dumps(patron.loans) if patron.loans else None,
        patron.language or None,
        " ".join(patron.services) or None,
        sent.picks or None,
        sent.look or None,
    )


def _item(sent: wire.WireItem) -> tuple[str | int | None, ...]:
    what = sent.id, sent.title, sent.author, sent.call_number, sent.subject, sent.type, sent.branch
    return *what, sent.title_id or None


def _title(sent: wire.SnapshotTitle) -> tuple[str | int | None, ...]:
    shown = sent.title, sent.author, sent.call_number, sent.subject
    return sent.id, *shown, sent.year or None, sent.link or None, sent.cover or None


def _plain(sent: wire.WireItem) -> bool:
    """On the shelf, without holds: the default that needs no row."""
    return sent.status is ItemStatus.ON_SHELF and not (
        sent.holder or sent.due or sent.renewals or sent.waiting or sent.reserved_for
    )


def _state(sent: wire.WireItem) -> tuple[str | int | None, ...]:
    due = sent.due.isoformat() if sent.due else None
    holder, reserved_for = (ref and sealing.holder(sent.id, ref) for ref in (sent.holder, sent.reserved_for))
    return sent.id, sent.status.value, holder, due, sent.renewals, sent.waiting, reserved_for
