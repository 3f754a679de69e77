"""Wire constants for booking a place at a library event."""

from __future__ import annotations

TAKE, GIVE_BACK = "take", "give_back"
BOOKED, QUEUED = "booked", "queue"
"""The patron has a place, or is on the waiting list."""
