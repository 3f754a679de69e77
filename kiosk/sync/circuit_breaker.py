"""Track whether the central answers, and when to try it again (circuit breaker with jittered back-off)."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from kiosk.system.health import READY, Condition, Health, PartName, PartState

PROBE, JITTER = 10.0, 3.0
"""Mean seconds between two probes of an unreachable central, and the jitter around it."""
SPREAD = 20.0
"""Seconds over which kiosks with long queues spread the start of their upload.

After a power cut in the whole library they all start together.
"""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 20.0
"""Seconds: first and longest pause for a busy central, whatever `Retry-After` it sends.

The limit lets queued transactions go within 30 seconds of the central being free.
"""


class CircuitBreaker:
    """Open at the first unusable answer, close at the first good one. `on_change` is called once per change."""

    def __init__(self, health: Health, on_change: Callable[[bool], None], random: Random) -> None:
        self._health = health
        self._on_change = on_change
        self._random = random
        self._busy = 0
        self.online = True
        """True until the first request fails."""

    def report_unreachable(self, reason: str) -> None:
        """Record an unusable answer; `reason` is the code shown as the central's health."""
        self._health.report(PartName.CENTRAL, PartState(Condition.FAULTY, reason))
        if self.online:
            self.online = False
            self._on_change(False)

    def record_answer(self) -> None:
        """Record a usable answer."""
        self._health.report(PartName.CENTRAL, READY)
        if not self.online:
            self.online = True
            self._on_change(True)

    def reset_backoff(self) -> None:
        """Reset the back-off: the central has processed a row."""
        self._busy = 0

    def until_probe(self) -> float:
        """Return the seconds to the next probe of an unreachable central."""
        return PROBE + self._random.uniform(-JITTER, JITTER)

    def until_start(self) -> float:
        """Return the seconds to wait before uploading a long queue left by an earlier process."""
        return self._random.uniform(0, SPREAD)

    def until_again(self, wish: float) -> float:
        """Return the seconds before a busy central is tried again.

        That is the central's own wish up to LONGEST_PAUSE, or a full-jitter back-off if that is longer.
        """
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._busy)
        self._busy = min(self._busy + 1, 16)
        return max(min(wish, LONGEST_PAUSE), self._random.uniform(0, longest))
