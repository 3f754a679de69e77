"""Invent the library of the SIP2 benchmarks: a few patrons, and enough items for every kiosk."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.sip2_simulator.library import Copy, LibraryPatron, SimulatedLibrary

BOOKS = 12
"""Items per kiosk."""
MANY = 1_000_000


def cards(kiosk: int) -> Sequence[str]:
    """Return the kiosk's card numbers; the last one is blocked."""
    return [f"2{kiosk:06}{number:07}" for number in range(3)]


def books(kiosk: int, count: int = BOOKS) -> Sequence[str]:
    """Return the barcodes of a kiosk's items."""
    return [f"3{kiosk:06}{number:07}" for number in range(count)]


def library(kiosks: int, count: int = BOOKS) -> SimulatedLibrary:
    """Return a library with `count` items for each kiosk."""
    made = SimulatedLibrary()
    for kiosk in range(kiosks):
        for number, card in enumerate(cards(kiosk)):
            made.add(LibraryPatron(card, f"Invented Reader {card}", "1234", limit=MANY, blocked=number == 2))
        made.add(*(Copy(each, f"Invented Title {each}", renewals=MANY) for each in books(kiosk, count)))
    return made
