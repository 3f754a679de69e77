"""Provide the hub's time; the other modules do not read the system clock."""

from datetime import UTC, datetime, timedelta

from django.apps import apps


class Clock:
    """The system time plus an offset.

    Only demo mode changes the offset: `hub.demo.shared_state` shares it among all processes of the hub.
    """

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC) + self.ahead

    def set(self, now: datetime) -> None:
        """Continue from the given aware time in this process."""
        self.ahead = now - datetime.now(UTC)


def hub_clock() -> Clock:
    """Return the hub's clock, which is kept with the core app."""
    return apps.get_app_config("core").clock


def now() -> datetime:
    """Return the hub's time in UTC; the default of time fields."""
    return hub_clock().now()
