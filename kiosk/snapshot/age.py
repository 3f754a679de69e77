"""Track the age of the snapshot by the wall clock and by the monotonic clock."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from kiosk.snapshot.file import Label
from kiosk.system.clock import Clock
from lending import atomic_file
from lending.transactions import ClockTrust

STALE = timedelta(days=7)
"""Age from which the status of cards and items in the snapshot is ignored."""
CERTAIN = timedelta(hours=1)
"""How long the age must be exceeded without a break before data are erased: a clock may be wrong for a while."""
OFTEN = timedelta(minutes=10)
"""Largest duration that may be lost if the process is killed."""


class Age:
    """Age of the snapshot, counted from the last answer of the central."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answered_at = clock.monotonic()
        self._before = timedelta()
        self._over: float | None = None

    def went_on(self, before: timedelta) -> None:
        """Add the time that earlier processes had waited when this one began."""
        self._before = before

    def record_answer(self, at: float) -> None:
        """Record an answer of the central at the monotonic time `at`."""
        self._answered_at, self._before = at, timedelta()

    def label(self, mark: str, watermark: int) -> Label:
        """Return the label of a copy that is fetched now."""
        now = self._clock.now()
        return Label(mark, now, watermark, now if self._is_believed else None)

    def is_stale(self, label: Label) -> bool:
        """Return whether the copy is too old: by the wall clock or the time waited, whichever is longer.

        The wall clock may be behind, or may have been set back.
        """
        return not label.mark or max(self._clock.now() - label.fetched_at, self.time_offline) > STALE

    def date_label(self, label: Label) -> Label | None:
        """Return the label with a trusted date, if it has none yet and the clock is trusted now; else None."""
        if label.dated is not None or not self._is_believed:
            return None
        return Label(label.mark, label.fetched_at, label.watermark, self._clock.now() - self.time_offline)

    def is_over(self, label: Label) -> bool:
        """Return whether the status of cards and items may no longer be shown, for at least CERTAIN without a break.

        An untrusted clock does not count, neither now nor if it dated the label.
        """
        believed = self._is_believed and label.dated is not None and self._clock.now() - label.dated > STALE
        if not believed and self.time_offline <= STALE:
            self._over = None
            return False
        now = self._clock.monotonic()
        self._over = now if self._over is None else self._over
        return now - self._over >= CERTAIN.total_seconds()

    @property
    def time_offline(self) -> timedelta:
        """Time without an answer of the central while the kiosk ran, whatever the wall clock says."""
        return self._before + timedelta(seconds=self._clock.monotonic() - self._answered_at)

    @property
    def _is_believed(self) -> bool:
        return self._clock.trust() is not ClockTrust.UNKNOWN


class OfflineDuration:
    """Small file next to the snapshot that it describes. An unreadable file counts as zero."""

    def __init__(self, snapshot: Path) -> None:
        self._path = snapshot.with_name(f"{snapshot.name}.waited")
        self._kept = timedelta()

    def read(self, mark: str) -> timedelta:
        """Return the duration last written; zero if that was for another copy."""
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            if stored["mark"] == mark:
                self._kept = max(timedelta(), timedelta(seconds=float(stored["seconds"])))
        except (OSError, ValueError, TypeError, KeyError, OverflowError):
            pass
        return self._kept

    def is_due(self, waited: timedelta) -> bool:
        return abs(waited - self._kept) >= OFTEN

    def write(self, mark: str, waited: timedelta) -> None:
        """Write the duration. Raises OSError."""
        atomic_file.write(self._path, json.dumps({"mark": mark, "seconds": waited.total_seconds()}).encode())
        self._kept = waited
