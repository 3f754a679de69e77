"""Drive the parts that are simple contacts and relays on the GPIO header: the bin's drop sensor, the keys, the gate."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from kiosk.config.hardware import GpioBin, GpioKeys, Relay
from kiosk.events import Key
from kiosk.hardware.gpio_header import Header, reaching
from kiosk.hardware.parts import PartFault

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


QUIET = 0.002
"""Seconds: a shorter interruption of the sensor is not an item."""
TUMBLES = 0.5
"""Seconds within which repeated interruptions count as one tumbling item."""
STUCK = 10.0
"""Seconds of interruption after which the item is stuck."""


class PinBin:
    """Drop sensor on header pins."""

    def __init__(self, contacts: Contacts, now: Callable[[], float]) -> None:
        self._contacts = contacts
        self._now = now

    def watch(self, dropped: Callable[[], None], stop: Callable[[], bool]) -> None:
        if self._contacts.closed:
            raise PartFault("blocked")
        last = float("-inf")
        while not stop():
            move = self._contacts.next()
            if move is None and self._contacts.closed and self._now() - last > STUCK:
                raise PartFault("blocked")
            if move is not None:
                if move.closed and move.at - last > TUMBLES:
                    dropped()
                last = move.at


@contextmanager
def open_bin(config: GpioBin, header: Header, now: Callable[[], float] = time.monotonic) -> Iterator[PinBin]:
    """Open the sensor on its pins. Raises PartFault."""
    with open_contacts(config.pins(), header, QUIET, now) as contacts:
        yield PinBin(contacts, now)


KEY_QUIET = 0.02
"""Seconds until a key's contact has settled."""


class PinKeys:
    """Hardware keys on header pins."""

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts

    def watch(self, pressed: Callable[[Key], None], stop: Callable[[], bool]) -> None:
        """Report each press once, however long the key is held. A key that was down at the start is ignored."""
        while not stop():
            move = self._contacts.next()
            if move is not None and move.closed:
                pressed(Key(move.name))


@contextmanager
def open_keys(config: GpioKeys, header: Header, now: Callable[[], float] = time.monotonic) -> Iterator[PinKeys]:
    """Open the keys on their pins. Raises PartFault."""
    with open_contacts(config.pins(), header, KEY_QUIET, now) as contacts:
        yield PinKeys(contacts)


class PinGate:
    """Gate relay on a header pin."""

    def __init__(self, relay: Any) -> None:
        self._relay = relay

    def switch(self, on: bool) -> None:
        with reaching():
            self._relay.state = on


@contextmanager
def open_gate(config: Relay, header: Header) -> Iterator[PinGate]:
    """Open the relay: off from the first moment, and off at the end even after an error. Raises PartFault."""
    with header.open_switch(config.pin) as relay:
        yield PinGate(relay)
