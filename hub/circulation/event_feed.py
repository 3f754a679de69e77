"""Append circulation events to the feed, in the database transaction of their effect."""

from datetime import datetime

from django.db import connection

from hub.circulation.models import CirculationEvent, FeedCursor

Fact = str | int | None
NEXT = "UPDATE circulation_feedcursor SET last = last + 1 WHERE id = 1 RETURNING last"


def append(kind: str, at: datetime, **data: Fact) -> None:
    """Append one event.

    Call it last: it locks the feed until the commit, so that ids are committed in order.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"event {kind}: append it in the transaction of its effect")
    CirculationEvent.objects.create(id=_number(), at=at, kind=kind, data=data)


def _number() -> int:
    """Return the next id. The counter's row stays locked until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT)
        if (row := cursor.fetchone()) is None:
            FeedCursor.objects.get_or_create(pk=1)
            cursor.execute(NEXT)
            row = cursor.fetchone()
    return row[0]
