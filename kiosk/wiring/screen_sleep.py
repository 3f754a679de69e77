"""Switch the screen off outside the library's hours while the kiosk is idle, and on again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

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
from kiosk.views import IDLE_SECONDS
from lending.transactions import ClockTrust

log = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds between two checks of the time."""


class ScreenSleep:
    """Screen switch; create it in the running event loop."""

    def __init__(
        self,
        is_day: Callable[[datetime], bool],
        clock: Clock,
        resting: Callable[[], bool],
        dark: Callable[[bool], None],
    ) -> None:
        """Start awake.

        Args:
            is_day: Returns True at a time at which the screen stays on.
            clock: The kiosk's clock.
            resting: Returns True while there is no visit.
            dark: Switches the screen off (True) or on (False); called in the event loop only.
        """
        self._is_day = is_day
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
        """Return True by day, and while the time is unknown."""
        return self._clock.trust() is ClockTrust.UNKNOWN or self._is_day(self._clock.now())

    def _wake(self) -> None:
        if self._asleep:
            self._asleep = False
            log.info("Screen on")
            self._dark(False)
