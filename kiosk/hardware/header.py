"""The way to the header's pins, shared by all parts that hang on them; knows no part."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from kiosk.hardware.parts import PartFault

D = TypeVar("D")


class Header:
    """gpiozero's pins, opened when the first part wants one. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def pins(self) -> Any:
        """gpiozero's factory of this process: what one part holds no other can take. Raises PartFault."""
        from gpiozero import Device

        with self._lock:
            if Device.pin_factory is None:
                Device.pin_factory = _opened()
            return Device.pin_factory


def _opened() -> Any:
    """Only lgpio is tried: what gpiozero would fall back to writes to registers that a Pi 5 does not have.

    GPIOZERO_PIN_FACTORY names another one.
    """
    from gpiozero import Device

    try:
        if "GPIOZERO_PIN_FACTORY" in os.environ:
            Device.ensure_pin_factory()
            return Device.pin_factory
        from gpiozero.pins.lgpio import LGPIOFactory

        return LGPIOFactory()
    except ImportError as error:
        raise PartFault("no_pins") from error
    except _errors() as error:
        raise PartFault("no_pins") from error


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
        from gpiozero import GPIOPinInUse

        taken = isinstance(error, GPIOPinInUse) or "busy" in str(error).lower()
        raise PartFault("in_use" if taken else "unplugged") from error


@contextmanager
def held(device: D) -> Iterator[D]:
    """A gpiozero device until the end of the block; its pin is free then, even where closing it fails."""
    pins = device.pin_factory  # type: ignore[attr-defined]
    try:
        yield device
    finally:
        with reaching():
            try:
                device.close()  # type: ignore[attr-defined]
            finally:
                pins.release_all(device)
