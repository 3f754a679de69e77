"""Keeps over a restart for how long the central was not heard, by this machine's own counter; knows no clock."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from kiosk.system import atomic_file

OFTEN = timedelta(minutes=10)
"""So much may be forgotten with a process that is killed."""


class OfflineDuration:
    """A small file beside the copy that it speaks of. What cannot be read or written counts for nothing."""

    def __init__(self, snapshot: Path) -> None:
        self._path = snapshot.with_name(f"{snapshot.name}.waited")
        self._kept = timedelta()

    def read(self, mark: str) -> timedelta:
        """How long it was when this was last written; none where that was for another copy."""
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            if told["mark"] == mark:
                self._kept = max(timedelta(), timedelta(seconds=float(told["seconds"])))
        except (OSError, ValueError, TypeError, KeyError, OverflowError):
            pass
        return self._kept

    def is_due(self, waited: timedelta) -> bool:
        return abs(waited - self._kept) >= OFTEN

    def write(self, mark: str, waited: timedelta) -> None:
        """Raises OSError."""
        atomic_file.write(self._path, json.dumps({"mark": mark, "seconds": waited.total_seconds()}).encode())
        self._kept = waited
