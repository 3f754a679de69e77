"""Puts out what a killed kiosk left on: lamps, buzzer, relay; a Raspberry Pi's kernel leaves outputs as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.config import Config
from kiosk.config.lights import GpioLights
from kiosk.config.security_gate import Relay
from kiosk.hardware.gpio_header import Header
from kiosk.hardware.parts import PartFault


@dataclass(frozen=True, slots=True)
class OutputNotReset:
    """A line of the header that may still be on, by its key in kiosk.toml; `why` is a reason code."""

    key: str
    gpio: int
    why: str


def put_out(config: Config) -> Iterator[OutputNotReset]:
    """Low, and let go, one by one; tells each that could not be reached. For a kiosk that does not run."""
    header = Header()
    for key, gpio in _outputs(config):
        try:
            with header.switched(gpio):
                pass
        except PartFault as fault:
            yield OutputNotReset(key, gpio, str(fault.args[0]))


def _outputs(config: Config) -> Iterator[tuple[str, int]]:
    for name, section in (("lights", config.lights), ("security_gate", config.security_gate)):
        if isinstance(section, GpioLights | Relay):
            yield from ((f"{name}.{key}", gpio) for key, gpio in section.pins().items())
