"""Open the GPIO header's pins, shared by all parts that are wired to it.

gpiozero's pins are used without its devices: a device that fails while it opens or closes lives on until it is
garbage-collected, and then closes the pin under its new owner.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kiosk.config import Config
from kiosk.config.hardware import GpioLights, Relay
from kiosk.hardware.parts import PartFault

FLICKER_FREE = 200.0
"""PWM frequency in hertz of a dimmed lamp, by software, so that any pin can be used."""


class Header:
    """Open gpiozero's pins on first use. Thread-safe; one part at a time owns a pin."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[int] = set()

    @contextmanager
    def open_switch(self, gpio: int) -> Iterator[Any]:
        """Open an output whose `state` is on or off.

        It is off from the first moment and pulled low at the end. Raises PartFault.
        """
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
    def open_dimmer(self, gpio: int) -> Iterator[Any]:
        """Open an output like `open_switch`, with a `state` from 0 to 1."""
        with self.open_switch(gpio) as pin:
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
        """Open an input with a pull-up. `moved` is called in gpiozero's thread: True if it was closed to ground."""

        def on_edge(_ticks: float, state: int) -> None:
            moved(not state)

        with self._pin(gpio) as pin:
            with reaching():
                pin.input_with_pull("up")
                pin.edges = "both"
                pin.when_changed = on_edge
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
    """Return the pin factory: lgpio, or the one named by GPIOZERO_PIN_FACTORY.

    gpiozero's fallbacks are not tried: they write to registers that a Pi 5 does not have.
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
    """Return the exceptions that gpiozero and lgpio raise."""
    from gpiozero import GPIOZeroError

    lgpio = sys.modules.get("lgpio")
    return (GPIOZeroError, OSError) if lgpio is None else (GPIOZeroError, OSError, lgpio.error)


@contextmanager
def reaching() -> Iterator[None]:
    """Convert errors of the pins to PartFault. An unwired lamp cannot be detected and is not a fault."""
    try:
        yield
    except _errors() as error:
        taken = "busy" in str(error).lower()
        raise PartFault("in_use" if taken else "unplugged") from error


@dataclass(frozen=True, slots=True)
class OutputNotReset:
    """Pin that may still be on, by its key in kiosk.toml; `why` is a reason code."""

    key: str
    gpio: int
    why: str


def switch_off(config: Config) -> Iterator[OutputNotReset]:
    """Switch off the outputs that a killed kiosk left on, and yield those that failed.

    The kernel of a Raspberry Pi keeps their state after a process dies. The kiosk must not be running.
    """
    header = Header()
    for key, gpio in _outputs(config):
        try:
            with header.open_switch(gpio):
                pass
        except PartFault as fault:
            yield OutputNotReset(key, gpio, str(fault.args[0]))


def _outputs(config: Config) -> Iterator[tuple[str, int]]:
    for name, section in (("lights", config.lights), ("security_gate", config.security_gate)):
        if isinstance(section, GpioLights | Relay):
            yield from ((f"{name}.{key}", gpio) for key, gpio in section.pins().items())
