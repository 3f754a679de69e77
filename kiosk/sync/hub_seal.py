"""Seals rows to the hub that this kiosk is enrolled at; once sealed, the kiosk itself cannot read them."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.sync.identity import Identity
from lending import sealing
from lending.model import CardRef, ItemId


class HubSeal:
    """`who` tells the identity that counts now: a hub may have given the kiosk another key meanwhile."""

    def __init__(self, who: Callable[[], Identity]) -> None:
        self._who = who

    def close(self, body: str, borrower: CardRef | None = None) -> str:
        """The hub has each row of this kiosk in its order, and needs to be told of no borrower."""
        return sealing.sealed(self._who().seal_key, body)

    def mark_item(self, item: ItemId) -> str:
        return sealing.mark_of_item(self._who().card_key, item)

    def mark_body(self, kind: str, body: str) -> str:
        return sealing.mark_of_body(self._who().card_key, kind, body)
