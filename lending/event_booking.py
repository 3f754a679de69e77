"""A place where something is taught or to be seen: what a `said` of it asks, and what became of it; knows no date."""

from __future__ import annotations

PLACE = "place"
"""What such a `said` asks; it is about the number that the hub gave the date."""
TAKE, GIVE_BACK = "take", "give_back"
BOOKED, QUEUED = "booked", "queue"
"""She has a place, or waits for one."""
