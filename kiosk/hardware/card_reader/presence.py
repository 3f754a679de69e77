"""Makes presences out of looks: a card that stays is one, a look that fails ends none; knows no reader and no time."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.hardware.card_reader.iso14443 import Blank, Card, Sight

GONE = 3
"""Looks in a row that see nothing before a card counts as taken away."""
SURE = 3
"""Looks in a row that see one card alone before it is believed where another lay, or several."""
CROWD = 2
"""Looks in a row that see several before it is said: one alone may have been a card on its way."""


class Presence:
    def __init__(
        self, present: Callable[[str], None], removed: Callable[[], None], several: Callable[[], None]
    ) -> None:
        """`present` is told the UID in upper-case hex; `several` is called once as long as several lie there."""
        self._present = present
        self._removed = removed
        self._several = several
        self._here: bytes | None = None
        """The card that was told."""
        self._crowded = False
        """Several were told, and it has not been one alone or none since."""
        self._last: Sight = Blank.EMPTY
        self._times = 0
        """How often in a row the last sight was seen."""
        self._changed = False
        """The last card was another than the one told, without having been believed."""

    def saw(self, sight: Sight) -> None:
        if sight is Blank.UNCLEAR:
            self._last, self._times = sight, 0
            return
        self._times = self._times + 1 if sight == self._last else 1
        self._last = sight
        match sight:
            case Blank.EMPTY:
                self._empty()
            case Blank.SEVERAL:
                self._crowd(self._times >= CROWD)
            case Card(uid=uid):
                self._card(uid)

    def _empty(self) -> None:
        if self._times >= GONE:
            self._crowded = self._changed = False
            self._leave()

    def _card(self, uid: bytes) -> None:
        if uid == self._here:
            self._crowd(self._changed)
            self._changed = False
            self._crowded = self._crowded and self._times < SURE
            return
        clear = self._here is None and not self._crowded
        if clear or self._times >= SURE:
            self._crowded = self._changed = False
            self._leave()
            self._here = uid
            self._present(uid.hex().upper())
        else:
            self._changed = self._here is not None

    def _crowd(self, seen: bool) -> None:
        if seen and not self._crowded:
            self._crowded = True
            self._several()

    def _leave(self) -> None:
        if self._here is not None:
            self._here = None
            self._removed()
