"""Define the Protocols that the drivers of the kiosk's parts implement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PIL.Image import Image

from kiosk.events import CardTrouble, Key, PileSeen, TagHandle
from kiosk.views import Signal


class PartFault(Exception):
    """Report that a part does not work.

    `args[0]` is a stable reason code, such as `unplugged` or `out_of_paper`. `args[1]`, if present, is the log's
    detail: what was tried and what to do.
    """


class BrokenOff(PartFault):
    """The printer failed during a receipt: part of it may have come out."""


class TagFault(Exception):
    """The security of one tag was not switched; the pad itself works. `args[0]`, if present, is the log's detail."""


class TagGone(TagFault):
    """The tag left the pad. Its security may be either, if it left during the command."""


class TagWriteFailed(TagFault):
    """The tag did not accept the command: out of reach, locked or protected by a password."""


class TagVerifyFailed(TagFault):
    """The tag accepted the command, but reading back shows another value."""


class CardReader(Protocol):
    """Report cards through the calls passed to `watch`, in a supervised thread of its own."""

    def watch(
        self,
        present: Callable[[str], None],
        removed: Callable[[], None],
        trouble: Callable[[CardTrouble], None],
        stop: Callable[[], bool],
    ) -> None:
        """Read until `stop()` is true.

        Calls `present(uid)` once per presence, and `trouble(why)` once while an object on the reader is not accepted as
        a card. Of several cards at once, only a card that was reported before stays reported.

        Raises:
            PartFault: The reader does not work.
        """
        ...


class BarcodeScanner(Protocol):
    """Report barcodes from a supervised thread of its own."""

    def watch(self, scanned: Callable[[str], None], stop: Callable[[], bool]) -> None:
        """Read until `stop()` is true. Raises PartFault."""
        ...


class ReceiptPrinter(Protocol):
    """Print receipts. Calls come from a worker thread, one at a time."""

    @property
    def width(self) -> int:
        """Printable dots per line: 384 on 58 mm paper, 576 on 80 mm paper."""
        ...

    def check(self) -> str:
        """Return `ready`, `near_end`, or `not_asked` if the printer has no status query. Raises PartFault."""
        ...

    def print(self, picture: Image) -> None:
        """Print a one-bit picture of `width` dots and cut.

        Raises PartFault, and BrokenOff if printing had begun.
        """
        ...


class Lights(Protocol):
    """Show signals. Calls come from a worker thread."""

    def show(self, signal: Signal) -> float | None:
        """Show a new signal from its beginning; continue the same signal.

        Returns the seconds until it must be called again for its rhythm, or None. Raises PartFault.
        """
        ...


class Keys(Protocol):
    """Report key presses from a supervised thread of its own."""

    def watch(self, pressed: Callable[[Key], None], stop: Callable[[], bool]) -> None:
        """Call `pressed` once per press until `stop()` is true. Raises PartFault."""
        ...


class Bin(Protocol):
    """Report dropped items from a supervised thread of its own."""

    def watch(self, dropped: Callable[[], None], stop: Callable[[], bool]) -> None:
        """Call `dropped` once per falling item until `stop()` is true. Raises PartFault, such as `blocked`."""
        ...


class SecurityGate(Protocol):
    """Switch the security gate's relay. Calls come from a worker thread."""

    def switch(self, on: bool) -> None:
        """Switch the relay; closing the driver always switches it off. Raises PartFault."""
        ...


class ItemPad(Protocol):
    """Read the item tags on a pad and switch their security. Calls come from one thread, the pad's own.

    The UID of a tag is used inside the driver only.
    """

    def look(self) -> PileSeen:
        """Count the tags on the pad, read those that are new, and return all of them. Raises PartFault.

        A tag that misses a few rounds stays in the pile, so that a weak answer is not a removal.
        """
        ...

    def switch(self, handle: TagHandle, secured: bool) -> None:
        """Make a gate ring for this tag (`secured`) or let it pass, and verify it by reading back.

        Raises:
            TagFault: TagGone, TagWriteFailed or TagVerifyFailed.
            PartFault: The pad does not work.
        """
        ...

    def is_secured(self, handle: TagHandle) -> bool:
        """Return whether a gate rings for this tag. Raises TagGone, PartFault."""
        ...
