"""Note rows whose write failed: they were promised to no patron, but may be on disk after the restart.

The notes are kept in a file next to the journal.
"""

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
    """Append a note; ignore errors, because an unsynced note still outlives the process, though not a power cut."""
    with contextlib.suppress(OSError):
        handle = os.open(note_of(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            atomic_file.hand_over(handle, path.parent)
            os.write(handle, f"{of}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)


def unpromise(db: apsw.Connection, path: Path) -> None:
    """Mark the noted rows as not promised, within a transaction, so that staff see whether they were carried out.

    Raises:
        OSError: The note cannot be read.
    """
    if not note_of(path).exists():
        return
    for of in note_of(path).read_text(encoding="utf-8", errors="replace").splitlines():
        db.execute("UPDATE rows SET no_block = 0 WHERE state = 'queued' AND id = ?", (of,))


def forgotten(path: Path) -> None:
    """Delete the notes once that is committed. Raise OSError."""
    if note_of(path).exists():
        atomic_file.remove(note_of(path))
