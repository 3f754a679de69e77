"""Read and write what the state directory knows of backups: the time of the newest one, and the public key."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from lending import atomic_file

LAST_BACKUP = "last_backup"
"""Name of the file with the time in ISO 8601, with its offset."""
PUBLIC_KEY = "backup.age"
"""Name of the file with the public key, as `age` writes it."""


def record(moment: datetime, directory: Path) -> None:
    """Store when a backup was made. Raises OSError."""
    atomic_file.write(directory / LAST_BACKUP, f"{moment.isoformat()}\n".encode("ascii"))


def read(directory: Path) -> datetime | None:
    """Return when the newest backup was made; None if there has never been one."""
    path = directory / LAST_BACKUP
    return datetime.fromisoformat(path.read_text(encoding="ascii").strip()) if path.exists() else None


def public_key(directory: Path) -> str:
    """Return the public key to which backups are encrypted; empty if there is none."""
    path = directory / PUBLIC_KEY
    return path.read_text(encoding="ascii").strip() if path.exists() else ""
