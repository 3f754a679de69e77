"""Tells the hub's time; nothing else in the hub asks the machine for it."""

from datetime import UTC, datetime, timedelta

from django.apps import apps

from hub.core.shared_memory import SharedNumber


class Clock:
    """The machine's time plus an offset, which only the demo mode moves: in every process of the hub."""

    def __init__(self) -> None:
        self._ahead = SharedNumber()
        """In microseconds."""

    def now(self) -> datetime:
        """Tells the time in UTC."""
        return datetime.now(UTC) + timedelta(microseconds=self._ahead.value)

    def set(self, now: datetime) -> None:
        """Goes on from the given aware time."""
        self._ahead.value = (now - datetime.now(UTC)) // timedelta(microseconds=1)


def hub_clock() -> Clock:
    """Finds the hub's clock: Django keeps it with the circulation app."""
    clock: Clock = apps.get_app_config("circulation").clock
    return clock
