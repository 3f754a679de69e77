"""Devices on emulated header pins: lamps whose signal can be read, buttons and sensors.

The pins are gpiozero's own mock pins. Tests use the devices in their own process, or from another one by `remote_gpio`.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin

from kiosk.config.hardware import GpioLights
from kiosk.hardware.lights import PATTERNS, LightPattern
from kiosk.views import Signal
from tests.support.patience import PATIENCE

SETTLES = 0.01
"""Seconds that a level must last to count, because the lamps of a signal are written one after the other."""

Levels = dict[int, float]


class Wires:
    """Emulated header, thread-safe; `on_change` is called with every level that the kiosk sets."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._history: list[tuple[float, Levels]] = [(time.monotonic(), {})]
        self._pins: dict[int, WiredPin] = {}
        self.grounded: set[int] = set()
        self.dead = False
        """True if every access fails."""
        self.rises: dict[int, int] = {}
        """Rising edges of each pin."""
        self.on_change: Callable[[int, float | None], None] = lambda gpio, level: None

    # Operator actions.

    def ground(self, gpio: int) -> None:
        """Close the contact between a pin and ground."""
        self.grounded.add(gpio)
        if gpio in self._pins:
            self._pins[gpio].pulled(high=False)

    def release(self, gpio: int) -> None:
        self.grounded.discard(gpio)
        if gpio in self._pins:
            self._pins[gpio].pulled(high=True)

    def level(self, gpio: int) -> float:
        """Return the level that the kiosk sets; 0 for an unused pin."""
        with self._changed:
            return self._history[-1][1].get(gpio, 0.0)

    def until_risen(self, gpio: int, times: int) -> None:
        """Wait until a pin was on this many times and is off again."""
        with self._changed:
            risen = self._changed.wait_for(lambda: self.rises.get(gpio, 0) >= times and not self.level(gpio), PATIENCE)
        assert risen, f"GPIO{gpio} went on {self.rises.get(gpio, 0)} times"

    def signal(self, lights: GpioLights) -> Signal | None:
        """Return the signal last shown by all lamps, or None if they are dark."""
        lamps = {name: gpio for name, gpio in lights.pins().items() if name != "buzzer"}
        with self._changed:
            while not (found := self._stands(lamps)):
                self._changed.wait(SETTLES)
            levels = found[0]
        lit = {name: levels.get(gpio, 0.0) for name, gpio in lamps.items()}
        return next((signal for signal, look in PATTERNS.items() if _fits(look, lit)), None)

    def _stands(self, lamps: dict[str, int]) -> tuple[Levels] | None:
        """Return the newest stable levels with a lit lamp, otherwise the newest; None if they are not stable yet."""
        newest = self._history[-1][1]
        until = time.monotonic()
        if not any(gpio in newest for gpio in lamps.values()):
            return (newest,)
        for since, levels in reversed(self._history):
            lasted, until = until - since, since
            if levels is newest and lasted < SETTLES:
                return None
            if lasted >= SETTLES and any(levels.get(gpio) for gpio in lamps.values()):
                return (levels,)
        return (newest,)

    # The pins.

    def plugged(self, gpio: int, pin: WiredPin) -> None:
        self._pins[gpio] = pin

    def reached(self) -> None:
        if self.dead:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    def driven(self, gpio: int, level: float | None) -> None:
        """Record a level; None if the kiosk releases the pin."""
        with self._changed:
            before = self._history[-1][1]
            if before.get(gpio) == level:
                return
            if not before.get(gpio) and level:
                self.rises[gpio] = self.rises.get(gpio, 0) + 1
            after = {each: at for each, at in before.items() if each != gpio}
            self._history.append((time.monotonic(), after if level is None else {**after, gpio: level}))
            del self._history[:-1000]
            self._changed.notify_all()
        self.on_change(gpio, level)


def _fits(look: LightPattern, lit: dict[str, float]) -> bool:
    """Return True if the lit lamps and their colour match the pattern."""
    most = max((lit.get(f"rgb.{each}", 0.0) for each in ("red", "green", "blue")), default=0.0)
    shares = dict(zip(("rgb.red", "rgb.green", "rgb.blue"), look.colour, strict=True))
    marks = {"ring": look.ring, "reader": look.reader, "scanner": look.scanner}
    coloured = most > 0 and all(
        abs(lit.get(name, 0.0) / most - share / max(look.colour)) < 0.1 for name, share in shares.items()
    )
    return coloured and all((lit[name] > 0) == on for name, on in marks.items() if name in lit)


class WiredPin(MockPWMPin):  # type: ignore[misc]
    """gpiozero's mock pin, connected to Wires."""

    def __init__(self, factory: WiredFactory, info: Any) -> None:
        self._wires = factory.wires
        self._number = int(info.name.removeprefix("GPIO"))
        super().__init__(factory, info)
        self._wires.plugged(self._number, self)

    def pulled(self, *, high: bool) -> None:
        if self._function == "input":
            self.drive_high() if high else self.drive_low()

    def close(self) -> None:
        self._wires.reached()
        super().close()

    def _set_function(self, value: str) -> None:
        super()._set_function(value)
        if value == "input":
            self._wires.driven(self._number, None)

    def _get_state(self) -> Any:
        self._wires.reached()
        return super()._get_state()

    def _set_state(self, value: float) -> None:
        self._wires.reached()
        super()._set_state(value)
        self._wires.driven(self._number, float(value))

    def _set_frequency(self, value: float | None) -> None:
        self._wires.reached()
        super()._set_frequency(value)
        self._wires.driven(self._number, float(self._state))

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if value == "up" and self._number in self._wires.grounded:
            self.drive_low()


class WiredFactory(MockFactory):  # type: ignore[misc]
    def __init__(self, wires: Wires) -> None:
        self.wires = wires
        super().__init__(pin_class=WiredPin)


@contextmanager
def wired(wires: Wires) -> Iterator[Wires]:
    """Replace gpiozero's pins in this process until the end of the block."""
    before = Device.pin_factory
    factory = Device.pin_factory = WiredFactory(wires)
    try:
        yield wires
    finally:
        wires.dead = False
        factory.reset()
        Device.pin_factory = before
