"""Errors for an unusable journal, each naming the path and the remedy."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import apsw

from kiosk.journal.integrity_checks import JournalDamage

LEAST_FREE = 32 * 1024 * 1024
"""Bytes of free disk space required for a new row, except those of LAST; queued rows can always be closed."""


class JournalFault(StrEnum):
    """Why the journal cannot be used."""

    MISSING = "missing"
    DAMAGED = "damaged"
    FULL = "full"
    UNWRITABLE = "unwritable"
    WRONG_VERSION = "wrong_version"
    IN_USE = "in_use"
    UPDATING = "updating"
    """A new version of the program is on trial: if it failed, the one before could not read an upgraded journal."""


REMEDIES = {
    JournalFault.MISSING: "create it with `kiosk journal create`",
    JournalFault.DAMAGED: (
        "start the kiosk: it moves the file aside, keeps it, and continues with the rows that can be read"
    ),
    JournalFault.FULL: f"free space on its file system, at least {LEAST_FREE // 1024 // 1024} MiB",
    JournalFault.UNWRITABLE: "repair the disk or the permissions of the file and its directory, then restart the kiosk",
    JournalFault.WRONG_VERSION: (
        "run the kiosk version that created it until its queue is empty, then `kiosk journal create`"
    ),
    JournalFault.IN_USE: "stop the other kiosk process that has it open",
    JournalFault.UPDATING: "wait until the new version is confirmed, or gives way to the one before",
}


class JournalFailed(Exception):
    """The journal cannot be read or written, so nothing may be promised. The text names path and remedy."""

    def __init__(self, why: JournalFault, path: Path, detail: str = "") -> None:
        what = f"{why.replace('_', ' ')} ({detail})" if detail else why.replace("_", " ")
        super().__init__(f"journal {path} is {what}: {REMEDIES[why]}")
        self.why = why
        self.path = path


class JournalMissing(JournalFailed):
    """There is no journal at the path."""

    def __init__(self, path: Path) -> None:
        super().__init__(JournalFault.MISSING, path)


def unusable(path: Path, error: OSError) -> JournalFailed:
    return JournalFailed(
        JournalFault.FULL if error.errno == errno.ENOSPC else JournalFault.UNWRITABLE, path, error.strerror or ""
    )


@contextlib.contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Translate SQLite errors to JournalFailed with its reason."""
    try:
        yield
    except (apsw.BusyError, apsw.LockedError) as error:
        raise JournalFailed(JournalFault.IN_USE, path) from error
    except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError, apsw.MismatchError, UnicodeDecodeError) as error:
        raise JournalFailed(JournalFault.DAMAGED, path, str(error)) from error
    except JournalDamage as error:
        raise JournalFailed(JournalFault.DAMAGED, path, str(error)) from error
    except apsw.IOError as error:
        lost = getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_READ
        raise JournalFailed(JournalFault.DAMAGED if lost else JournalFault.UNWRITABLE, path, str(error)) from error
    except apsw.FullError as error:
        raise JournalFailed(JournalFault.FULL, path) from error
    except apsw.Error as error:
        raise JournalFailed(JournalFault.UNWRITABLE, path, str(error)) from error
