"""Note rows whose write failed: they were promised to no patron, but may be on disk after the restart.

The notes are kept in a file next to the journal.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import apsw

from lending import atomic_file
from lending.transactions import TransactionId


def note_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.unsaved")


def note(path: Path, of: TransactionId) -> None:
    """Append a note; ignore errors, because an unsynced note still outlives the process, though not a power cut."""
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
