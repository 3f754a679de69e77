"""Switches between a pin and ground, without their bouncing; knows not what they mean."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from kiosk.hardware.header import Header, held, reaching

TURN = 0.25
"""Seconds after which whoever waits for a switch looks whether it shall stop, and whether the pins still answer."""


class Contacts:
    """Some switches. One counts as moved when it has kept its new state for `quiet` seconds."""

    def __init__(self, devices: Mapping[str, Any], quiet: float, now: Callable[[], float]) -> None:
        self._devices = devices
        self._quiet = quiet
        self._now = now
        self._edges: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._moving: dict[str, float] = {}
        """When each of those that are on the move last moved."""
        for name, device in devices.items():
            device.when_activated = device.when_deactivated = lambda name=name: self._edges.put(name)
        self._closed = self._look()

    @property
    def closed(self) -> frozenset[str]:
        return self._closed

    def next(self) -> tuple[str, bool] | None:
        """The next switch that closes (True) or opens; None when none does within a turn. Raises PartFault."""
        with suppress(queue.Empty):
            self._moving[self._edges.get(timeout=self._wait())] = self._now()
        seen = self._look()
        for name in sorted(seen ^ self._closed):
            if self._now() - self._moving.setdefault(name, self._now()) >= self._quiet:
                del self._moving[name]
                self._closed ^= {name}
                return name, name in seen
        self._moving = {name: since for name, since in self._moving.items() if name in seen ^ self._closed}
        return None

    def _wait(self) -> float:
        left = [self._quiet - (self._now() - since) for since in self._moving.values()]
        return max(0.0, min([TURN, *left]))

    def _look(self) -> frozenset[str]:
        with reaching():
            return frozenset(name for name, device in self._devices.items() if device.is_active)


@contextmanager
def open_contacts(
    pins: Mapping[str, int], header: Header, quiet: float, now: Callable[[], float] = time.monotonic
) -> Iterator[Contacts]:
    """Each switch closes its pin to ground. Raises PartFault."""
    from gpiozero import DigitalInputDevice

    factory = header.pins()
    with ExitStack() as stack:
        devices = {}
        for name, pin in pins.items():
            with reaching():
                device = DigitalInputDevice(pin, pull_up=True, pin_factory=factory)
            devices[name] = stack.enter_context(held(device))
        yield Contacts(devices, quiet, now)
