"""The Protocols of the kiosk's parts: what a driver of each must do; knows no driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PIL.Image import Image

from kiosk.views import Signal


class PartFault(Exception):
    """The part does not work. `args[0]` is a stable reason code, such as `unplugged` or `out_of_paper`."""


class CardReader(Protocol):
    """Runs in its own supervised thread; tells presence by the two calls given at its making."""

    def watch(self, present: Callable[[str], None], removed: Callable[[], None], stop: Callable[[], bool]) -> None:
        """Reads until `stop()` is true. Calls `present(uid)` once per presence. Raises PartFault."""
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
        """`ready` or `near_end`. Raises PartFault with `unplugged`, `out_of_paper` or `cover_open`."""
        ...

    def print(self, picture: Image) -> None:
        """Prints a one-bit picture of `width` dots and cuts. Raises PartFault."""
        ...


class Lights(Protocol):
    """Called from a worker thread."""

    def show(self, signal: Signal) -> None:
        """Raises PartFault."""
        ...
