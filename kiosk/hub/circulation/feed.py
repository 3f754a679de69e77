"""Writes the feed of circulation events inside the transaction that makes them true; never reads what follows."""

from datetime import datetime

from django.db import transaction

from kiosk.hub.circulation.models import CirculationEvent, FeedEnd

Fact = str | int | None


def append(kind: str, at: datetime, **data: Fact) -> None:
    """Adds one event. Call it last in an effect: it holds the feed's lock until the commit, so ids commit in order."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"the event {kind} must be written in the transaction of its effect")
    end, _ = FeedEnd.objects.select_for_update().get_or_create(pk=1)
    end.last += 1
    end.save(update_fields=("last",))
    CirculationEvent.objects.create(id=end.last, at=at, kind=kind, data=data)
