"""Wire constants for booking a place at a library event."""

from __future__ import annotations

PLACE = "place"
"""`ask` of the patron response that books or cancels; its `about` is the hub's number of the event date."""
TAKE, GIVE_BACK = "take", "give_back"
BOOKED, QUEUED = "booked", "queue"
"""The patron has a place, or is on the waiting list."""
