"""Turn polls of the field into presence events.

A card that stays is one presence. A failed poll does not end it; lasting noise does.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.events import CardTrouble
from kiosk.hardware.card_reader.iso14443 import Blank, Card, Sight

GONE = 3
"""Consecutive empty polls before a card counts as removed."""
SURE = 3
"""Consecutive polls that read one card before it replaces another card or several."""
CROWD = 2
"""Consecutive polls that see several cards before they are reported: one may have been a card in motion."""
NOISY = 10
"""Consecutive unclear polls, without a card or an empty field, before the object on the reader counts as unreadable."""
UNSEEN = 100
"""Consecutive polls that do not read the reported card before it counts as removed, whatever they read instead."""


class Presence:
    """Tracks which card is on the reader."""

    def __init__(
        self, present: Callable[[str], None], removed: Callable[[], None], trouble: Callable[[CardTrouble], None]
    ) -> None:
        """Create a tracker. `present` receives the UID in upper-case hex; `trouble` is called once per trouble."""
        self._present = present
        self._removed = removed
        self._trouble = trouble
        self._here: bytes | None = None
        """UID of the reported card."""
        self._crowded = False
        """True from the report of several cards until one or none is seen."""
        self._last: Sight = Blank.EMPTY
        self._times = 0
        """Consecutive polls with the same result."""
        self._changed = False
        """True if the last poll read a card other than the reported one that is not confirmed yet."""
        self._unclear_looks = 0
        self._unseen = 0
        self._random_reported = False

    def saw(self, sight: Sight) -> None:
        self._unseen = 0 if sight == Card(self._here or b"") else self._unseen + 1
        if self._unseen >= UNSEEN:
            self._leave()
        self._times = self._times + 1 if sight == self._last else 1
        self._last = sight
        match sight:
            case Blank.EMPTY:
                self._empty()
            case Blank.UNCLEAR:
                self._unclear()
            case Blank.SEVERAL:
                self._crowd(self._times >= CROWD)
            case Blank.RANDOM:
                if self._times >= SURE:
                    self._random()
            case Card(uid=uid):
                self._card(uid)

    def _empty(self) -> None:
        if self._times >= GONE:
            self._crowded = self._changed = self._random_reported = False
            self._unclear_looks = 0
            self._leave()

    def _unclear(self) -> None:
        """Count an unclear poll. After `NOISY` of them the card counts as removed: noise would hide its removal."""
        self._unclear_looks += 1
        if self._unclear_looks == NOISY:
            self._changed = False
            self._leave()
            self._trouble(CardTrouble.UNCLEAR)

    def _random(self) -> None:
        self._crowded = self._changed = False
        self._leave()
        if not self._random_reported:
            self._random_reported = True
            self._trouble(CardTrouble.RANDOM)

    def _card(self, uid: bytes) -> None:
        self._unclear_looks = 0
        if uid == self._here:
            self._crowd(self._changed)
            self._changed = False
            self._crowded = self._crowded and self._times < SURE
            return
        clear = self._here is None and not self._crowded
        if clear or self._times >= SURE:
            self._crowded = self._changed = self._random_reported = False
            self._leave()
            self._here, self._unseen = uid, 0
            self._present(uid.hex().upper())
        else:
            self._changed = self._here is not None

    def _crowd(self, seen: bool) -> None:
        if seen and not self._crowded:
            self._crowded = True
            self._trouble(CardTrouble.SEVERAL)

    def _leave(self) -> None:
        if self._here is not None:
            self._here = None
            self._removed()
