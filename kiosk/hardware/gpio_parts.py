"""Choose the drivers of the parts on the GPIO header: lights, keys, drop sensor and security gate."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TypeVar, assert_never

from kiosk.config import section
from kiosk.config.bin import Bin, GpioBin
from kiosk.config.keys import GpioKeys, Keys
from kiosk.config.lights import GpioLights, Lights
from kiosk.config.security_gate import Relay, SecurityGate
from kiosk.hardware import parts
from kiosk.hardware.gpio_header import Header
from kiosk.hardware.rig import Rig

D = TypeVar("D")
Opening = Callable[[], AbstractContextManager[D]]


def lights(choice: Lights, header: Header, rig: Rig) -> Opening[parts.Lights] | None:
    """Return the function that opens the lights, or None if they are absent."""
    match choice:
        case GpioLights():
            from kiosk.hardware.lights import open_lights

            return partial(open_lights, choice, header)
        case section.Simulated():
            from kiosk.hardware import simulated

            return partial(simulated.open_lights, rig)
        case section.Absent():
            return None
        case _:
            assert_never(choice)


def keys(choice: Keys, header: Header, rig: Rig) -> Opening[parts.Keys] | None:
    """Return the function that opens the hardware keys, or None if they are absent."""
    match choice:
        case GpioKeys():
            from kiosk.hardware.keys import open_keys

            return partial(open_keys, choice, header)
        case section.Simulated():
            from kiosk.hardware.simulated import SimulatedKeys

            return lambda: nullcontext(SimulatedKeys(rig))
        case section.Absent():
            return None
        case _:
            assert_never(choice)


def bin_(choice: Bin, header: Header, rig: Rig) -> Opening[parts.Bin] | None:
    """Return the function that opens the drop sensor, or None if it is absent."""
    match choice:
        case GpioBin():
            from kiosk.hardware.bin import open_bin

            return partial(open_bin, choice, header)
        case section.Simulated():
            from kiosk.hardware.simulated import SimulatedBin

            return lambda: nullcontext(SimulatedBin(rig))
        case section.Absent():
            return None
        case _:
            assert_never(choice)


def security_gate(choice: SecurityGate, header: Header, rig: Rig) -> Opening[parts.SecurityGate] | None:
    """Return the function that opens the gate relay, or None if it is absent."""
    match choice:
        case Relay():
            from kiosk.hardware.security_gate import open_gate

            return partial(open_gate, choice, header)
        case section.Simulated():
            from kiosk.hardware import simulated

            return partial(simulated.open_gate, rig)
        case section.Absent():
            return None
        case _:
            assert_never(choice)
