"""Supervise the keys, the drop sensor and the security gate, each in its own thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from kiosk.events import Key
from kiosk.hardware.parts import Bin, Keys, SecurityGate
from kiosk.hardware.supervisor import StateReport, Supervised
from kiosk.system.health import READY, PartName

log = logging.getLogger(__name__)

LOOK_EVERY = 1.5
"""Seconds between two checks that an idle relay still responds."""
GAP = 0.2
"""Seconds between two pulses, so that the gate counts two items."""


class SupervisedKeys(Supervised[Keys]):
    """Hardware keys in a supervised thread."""

    def __init__(
        self, opening: Callable[[], AbstractContextManager[Keys]], report: StateReport, pressed: Callable[[Key], None]
    ) -> None:
        super().__init__(PartName.KEYS, opening, report)
        self._pressed = pressed

    def work(self, driver: Keys) -> None:
        self._report(self.part, READY)
        driver.watch(self._pressed, self._stop.is_set)


class SupervisedBin(Supervised[Bin]):
    """Drop sensor in a supervised thread."""

    def __init__(
        self, opening: Callable[[], AbstractContextManager[Bin]], report: StateReport, dropped: Callable[[], None]
    ) -> None:
        super().__init__(PartName.BIN, opening, report)
        self._dropped = dropped

    def work(self, driver: Bin) -> None:
        self._report(self.part, READY)
        driver.watch(self._dropped, self._stop.is_set)


class SupervisedGate(Supervised[SecurityGate]):
    """Pulse the gate from any thread; `pulse` returns at once.

    Pulses that a faulty gate missed are dropped, not made up for later.
    """

    def __init__(
        self, opening: Callable[[], AbstractContextManager[SecurityGate]], report: StateReport, seconds: float
    ) -> None:
        super().__init__(PartName.SECURITY_GATE, opening, report)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._open = False
        self._due = 0

    def pulse(self) -> None:
        """Let one more item pass, after those already queued."""
        with self._lock:
            self._due += self._open
            works = self._open
        if not works:
            log.warning("%s does not work: borrowed items will trigger the alarm. Check the relay", self.part)
        self._wake.set()

    def work(self, driver: SecurityGate) -> None:
        driver.switch(False)
        with self._lock:
            self._open = True
        self._report(self.part, READY)
        while not self._stop.is_set():
            self._wake.wait(LOOK_EVERY)
            self._wake.clear()
            while self._take() and not self._stop.is_set():
                driver.switch(True)
                self._stop.wait(self._seconds)
                driver.switch(False)
                self._stop.wait(GAP)
            driver.switch(False)

    def ended(self, reason: str) -> None:
        with self._lock:
            self._open, self._due = False, 0

    def _take(self) -> bool:
        with self._lock:
            due, self._due = self._due, max(0, self._due - 1)
        return due > 0
