"""Read the snapshot as a kiosk does, and keep its content."""

from __future__ import annotations

from dataclasses import dataclass, field

from lending import wire
from tests.hub.support.device import Device

MOST_PAGES = 60


@dataclass
class Reader:
    """Snapshot as a kiosk keeps it, initially empty."""

    device: Device
    mark: str = ""
    cards: dict[str, wire.WirePatron] = field(default_factory=dict)
    items: dict[str, wire.WireItem] = field(default_factory=dict)
    titles: dict[int, wire.SnapshotTitle] = field(default_factory=dict)
    floors: list[wire.WireFloor] = field(default_factory=list)
    policy: wire.WirePolicy | None = None
    pages: list[wire.SnapshotPage] = field(default_factory=list)
    """Pages of the last poll."""
    sizes: list[int] = field(default_factory=list)

    def poll(self) -> bool:
        """Read all pages; return False if nothing was new."""
        self.pages, self.sizes = [], []
        while self.step():
            assert len(self.pages) < MOST_PAGES
        return bool(self.pages)

    def step(self) -> bool:
        """Read one page; return False if it was the last one or there was none."""
        answer = self.device.get(f"/api/v1/snapshot?since={self.mark}")
        if answer.status_code == 304:
            assert answer.content == b""
            return False
        assert answer.status_code == 200, answer.content
        page = wire.parse(wire.SnapshotPage, answer.content)
        self.sizes.append(len(answer.content))
        self.take(page)
        return page.more

    def take(self, page: wire.SnapshotPage) -> None:
        self.pages.append(page)
        if page.whole:
            self.cards, self.items, self.titles = {}, {}, {}
        self.cards.update((each.card, each.patron) for each in page.cards)
        self.items.update((each.id, each) for each in page.items)
        for card in page.gone_cards:
            self.cards.pop(card, None)
        for item in page.gone_items:
            self.items.pop(item, None)
        self.titles.update((each.id, each) for each in page.titles)
        for title in page.gone_titles:
            self.titles.pop(title, None)
        self.floors = self.floors if page.floors is None else page.floors
        self.policy = page.policy or self.policy
        self.mark = page.mark

    @property
    def is_restarted(self) -> bool:
        return any(page.whole for page in self.pages)

    @property
    def received_ids(self) -> set[str]:
        """Card hashes and barcodes in the pages of the last poll."""
        found = {each.card for page in self.pages for each in page.cards}
        found |= {each.id for page in self.pages for each in page.items}
        return found.union(*(page.gone_cards + page.gone_items for page in self.pages))

    def same_as(self, other: Reader) -> bool:
        return self._known == other._known

    @property
    def _known(self) -> tuple[object, ...]:
        return self.cards, self.items, self.titles, self.floors, self.policy
