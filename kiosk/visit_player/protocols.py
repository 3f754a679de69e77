"""What a stage is set with: the glass, the parts, the desk and the courier for a visit; does nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from kiosk.central import TransactionSubmitter
from kiosk.events import Key
from kiosk.system.health import PartName
from kiosk.views import Status, View


class Target(Protocol):
    """Something that can be touched, as it is drawn."""

    @property
    def name(self) -> str: ...
    @property
    def item(self) -> str | None: ...
    @property
    def choice(self) -> str | None: ...
    @property
    def centre(self) -> tuple[float, float]: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def uncovered(self) -> bool: ...


class Glass(Protocol):
    """What is drawn, and a finger."""

    def texts(self) -> Sequence[str]:
        """The drawn texts in reading order."""
        ...

    def targets(self) -> Sequence[Target]: ...
    def touch(self, x: float, y: float) -> None: ...
    def finger(self, x: float, y: float) -> None:
        """A touch that waits until the window next reads its input."""
        ...

    @property
    def untouched(self) -> bool: ...
    @property
    def drawn(self) -> tuple[float, float]:
        """When a view was first and last on the glass, by time.monotonic()."""
        ...

    def pace(self) -> tuple[Sequence[float], float]:
        """Milliseconds since this was last asked: each drawing, and the longest time without a frame."""
        ...

    def taken(self, path: Path) -> Callable[[], None]:
        """A picture of the window as it is now; what is answered writes it, in any thread."""
        ...


class Slip(Protocol):
    """A receipt that came out of the printer."""

    @property
    def lines(self) -> Sequence[str]: ...
    @property
    def png(self) -> bytes: ...


class Rig(Protocol):
    """The simulated parts, as a hand works them."""

    @property
    def said(self) -> tuple[tuple[str, ...], ...]: ...

    def lay(self, uid: str) -> None: ...
    def lift(self) -> None: ...
    def show(self, barcode: str) -> None: ...
    def press(self, key: Key) -> None: ...
    def drop(self) -> None: ...
    def set_part(self, part: PartName, state: str) -> None: ...
    def receipts(self) -> Sequence[Slip]: ...
    @property
    def signal(self) -> str | None: ...
    @property
    def pulses(self) -> int: ...
    @property
    def settled(self) -> bool:
        """All that the parts saw was told."""
        ...


class Desk(Protocol):
    @property
    def view(self) -> View: ...
    @property
    def status(self) -> Status: ...
    @property
    def settled(self) -> bool: ...


class SettlingCourier(TransactionSubmitter, Protocol):
    @property
    def settled(self) -> bool: ...
