"""Drive lamps and a buzzer on the GPIO header: status lamp, ring, reader and scanner markers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from kiosk.config.lights import GpioLights
from kiosk.hardware.gpio_header import Header, reaching
from kiosk.hardware.light_patterns import PATTERNS, LightPattern
from kiosk.views import Signal

LOOK_EVERY = 1.5
"""Seconds between two refreshes of lamps that are steady, which detect a lost pin."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """One pin, and the function that gives its share of a pattern at full level."""

    pin: Any
    share: Callable[[LightPattern], float]


class PinLights:
    """Lamps and buzzer on header pins."""

    def __init__(self, lamps: tuple[Lamp, ...], buzzer: Any | None, now: Callable[[], float]) -> None:
        self._lamps = lamps
        self._buzzer = buzzer
        self._now = now
        self._signal: Signal | None = None
        self._since = 0.0

    def show(self, signal: Signal) -> float:
        now = self._now()
        if signal is not self._signal:
            self._signal, self._since = signal, now
        look, at = PATTERNS[signal], now - self._since
        level = look.rhythm.level(at)
        with reaching():
            for lamp in self._lamps:
                lamp.pin.state = level * lamp.share(look)
            if self._buzzer is not None:
                self._buzzer.state = look.sounds(at)
        silence = look.until_silence(at)
        return min(look.rhythm.until_change(at), LOOK_EVERY if silence is None else silence)


@contextmanager
def open_lights(config: GpioLights, header: Header, now: Callable[[], float] = time.monotonic) -> Iterator[PinLights]:
    """Open the lamps and the buzzer; all are off at the end, even after an error. Raises PartFault."""
    with ExitStack() as stack:
        lamps = tuple(
            Lamp(stack.enter_context(header.open_dimmer(pin)), share) for pin, share in _light_outputs(config)
        )
        buzzer = stack.enter_context(header.open_switch(config.buzzer)) if config.buzzer and config.beeps else None
        yield PinLights(lamps, buzzer, now)


def _light_outputs(config: GpioLights) -> Iterator[tuple[int, Callable[[LightPattern], float]]]:
    if config.rgb is not None:
        yield config.rgb.red, lambda look: look.colour[0]
        yield config.rgb.green, lambda look: look.colour[1]
        yield config.rgb.blue, lambda look: look.colour[2]
    if config.status is not None:
        yield config.status, lambda look: 1.0
    if config.ring is not None:
        yield config.ring, lambda look: float(look.ring)
    if config.reader is not None:
        yield config.reader, lambda look: float(look.reader)
    if config.scanner is not None:
        yield config.scanner, lambda look: float(look.scanner)
