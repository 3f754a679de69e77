"""Notes beside the journal what a failing disk may bring back though nobody was promised it; opens no journal."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import apsw

from kiosk.system import atomic_file
from lending.transactions import TransactionId


def note_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.unsaved")


def note(path: Path, of: TransactionId) -> None:
    """As well as a disk that has just failed may take it: a note that no sync reaches outlives the process at least."""
    with contextlib.suppress(OSError):
        handle = os.open(note_of(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            atomic_file.hand_over(handle, path.parent)
            os.write(handle, f"{of}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)


def taken_back(db: apsw.Connection, path: Path) -> None:
    """Inside a transaction: the noted rows go as what was promised to nobody, so that staff see whether they were done.

    Raises OSError.
    """
    if not note_of(path).exists():
        return
    for of in note_of(path).read_text(encoding="utf-8", errors="replace").splitlines():
        db.execute("UPDATE rows SET no_block = 0 WHERE state = 'queued' AND id = ?", (of,))


def forgotten(path: Path) -> None:
    """When that is on disk. Raises OSError."""
    if note_of(path).exists():
        atomic_file.remove(note_of(path))
