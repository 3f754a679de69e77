"""Store the time of the newest backup in the state directory, for the staff pages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from hub.core.state_directory import put_file

FILE = "last_backup"
"""Name of the file, which holds the time in ISO 8601 with its offset."""


def record(moment: datetime, directory: Path) -> None:
    """Store when a backup was made. Raises OSError."""
    put_file(FILE, f"{moment.isoformat()}\n".encode("ascii"), directory)


def read(directory: Path) -> datetime | None:
    """Return when the newest backup was made; None if there has never been one."""
    path = directory / FILE
    return datetime.fromisoformat(path.read_text(encoding="ascii").strip()) if path.exists() else None
