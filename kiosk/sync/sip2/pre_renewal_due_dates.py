"""Store the due date of a loan before a SIP2 Renew (29).

If the response (30) is lost, a changed date proves that the renewal was done.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from lending import atomic_file
from lending.transactions import TransactionId

MOST = 100
"""Dates kept: one renewal is under way at a time, and those left to staff stay behind."""


class PreRenewalDueDates:
    """Due dates by transaction. An unreadable file counts as empty: then the promised date decides."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._noted = {str(key): str(value) for key, value in json.loads(file.read_text(encoding="utf-8")).items()}
        except (OSError, ValueError, AttributeError):
            self._noted = {}

    def due_before(self, renewal: TransactionId) -> datetime | None:
        """Return the date; None if none was stored."""
        try:
            return datetime.fromisoformat(self._noted[renewal])
        except (KeyError, ValueError):
            return None

    def note(self, renewal: TransactionId, due: datetime) -> None:
        """Write a date to disk before returning. Raises OSError."""
        self._noted[renewal] = due.isoformat()
        for old in list(self._noted)[:-MOST]:
            del self._noted[old]
        atomic_file.write(self._file, json.dumps(self._noted).encode())

    def drop(self, renewal: TransactionId) -> None:
        """Forget an answered renewal; the next `note` removes it from the file."""
        self._noted.pop(renewal, None)
