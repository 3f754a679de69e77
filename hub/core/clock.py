"""Provide the hub's time; the other modules do not read the system clock."""

from datetime import UTC, datetime, timedelta

from django.apps import apps

from hub.core.shared_memory import SharedNumber


class Clock:
    """The system time plus an offset that all processes of the hub share.

    Only demo mode changes the offset.
    """

    def __init__(self) -> None:
        self._ahead = SharedNumber()
        """Offset in microseconds."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC) + timedelta(microseconds=self._ahead.value)

    def set(self, now: datetime) -> None:
        """Continue from the given aware time."""
        self._ahead.value = (now - datetime.now(UTC)) // timedelta(microseconds=1)


def hub_clock() -> Clock:
    """Return the hub's clock, which is kept with the circulation app."""
    clock: Clock = apps.get_app_config("circulation").clock
    return clock
