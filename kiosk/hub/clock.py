"""Tells the hub's time; nothing else in the hub asks the machine for it."""

import threading
from datetime import UTC, datetime, timedelta

from django.apps import apps


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


def hub_clock() -> Clock:
    """Finds the clock of this process: Django keeps it with the circulation app."""
    clock: Clock = apps.get_app_config("circulation").clock
    return clock
