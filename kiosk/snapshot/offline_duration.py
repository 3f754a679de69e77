"""Persist across restarts how long the central has been unreachable, by the monotonic clock."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from lending import atomic_file

OFTEN = timedelta(minutes=10)
"""Largest duration that may be lost if the process is killed."""


class OfflineDuration:
    """Small file next to the snapshot that it describes. An unreadable file counts as zero."""

    def __init__(self, snapshot: Path) -> None:
        self._path = snapshot.with_name(f"{snapshot.name}.waited")
        self._kept = timedelta()

    def read(self, mark: str) -> timedelta:
        """Return the duration last written; zero if that was for another copy."""
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            if stored["mark"] == mark:
                self._kept = max(timedelta(), timedelta(seconds=float(stored["seconds"])))
        except (OSError, ValueError, TypeError, KeyError, OverflowError):
            pass
        return self._kept

    def is_due(self, waited: timedelta) -> bool:
        return abs(waited - self._kept) >= OFTEN

    def write(self, mark: str, waited: timedelta) -> None:
        """Write the duration. Raises OSError."""
        atomic_file.write(self._path, json.dumps({"mark": mark, "seconds": waited.total_seconds()}).encode())
        self._kept = waited
