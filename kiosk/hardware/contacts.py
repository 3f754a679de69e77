"""Switches between a pin and ground, without their bouncing; knows not what they mean."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from kiosk.hardware.header import Header, held, reaching

TURN = 0.25
"""Seconds after which whoever waits for a switch looks whether it shall stop, and whether the pins still answer."""


class Contacts:
    """Some switches. One has moved when it kept its new state for `quiet` seconds, however late somebody looks."""

    def __init__(self, devices: Mapping[str, Any], quiet: float, now: Callable[[], float]) -> None:
        self._devices = devices
        self._quiet = quiet
        self._now = now
        self._edges: queue.SimpleQueue[tuple[str, bool, float]] = queue.SimpleQueue()
        self._moves: deque[tuple[str, bool]] = deque()
        for name, device in devices.items():
            device.when_activated = lambda name=name: self._edges.put((name, True, now()))
            device.when_deactivated = lambda name=name: self._edges.put((name, False, now()))
        self._settled = self._look()
        self._newest = {name: (closed, now()) for name, closed in self._settled.items()}

    @property
    def closed(self) -> bool:
        """One of them is closed and at rest."""
        return any(self._settled.values())

    def next(self) -> tuple[str, bool] | None:
        """The next switch that closed (True) or opened; None when none did within a turn. Raises PartFault."""
        if not self._moves:
            with suppress(queue.Empty):
                self._heard(*self._edges.get(timeout=self._wait()))
                while True:
                    self._heard(*self._edges.get_nowait())
            self._rest()
        return self._moves.popleft() if self._moves else None

    def _wait(self) -> float:
        now = self._now()
        left = [
            self._quiet - (now - at) for name, (closed, at) in self._newest.items() if closed != self._settled[name]
        ]
        return max(0.0, min([TURN, *left]))

    def _heard(self, name: str, closed: bool, at: float) -> None:
        self._settle(name, at)
        self._newest[name] = (closed, at)

    def _rest(self) -> None:
        """Time goes on while nothing moves; an edge that got lost is made up for."""
        now = self._now()
        for name, closed in self._look().items():
            if closed != self._newest[name][0] and self._edges.empty():
                self._heard(name, closed, now)
            self._settle(name, now)

    def _settle(self, name: str, now: float) -> None:
        closed, at = self._newest[name]
        if closed != self._settled[name] and now - at >= self._quiet:
            self._settled[name] = closed
            self._moves.append((name, closed))

    def _look(self) -> dict[str, bool]:
        with reaching():
            return {name: bool(device.is_active) for name, device in self._devices.items()}


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
