"""Drive lamps and a buzzer on the GPIO header: status lamp, ring, reader and scanner markers.

The patterns of the signals differ by rhythm as well as colour, for colour-blind patrons.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kiosk.config.hardware import GpioLights
from kiosk.hardware.gpio_header import Header, reaching
from kiosk.views import Signal

GLIDE_STEP = 0.05
"""Seconds between two levels while a lamp glides."""

LEAST = 0.001
"""Minimum wait in seconds: a clock read slightly early would otherwise make the caller wait 0 s for ever."""

Colour = tuple[float, float, float]
WHITE: Colour = (1.0, 1.0, 1.0)
BLUE: Colour = (0.0, 0.0, 1.0)
GREEN: Colour = (0.0, 1.0, 0.0)
AMBER: Colour = (1.0, 0.5, 0.0)
VIOLET: Colour = (0.75, 0.0, 0.75)
RED: Colour = (1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Beat:
    """One step of a rhythm: `seconds` at `level` (0 to 1); a gliding beat starts from the previous level."""

    seconds: float
    level: float
    glides: bool = False


class Rhythm(ABC):
    """Sequence of beats that repeats for ever."""

    @property
    @abstractmethod
    def beats(self) -> tuple[Beat, ...]: ...

    @property
    def seconds(self) -> float:
        return sum(beat.seconds for beat in self.beats)

    def level(self, at: float) -> float:
        """Return the level `at` seconds after the start."""
        number, into = self._beat(at)
        beat, before = self.beats[number], self.beats[number - 1]
        return before.level + (beat.level - before.level) * into / beat.seconds if beat.glides else beat.level

    def until_change(self, at: float) -> float:
        """Return the seconds until the level changes."""
        number, into = self._beat(at)
        left = max(self.beats[number].seconds - into, LEAST)
        return min(GLIDE_STEP, left) if self.beats[number].glides else left

    def _beat(self, at: float) -> tuple[int, float]:
        into = at % self.seconds
        for number, beat in enumerate(self.beats):
            if into < beat.seconds:
                return number, into
            into -= beat.seconds
        return len(self.beats) - 1, self.beats[-1].seconds


@dataclass(frozen=True)
class Steady(Rhythm):
    """Permanently on."""

    @property
    def beats(self) -> tuple[Beat, ...]:
        return (Beat(1.0, 1.0),)


@dataclass(frozen=True)
class Blinks(Rhythm):
    """Flash `times` times, then pause; lengths in seconds."""

    on: float
    off: float
    times: int = 1
    pause: float = 0.0

    @property
    def beats(self) -> tuple[Beat, ...]:
        return (*((Beat(self.on, 1.0), Beat(self.off, 0.0)) * self.times)[:-1], Beat(self.off + self.pause, 0.0))


@dataclass(frozen=True)
class Breathes(Rhythm):
    """Glide up and down in `span` seconds."""

    span: float
    low: float
    high: float

    @property
    def beats(self) -> tuple[Beat, ...]:
        return Beat(self.span / 2, self.high, glides=True), Beat(self.span / 2, self.low, glides=True)


@dataclass(frozen=True, slots=True)
class LightPattern:
    """Lamps and buzzer of one signal. All lit lamps follow one rhythm; a single status lamp shows only the rhythm."""

    colour: Colour
    rhythm: Rhythm
    ring: bool = False
    reader: bool = False
    scanner: bool = False
    beeps: tuple[float, ...] = ()
    """Seconds of sound and silence in turn, played once when the signal begins."""

    def sounds(self, at: float) -> bool:
        for number, seconds in enumerate(self.beeps):
            if at < seconds:
                return number % 2 == 0
            at -= seconds
        return False

    def until_silence(self, at: float) -> float | None:
        """Return the seconds until the buzzer changes, or None once it has finished."""
        for seconds in self.beeps:
            if at < seconds:
                return seconds - at
            at -= seconds
        return None


PATTERNS: Mapping[Signal, LightPattern] = MappingProxyType(
    {
        Signal.IDLE: LightPattern(WHITE, Breathes(4.0, 0.05, 0.6), ring=True),
        Signal.CARD: LightPattern(BLUE, Breathes(1.2, 0.1, 1.0), reader=True),
        Signal.SCAN: LightPattern(BLUE, Blinks(0.15, 0.15, times=2, pause=0.8), scanner=True),
        Signal.BUSY: LightPattern(BLUE, Blinks(0.25, 0.25), ring=True),
        Signal.DONE: LightPattern(GREEN, Steady(), beeps=(0.08,)),
        Signal.REFUSED: LightPattern(RED, Blinks(0.6, 0.3), ring=True, beeps=(0.25, 0.12, 0.25)),
        Signal.ATTENTION: LightPattern(AMBER, Blinks(0.2, 0.2, times=3, pause=1.0), ring=True, beeps=(0.05,)),
        Signal.HELP: LightPattern(VIOLET, Blinks(1.0, 1.0), ring=True, beeps=(0.05, 0.05, 0.05)),
        Signal.OUT_OF_ORDER: LightPattern(RED, Blinks(0.1, 2.4)),
    }
)
"""Patterns by signal. Each rhythm is unique, and none flashes more than three times a second (WCAG 2.3.1)."""


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
