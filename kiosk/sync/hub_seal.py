"""Encrypt journal rows to the hub that this kiosk is enrolled at; the kiosk itself cannot decrypt them."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.sync.identity import Identity
from lending import sealing
from lending.model import CardRef, ItemId


class HubSeal:
    """Seal with the identity that is current at each call: the hub may have sent a new key meanwhile."""

    def __init__(self, identity: Callable[[], Identity]) -> None:
        self._who = identity

    def close(self, body: str, borrower: CardRef | None = None) -> str:
        """Encrypt a row. `borrower` is unused: the hub processes this kiosk's rows in order and knows the borrower."""
        return sealing.encrypt(self._who().seal_key, body)

    def mark_item(self, item: ItemId) -> str:
        return sealing.mark_of_item(self._who().card_key, item)

    def mark_body(self, kind: str, body: str) -> str:
        return sealing.mark_of_body(self._who().card_key, kind, body)
