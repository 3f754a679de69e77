"""Accept any plausible card or item number where the library provides no list of them."""

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
    """Predicates for plausible card and item numbers. A card known only by its UID cannot be judged."""

    card: Callable[[CardRef], bool]
    item: Callable[[ItemId], bool]


class OpenSnapshot(Snapshot):
    """Snapshot that knows every plausible number; an unlisted card has no category, an unlisted item no title."""

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
        """Refresh without waiting for the central until there is a first copy: the CSV files are on this machine.

        From then on the copy ages like any other.
        """
        await super().run(OnlineUntilFirstCopy(courier, self), every)


class OnlineUntilFirstCopy:
    """Upload progress that counts as online until there is a copy."""

    def __init__(self, courier: UploadProgress, snapshot: Snapshot) -> None:
        self._courier = courier
        self._snapshot = snapshot

    @property
    def online(self) -> bool:
        return self._courier.online or self._snapshot.day is None

    @property
    def watermark(self) -> int:
        return self._courier.watermark

    def report_unreachable(self, reason: str) -> None:
        """Do nothing: no request was made."""

    def forget(self, seq: int) -> None:
        self._courier.forget(seq)
