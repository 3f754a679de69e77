"""What lies on the demo's bench: cards and books to present, and the switch of the network; draws nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

STRIP = 62
"""Width of the strip in units, without its margins."""


@dataclass(frozen=True, slots=True)
class Card:
    uid: str
    owner: str


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
