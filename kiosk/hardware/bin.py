"""The drop sensor of the return bin: what falls is told once, what gets stuck is a fault; knows no book."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kiosk.config.bin import GpioBin
from kiosk.hardware.debounced_switches import Contacts, open_contacts
from kiosk.hardware.gpio_header import Header
from kiosk.hardware.parts import PartFault

QUIET = 0.002
"""Seconds: what covers the sensor for a shorter time is no book."""
TUMBLES = 0.5
"""Seconds in which one book may cover the sensor again and again."""
STUCK = 10.0
"""Seconds after which what covers the sensor does not fall any more."""


class PinBin:
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
    """Raises PartFault."""
    with open_contacts(config.pins(), header, QUIET, now) as contacts:
        yield PinBin(contacts, now)
