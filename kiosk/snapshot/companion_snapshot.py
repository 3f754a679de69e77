"""The hub's snapshot where another system is the central: its cards are called as that system's desk has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from kiosk.snapshot.refresh import Pages, UploadProgress
from kiosk.snapshot.snapshot import Snapshot
from kiosk.system.clock import Clock
from kiosk.system.health import Health
from lending.model import CardRef, Patron
from lending.recommendations import Recommendation


class CompanionSnapshot(Snapshot):
    """`at_hub` tells how the hub knows a card. Patrons are called as the hub calls them."""

    def __init__(
        self, path: Path, pages: Pages, clock: Clock, health: Health, at_hub: Callable[[CardRef], CardRef]
    ) -> None:
        super().__init__(path, pages, clock, health)
        self._at_hub = at_hub

    def patron(self, card: CardRef) -> Patron | None:
        return super().patron(self._at_hub(card))

    def picks(self, card: CardRef) -> Sequence[Recommendation]:
        return super().picks(self._at_hub(card))

    def look(self, card: CardRef) -> str:
        return super().look(self._at_hub(card))


class Queue(UploadProgress, Protocol):
    @property
    def waited(self) -> float | None:
        """None where nothing waits."""
        ...


class CombinedUploadProgress:
    """What the snapshot asks of a courier: it comes by the hub's, and what it may leave out the system's one tells.

    What the hub has not been told yet is in no snapshot of its.
    """

    def __init__(self, system: UploadProgress, hub: Queue) -> None:
        self._system = system
        self._hub = hub
        self._known = 0

    @property
    def online(self) -> bool:
        return self._hub.online

    @property
    def watermark(self) -> int:
        """The row of the system's journal up to which the hub has been told all."""
        if self._hub.waited is None:
            self._known = self._system.watermark
        return self._known

    def missed(self, reason: str) -> None:
        self._hub.missed(reason)

    def forget(self, seq: int) -> None:
        self._system.forget(seq)
