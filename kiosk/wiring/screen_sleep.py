"""Switch the screen off outside the library's hours while the kiosk is idle, and on again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from kiosk.events import (
    CardPresented,
    CardTroubled,
    Event,
    ItemScanned,
    KeyPressed,
    Pressed,
    ServiceInstruction,
    TargetTouched,
)
from kiosk.system.clock import Clock
from kiosk.system.opening_hours import Hours
from kiosk.views import IDLE_SECONDS
from lending.transactions import ClockTrust

log = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds between two checks of the time."""


class ScreenSleep:
    """Screen switch; create it in the running event loop."""

    def __init__(
        self, hours: Hours, zone: ZoneInfo, clock: Clock, resting: Callable[[], bool], dark: Callable[[bool], None]
    ) -> None:
        """Start awake.

        Args:
            hours: Hours in which the screen stays on.
            zone: The library's time zone.
            clock: The kiosk's clock.
            resting: Returns True while there is no visit.
            dark: Switches the screen off (True) or on (False); called in the event loop only.
        """
        self._hours = hours
        self._zone = zone
        self._clock = clock
        self._resting = resting
        self._dark = dark
        self._loop = asyncio.get_running_loop()
        self._stirred = clock.monotonic()
        self._asleep = False

    def stir(self) -> None:
        """Note that a person is present. Thread-safe."""
        self._stirred = self._clock.monotonic()
        if self._asleep:
            self._loop.call_soon_threadsafe(self._wake)

    def handle(self, event: Event) -> None:
        """Wake the screen for a touch, card, book or key, or when staff identify the kiosk. Thread-safe."""
        match event:
            case Pressed() | TargetTouched() | KeyPressed() | CardPresented() | CardTroubled() | ItemScanned():
                self.stir()
            case ServiceInstruction(identify=True):
                self.stir()
            case _:
                pass

    async def run(self) -> None:
        """Check the time until cancelled."""
        while True:
            self._look()
            await self._clock.sleep(LOOK)

    def _look(self) -> None:
        if self._may_be_day() or not self._resting():
            self._wake()
        elif not self._asleep and self._clock.monotonic() - self._stirred >= IDLE_SECONDS:
            self._asleep = True
            log.info("Screen off")
            self._dark(True)

    def _may_be_day(self) -> bool:
        """Return True in the hours, and while the time is unknown."""
        return self._clock.trust() is ClockTrust.UNKNOWN or self._hours.hold(self._clock.now(), self._zone)

    def _wake(self) -> None:
        if self._asleep:
            self._asleep = False
            log.info("Screen on")
            self._dark(False)
