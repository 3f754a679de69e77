"""Time as the kiosk sees it: handed in by the composition root, so that tests and visits can move it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from kiosk.domain.transactions import Trust


class Clock(Protocol):
    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, from an unknown start."""
        ...

    def trust(self) -> Trust: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's clock. `trust` says what the system knows about its own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def trust(self) -> Trust:
        return Trust.SYNCED

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class VisitClock:
    """A clock that starts where a visit says and can be moved on; between moves it runs with the machine's."""

    def __init__(self, start: datetime) -> None:
        self._ahead = 0.0
        self._origin = time.monotonic()
        self._start = start.astimezone(UTC)
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic() - self._origin)

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def trust(self) -> Trust:
        return Trust.SYNCED

    def move(self, seconds: float) -> None:
        """Moves time on and wakes whoever has slept long enough."""
        self._ahead += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        until = self.monotonic() + seconds
        while (left := until - self.monotonic()) > 0:
            try:
                await asyncio.wait_for(self._moved.wait(), left)
            except TimeoutError:
                return
