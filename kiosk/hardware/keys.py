"""Report presses of the four hardware keys on the GPIO header, once each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kiosk.config.keys import GpioKeys
from kiosk.events import Key
from kiosk.hardware.debounced_switches import Contacts, open_contacts
from kiosk.hardware.gpio_header import Header

QUIET = 0.02
"""Seconds until a key's contact has settled."""


class PinKeys:
    """Hardware keys on header pins."""

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts

    def watch(self, pressed: Callable[[Key], None], stop: Callable[[], bool]) -> None:
        """Report each press once, however long the key is held. A key that was down at the start is ignored."""
        while not stop():
            move = self._contacts.next()
            if move is not None and move.closed:
                pressed(Key(move.name))


@contextmanager
def open_keys(config: GpioKeys, header: Header, now: Callable[[], float] = time.monotonic) -> Iterator[PinKeys]:
    """Open the keys on their pins. Raises PartFault."""
    with open_contacts(config.pins(), header, QUIET, now) as contacts:
        yield PinKeys(contacts)
