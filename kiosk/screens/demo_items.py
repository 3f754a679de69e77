"""What lies on the demo's bench: cards and books to present, and the switch of the network; draws nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.screens.theme import Theme

STRIP = 62
"""Width of the strip in units, without its margins."""


@dataclass(frozen=True, slots=True)
class Card:
    uid: str
    owner: str
    case: str = ""
    """What is special about it, as the demo library calls it: `pin`, `fees`, `expired`."""


@dataclass(frozen=True, slots=True)
class Book:
    barcode: str
    title: str


@dataclass(frozen=True, slots=True)
class Table:
    cards: tuple[Card, ...]
    books: tuple[Book, ...]
    switch_network: Callable[[bool], None]
    """True: up."""


def strip_width(theme: Theme) -> int:
    """Pixels that the bench takes beside the kiosk."""
    return theme.u(STRIP) + 2 * theme.u(4)
