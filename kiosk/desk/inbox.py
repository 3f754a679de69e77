"""The one inbox: whatever happens is posted here, from any thread, and read by the desk alone; it knows no meaning."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from kiosk.events import Event, TimeUp
from kiosk.system.clock import Clock


class Inbox:
    """Events in the order in which they were posted. Made inside the running event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._events: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._waiting = False
        self.overheard: Callable[[Event], None] = lambda event: None
        """Told of each event as it is posted, in the thread that posts it."""

    def post(self, event: Event) -> None:
        """Takes an event from any thread, the loop's own too; the only crossing between threads."""
        self.overheard(event)
        self._events.append(event)
        self._loop.call_soon_threadsafe(self._arrived.set)

    async def next(self, seconds: float | None = None) -> Event:
        """The oldest event, or TimeUp when none comes while the clock moves on by `seconds`."""
        self._waiting = True
        try:
            if not self._events and not await self._comes_within(seconds):
                return TimeUp()
            return self._events.popleft()
        finally:
            self._waiting = False

    async def _comes_within(self, seconds: float | None) -> bool:
        """An arrival may be the late word of an event that was taken already: only the alarm says that time is up."""
        alarm = asyncio.ensure_future(self._time(seconds))
        try:
            while not self._events and not alarm.done():
                self._arrived.clear()
                arrival = asyncio.ensure_future(self._arrived.wait())
                try:
                    await asyncio.wait({alarm, arrival}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    arrival.cancel()
        finally:
            alarm.cancel()
        return bool(self._events)

    async def _time(self, seconds: float | None) -> None:
        if seconds is None:
            await asyncio.Event().wait()
        else:
            await self._clock.sleep(max(0.0, seconds))

    @property
    def idle(self) -> bool:
        """Nothing waits to be read, and the reader waits for more."""
        return self._waiting and not self._events
