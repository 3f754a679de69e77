"""Define the Protocols of the screen, parts, desk and courier that the kiosk agent uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from kiosk.central import TransactionSubmitter
from kiosk.events import Key
from kiosk.system.health import PartName
from kiosk.views import Status, View


class Target(Protocol):
    """Something on the screen that can be touched, as drawn."""

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


class VisitScreen(Protocol):
    """The screen, and a finger on it."""

    def texts(self) -> Sequence[str]:
        """Return the drawn texts in reading order."""
        ...

    def targets(self) -> Sequence[Target]: ...
    def touch(self, x: float, y: float) -> None: ...
    def finger(self, x: float, y: float) -> None:
        """Touch through the window's next read of its input."""
        ...

    @property
    def untouched(self) -> bool: ...
    @property
    def drawn(self) -> tuple[float, float]:
        """Times of the first and last drawing of a view, by time.monotonic()."""
        ...

    def pace(self) -> tuple[Sequence[float], float]:
        """Return the times of all drawings and the longest gap between frames since the last call, in milliseconds."""
        ...

    def taken(self, path: Path) -> Callable[[], None]:
        """Capture the window now; return a function that writes the picture, in any thread."""
        ...


class Slip(Protocol):
    """A printed receipt."""

    @property
    def lines(self) -> Sequence[str]: ...
    @property
    def png(self) -> bytes: ...


class Rig(Protocol):
    """The simulated parts."""

    @property
    def phrases(self) -> tuple[tuple[str, ...], ...]: ...

    def place_card(self, uid: str) -> None: ...
    def remove_cards(self) -> None: ...
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
    def is_settled(self) -> bool:
        """True if the parts have reported everything that they saw."""
        ...


class Desk(Protocol):
    """The session controller."""

    @property
    def view(self) -> View: ...
    @property
    def status(self) -> Status: ...
    @property
    def is_settled(self) -> bool: ...


class SettlingCourier(TransactionSubmitter, Protocol):
    """Courier that knows whether it is at rest."""

    @property
    def is_settled(self) -> bool: ...
