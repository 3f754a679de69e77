"""Report each item that falls past the drop sensor of the return bin; a blocked sensor is a fault."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kiosk.config.bin import GpioBin
from kiosk.hardware.debounced_switches import Contacts, open_contacts
from kiosk.hardware.gpio_header import Header
from kiosk.hardware.parts import PartFault

QUIET = 0.002
"""Seconds: a shorter interruption of the sensor is not an item."""
TUMBLES = 0.5
"""Seconds within which repeated interruptions count as one tumbling item."""
STUCK = 10.0
"""Seconds of interruption after which the item is stuck."""


class PinBin:
    """Drop sensor on header pins."""

    def __init__(self, contacts: Contacts, now: Callable[[], float]) -> None:
        self._contacts = contacts
        self._now = now

    def watch(self, dropped: Callable[[], None], stop: Callable[[], bool]) -> None:
        if self._contacts.closed:
            raise PartFault("blocked")
        last = float("-inf")
        while not stop():
            move = self._contacts.next()
            if move is None and self._contacts.closed and self._now() - last > STUCK:
                raise PartFault("blocked")
            if move is not None:
                if move.closed and move.at - last > TUMBLES:
                    dropped()
                last = move.at


@contextmanager
def open_bin(config: GpioBin, header: Header, now: Callable[[], float] = time.monotonic) -> Iterator[PinBin]:
    """Open the sensor on its pins. Raises PartFault."""
    with open_contacts(config.pins(), header, QUIET, now) as contacts:
        yield PinBin(contacts, now)
