"""Carries what happened in circulation to outreach; judges nothing."""

from collections.abc import Callable, Sequence

from django.db import transaction

from hub.circulation.anonymous_responses import ASKS
from hub.circulation.models import CirculationEvent, Transaction
from hub.outreach import feed
from hub.outreach.events import Event
from lending.display_preferences import LOOK
from lending.title_rating import BOOK

BATCH = 500
SECRET = (*ASKS, LOOK)


def waiting() -> int:
    """Count the events that outreach has not taken yet."""
    return CirculationEvent.objects.filter(id__gt=feed.last()).count()


def carry(count: Callable[[int], object] | None = None) -> int:
    """Carry all new events in batches and return their number; call `count` with the size of each batch."""
    carried = 0
    while rows := list(CirculationEvent.objects.filter(id__gt=feed.last()).order_by("id")[:BATCH]):
        with transaction.atomic():
            feed.take(Event(row.id, row.at, row.kind, row.data) for row in rows)
            _hush(rows)
        carried += len(rows)
        if count is not None:
            count(len(rows))
    return carried


def _hush(rows: Sequence[CirculationEvent]) -> None:
    """A face is nobody's, and a sheet too: once it is counted, neither the feed nor the kiosk's row tells what it was.

    Both stand beside the loans of whoever has just been there. How somebody reads stands sealed in her record alone.
    Of a book that was brought back it is not told either that anything was said, nor by whom.
    """
    secret = [row for row in rows if row.kind == "said" and row.data.get("ask") in SECRET and "answer" in row.data]
    if secret:
        for row in secret:
            del row.data["answer"]
            if row.data["ask"] == BOOK:
                row.data |= {"about": "", "patron": None}
        CirculationEvent.objects.bulk_update(secret, ["data"])
        told = [row.data["transaction"] for row in secret if row.data.get("transaction")]
        Transaction.objects.filter(id__in=told).update(body="", body_hash="")
