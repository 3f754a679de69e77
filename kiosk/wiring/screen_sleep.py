"""Puts the screen to sleep outside the hours in which the library wants it, and wakes it; knows no visit's insides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from kiosk.events import CardPresented, CardTroubled, Event, ItemScanned, KeyPressed, Landed, Pressed, ServiceTold
from kiosk.system.clock import Clock
from kiosk.system.opening_hours import Hours
from kiosk.views import IDLE_SECONDS
from lending.transactions import ClockTrust

log = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds between two looks whether it is time."""


class ScreenSleep:
    """Made inside the running event loop."""

    def __init__(
        self, hours: Hours, zone: ZoneInfo, clock: Clock, resting: Callable[[], bool], dark: Callable[[bool], None]
    ) -> None:
        """`resting`: nobody's visit goes on. `dark` puts the screen out, or on again; called in the loop alone."""
        self._hours = hours
        self._zone = zone
        self._clock = clock
        self._resting = resting
        self._dark = dark
        self._loop = asyncio.get_running_loop()
        self._stirred = clock.monotonic()
        self._asleep = False

    def stir(self) -> None:
        """Somebody is there; from any thread."""
        self._stirred = self._clock.monotonic()
        if self._asleep:
            self._loop.call_soon_threadsafe(self._wake)

    def heard(self, event: Event) -> None:
        """A touch, a card, a book, a key; or staff who want to see which kiosk it is. From any thread."""
        match event:
            case Pressed() | Landed() | KeyPressed() | CardPresented() | CardTroubled() | ItemScanned():
                self.stir()
            case ServiceTold(identify=True):
                self.stir()
            case _:
                pass

    async def run(self) -> None:
        """Goes on until it is cancelled."""
        while True:
            self._look()
            await self._clock.sleep(LOOK)

    def _look(self) -> None:
        if self._may_be_day() or not self._resting():
            self._wake()
        elif not self._asleep and self._clock.monotonic() - self._stirred >= IDLE_SECONDS:
            self._asleep = True
            log.info("the screen sleeps")
            self._dark(True)

    def _may_be_day(self) -> bool:
        """Also where nobody knows what time it is."""
        return self._clock.trust() is ClockTrust.UNKNOWN or self._hours.hold(self._clock.now(), self._zone)

    def _wake(self) -> None:
        if self._asleep:
            self._asleep = False
            log.info("the screen is awake")
            self._dark(False)
