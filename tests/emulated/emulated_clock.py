"""Clocks of emulated parts: real time, or time that advances only when a part waits."""

from __future__ import annotations

import time
from typing import Protocol


class PassingTime(Protocol):
    def now(self) -> float:
        """Return monotonic seconds."""
        ...

    def pause(self, seconds: float) -> None: ...

    def spend(self, seconds: float) -> None:
        """Account for the time that the part itself was busy."""
        ...


class RealTime:
    def now(self) -> float:
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def spend(self, seconds: float) -> None:
        """Do nothing: the time has already passed."""


class OwnTime:
    """Simulated time: waiting takes no real time, but yields to other threads."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def pause(self, seconds: float) -> None:
        self._now += seconds
        time.sleep(0)

    def spend(self, seconds: float) -> None:
        self._now += seconds
