"""The Protocols of the kiosk's parts: what a driver of each must do; knows no driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PIL.Image import Image

from kiosk.events import CardTrouble, Key
from kiosk.views import Signal


class PartFault(Exception):
    """The part does not work. `args[0]` is a stable reason code, such as `unplugged` or `out_of_paper`.

    `args[1]`, where there is one, says for the log what was tried and what to do.
    """


class BrokenOff(PartFault):
    """It failed in mid-receipt: a piece of one may have come out."""


class CardReader(Protocol):
    """Runs in its own supervised thread; tells presence by the calls given to `watch`."""

    def watch(
        self,
        present: Callable[[str], None],
        removed: Callable[[], None],
        trouble: Callable[[CardTrouble], None],
        stop: Callable[[], bool],
    ) -> None:
        """Reads until `stop()` is true. Raises PartFault.

        Calls `present(uid)` once per presence, and `trouble(why)` once while an object on the reader is not accepted
        as a card. Of several cards at once, only a card that was reported before stays reported.
        """
        ...


class BarcodeScanner(Protocol):
    """Runs in its own supervised thread."""

    def watch(self, scanned: Callable[[str], None], stop: Callable[[], bool]) -> None:
        """Reads until `stop()` is true. Raises PartFault."""
        ...


class ReceiptPrinter(Protocol):
    """Called from a worker thread, one call at a time."""

    @property
    def width(self) -> int:
        """Printable dots per line: 384 at 58 mm, 576 at 80 mm."""
        ...

    def check(self) -> str:
        """`ready`, `near_end`, or `not_asked` where it cannot be asked. Raises PartFault, such as `out_of_paper`."""
        ...

    def print(self, picture: Image) -> None:
        """Prints a one-bit picture of `width` dots and cuts. Raises PartFault, and BrokenOff when it began to print."""
        ...


class Lights(Protocol):
    """Called from a worker thread."""

    def show(self, signal: Signal) -> float | None:
        """Shows a new signal from its beginning, the same one further on. Raises PartFault.

        Answers in how many seconds it wants to be called again, for its rhythm; None when it needs no call.
        """
        ...


class Keys(Protocol):
    """Runs in its own supervised thread."""

    def watch(self, pressed: Callable[[Key], None], stop: Callable[[], bool]) -> None:
        """Calls `pressed` once per press until `stop()` is true. Raises PartFault."""
        ...


class Bin(Protocol):
    """Runs in its own supervised thread."""

    def watch(self, dropped: Callable[[], None], stop: Callable[[], bool]) -> None:
        """Calls `dropped` once for what falls, until `stop()` is true. Raises PartFault, such as `blocked`."""
        ...


class SecurityGate(Protocol):
    """Called from a worker thread."""

    def switch(self, on: bool) -> None:
        """Off when it is closed, whatever happened. Raises PartFault."""
        ...
