"""Relay the events of circulation to outreach."""

from collections.abc import Callable, Sequence

from django.db import transaction

from hub.circulation.models import CirculationEvent, Transaction
from hub.outreach import feed
from hub.outreach.library_system.events import Event
from lending.responses import KINDS, Retention

BATCH = 500
ERASED = {
    name: kind.retention
    for name, kind in KINDS.items()
    if kind.retention.is_anonymous or kind.retention is Retention.IN_RECORD
}
"""Kinds of responses whose answer is erased once relayed."""


def waiting() -> int:
    """Count the events that outreach has not taken yet."""
    return CirculationEvent.objects.filter(id__gt=feed.last()).count()


def carry(count: Callable[[int], object] | None = None) -> int:
    """Relay all new events in batches; return their number.

    `count` is called with the size of each batch.
    """
    carried = 0
    while rows := list(CirculationEvent.objects.filter(id__gt=feed.last()).order_by("id")[:BATCH]):
        with transaction.atomic():
            feed.take(Event(row.id, row.at, row.kind, row.data) for row in rows)
            _erase_responses(rows)
        carried += len(rows)
        if count is not None:
            count(len(rows))
    return carried


def _erase_responses(rows: Sequence[CirculationEvent]) -> None:
    """Erase anonymous responses and display preferences from the feed and the transactions, once relayed.

    Both are stored next to the loans of the patron who was at the kiosk at that time. Display preferences are kept,
    encrypted, in the patron record only. For the rating of a returned title, title and patron are erased too.
    """
    secret = [row for row in rows if row.kind == "said" and row.data.get("ask") in ERASED and "answer" in row.data]
    if secret:
        for row in secret:
            del row.data["answer"]
            if ERASED[row.data["ask"]] is Retention.UNLINKED:
                row.data |= {"about": "", "patron": None}
        CirculationEvent.objects.bulk_update(secret, ["data"])
        ids = [row.data["transaction"] for row in secret if row.data.get("transaction")]
        Transaction.objects.filter(id__in=ids).update(body="", body_hash="")
