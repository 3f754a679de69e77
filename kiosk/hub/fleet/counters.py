"""Takes each number of a device once: in memory, below a limit that stands in the database; knows no signature."""

import threading

from kiosk.hub.atomic import again_where_it_met_another
from kiosk.hub.fleet.models import Device

BLOCK = 1000
"""Numbers that are written down as used before the first of them is: one write of the disk for so many requests."""


class Counters:
    """Safe to use from several threads, and in several processes before one database.

    A number is taken either below the limit that this process has written down, or behind every limit that any
    process has; so no two take the same one, and whoever starts anew takes none that was taken before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[str, tuple[int, int]] = {}
        """By device: the highest number taken here, and this process's limit."""

    def take(self, device: str, counter: int) -> bool:
        """False when the number, or a higher one, was taken before."""
        with self._lock:
            taken, limit = self._taken.get(device, (0, 0))
            if counter <= taken:
                return False
            if counter <= limit:
                self._taken[device] = (counter, limit)
                return True
        return self._reserve(device, counter)

    def _reserve(self, device: str, counter: int) -> bool:
        lower = Device.objects.filter(pk=device, counter__lt=counter)
        if not again_where_it_met_another(lambda: lower.update(counter=counter + BLOCK)):
            return False
        with self._lock:
            taken, limit = self._taken.get(device, (0, 0))
            self._taken[device] = (max(taken, counter), max(limit, counter + BLOCK))
        return True
