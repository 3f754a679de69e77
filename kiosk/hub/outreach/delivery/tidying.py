"""Empties what was said once it has been said, and forgets the log when nobody needs it; sends nothing."""

from datetime import datetime, timedelta

from kiosk.hub.outreach.delivery import binding
from kiosk.hub.outreach.delivery.models import Message

SAID = timedelta(days=3)
"""A mail may come back so long; then its words are needed for the next way."""
KEPT = timedelta(days=365)


def tidy(now: datetime) -> int:
    """Empties and deletes; tells how many rows that touched."""
    done = Message.objects.exclude(done_at=None)
    emptied = done.filter(done_at__lt=now - SAID).exclude(facts="").update(facts="")
    gone, _each = done.filter(done_at__lt=now - KEPT).delete()
    return int(emptied + gone) + binding.tidy(now)
