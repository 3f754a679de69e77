"""Create, open and check the journal's SQLite file, upgrade its schema, and note rows whose write failed."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import apsw
import uuid6

from kiosk.journal.errors import JournalFailed, JournalFault, JournalMissing, translate_errors, unusable
from kiosk.journal.integrity_checks import check_index, check_log, check_values, log_of, look, walk
from kiosk.journal.wal import PAGES, write_again
from lending import atomic_file
from lending.transactions import TransactionId

VERSION = 3
LEAST_FOR_LAST = 4 * 1024 * 1024
"""Bytes of free disk space required for rows of LAST; space for some hundreds of them below LEAST_FREE."""
LAST = frozenset({"checkin", "undo"})
"""Kinds of rows that only relieve a patron: the item is handed over anyway, however full the disk is."""
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
"""The only index: rows queued or with a body. A row enters it once and leaves it when its body is erased, so closing
a row changes no page but its own."""
KEPT = "rows INDEXED BY rows_kept"
"""FROM clause for rows WHERE body IS NOT NULL."""
BROUGHT = "CREATE TABLE brought (seq INTEGER PRIMARY KEY, journal TEXT NOT NULL, number INTEGER NOT NULL) STRICT"
"""Origin of rows rescued from a damaged journal; exists only in the journal that replaced it."""
MARKS = ("body_mark", "item", "card", "undoes")
"""Columns of the envelope derived from the body; erased with it, so the chain includes them only via `body_hash`."""
CHANGES = {
    1: [f"ALTER TABLE rows ADD COLUMN {mark} TEXT" for mark in MARKS],
    2: ["DROP INDEX rows_queued", "DROP INDEX rows_closed", INDEX],
}
"""Statements that upgrade a journal, by version. Rows stay unchanged; those of version 1 are readable until erased.
The page size and the automatic index over all ids of older versions stay too."""
# Settings that must hold on the connection; read back at every opening. https://sqlite.org/pragma.html
SETTINGS = {
    "locking_mode": "exclusive",
    "mmap_size": 0,
    "synchronous": 2,
    "secure_delete": 1,
    "temp_store": 2,
    "wal_autocheckpoint": 200,
}


def create(path: Path) -> None:
    """Create an empty journal and its directory, and sync both.

    The file gets its final name only when complete.

    Raises:
        FileExistsError: There is a journal; it is not overwritten.
        JournalFailed: The file cannot be created.
    """
    fresh = new_name(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        build(fresh)
        os.link(fresh, path)
        atomic_file.sync(path.parent)
        atomic_file.sync(path.parent.parent)
    except OSError as error:
        if isinstance(error, FileExistsError) and path.exists():
            raise
        raise unusable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink()


def new_name(path: Path) -> Path:
    """Return the name of a journal during its creation."""
    return path.with_name(f"{path.name}.new")


def rescue_note(path: Path) -> Path:
    """Return the note that exists during a rescue, names the damaged file and keeps the journal from being opened."""
    return path.with_name(f"{path.name}.rescue")


def build(fresh: Path, fill: Callable[[apsw.Connection], object] = lambda _: None) -> None:
    """Create a complete, synced journal; `fill` may insert rows first. Raise OSError, JournalFailed."""
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with translate_errors(fresh):
        _fill(fresh, fill)
    atomic_file.sync(fresh)


def rescued_origins(db: apsw.Connection) -> Mapping[int, tuple[str, int]]:
    """Return journal id and row number of origin of the rescued rows, by their number here, which is 0 or below."""
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


def connect(path: Path, may_upgrade: bool = True) -> apsw.Connection:
    """Open and check an existing journal, and upgrade it. Raise JournalMissing, or JournalFailed with its reason.

    If it may not be upgraded and is of an earlier version, the reason is UPDATING and the file stays as it is.
    """
    try:
        if not path.exists():
            raise JournalMissing(path)
    except OSError as error:
        raise JournalFailed(JournalFault.UNWRITABLE, path, error.strerror or "") from error
    if rescue_note(path).exists():
        raise JournalFailed(JournalFault.DAMAGED, path, "its rescue is unfinished")
    with translate_errors(path):
        _check_header(path)
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            # Closing would checkpoint and empty the log, which may be all that is left of the newest rows.
            db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            _configure(db, path)
            if not may_upgrade and _is_earlier(db):
                raise JournalFailed(JournalFault.UPDATING, path)
            _check(db, path)
            db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
        except BaseException:
            db.close()
            raise
    return db


def rehearse_upgrade(path: Path) -> None:
    """Upgrade a copy of a closed journal, and delete it. Raise JournalFailed if that fails."""
    copy = path.with_name(f"{path.name}.rehearsal")
    files = {each: log_of(each) for each in (path, copy)}
    try:
        for source, target in ((path, copy), (files[path], files[copy])):
            target.unlink(missing_ok=True)
            if source.exists():
                shutil.copyfile(source, target)
        connect(copy).close()
    except OSError as error:
        raise unusable(path, error) from error
    finally:
        for each in (copy, files[copy], note_of(copy), copy.with_name(f"{copy.name}-shm")):
            each.unlink(missing_ok=True)


def _is_earlier(db: apsw.Connection) -> bool:
    try:
        return db.execute("SELECT version FROM meta").get in CHANGES
    except apsw.SQLError:
        return False


def _check_header(path: Path) -> None:
    try:
        look(path)
    except OSError as error:
        why = JournalFault.DAMAGED if error.errno == errno.EIO else JournalFault.UNWRITABLE
        raise JournalFailed(why, path, error.strerror or "") from error


def _configure(db: apsw.Connection, path: Path) -> None:
    db.set_busy_timeout(0)
    for name, value in SETTINGS.items():
        db.pragma(name, value)
    mode = db.pragma("journal_mode")
    found = {name: db.pragma(name) for name in SETTINGS} | {"journal_mode": mode}
    wrong = [name for name, value in (SETTINGS | {"journal_mode": "wal"}).items() if found[name] != value]
    if wrong:
        said = ", ".join(f"{name} is {found[name]}" for name in wrong)
        raise JournalFailed(JournalFault.DAMAGED, path, f"SQLite rejects settings: {said}")


def _check(db: apsw.Connection, path: Path) -> None:
    """Raise JournalFailed for another version, a damaged file or a broken hash chain; then upgrade the schema."""
    if (verdict := db.pragma("quick_check")) != "ok":
        raise JournalFailed(JournalFault.DAMAGED, path, str(verdict).splitlines()[0])
    try:
        check_log(db, log_of(path))
    except OSError as error:
        raise unusable(path, error) from error
    try:
        version = db.execute("SELECT version FROM meta").get
    except apsw.SQLError:
        raise JournalFailed(JournalFault.DAMAGED, path, "another kind of database, or empty") from None
    if version not in (VERSION, *CHANGES):
        raise JournalFailed(JournalFault.WRONG_VERSION, path, f"version {version}, expected {VERSION}")
    check_values(db)
    if version == VERSION:
        check_index(db)
    walk(db, MARKS if version > 1 else ("NULL",) * len(MARKS))
    try:
        write_again(log_of(path))
    except OSError as error:
        raise unusable(path, error) from error
    with _deleting_notes(path), transaction(db):  # shows now, not at the first loan, whether the file is writable
        unpromise(db, path)
        for change in [each for known in range(version, VERSION) for each in CHANGES[known]]:
            db.execute(change)
        db.execute("UPDATE meta SET version = ?, openings = openings + 1", (VERSION,))


@contextlib.contextmanager
def _deleting_notes(path: Path) -> Iterator[None]:
    """Delete the note of unsaved rows only after its effect is committed."""
    try:
        yield
        delete_notes(path)
    except OSError as error:
        raise unusable(path, error) from error


@contextlib.contextmanager
def transaction(db: apsw.Connection) -> Iterator[None]:
    """Run BEGIN to COMMIT; SQLite may have rolled back already (for example on a full disk)."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def note_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.unsaved")


def note_failed_write(path: Path, of: TransactionId) -> None:
    """Note a row whose write failed: it was promised to no patron, but may be on disk after the restart.

    Errors are ignored: an unsynced note still outlives the process, though not a power cut.
    """
    with contextlib.suppress(OSError):
        atomic_file.append(note_of(path), of.encode())


def unpromise(db: apsw.Connection, path: Path) -> None:
    """Mark the noted rows as not promised, within a transaction, so that staff see whether they were carried out.

    Raises:
        OSError: The note cannot be read.
    """
    if not note_of(path).exists():
        return
    for of in note_of(path).read_text(encoding="utf-8", errors="replace").splitlines():
        db.execute("UPDATE rows SET no_block = 0 WHERE state = 'queued' AND id = ?", (of,))


def delete_notes(path: Path) -> None:
    """Delete the notes once that is committed. Raise OSError."""
    if note_of(path).exists():
        atomic_file.remove(note_of(path))
