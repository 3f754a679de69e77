"""Define how the visit player or the demo starts a kiosk, with a clock and a network of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kiosk.screens.demo_items import Table
from kiosk.sync.http import Timing
from kiosk.system.clock import Clock, SystemClock, VisitClock
from lending.transactions import ClockTrust

PATIENCE = 600.0
"""Time limit of a patient launch, in seconds of this machine."""


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """Options of the visit player: another time, another route to the central, a demo table."""

    clock: datetime | None = None
    via: tuple[str, int] | None = None
    language: str | None = None
    """Replaces the library's own language."""
    trust: ClockTrust = ClockTrust.SYNCED
    """How far the central may trust the moved clock."""
    cuttable: bool = False
    """The journal is opened so that a power cut can be simulated."""
    patient: bool = False
    """No time limits for the central: speed is measured elsewhere."""
    table: Table | None = None
    """Demo only: cards, books and switches to draw next to the kiosk."""


def clock_of(staging: LaunchOptions | None) -> Clock:
    """Return the machine's clock, or one that the player moves."""
    if staging is None:
        return SystemClock()
    return VisitClock(staging.clock or datetime.now().astimezone(), staging.trust)


def timing_of(staging: LaunchOptions | None) -> Timing:
    """Return the time limits, which a patient launch lifts."""
    return Timing(PATIENCE, PATIENCE, PATIENCE) if staging and staging.patient else Timing()
