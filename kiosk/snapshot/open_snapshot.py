"""The snapshot where the library gives no list of its cards or items: there every number that may be one is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.snapshot.refresh import Pages
from kiosk.snapshot.snapshot import EVERY, Snapshot, UploadProgress
from kiosk.system.clock import Clock
from kiosk.system.health import Health
from lending.model import CardRef, Item, ItemId, Patron, PatronRef


@dataclass(frozen=True, slots=True)
class AcceptedNumbers:
    """What may be a card, and what an item. Of a card that only a reader tells (a UID) nobody can say so."""

    card: Callable[[CardRef], bool]
    item: Callable[[ItemId], bool]


class OpenSnapshot(Snapshot):
    def __init__(self, path: Path, pages: Pages, clock: Clock, health: Health, anybody: AcceptedNumbers) -> None:
        super().__init__(path, pages, clock, health)
        self._anybody = anybody

    def patron(self, card: CardRef) -> Patron | None:
        found = super().patron(card)
        return found or (Patron(PatronRef(card), "") if self._anybody.card(card) else None)

    def item(self, item: ItemId) -> Item | None:
        found = super().item(item)
        return found or (Item(item) if self._anybody.item(item) else None)

    async def run(self, courier: UploadProgress, every: float = EVERY) -> None:
        """The first copy wants no central: the sheets lie on this machine. From then on it ages as any other."""
        await super().run(OnlineUntilFirstCopy(courier, self), every)


class OnlineUntilFirstCopy:
    """The courier, who counts as on line until there is a copy."""

    def __init__(self, courier: UploadProgress, snapshot: Snapshot) -> None:
        self._courier = courier
        self._snapshot = snapshot

    @property
    def online(self) -> bool:
        return self._courier.online or self._snapshot.day is None

    @property
    def watermark(self) -> int:
        return self._courier.watermark

    def missed(self, reason: str) -> None:
        """Nobody was asked."""

    def forget(self, seq: int) -> None:
        self._courier.forget(seq)
