"""Define what the demo's control panel offers: cards and books to present, and the network switch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.screens.rendering.theme import Theme

STRIP = 62
"""Width of the panel in units, without its margins."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card to present; `uid` is its chip number in hex."""

    uid: str
    owner: str
    case: str = ""
    """What is special about it, in the demo library's terms: `pin`, `fees`, `expired`."""


@dataclass(frozen=True, slots=True)
class Book:
    """An item to present by its barcode."""

    barcode: str
    title: str


@dataclass(frozen=True, slots=True)
class Table:
    """Everything on the demo's control panel."""

    cards: tuple[Card, ...]
    books: tuple[Book, ...]
    switch_network: Callable[[bool], None]
    """Called with True to connect and False to disconnect."""


def strip_width(theme: Theme) -> int:
    """Return the width in pixels of the control panel."""
    return theme.u(STRIP) + 2 * theme.u(4)
