"""How a kiosk is started on a stage: for a visit, or for the demo with its bench; knows no visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kiosk.screens.demo_items import Table
from kiosk.sync.http import Timing
from kiosk.system.clock import Clock, SystemClock, VisitClock
from lending.transactions import ClockTrust

PATIENCE = 600.0
"""Of a patient stage, in seconds of this machine."""


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """How the visit player starts a kiosk: on a stage, perhaps at another time and by another way to the central."""

    clock: datetime | None = None
    via: tuple[str, int] | None = None
    language: str | None = None
    """Instead of the library's own."""
    trust: ClockTrust = ClockTrust.SYNCED
    """How far the central may believe the stage's clock."""
    cuttable: bool = False
    """The power may be cut under its journal."""
    patient: bool = False
    """The central may take as long as this machine needs for an answer: how soon it comes is for benches to judge."""
    table: Table | None = None
    """The demo's: a bench is drawn beside the kiosk, with these things on it."""


def clock_of(staging: LaunchOptions | None) -> Clock:
    """The machine's own; on a stage one that the player moves."""
    if staging is None:
        return SystemClock()
    return VisitClock(staging.clock or datetime.now().astimezone(), staging.trust)


def timing_of(staging: LaunchOptions | None) -> Timing:
    """The product's, but where a stage is patient."""
    return Timing(PATIENCE, PATIENCE, PATIENCE) if staging and staging.patient else Timing()
