"""Remembers whether the central answers and says when to look again; it sends nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from kiosk.system.health import READY, Condition, Health, PartName, PartState

PROBE, JITTER = 10.0, 3.0
"""Seconds between two looks for a central that is away, and how far they stray."""
SPREAD = 20.0
"""Seconds over which kiosks with long queues begin that start together, as after a power cut in the whole library."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 20.0
"""Seconds: our first pause for a busy central and the longest, whatever it wishes: what waits goes within 30 seconds of
its being free."""


class CircuitBreaker:
    """Opens at the first unusable answer, closes at the first good one; tells each change once."""

    def __init__(self, health: Health, on_change: Callable[[bool], None], random: Random) -> None:
        self._health = health
        self._on_change = on_change
        self._random = random
        self._busy = 0
        self.online = True
        """Until the central was asked it is not known to be away."""

    def missed(self, reason: str) -> None:
        self._health.report(PartName.CENTRAL, PartState(Condition.FAULTY, reason))
        if self.online:
            self.online = False
            self._on_change(False)

    def answered(self) -> None:
        self._health.report(PartName.CENTRAL, READY)
        if not self.online:
            self.online = True
            self._on_change(True)

    def done(self) -> None:
        """The central worked off a row: it is not busy any more."""
        self._busy = 0

    def until_probe(self) -> float:
        return PROBE + self._random.uniform(-JITTER, JITTER)

    def until_start(self) -> float:
        """Seconds before a long queue of an earlier run begins to go."""
        return self._random.uniform(0, SPREAD)

    def until_again(self, wish: float) -> float:
        """Seconds before a busy central is asked again: what it wishes, and a full-jitter back-off of our own."""
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._busy)
        self._busy = min(self._busy + 1, 16)
        return max(min(wish, LONGEST_PAUSE), self._random.uniform(0, longest))
