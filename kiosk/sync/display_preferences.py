"""How patrons like the screen: what they said at this kiosk before what the snapshot tells; keeps nothing on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lending.model import CardRef

MOST = 1000
"""Cards; the oldest goes first. Each costs some hundred bytes."""
HOLDS = 3600.0
"""Seconds for which it counts before a snapshot that must have heard of it: the central is slow with such things.

After that the snapshot is right, also where it tells the same as before: she said something else at another kiosk.
"""


@dataclass(frozen=True, slots=True)
class _Heard:
    text: str
    before: str
    """What the snapshot told when she said it."""
    at: float


class Looks:
    """What is heard holds until the snapshot tells another than it told then, or has told the same for long enough.

    `lacks` says that the snapshot cannot have heard what was said with this card. `seconds` is a monotonic clock.
    """

    def __init__(
        self, told: Callable[[CardRef], str], lacks: Callable[[CardRef], bool], seconds: Callable[[], float]
    ) -> None:
        self._told = told
        self._lacks = lacks
        self._seconds = seconds
        self._heard: dict[CardRef, _Heard] = {}

    def of(self, card: CardRef) -> str:
        """Empty where it is not remembered."""
        told, heard = self._told(card), self._heard.get(card)
        if heard is None:
            return told
        if self._lacks(card) or (told == heard.before and self._seconds() - heard.at < HOLDS):
            return heard.text
        del self._heard[card]
        return told

    def keep(self, card: CardRef, text: str | None) -> None:
        """None: what was heard last counts nowhere."""
        self._heard.pop(card, None)
        if text is None:
            return
        self._heard[card] = _Heard(text, self._told(card), self._seconds())
        if len(self._heard) > MOST:
            del self._heard[next(iter(self._heard))]
