"""Carries what happened in circulation to outreach; judges nothing."""

from kiosk.hub.circulation.models import CirculationEvent
from kiosk.hub.outreach import feed
from kiosk.hub.outreach.events import Event

BATCH = 500


def carry() -> int:
    """Carries all that is new, some hundred at a time; tells how many events that were."""
    carried = 0
    while rows := list(CirculationEvent.objects.filter(id__gt=feed.last()).order_by("id")[:BATCH]):
        feed.take(Event(row.id, row.at, row.kind, row.data) for row in rows)
        carried += len(rows)
    return carried
