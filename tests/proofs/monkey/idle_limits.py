"""Seconds within which an abandoned kiosk must show its first screen again."""

from __future__ import annotations

from kiosk.desk.view_timeouts import UNHURRIED
from kiosk.views import (
    FAREWELL_SECONDS,
    IDLE_SECONDS,
    TECHNICIAN_SECONDS,
    WARNING_SECONDS,
    IdleWarning,
    Technician,
    TouchTest,
    View,
)

PEACE = IDLE_SECONDS + WARNING_SECONDS
"""Seconds after which no patron who went away is still on the glass."""


def most(view: View, *, read_out: bool) -> float:
    """The same for a technician who is signed in, and for whoever has everything read out, farewell too."""
    idle = TECHNICIAN_SECONDS if is_technicians(view) else IDLE_SECONDS
    slower = UNHURRIED if read_out else 1
    return idle * slower + max(WARNING_SECONDS, FAREWELL_SECONDS * slower)


def is_technicians(view: View) -> bool:
    """Whether it is that of one who is signed in, also where he is asked whether he is still there."""
    return isinstance(view.under if isinstance(view, IdleWarning) else view, Technician | TouchTest)
