"""The tone by which a book is aimed: the higher, the more stripes are in view; knows no driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

LOWEST, HIGHEST = 220.0, 880.0
"""Hertz: two octaves, which small loudspeakers and old ears both have."""
FAINT = 0.1
"""Of what is seen of stripes: less is a table, or a sleeve."""
EVERY = 0.1
"""Seconds between two changes of the tone."""


class Tone(Protocol):
    """Called from the scanner's thread, at most ten times a second; returns at once."""

    def sound(self, hertz: float | None) -> None:
        """Goes on until told otherwise; None is silence."""
        ...


class Speaker(Tone, Protocol):
    def check(self) -> None:
        """Raises PartFault when what was last to be heard was not played."""
        ...

    def close(self) -> None:
        """Silence, for good."""
        ...


class Aim:
    """Turns what the camera sees into a tone, and tells only changes."""

    def __init__(self, tone: Tone, clock: Callable[[], float]) -> None:
        self._tone = tone
        self._clock = clock
        self._told: float | None = None
        self._since = float("-inf")

    def see(self, stripes: float) -> None:
        """`stripes` is 0 where no bars are in view and 1 where they fill it."""
        hertz = pitch(stripes) if stripes >= FAINT else None
        if hertz == self._told or self._clock() - self._since < EVERY:
            return
        self._since = self._clock()
        self._tell(hertz)

    def rest(self) -> None:
        """Nothing is looked at any more."""
        if self._told is not None:
            self._tell(None)

    def _tell(self, hertz: float | None) -> None:
        self._told = hertz
        self._tone.sound(hertz)


def pitch(stripes: float) -> float:
    """Equal steps to the ear."""
    return float(LOWEST * (HIGHEST / LOWEST) ** min(stripes, 1.0))
