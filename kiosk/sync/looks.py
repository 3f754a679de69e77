"""How patrons like the screen: what they said at this kiosk before what the snapshot tells; keeps nothing on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.domain.model import CardRef

MOST = 1000
"""Cards; the oldest goes first. Each costs some hundred bytes."""


@dataclass(frozen=True, slots=True)
class _Heard:
    text: str
    before: str
    """What the snapshot told when she said it."""


class Looks:
    """What is heard holds until the snapshot tells another than it told then: so long it has not heard of it."""

    def __init__(self, told: Callable[[CardRef], str]) -> None:
        self._told = told
        self._heard: dict[CardRef, _Heard] = {}

    def of(self, card: CardRef) -> str:
        """Empty where it is not remembered."""
        told, heard = self._told(card), self._heard.get(card)
        if heard is None:
            return told
        if told != heard.before:
            del self._heard[card]
            return told
        return heard.text

    def keep(self, card: CardRef, text: str | None) -> None:
        """None: what was heard last counts nowhere."""
        self._heard.pop(card, None)
        if text is None:
            return
        told = self._told(card)
        if text != told:
            self._heard[card] = _Heard(text, told)
        if len(self._heard) > MOST:
            del self._heard[next(iter(self._heard))]
