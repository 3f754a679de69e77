"""Keep display preferences set at this kiosk in memory until the snapshot contains them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lending.model import CardRef

MOST = 1000
"""Cards; the oldest is dropped first. Each costs some hundred bytes."""
HOLDS = 3600.0
"""Seconds for which a choice takes precedence over a snapshot that may already contain it.

The central takes up to this long to publish preferences. After that the snapshot is right, even if it still says the
same as before: the patron chose something else at another kiosk.
"""


@dataclass(frozen=True, slots=True)
class _Choice:
    text: str
    before: str
    """Preference in the snapshot when the patron made the choice."""
    at: float


class PreferenceCache:
    """Preferences by card: a choice holds until the snapshot changes, or has stayed the same for HOLDS seconds.

    Args:
        stored: Returns the preference in the snapshot.
        lacks: Returns whether the snapshot cannot contain the choices made with this card.
        seconds: Monotonic clock.
    """

    def __init__(
        self, stored: Callable[[CardRef], str], lacks: Callable[[CardRef], bool], seconds: Callable[[], float]
    ) -> None:
        self._stored = stored
        self._lacks = lacks
        self._seconds = seconds
        self._choices: dict[CardRef, _Choice] = {}

    def for_card(self, card: CardRef) -> str:
        """Return the preference of this card; empty if none is known."""
        stored, choice = self._stored(card), self._choices.get(card)
        if choice is None:
            return stored
        if self._lacks(card) or (stored == choice.before and self._seconds() - choice.at < HOLDS):
            return choice.text
        del self._choices[card]
        return stored

    def keep(self, card: CardRef, text: str | None) -> None:
        """Store a choice; None discards the one stored before."""
        self._choices.pop(card, None)
        if text is None:
            return
        self._choices[card] = _Choice(text, self._stored(card), self._seconds())
        if len(self._choices) > MOST:
            del self._choices[next(iter(self._choices))]
