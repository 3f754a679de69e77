"""Where each item of a simulated library physically is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.proofs.world.hub import ITEMS, barcode

SHELF = -1
BOX = -2
"""Laid down at a kiosk; staff take it from there."""
HELD = -3
"""In somebody's hands before a kiosk."""


@dataclass
class Shelves:
    """Who has what: a patron's number, or one of the places above."""

    where: dict[str, int] = field(default_factory=lambda: {barcode(item): SHELF for item in range(ITEMS)})
    doubtful: set[str] = field(default_factory=set)
    """Books of which nobody can say what the hub should know, until somebody borrows them anew."""

    def at(self, place: int) -> Sequence[str]:
        return [item for item, here in self.where.items() if here == place]
