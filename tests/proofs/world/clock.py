"""A machine's clock: right, restored after a power cut, or years off; its monotonic time is the world's."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from lending.transactions import ClockTrust
from tests.proofs.world.loop import VirtualLoop
from tests.proofs.world.seeded_ids import START

SAVED = 60.0
"""Seconds by which the time saved on disk is behind at a power cut."""


class WorldClock:
    """The true time."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return START + timedelta(seconds=self._loop.time() - 1000.0)

    def set(self, now: datetime) -> None:
        raise AssertionError("nobody moves the world's time")

    def seconds(self) -> float:
        return self._loop.time() - 1000.0


class MachineClock:
    """A kiosk's clock, `ahead` seconds off. Without a clock battery a boot begins where the last one ended."""

    def __init__(self, world: WorldClock, loop: VirtualLoop) -> None:
        self._world = world
        self._loop = loop
        self.ahead = 0.0
        self.trusted = ClockTrust.SYNCED
        self.booted = 0.0

    def now(self) -> datetime:
        return self._world.now() + timedelta(seconds=self.ahead)

    def monotonic(self) -> float:
        return self._loop.time() - self.booted

    def trust(self) -> ClockTrust:
        return self.trusted

    def restored(self, off: float) -> None:
        """Begin a new boot, which continues from the time that was saved last."""
        self.ahead -= off + SAVED
        self.trusted = ClockTrust.RESTORED if self.trusted is ClockTrust.SYNCED else self.trusted
        self.booted = self._loop.time()

    def right(self) -> None:
        self.ahead, self.trusted = 0.0, ClockTrust.SYNCED

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
