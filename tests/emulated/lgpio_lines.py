"""Emulate the lgpio functions that gpiozero's lgpio pins call, over lines that a test can read."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

PULLS = {"SET_PULL_NONE": 32, "SET_PULL_UP": 64, "SET_PULL_DOWN": 128}
EDGES = {"RISING_EDGE": 1, "FALLING_EDGE": 2, "BOTH_EDGES": 3}
IS_OUT, IS_PULLED_UP, IS_PULLED_DOWN = 2, 32, 64


class LgpioError(Exception):
    pass


@dataclass
class Line:
    output: bool = False
    level: int = 1
    pull: int = 0
    duty: float = 0.0
    moved: Callable[[int, int, int, int], None] | None = None

    @property
    def power(self) -> float:
        """Output power, 0 to 1."""
        return (self.duty / 100 if self.duty else float(self.level)) if self.output else 0.0


@dataclass
class Lines:
    busy: set[int] = field(default_factory=set)
    """Lines that another program holds."""
    lines: dict[int, Line] = field(default_factory=dict)

    def __getitem__(self, gpio: int) -> Line:
        return self.lines.setdefault(gpio, Line())

    def move(self, gpio: int, level: int) -> None:
        """Pull an input to this level."""
        line = self[gpio]
        line.level = level
        if line.moved is not None:
            line.moved(0, gpio, level, time.monotonic_ns())

    def claim_input(self, _: int, gpio: int, flags: int = 0) -> None:
        self._claimed(gpio, output=False, level=1)
        self[gpio].pull = flags or self[gpio].pull

    def claim_output(self, _: int, gpio: int, level: int = 0, flags: int = 0) -> None:
        self._claimed(gpio, output=True, level=level)

    def _claimed(self, gpio: int, *, output: bool, level: int) -> None:
        if gpio in self.busy:
            raise LgpioError("'GPIO busy'")
        self[gpio].output, self[gpio].level, self[gpio].duty = output, level, 0.0

    def get_mode(self, _: int, gpio: int) -> int:
        pulls = {PULLS["SET_PULL_UP"]: IS_PULLED_UP, PULLS["SET_PULL_DOWN"]: IS_PULLED_DOWN}
        return IS_OUT * self[gpio].output | pulls.get(self[gpio].pull, 0)

    def write(self, _: int, gpio: int, level: int) -> None:
        self[gpio].level, self[gpio].duty = int(level), 0.0

    def pwm(self, _: int, gpio: int, frequency: float, duty: float) -> None:
        self[gpio].level, self[gpio].duty = 0, duty if frequency else 0.0

    def callback(self, _: int, gpio: int, edges: int, moved: Callable[[int, int, int, int], None]) -> Any:
        self[gpio].moved = moved

        class Callback:
            @staticmethod
            def cancel() -> None:
                self[gpio].moved = None

        return Callback


def lgpio_module(lines: Lines) -> ModuleType:
    module: Any = ModuleType("lgpio")
    for name, value in {**PULLS, **EDGES}.items():
        setattr(module, name, value)
    module.error = LgpioError
    module.gpiochip_open = lambda chip: 0
    module.gpiochip_close = module.gpio_free = module.gpio_claim_alert = lambda *_: None
    module.gpio_claim_input, module.gpio_claim_output = lines.claim_input, lines.claim_output
    module.gpio_get_mode, module.gpio_write, module.tx_pwm = lines.get_mode, lines.write, lines.pwm
    module.gpio_read = lambda _, gpio: lines[gpio].level
    module.callback = lines.callback
    found: ModuleType = module
    return found


@contextmanager
def lgpio_in_place(lines: Lines) -> Iterator[None]:
    """Replace lgpio by these lines and reload gpiozero's lgpio pins."""
    names = ("lgpio", "gpiozero.pins.lgpio")
    before = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.modules["lgpio"] = lgpio_module(lines)
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(before)
