"""Makes, opens and checks the journal's file; knows nothing of what its rows are for."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import apsw
import uuid6

from kiosk.journal import failed_writes
from kiosk.journal.errors import JournalFailed, JournalMissing, Why, translated, unusable
from kiosk.journal.integrity_checks import check_index, check_log, check_values, log_of, look, walk
from kiosk.journal.wal import PAGES, write_again

VERSION = 3
LEAST_FOR_LAST = 4 * 1024 * 1024
"""Below this not even those are taken: some hundreds of them have room in between."""
LAST = frozenset({"checkin", "undo"})
"""Kinds of rows that only take something off a patron: she hands the book over whatever the disk says."""
SCHEMA = """
CREATE TABLE meta (version INTEGER NOT NULL, kiosk TEXT NOT NULL, openings INTEGER NOT NULL) STRICT;
CREATE TABLE rows (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL, boot TEXT NOT NULL, mono_ns INTEGER NOT NULL, at TEXT NOT NULL,
  trust TEXT NOT NULL, kind TEXT NOT NULL, no_block INTEGER NOT NULL, body TEXT, body_hash TEXT NOT NULL,
  prev_hash TEXT NOT NULL, hash TEXT NOT NULL, state TEXT NOT NULL, answer TEXT, reason TEXT, closed_at TEXT,
  body_mark TEXT, item TEXT, card TEXT, undoes TEXT
) STRICT;
"""
INDEX = "CREATE UNIQUE INDEX rows_kept ON rows (id) WHERE body IS NOT NULL"
"""The only one: what waits and what is not erased yet. A row enters it once and leaves it when its body is erased, so
that an answer changes no page but the row's own."""
KEPT = "rows INDEXED BY rows_kept"
"""For a statement about rows WHERE body IS NOT NULL."""
BROUGHT = "CREATE TABLE brought (seq INTEGER PRIMARY KEY, journal TEXT NOT NULL, number INTEGER NOT NULL) STRICT"
"""Where the rows of a damaged journal came from; only in the journal that took its place."""
MARKS = ("body_mark", "item", "card", "undoes")
"""What an envelope tells of its body; erased together with it, so the chain reaches them through `body_hash` alone."""
CHANGES = {
    1: [f"ALTER TABLE rows ADD COLUMN {mark} TEXT" for mark in MARKS],
    2: ["DROP INDEX rows_queued", "DROP INDEX rows_closed", INDEX],
}
"""By version: what makes the journal one of the next. Its rows stay as they are, those of version 1 readable until
erased; so do its pages, and the index over all ids that it was made with."""
# What must hold on the connection, read back at every opening. https://sqlite.org/pragma.html
SETTINGS = {
    "locking_mode": "exclusive",
    "mmap_size": 0,
    "synchronous": 2,
    "secure_delete": 1,
    "temp_store": 2,
    "wal_autocheckpoint": 200,
}


def create(path: Path) -> None:
    """Makes an empty journal, and its directory, and syncs both.

    It appears under its name only when whole. Raises FileExistsError rather than overwrite, JournalFailed otherwise.
    """
    fresh = new_name(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        build(fresh)
        os.link(fresh, path)
        _sync(path.parent)
        _sync(path.parent.parent)
    except OSError as error:
        if isinstance(error, FileExistsError) and path.exists():
            raise
        raise unusable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink()


def new_name(path: Path) -> Path:
    """What a journal is called while it is made."""
    return path.with_name(f"{path.name}.new")


def rescue_note(path: Path) -> Path:
    """While this file is there the journal is being rescued and is not opened; it names the damaged one."""
    return path.with_name(f"{path.name}.rescue")


def build(fresh: Path, fill: Callable[[apsw.Connection], object] = lambda _: None) -> None:
    """Makes a whole journal under that name, synced; `fill` writes into it before. Raises OSError, JournalFailed."""
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with translated(fresh):
        _fill(fresh, fill)
    _sync(fresh)


def brought(db: apsw.Connection) -> Mapping[int, tuple[str, int]]:
    """By their numbers here, which are not above 0: of which journal rescued rows were, and their number there."""
    if not db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'brought'").get:
        return {}
    return {seq: (journal, number) for seq, journal, number in db.execute("SELECT seq, journal, number FROM brought")}


def _fill(path: Path, more: Callable[[apsw.Connection], object]) -> None:
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        db.pragma("locking_mode", "exclusive")
        db.pragma("synchronous", 2)
        db.pragma("page_size", PAGES[0])
        db.pragma("journal_mode", "wal")
        with transaction(db):
            db.execute(SCHEMA)
            db.execute(INDEX)
            db.execute("INSERT INTO meta VALUES (?, ?, 0)", (VERSION, str(uuid6.uuid7())))
            more(db)
        db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    finally:
        db.close()


def connect(path: Path) -> apsw.Connection:
    """Opens and checks an existing journal. Raises JournalMissing, or JournalFailed with its reason."""
    try:
        if not path.exists():
            raise JournalMissing(path)
    except OSError as error:
        raise JournalFailed(Why.UNWRITABLE, path, error.strerror or "") from error
    if rescue_note(path).exists():
        raise JournalFailed(Why.DAMAGED, path, "its rescue is not finished")
    with translated(path):
        _look(path)
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            # Closing would empty the log, and with it what may be all that is left of the newest rows.
            db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            _settle(db, path)
            _check(db, path)
            db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
        except BaseException:
            db.close()
            raise
    return db


def _look(path: Path) -> None:
    try:
        look(path)
    except OSError as error:
        why = Why.DAMAGED if error.errno == errno.EIO else Why.UNWRITABLE
        raise JournalFailed(why, path, error.strerror or "") from error


def _settle(db: apsw.Connection, path: Path) -> None:
    db.set_busy_timeout(0)
    for name, value in SETTINGS.items():
        db.pragma(name, value)
    mode = db.pragma("journal_mode")
    found = {name: db.pragma(name) for name in SETTINGS} | {"journal_mode": mode}
    wrong = [name for name, value in (SETTINGS | {"journal_mode": "wal"}).items() if found[name] != value]
    if wrong:
        said = ", ".join(f"{name} is {found[name]}" for name in wrong)
        raise JournalFailed(Why.DAMAGED, path, f"SQLite does not take its settings: {said}")


def _check(db: apsw.Connection, path: Path) -> None:
    """Raises JournalFailed when the file is no journal of this version, is damaged, or its chain of rows is broken."""
    if (verdict := db.pragma("quick_check")) != "ok":
        raise JournalFailed(Why.DAMAGED, path, str(verdict).splitlines()[0])
    try:
        check_log(db, log_of(path))
    except OSError as error:
        raise unusable(path, error) from error
    try:
        version = db.execute("SELECT version FROM meta").get
    except apsw.SQLError:
        raise JournalFailed(Why.DAMAGED, path, "it is another kind of database, or empty") from None
    if version not in (VERSION, *CHANGES):
        raise JournalFailed(Why.WRONG_VERSION, path, f"version {version}, expected {VERSION}")
    check_values(db)
    if version == VERSION:
        check_index(db)
    walk(db, MARKS if version > 1 else ("NULL",) * len(MARKS))
    _settle_log(path)
    with _noting(path), transaction(db):  # tells now, not at the first loan, whether the file can be written
        failed_writes.taken_back(db, path)
        for change in [each for known in range(version, VERSION) for each in CHANGES[known]]:
            db.execute(change)
        db.execute("UPDATE meta SET version = ?, openings = openings + 1", (VERSION,))


def _settle_log(path: Path) -> None:
    try:
        write_again(log_of(path))
    except OSError as error:
        raise unusable(path, error) from error


@contextlib.contextmanager
def _noting(path: Path) -> Iterator[None]:
    """What was noted as not saved is taken back on disk before the note goes."""
    try:
        yield
        failed_writes.forgotten(path)
    except OSError as error:
        raise unusable(path, error) from error


@contextlib.contextmanager
def transaction(db: apsw.Connection) -> Iterator[None]:
    """BEGIN to COMMIT; where SQLite has rolled back by itself, as on a full disk, there is nothing to roll back."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
