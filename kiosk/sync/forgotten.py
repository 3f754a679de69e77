"""Decides when a hub has forgotten what it had, as after a restore; knows no row and asks nobody."""

from __future__ import annotations

from dataclasses import dataclass

CERTAIN = 30.0
"""Seconds for which the hub must know no more than it did: one that lags learns."""
FIRST_REST, LONGEST_REST = 120.0, 24 * 3600.0
"""Seconds between two times that a hub is told the same again while it learns nothing."""


@dataclass(slots=True)
class Doubt:
    """What the hub's answers so far say of its memory. Whatever a hub says, its rows go again ever more seldom."""

    _known: int = -1
    _since: float | None = None
    _until: float = 0.0
    _rest: float = FIRST_REST

    def heard(self, known: int, through: int, now: float) -> int | None:
        """The row from which on the hub is to have all again, or None. `through`: what it had before it was asked."""
        before, self._known = self._known, known
        if known > before:
            self._rest = FIRST_REST
        if known >= through:
            self._since = None
            return None
        if self._since is None or known != before:
            self._since = now
            return None
        if now - self._since < CERTAIN or now < self._until:
            return None
        self._since, self._until = None, now + self._rest
        self._rest = min(2 * self._rest, LONGEST_REST)
        return known + 1
