"""Provide the time through an injected clock, so that tests and visits can move it."""

from __future__ import annotations

import asyncio
import ctypes
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from lending.transactions import ClockTrust


class Clock(Protocol):
    """Time source of the kiosk."""

    def now(self) -> datetime:
        """Return the wall clock, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never decrease, from an unknown start."""
        ...

    def trust(self) -> ClockTrust: ...

    async def sleep(self, seconds: float) -> None: ...


SAVED_TIME = Path("/var/lib/systemd/timesync/clock")
"""systemd-timesyncd touches it while synchronised, and starts from it after a power cut."""
IN_STEP = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd touches it each time that it sets the clock; it is absent after a start."""
LASTING = 32000.0
"""Seconds without a time server after which the kernel, too, calls its clock unsynchronised: 16 s off at 500 ppm."""
NOT_ALLOWED = -1
TIME_ERROR = 5
"""Result of adjtimex(2) while the kernel's clock is unsynchronised."""


def kernel_clock_state() -> int:
    """Return adjtimex(2)'s clock state: TIME_ERROR if unsynchronised, NOT_ALLOWED in the service's sandbox."""
    reading_only = ctypes.create_string_buffer(512)
    return int(ctypes.CDLL(None).adjtimex(reading_only))


class SystemClock:
    """The machine's clock. Without a battery it is synchronised, restored from disk, or unknown."""

    def __init__(
        self, state: Callable[[], int] = kernel_clock_state, saved: Path = SAVED_TIME, in_step: Path = IN_STEP
    ) -> None:
        self._state = state
        self._saved = saved
        self._in_step = in_step

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def trust(self) -> ClockTrust:
        state = self._state()
        if state not in (TIME_ERROR, NOT_ALLOWED) or (state == NOT_ALLOWED and self._was_set()):
            return ClockTrust.SYNCED
        return ClockTrust.RESTORED if self._saved.exists() else ClockTrust.UNKNOWN

    def _was_set(self) -> bool:
        """Return whether a time service has set the clock within LASTING seconds."""
        try:
            return abs(time.time() - self._in_step.stat().st_mtime) < LASTING
        except OSError:
            return False

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


APART = timedelta(minutes=2)
"""Largest accepted difference between the machine's clock and the hub's; loans are dated to the minute."""
DAY_APART = timedelta(days=1)
"""The same for a library system that sends its local time, possibly of another time zone."""


class BelievedClock:
    """The machine's clock, or the central's time counted on from its receipt if the machine's is wrong.

    Each received time of the central is compared, so the machine's own time is used again after it was set.
    Thread-safe for readers.
    """

    def __init__(self, machine: Clock) -> None:
        self.machine = machine
        self._central_at: tuple[datetime, float] | None = None
        """The central's time, and `monotonic` at its receipt; None while the machine's clock is right."""
        self._contradicted = False

    def believe(self, central: datetime) -> None:
        """Compare the central's time of this moment; the machine's may differ by `APART`."""
        right = abs(central - self.machine.now()) <= APART
        self._central_at = None if right else (central.astimezone(UTC), self.monotonic())

    def believe_local(self, central: datetime) -> None:
        """Compare the local time of a library system whose clock may be wrong, as in SIP2 ACS Status (98).

        The machine's time may differ by `DAY_APART`. If a time server keeps it, it is used in any case.
        """
        right = abs(central - self.machine.now()) <= DAY_APART
        self._contradicted = not right and self.trust() is ClockTrust.SYNCED
        self._central_at = None if right or self._contradicted else (central.astimezone(UTC), self.monotonic())

    @property
    def is_wrong(self) -> bool:
        """Whether the machine's own clock differs from the central's, which counts instead."""
        return self._central_at is not None

    @property
    def is_contradicted(self) -> bool:
        """Whether the ILS's time differs from the machine's, which a time server keeps and which counts."""
        return self._contradicted

    def now(self) -> datetime:
        if (received := self._central_at) is None:
            return self.machine.now()
        central, since = received
        return central + timedelta(seconds=self.monotonic() - since)

    def monotonic(self) -> float:
        return self.machine.monotonic()

    def trust(self) -> ClockTrust:
        return self.machine.trust()

    async def sleep(self, seconds: float) -> None:
        await self.machine.sleep(seconds)


class VisitClock:
    """A clock that starts at a given time and can be moved on; between moves it runs with the machine's, or not."""

    def __init__(self, start: datetime, trust: ClockTrust = ClockTrust.SYNCED) -> None:
        """Start the clock. `trust` is SYNCED only if the central's time is moved along with it."""
        self._trust = trust
        self._ahead = 0.0
        self._stands: float | None = None
        """Monotonic seconds of the machine when this clock was stopped; None while it runs."""
        self._origin = time.monotonic()
        self._start = start.astimezone(UTC)
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic() - self._origin)

    def monotonic(self) -> float:
        return (time.monotonic() if self._stands is None else self._stands) + self._ahead

    def trust(self) -> ClockTrust:
        return self._trust

    def move(self, seconds: float) -> None:
        """Move time on and wake those whose sleep is over."""
        self._ahead += seconds
        self._tell_sleepers()

    @property
    def stands(self) -> bool:
        return self._stands is not None

    def stand(self, still: bool) -> None:
        """Stop or start the clock between moves: while stopped, no time-out ends because the machine is slow."""
        now = self.monotonic()
        self._stands = time.monotonic() if still else None
        self._ahead += now - self.monotonic()
        self._tell_sleepers()

    def _tell_sleepers(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        until = self.monotonic() + seconds
        while (left := until - self.monotonic()) > 0:
            try:
                limit = left if self._stands is None else None
                async with asyncio.timeout(limit):  # asyncio.wait_for of Python 3.11 may swallow a cancellation
                    await self._moved.wait()
            except TimeoutError:
                return


async def wait_at_most(clock: Clock, seconds: float, awaited: asyncio.Future[Any]) -> bool:
    """Wait for a future, but no longer than a limit on the kiosk's clock.

    Scripted visits move this clock, so `asyncio.wait_for` cannot be used here.

    Args:
        clock: Time source. Must be the one that runs the session.
        seconds: Limit in seconds on `clock`; 0 returns at once.
        awaited: Future to wait for. It keeps running when the limit is reached.

    Returns:
        True if `awaited` finished within the limit.
    """
    timer: asyncio.Future[Any] = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait([timer, awaited], return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
    return awaited.done()


async def sleep_or_wake(clock: Clock, seconds: float, wake: asyncio.Event) -> None:
    """Sleep for `seconds`, or until `wake` is set, which is cleared."""
    woken = asyncio.ensure_future(wake.wait())
    try:
        await wait_at_most(clock, seconds, woken)
    finally:
        woken.cancel()
    wake.clear()
