"""Operate emulated parts on header pins in this process, with a controllable clock."""

from __future__ import annotations

import time

from kiosk.hardware.gpio_header import Header
from tests.emulated.gpio import Wires


class PinOperator:
    """One header. Its clock runs in real time, stops while a contact is closed, and can be advanced."""

    def __init__(self, wires: Wires) -> None:
        self.wires = wires
        self.header = Header()
        self._ahead = 0.0
        self._stands: float | None = None

    def now(self) -> float:
        return (time.monotonic() if self._stands is None else self._stands) + self._ahead

    def let_pass(self, seconds: float) -> None:
        self._ahead += seconds

    def unplug(self) -> None:
        self.wires.dead = True

    def plug(self) -> None:
        self.wires.dead = False

    def wake(self) -> None:
        """Do nothing: the drivers poll several times per second."""

    def close_for(self, gpio: int, seconds: float) -> None:
        """Close a contact for exactly this time, in seconds."""
        self._stands = time.monotonic()
        self.wires.ground(gpio)
        self.let_pass(seconds)
        self.wires.release(gpio)
        self._stands = None
