"""Event queue of the kiosk: any thread posts, the desk alone reads."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from kiosk.events import Event, TimeUp
from kiosk.system.clock import Clock


class Inbox:
    """Events in order of posting. Create it inside the running event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._events: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._waiting = False
        self.overheard: Callable[[Event], None] = lambda event: None
        """Callback for each posted event, called in the posting thread."""

    def post(self, event: Event) -> None:
        """Queue an event; thread-safe, also from the loop's own thread."""
        self.overheard(event)
        self._events.append(event)
        self._loop.call_soon_threadsafe(self._arrived.set)

    async def next(self, seconds: float | None = None) -> Event:
        """Return the oldest event, or TimeUp if none arrives while the clock moves on by `seconds` (None: no limit)."""
        self._waiting = True
        try:
            if not self._events and not await self._comes_within(seconds):
                return TimeUp()
            return self._events.popleft()
        finally:
            self._waiting = False

    async def _comes_within(self, seconds: float | None) -> bool:
        """Wait for an event; loop, because the flag may be set late for an event that was read already."""
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
        """Whether the queue is empty and the reader is waiting."""
        return self._waiting and not self._events
