"""Timeouts of views: as the view defines them, and longer while the screen is read out."""

from __future__ import annotations

from kiosk.desk.session import Session
from kiosk.views import FAREWELL_SECONDS

UNHURRIED = 3
"""Factor for timeouts while the voice is on."""
PANEL_SECONDS = 30.0
"""Seconds until an untouched panel of the status bar closes."""
COUNTED = 1.0
"""Seconds; a view with this timeout shows a countdown, which must run in real seconds."""


def lingers(session: Session) -> float | None:
    """Return the seconds until an untouched view times out; None for no timeout."""
    linger = session.view.linger
    if linger is not None and linger <= COUNTED:
        return linger
    if session.status.panel is not None:
        return PANEL_SECONDS * _slower(session)
    if linger is None:
        return None
    return linger * _slower(session)


def farewell_seconds(session: Session) -> int:
    return FAREWELL_SECONDS * _slower(session)


def _slower(session: Session) -> int:
    return UNHURRIED if session.status.voice else 1
