"""Limit wrong enrolment attempts per network address."""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

TRIES, WITHIN = 10, timedelta(minutes=1)
"""Wrong attempts per address within this time; after more, the address waits until the first of them is that old."""
MOST_ADDRESSES = 1000


class AttemptLimit:
    """Count wrong attempts in this process; thread-safe.

    The counts are lost when the process ends. Guessing is prevented by the code itself, which is invalid in all
    processes after five wrong attempts.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrong: OrderedDict[str, list[datetime]] = OrderedDict()

    def wait(self, address: str, now: datetime) -> float:
        """Return the seconds that this address has to wait before the next attempt; 0 if none."""
        with self._lock:
            tries = self._recent(address, now)
            return 0.0 if len(tries) < TRIES else max(0.0, (tries[0] + WITHIN - now).total_seconds())

    def wrong(self, address: str, now: datetime) -> None:
        """Record a wrong attempt."""
        with self._lock:
            self._wrong[address] = [*self._recent(address, now), now][-TRIES:]
            self._wrong.move_to_end(address)
            while len(self._wrong) > MOST_ADDRESSES:
                self._wrong.popitem(last=False)

    def _recent(self, address: str, now: datetime) -> list[datetime]:
        return [at for at in self._wrong.get(address, []) if now - WITHIN < at <= now]
