"""Until when a loan went before it was renewed: noted first, so that a lost answer can be told from a lost act."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from kiosk.system import atomic_file
from lending.transactions import TransactionId

MOST = 100
"""Notes that are kept: one renewal is on its way at a time, and those that staff decide stay behind."""


class PreRenewalDueDates:
    """By transaction. A file that cannot be read is as good as none: then the date that was promised decides."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._noted = {str(key): str(value) for key, value in json.loads(file.read_text(encoding="utf-8")).items()}
        except (OSError, ValueError, AttributeError):
            self._noted = {}

    def of(self, renewal: TransactionId) -> datetime | None:
        """None where nothing was noted."""
        try:
            return datetime.fromisoformat(self._noted[renewal])
        except (KeyError, ValueError):
            return None

    def note(self, renewal: TransactionId, due: datetime) -> None:
        """Returns when it is on disk. Raises OSError."""
        self._noted[renewal] = due.isoformat()
        for old in list(self._noted)[:-MOST]:
            del self._noted[old]
        atomic_file.write(self._file, json.dumps(self._noted).encode())

    def drop(self, renewal: TransactionId) -> None:
        """It is answered: the next note leaves it out."""
        self._noted.pop(renewal, None)
