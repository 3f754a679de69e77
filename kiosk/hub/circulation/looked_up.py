"""Count the cards that each kiosk looks up, so that a stolen key does not read the loans of every patron."""

import threading
from datetime import datetime, timedelta

WITHIN = timedelta(hours=1)
ALARM, MOST = 300, 1000
"""Distinct cards within an hour: from the first on staff are told, after the second none is answered till the next."""


class LookedUp:
    """Distinct cards by kiosk within the hour that runs; safe to use from several threads.

    Each process of the hub counts what comes to it. Only the first digits of the hashes are kept, in memory.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cards: dict[int, tuple[datetime, set[str]]] = {}

    def count(self, kiosk: int, card: str, now: datetime) -> int:
        """Count this card for the kiosk; return how many distinct ones it has looked up."""
        with self._lock:
            since, cards = self._cards.get(kiosk, (now, set()))
            if not since <= now < since + WITHIN:
                since, cards = now, set()
            if len(cards) <= MOST:
                cards.add(card[:16])
            self._cards[kiosk] = (since, cards)
            return len(cards)
