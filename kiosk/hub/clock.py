"""Tells the hub's time; nothing else in the hub asks the machine for it."""

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """The machine's time plus an offset, which only the demo mode moves. Safe to use from several threads."""

    def __init__(self) -> None:
        self._offset = timedelta(0)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Tells the time in UTC."""
        with self._lock:
            return datetime.now(UTC) + self._offset

    def set(self, now: datetime) -> None:
        """Goes on from the given aware time."""
        with self._lock:
            self._offset = now - datetime.now(UTC)
