"""The hand that works the parts during a visit: cards, labels, plugs, paper, lights; decides and judges nothing."""

from __future__ import annotations

import base64
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from kiosk.config.example import Table
from kiosk.system.control_socket import Control


@dataclass(frozen=True, slots=True)
class Receipt:
    lines: tuple[str, ...]
    png: bytes


class Bench(Protocol):
    """Works the parts of one kiosk. What lies on the reader or is unplugged stays so while the kiosk is killed."""

    def sections(self) -> Mapping[str, Table]:
        """What the kiosk.toml of a throw-away library says of the parts that this bench works."""
        ...

    def environment(self) -> Mapping[str, str]:
        """What the kiosk's process finds in its environment beside the player's own."""
        ...

    async def start(self, control: Control) -> None:
        """The kiosk runs, for the first time or again; `control` is its socket."""
        ...

    async def lay(self, uid: str) -> None:
        """Lays a card on the reader. `uid` is upper-case hex."""
        ...

    async def lift(self) -> None: ...

    async def scan(self, barcode: str) -> None:
        """Shows a label to the scanner once."""
        ...

    async def key(self, key: str) -> None:
        """Presses one of the hardware keys: `previous`, `next`, `choose` or `back`."""
        ...

    async def drop(self) -> None:
        """Lets something fall past the sensor of the bin."""
        ...

    async def part(self, part: str, state: str) -> None:
        """Brings a part into a state: `ok`, `unplugged`, the printer's three of its paper, the bin's `blocked`."""
        ...

    async def paper(self) -> Sequence[Receipt]:
        """Every receipt that came out since the visit began, oldest first."""
        ...

    async def lights(self) -> str | None:
        """The signal that the lights show; None when they are dark."""
        ...

    async def stop(self) -> None:
        """The visit is over."""
        ...


@runtime_checkable
class Counting(Protocol):
    """A bench that also counts what goes on below the drivers."""

    async def counts(self) -> Mapping[str, int]:
        """Since the kiosk began: `reader_polls` of the card reader, and the `spi_transfers` that they took."""
        ...


class SimulatedBench:
    """Works the simulated twins over the kiosk's own socket."""

    def __init__(self) -> None:
        self._control: Control | None = None
        self._card: str | None = None
        self._parts: dict[str, str] = {}
        self._kept: list[Receipt] = []
        self._printed: list[Receipt] = []

    def sections(self) -> Mapping[str, Table]:
        return {}

    def environment(self) -> Mapping[str, str]:
        return {}

    async def start(self, control: Control) -> None:
        self._control = control
        self._kept += self._printed
        self._printed = []
        for part, state in self._parts.items():
            await control.ask("part", part=part, state=state)
        if self._card is not None:
            await control.ask("card", uid=self._card)

    async def lay(self, uid: str) -> None:
        self._card = uid
        await self._kiosk.ask("card", uid=uid)

    async def lift(self) -> None:
        self._card = None
        await self._kiosk.ask("lift")

    async def scan(self, barcode: str) -> None:
        await self._kiosk.ask("barcode", barcode=barcode)

    async def key(self, key: str) -> None:
        await self._kiosk.ask("key", key=key)

    async def drop(self) -> None:
        await self._kiosk.ask("drop")

    async def part(self, part: str, state: str) -> None:
        self._parts[part] = state
        await self._kiosk.ask("part", part=part, state=state)

    async def paper(self) -> Sequence[Receipt]:
        slips = (await self._kiosk.ask("paper"))["receipts"]
        self._printed = [Receipt(tuple(slip["lines"]), base64.b64decode(slip["png"])) for slip in slips]
        return [*self._kept, *self._printed]

    async def lights(self) -> str | None:
        signal: str | None = (await self._kiosk.ask("lights"))["signal"]
        return signal

    async def stop(self) -> None:
        self._control = None

    @property
    def _kiosk(self) -> Control:
        assert self._control is not None, "the bench was not started"
        return self._control


class BenchError(Exception):
    """No bench of that name. `args[0]` says what was looked for."""


def load_bench(name: str | None) -> Callable[[], Bench]:
    """What makes the bench that MODULE:NAME names; the simulated one without a name. Raises BenchError."""
    if name is None:
        return SimulatedBench
    module, _, attribute = name.partition(":")
    try:
        maker: Callable[[], Bench] = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise BenchError(f"--bench {name}: {error}; it wants MODULE:NAME of a class that works the parts") from error
    return maker
