"""Provide `spidev` and `lgpio` over emulated parts to the real mfrc522 and rpi-lgpio."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType

from tests.emulated.mfrc522_chip import Mfrc522Chip

PI_4, PI_5 = "c03115", "d04170"
"""Revision codes, as rpi-lgpio reads them from RPI_LGPIO_REVISION."""
LIBRARIES = ("mfrc522", "mfrc522.MFRC522", "mfrc522.SimpleMFRC522", "RPi", "RPi.GPIO", "spidev", "lgpio")
OUTPUT, INPUT = 0x200, 0x100


class Header:
    """Header pins; pins in `others` are in use, and `on_write` is called with every level written."""

    def __init__(self, on_write: Callable[[int, int], None] = lambda gpio, level: None) -> None:
        self.levels: dict[int, int] = {}
        self.modes: dict[int, int] = {}
        self.others: set[int] = set()
        self.freed: list[int] = []
        self._told = on_write

    def write(self, gpio: int, level: int) -> None:
        self.levels[gpio] = level
        self._told(gpio, level)


class Bus:
    """Chips behind `/dev/spidev*`; opening fails with the errno `refused`, transfers fail with `broken`."""

    def __init__(self, chips: Mapping[tuple[int, int], Mfrc522Chip]) -> None:
        self.chips = chips
        self.refused: int | None = None
        self.broken: int | None = None
        self.open = 0
        """Number of open devices."""


def spidev_module(bus: Bus) -> ModuleType:
    class SpiDev:
        def __init__(self) -> None:
            self.max_speed_hz = 125_000_000
            self._chip: Mfrc522Chip | None = None

        def open(self, number: int, device: int) -> None:
            if bus.refused is not None:
                raise OSError(bus.refused, os.strerror(bus.refused))
            if (number, device) not in bus.chips:
                raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
            self._chip = bus.chips[number, device]
            bus.open += 1

        def xfer2(self, data: Sequence[int]) -> list[int]:
            if self._chip is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            if bus.broken is not None:
                raise OSError(bus.broken, os.strerror(bus.broken))
            if any(not 0 <= each <= 0xFF for each in data):
                raise TypeError("Non-Int/Long value in arguments")
            return self._chip.transfer(data)

        def close(self) -> None:
            bus.open -= self._chip is not None
            self._chip = None

        def __del__(self) -> None:
            self.close()

    module = ModuleType("spidev")
    module.SpiDev = SpiDev  # type: ignore[attr-defined]
    return module


def lgpio_module(header: Header) -> ModuleType:
    class Error(Exception):
        pass

    def claim(mode: int) -> Callable[..., int]:
        def claimed(handle: int, gpio: int, *rest: int) -> int:
            if gpio in header.others:
                raise Error("GPIO busy")
            header.modes[gpio] = mode
            if mode == OUTPUT:
                header.write(gpio, rest[0])
            return 0

        return claimed

    def free(handle: int, gpio: int) -> int:
        header.modes.pop(gpio, None)
        header.freed.append(gpio)
        return 0

    def write(handle: int, gpio: int, level: int) -> int:
        header.write(gpio, int(level))
        return 0

    module = ModuleType("lgpio")
    calls = {
        "error": Error,
        "error_text": lambda code: f"error {code}",
        "GPIO_BUSY": -99,
        "SET_PULL_NONE": 0x80,
        "SET_PULL_UP": 0x20,
        "SET_PULL_DOWN": 0x40,
        "gpiochip_open": lambda number: 1,
        "gpiochip_close": lambda handle: 0,
        "gpio_claim_output": claim(OUTPUT),
        "gpio_claim_input": claim(INPUT),
        "gpio_free": free,
        "gpio_read": lambda handle, gpio: header.levels.get(gpio, 0),
        "gpio_write": write,
        "gpio_get_mode": lambda handle, gpio: header.modes.get(gpio, 0),
        "gpio_get_chip_info": lambda handle: (0, 54, b"gpiochip0", b"emulated"),
    }
    for name, call in calls.items():
        setattr(module, name, call)
    return module


@contextmanager
def emulated_pi(bus: Bus, header: Header, revision: str) -> Iterator[None]:
    """Import the real mfrc522 and RPi.GPIO freshly, over these emulated parts."""
    kept = {name: sys.modules.pop(name) for name in LIBRARIES if name in sys.modules}
    was = os.environ.get("RPI_LGPIO_REVISION")
    os.environ["RPI_LGPIO_REVISION"] = revision
    sys.modules["spidev"], sys.modules["lgpio"] = spidev_module(bus), lgpio_module(header)
    try:
        yield
    finally:
        for name in LIBRARIES:
            sys.modules.pop(name, None)
        sys.modules.update(kept)
        if was is None:
            del os.environ["RPI_LGPIO_REVISION"]
        else:
            os.environ["RPI_LGPIO_REVISION"] = was
