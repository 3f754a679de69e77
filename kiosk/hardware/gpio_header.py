"""The way to the header's pins, shared by all parts that hang on them; knows no part.

gpiozero's pins are used without its devices: one of those that fails while it opens or closes lives on until it is
collected, and then closes the pin of whoever has it by that time.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kiosk.hardware.parts import PartFault

FLICKER_FREE = 200.0
"""Hertz at which a lamp is dimmed; by software, so that any pin will do."""


class Header:
    """gpiozero's pins, opened when the first part wants one. Any thread may ask; a pin is one part's at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[int] = set()

    @contextmanager
    def switched(self, gpio: int) -> Iterator[Any]:
        """An output: its `state` is on or off; off from the first moment, and held low at the end. Raises PartFault."""
        with self._pin(gpio) as pin:
            with reaching():
                pin.output_with_state(0)
            try:
                yield pin
            finally:
                with reaching():
                    pin.state = 0
                    pin.input_with_pull("down")

    @contextmanager
    def dimmed(self, gpio: int) -> Iterator[Any]:
        """As `switched`, with a `state` from 0 to 1."""
        with self.switched(gpio) as pin:
            with reaching():
                pin.frequency = FLICKER_FREE
                pin.state = 0.0
            try:
                yield pin
            finally:
                with reaching():
                    pin.frequency = None

    @contextmanager
    def contact(self, gpio: int, moved: Callable[[bool], None]) -> Iterator[Any]:
        """An input that is pulled up. `moved` is told in gpiozero's thread: True when it was closed to ground."""

        def changed(_ticks: float, state: int) -> None:
            moved(not state)

        with self._pin(gpio) as pin:
            with reaching():
                pin.input_with_pull("up")
                pin.edges = "both"
                pin.when_changed = changed
            try:
                yield pin
            finally:
                with reaching():
                    pin.when_changed = None
                    pin.close()

    @contextmanager
    def _pin(self, gpio: int) -> Iterator[Any]:
        with self._lock:
            if gpio in self._held:
                raise PartFault("in_use")
            factory = _factory()
            with reaching():
                pin = factory.pin(f"GPIO{gpio}")
            self._held.add(gpio)
        try:
            yield pin
        finally:
            self._held.discard(gpio)


def _factory() -> Any:
    """Only lgpio is tried: what gpiozero would fall back to writes to registers that a Pi 5 does not have.

    GPIOZERO_PIN_FACTORY names another one.
    """
    from gpiozero import Device

    if Device.pin_factory is None:
        try:
            if "GPIOZERO_PIN_FACTORY" in os.environ:
                Device.ensure_pin_factory()
            else:
                from gpiozero.pins.lgpio import LGPIOFactory

                Device.pin_factory = LGPIOFactory()
        except ImportError as error:
            raise PartFault("no_pins") from error
        except _errors() as error:
            raise PartFault("no_pins") from error
    return Device.pin_factory


def _errors() -> tuple[type[Exception], ...]:
    """What gpiozero and what is under it raise."""
    from gpiozero import GPIOZeroError

    lgpio = sys.modules.get("lgpio")
    return (GPIOZeroError, OSError) if lgpio is None else (GPIOZeroError, OSError, lgpio.error)


@contextmanager
def reaching() -> Iterator[None]:
    """Tells what the pins raise as a fault of the part. A lamp that is not wired is no fault: nothing can see it."""
    try:
        yield
    except _errors() as error:
        taken = "busy" in str(error).lower()
        raise PartFault("in_use" if taken else "unplugged") from error
