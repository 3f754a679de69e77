"""Where each item of a simulated library physically is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.proofs.world.hub import ITEMS, barcode

SHELF = -1
BOX = -2
"""Left at a kiosk; staff take it from there."""
HELD = -3
"""In a patron's hands at a kiosk."""


@dataclass
class Shelves:
    """Location of each item: a patron's number, or one of the places above."""

    where: dict[str, int] = field(default_factory=lambda: {barcode(item): SHELF for item in range(ITEMS)})
    doubtful: set[str] = field(default_factory=set)
    """Books of which the hub's correct state is unknown until a patron borrows them again."""

    def at(self, place: int) -> Sequence[str]:
        return [item for item, here in self.where.items() if here == place]
