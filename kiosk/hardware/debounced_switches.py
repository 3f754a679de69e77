"""Debounce switches that connect a header pin to ground."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from kiosk.hardware.gpio_header import Header, reaching

Edges: TypeAlias = queue.SimpleQueue[tuple[str, bool, float]]
"""Queue of (switch name, closed, time of the edge)."""
TURN = 0.25
"""Seconds after which a waiting thread checks its stop signal and whether the pins still respond."""


@dataclass(frozen=True, slots=True)
class Move:
    """A switch that closed or opened, and when."""

    name: str
    closed: bool
    at: float


class Contacts:
    """Debounce a group of switches.

    A move is reported once its new state has lasted `quiet` seconds, however late `next` is called.
    """

    def __init__(self, pins: Mapping[str, Any], edges: Edges, quiet: float, now: Callable[[], float]) -> None:
        self._pins = pins
        self._edges = edges
        self._quiet = quiet
        self._now = now
        self._moves: deque[Move] = deque()
        self._settled = self._look()
        self._newest = {name: (closed, now()) for name, closed in self._settled.items()}

    @property
    def closed(self) -> bool:
        """True if a switch is closed and settled."""
        return any(self._settled.values())

    def next(self) -> Move | None:
        """Return the next switch that closed or opened, or None if none did within TURN. Raises PartFault."""
        if not self._moves:
            with suppress(queue.Empty):
                self._on_change(*self._edges.get(timeout=self._wait()))
            now = self._now()  # before draining the queue: edges that arrive meanwhile are later
            with suppress(queue.Empty):
                while True:
                    self._on_change(*self._edges.get_nowait())
            self._rest(now)
        return self._moves.popleft() if self._moves else None

    def _wait(self) -> float:
        moving = [at for name, (closed, at) in self._newest.items() if closed != self._settled[name]]
        now = self._now()
        return max(0.0, min([TURN, *(self._quiet - (now - at) for at in moving)]))

    def _on_change(self, name: str, closed: bool, at: float) -> None:
        self._settle(name, at)
        self._newest[name] = (closed, at)

    def _rest(self, now: float) -> None:
        """Settle the switches that stopped moving, and replace edges that were lost."""
        for name, closed in self._look().items():
            if closed != self._newest[name][0] and self._edges.empty():
                self._on_change(name, closed, now)
            self._settle(name, now)

    def _settle(self, name: str, now: float) -> None:
        closed, at = self._newest[name]
        if closed != self._settled[name] and now - at >= self._quiet:
            self._settled[name] = closed
            self._moves.append(Move(name, closed, at))

    def _look(self) -> dict[str, bool]:
        with reaching():
            return {name: not pin.state for name, pin in self._pins.items()}


@contextmanager
def open_contacts(
    gpios: Mapping[str, int], header: Header, quiet: float, now: Callable[[], float] = time.monotonic
) -> Iterator[Contacts]:
    """Open switches that close their pins to ground. Raises PartFault."""
    edges: Edges = queue.SimpleQueue()

    def queue_edge(name: str) -> Callable[[bool], None]:
        return lambda closed: edges.put((name, closed, now()))

    with ExitStack() as stack:
        pins = {name: stack.enter_context(header.contact(gpio, queue_edge(name))) for name, gpio in gpios.items()}
        yield Contacts(pins, edges, quiet, now)
