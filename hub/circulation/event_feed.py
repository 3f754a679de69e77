"""Writes the feed of circulation events inside the transaction that makes them true; never reads what follows."""

from datetime import datetime

from django.db import connection

from hub.circulation.models import CirculationEvent, FeedCursor

Fact = str | int | None
NEXT = "UPDATE circulation_feedcursor SET last = last + 1 WHERE id = 1 RETURNING last"


def append(kind: str, at: datetime, **data: Fact) -> None:
    """Adds one event. Call it last in an effect: it holds the feed's lock until the commit, so ids commit in order."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"the event {kind} must be written in the transaction of its effect")
    CirculationEvent.objects.create(id=_number(), at=at, kind=kind, data=data)


def _number() -> int:
    """The number after the last one; whoever has it lets nobody else have one until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT)
        if (row := cursor.fetchone()) is None:
            FeedCursor.objects.get_or_create(pk=1)
            cursor.execute(NEXT)
            row = cursor.fetchone()
    number: int = row[0]
    return number
