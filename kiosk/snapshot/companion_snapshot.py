"""Adapt the hub's snapshot to a kiosk whose central is an ILS: translate card references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from kiosk.snapshot.snapshot import Pages, Snapshot, UploadProgress
from kiosk.system.clock import Clock
from kiosk.system.health import Health
from lending.model import CardRef, Patron, Recommendation


class CompanionSnapshot(Snapshot):
    """Snapshot of a companion hub; patrons have the hub's references.

    `at_hub` returns the hub's reference of a card.
    """

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
    """The part of the hub's courier that is needed here."""

    @property
    def queue_age(self) -> float | None:
        """Seconds since the oldest queued row was made; None if the queue is empty."""
        ...


class CombinedUploadProgress:
    """Upload progress with a companion hub, as the snapshot needs it.

    The snapshot comes from the hub, and `forget` concerns the ILS's courier. A transaction that the hub does not have
    yet is in no snapshot.
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
        """The row of the ILS's journal up to which the hub has every transaction."""
        if self._hub.queue_age is None:
            self._known = self._system.watermark
        return self._known

    def report_unreachable(self, reason: str) -> None:
        self._hub.report_unreachable(reason)

    def forget(self, seq: int) -> None:
        self._system.forget(seq)
