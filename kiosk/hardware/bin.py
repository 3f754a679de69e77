"""The drop sensor of the return bin: what falls is told once, what gets stuck is a fault; knows no book."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kiosk.config.bin import GpioBin
from kiosk.hardware.contacts import Contacts, open_contacts
from kiosk.hardware.header import Header
from kiosk.hardware.parts import PartFault

QUIET = 0.003
"""Seconds: a book that falls flat covers the sensor hardly longer."""
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
        covered = last = float("-inf")
        while not stop():
            match self._contacts.next():
                case (_, True):
                    covered = self._now()
                    if covered - last > TUMBLES:
                        dropped()
                    last = covered
                case (_, False):
                    last = self._now()
                case None if self._contacts.closed and self._now() - covered > STUCK:
                    raise PartFault("blocked")


@contextmanager
def open_bin(config: GpioBin, header: Header, now: Callable[[], float] = time.monotonic) -> Iterator[PinBin]:
    """Raises PartFault."""
    with open_contacts(config.pins(), header, QUIET, now) as contacts:
        yield PinBin(contacts, now)
