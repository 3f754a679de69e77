"""Operate the parts during a visit: cards, labels, plugs, receipts, lights."""

from __future__ import annotations

import base64
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from kiosk.system.control_socket import Control
from lending.toml_text import Table


@dataclass(frozen=True, slots=True)
class Receipt:
    """A printed receipt as text and picture."""

    lines: tuple[str, ...]
    png: bytes


class Bench(Protocol):
    """Operate the parts of one kiosk.

    Cards on the reader and unplugged parts stay so while the kiosk is restarted.
    """

    def sections(self) -> Mapping[str, Table]:
        """Return the kiosk.toml sections of the parts that this bench operates, for a throw-away library."""
        ...

    def environment(self) -> Mapping[str, str]:
        """Return environment variables for the kiosk's process, in addition to the player's."""
        ...

    async def start(self, control: Control) -> None:
        """Connect to a kiosk that has started or restarted; `control` is its socket."""
        ...

    async def place_card(self, uid: str) -> None:
        """Place a card on the reader. `uid` is upper-case hex."""
        ...

    async def remove_cards(self) -> None: ...

    async def scan(self, barcode: str) -> None:
        """Show a label to the scanner once."""
        ...

    async def key(self, key: str) -> None:
        """Press a hardware key: `previous`, `next`, `choose` or `back`."""
        ...

    async def drop(self) -> None:
        """Drop an item past the sensor of the return bin."""
        ...

    async def pile(self, tags: Sequence[str]) -> None:
        """Set what lies on the item pad: barcodes, also with part/parts, or `unreadable`."""
        ...

    async def part(self, part: str, state: str) -> None:
        """Set a part's state: `ok`, `unplugged`, a paper state of the printer, or the bin's `blocked`."""
        ...

    async def paper(self) -> Sequence[Receipt]:
        """Return every receipt printed since the visit began, oldest first."""
        ...

    async def lights(self) -> str | None:
        """Return the signal on the lights; None while they are dark."""
        ...

    async def stop(self) -> None:
        """End the visit."""
        ...


@runtime_checkable
class Counting(Protocol):
    """Bench that also counts events below the drivers."""

    async def counts(self) -> Mapping[str, int]:
        """Return the counts since the kiosk started: `reader_polls`, and the `spi_transfers` that they took."""
        ...


class SimulatedBench:
    """Operate the simulated parts over the kiosk's control socket."""

    def __init__(self) -> None:
        self._control: Control | None = None
        self._card: str | None = None
        self._parts: dict[str, str] = {}
        self._pile: tuple[str, ...] = ()
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
        if self._pile:
            await control.ask("pile", tags=list(self._pile))

    async def place_card(self, uid: str) -> None:
        self._card = uid
        await self._kiosk.ask("card", uid=uid)

    async def remove_cards(self) -> None:
        self._card = None
        await self._kiosk.ask("lift")

    async def scan(self, barcode: str) -> None:
        await self._kiosk.ask("barcode", barcode=barcode)

    async def key(self, key: str) -> None:
        await self._kiosk.ask("key", key=key)

    async def drop(self) -> None:
        await self._kiosk.ask("drop")

    async def pile(self, tags: Sequence[str]) -> None:
        self._pile = tuple(tags)
        await self._kiosk.ask("pile", tags=list(tags))

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
    """There is no bench of that name. `args[0]` gives the name."""


def load_bench(name: str | None) -> Callable[[], Bench]:
    """Return the factory of the bench MODULE:NAME; None selects the simulated bench. Raises BenchError."""
    if name is None:
        return SimulatedBench
    module, _, attribute = name.partition(":")
    try:
        maker: Callable[[], Bench] = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise BenchError(f"--bench {name}: {error}; it wants MODULE:NAME of a class that works the parts") from error
    return maker
