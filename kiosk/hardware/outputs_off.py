"""Switch off outputs that a killed kiosk left on: lamps, buzzer and gate relay.

The kernel of a Raspberry Pi keeps the state of outputs after a process dies.
"""

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
    """Pin that may still be on, by its key in kiosk.toml; `why` is a reason code."""

    key: str
    gpio: int
    why: str


def switch_off(config: Config) -> Iterator[OutputNotReset]:
    """Set each output low and release it; yield those that failed. The kiosk must not be running."""
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
