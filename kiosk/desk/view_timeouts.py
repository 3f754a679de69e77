"""How long things stand: as a view says, and longer for whoever has it read out; knows no view by its name."""

from __future__ import annotations

from kiosk.desk.session import Session
from kiosk.views import FAREWELL_SECONDS

UNHURRIED = 3
"""So many times as long."""
COUNTED = 1.0
"""Seconds that a view stands whose time is counted on the glass: what is counted there is counted truly."""


def lingers(session: Session) -> float | None:
    """Seconds that the view may stand untouched."""
    linger = session.view.linger
    if linger is None or linger <= COUNTED:
        return linger
    return linger * _slower(session)


def farewell_seconds(session: Session) -> int:
    return FAREWELL_SECONDS * _slower(session)


def _slower(session: Session) -> int:
    return UNHURRIED if session.status.voice else 1
