"""Limit offline circulation: how long and how much may be queued before checkouts stop.

Returns are always possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.central import JournalRow
from kiosk.system.clock import Clock
from kiosk.system.health import READY, Condition, PartState
from lending.transactions import ClockTrust

HOUR = 3600.0
LONG = PartState(Condition.READY, "waits_long")
TOO_LONG = PartState(Condition.FAULTY, "waits_too_long")
STOPPED = PartState(Condition.FAULTY, "lending_stopped")


@dataclass(frozen=True, slots=True)
class OfflineLimits:
    """A kiosk's limits while the central is unreachable, in hours and transactions."""

    hours: float = 168.0
    transactions: int = 5000
    amber: float = 24.0
    red: float = 72.0

    def weigh(self, count: int, waited: float) -> PartState:
        """Return the state of the queue: `count` rows, the oldest for `waited` seconds."""
        if count >= self.transactions or waited >= self.hours * HOUR:
            return STOPPED
        if waited >= self.red * HOUR:
            return TOO_LONG
        return LONG if waited >= self.amber * HOUR else READY


def queue_age(rows: Sequence[JournalRow], clock: Clock, boot: str) -> float:
    """Return the seconds since the first of the rows (oldest first) was made; 0 if there is none.

    Within a boot the monotonic clock counts. Across a restart the wall clocks count if both are trusted, and never less
    than the monotonic time of the boots that the rows saw, plus this one: a clock without a battery continues from
    where it stopped, so days without power would be missed.
    """
    if not rows:
        return 0.0
    first, here = rows[0], clock.monotonic()
    if first.boot == boot and here * 1e9 >= first.mono_ns:
        return here - first.mono_ns / 1e9
    seen: dict[str, int] = {}
    for row in rows:
        seen[row.boot] = max(row.mono_ns, seen.get(row.boot, 0))
    others = sum(last for each, last in seen.items() if each not in (first.boot, boot))
    least = (seen[first.boot] - first.mono_ns + others) / 1e9 + here
    if ClockTrust.UNKNOWN in (first.trust, clock.trust()):
        return least
    return max(least, (clock.now() - first.at).total_seconds())
