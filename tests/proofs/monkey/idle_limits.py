"""Seconds within which an abandoned kiosk must show its first screen again."""

from __future__ import annotations

from kiosk.desk.session import UNHURRIED
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
"""Seconds after which nothing of a patron who left is on the screen."""


def most(view: View, *, read_out: bool) -> float:
    """Return the limit, which is longer for a technician who is signed in and for a patron who uses reading aloud."""
    idle = TECHNICIAN_SECONDS if is_technicians(view) else IDLE_SECONDS
    slower = UNHURRIED if read_out else 1
    return idle * slower + max(WARNING_SECONDS, FAREWELL_SECONDS * slower)


def is_technicians(view: View) -> bool:
    """Return whether the view belongs to a technician who is signed in, including its idle warning."""
    return isinstance(view.under if isinstance(view, IdleWarning) else view, Technician | TouchTest)
