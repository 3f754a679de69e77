"""How old the copy of the library is, by every clock that there is; opens no file."""

from __future__ import annotations

from datetime import timedelta

from kiosk.snapshot.file import Label
from kiosk.system.clock import Clock
from lending.transactions import ClockTrust

STALE = timedelta(days=7)
"""Age from which nothing is believed that it says of how a card or an item stands."""
CERTAIN = timedelta(hours=1)
"""For so long without a break it must be over before that is erased: a clock may be wrong for a while."""


class Age:
    """Counts from when the central was last heard."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard = clock.monotonic()
        self._before = timedelta()
        self._over: float | None = None

    def went_on(self, before: timedelta) -> None:
        """For so long earlier processes had heard nothing when this one began."""
        self._before = before

    def heard(self, at: float) -> None:
        """`at` is monotonic time."""
        self._heard, self._before = at, timedelta()

    def label(self, mark: str, watermark: int) -> Label:
        """That of a copy which is fetched now."""
        now = self._clock.now()
        return Label(mark, now, watermark, now if self._is_believed else None)

    def is_stale(self, label: Label) -> bool:
        """By the wall clock, but never less than the kiosk has waited: its clock may be behind, or was set back."""
        return not label.mark or max(self._clock.now() - label.fetched_at, self.waited) > STALE

    def dated(self, label: Label) -> Label | None:
        """With a day that can be believed, where the label has none yet and there is one now."""
        if label.dated is not None or not self._is_believed:
            return None
        return Label(label.mark, label.fetched_at, label.watermark, self._clock.now() - self.waited)

    def is_over(self, label: Label) -> bool:
        """Nobody may be told any more how anything stood, and that has been so for long enough.

        No clock counts that nobody believes: neither now, nor where it dated the label.
        """
        believed = self._is_believed and label.dated is not None and self._clock.now() - label.dated > STALE
        if not believed and self.waited <= STALE:
            self._over = None
            return False
        now = self._clock.monotonic()
        self._over = now if self._over is None else self._over
        return now - self._over >= CERTAIN.total_seconds()

    @property
    def waited(self) -> timedelta:
        """For how long nothing was heard while the kiosk ran, whatever the wall clock says."""
        return self._before + timedelta(seconds=self._clock.monotonic() - self._heard)

    @property
    def _is_believed(self) -> bool:
        return self._clock.trust() is not ClockTrust.UNKNOWN
