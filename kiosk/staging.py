"""How a kiosk is started on a stage: for a visit, or for the demo with its bench; knows no visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kiosk.clock import Clock, SystemClock, VisitClock
from kiosk.domain.transactions import Trust
from kiosk.screens.table import Table


@dataclass(frozen=True, slots=True)
class Staging:
    """How the visit player starts a kiosk: on a stage, perhaps at another time and by another way to the central."""

    clock: datetime | None = None
    via: tuple[str, int] | None = None
    language: str | None = None
    """Instead of the library's own."""
    trust: Trust = Trust.SYNCED
    """How far the central may believe the stage's clock."""
    cuttable: bool = False
    """The power may be cut under its journal."""
    table: Table | None = None
    """The demo's: a bench is drawn beside the kiosk, with these things on it."""


def clock_of(staging: Staging | None) -> Clock:
    """The machine's own; on a stage one that the player moves."""
    if staging is None:
        return SystemClock()
    return VisitClock(staging.clock or datetime.now().astimezone(), staging.trust)
