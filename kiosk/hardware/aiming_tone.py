"""Convert the visible share of a barcode into a tone by which a patron aims an item at the camera.

The pitch rises with the number of stripes in view.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

LOWEST, HIGHEST = 220.0, 880.0
"""Pitch range in hertz: two octaves that small loudspeakers reproduce and older people hear."""
FAINT = 0.1
"""Smallest stripe share that sounds: below it the camera sees a table or a sleeve."""
EVERY = 0.1
"""Minimum seconds between two changes of the tone."""


class Tone(Protocol):
    """Play one tone. Calls come from the scanner's thread, at most ten a second, and return at once."""

    def sound(self, hertz: float | None) -> None:
        """Play a tone of `hertz` until the next call; None is silence."""
        ...


class Speaker(Tone, Protocol):
    """Tone output that can be checked and closed."""

    def check(self) -> None:
        """Raise PartFault if the last requested tone was not played."""
        ...

    def close(self) -> None:
        """Stop the sound and end the speaker."""
        ...


class Aim:
    """Set the aiming tone from what the camera sees; only changes are passed on."""

    def __init__(self, tone: Tone, clock: Callable[[], float]) -> None:
        self._tone = tone
        self._clock = clock
        self._sounding: float | None = None
        self._since = float("-inf")

    def see(self, stripes: float) -> None:
        """Update the tone: `stripes` is 0 with no bars in view and 1 if bars fill the view."""
        hertz = pitch(stripes) if stripes >= FAINT else None
        if hertz == self._sounding or self._clock() - self._since < EVERY:
            return
        self._since = self._clock()
        self._tell(hertz)

    def rest(self) -> None:
        """Silence the tone: scanning has stopped."""
        if self._sounding is not None:
            self._tell(None)

    def _tell(self, hertz: float | None) -> None:
        self._sounding = hertz
        self._tone.sound(hertz)


def pitch(stripes: float) -> float:
    """Return the tone in hertz for a stripe share from 0 to 1, in steps of equal musical interval."""
    return float(LOWEST * (HIGHEST / LOWEST) ** min(stripes, 1.0))
