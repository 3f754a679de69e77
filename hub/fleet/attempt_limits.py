"""Counts the wrong tries of each address and lets it wait when there were too many; knows no code and no kiosk."""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

TRIES, WITHIN = 10, timedelta(minutes=1)
"""Wrong tries of one address within this time; whoever makes more waits until the first of them is so old."""
MOST_ADDRESSES = 1000


class Guessing:
    """Safe to use from several threads. Each process of the hub counts what comes to it, and forgets it when it ends:
    what stops a guesser is the code itself, which is dead for all of them after five wrong tries."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrong: OrderedDict[str, list[datetime]] = OrderedDict()

    def wait(self, address: str, now: datetime) -> float:
        """Seconds that this address has to wait before it may try; 0 when it may now."""
        with self._lock:
            tries = self._recent(address, now)
            return 0.0 if len(tries) < TRIES else max(0.0, (tries[0] + WITHIN - now).total_seconds())

    def wrong(self, address: str, now: datetime) -> None:
        """Notes a wrong try."""
        with self._lock:
            self._wrong[address] = [*self._recent(address, now), now][-TRIES:]
            self._wrong.move_to_end(address)
            while len(self._wrong) > MOST_ADDRESSES:
                self._wrong.popitem(last=False)

    def _recent(self, address: str, now: datetime) -> list[datetime]:
        return [at for at in self._wrong.get(address, []) if now - WITHIN < at <= now]
