"""Nightly job: remove patrons from old transactions, events, exceptions and paid fees.

A transaction keeps its id and its answer, so that it is applied only once even if it is uploaded again.
"""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from hub.circulation.anonymisation import loan_anonymisation
from hub.circulation.models import CirculationEvent, ExceptionCase, Fee, FeedCursor, Transaction
from hub.core.retrying_transaction import atomic

EVENTS = 5000
"""Events per database transaction."""
NAMELESS = {
    "sqlite": "json_remove(json_set(data, '$.patron', json('null')), '$.answer')",
    "postgresql": "jsonb_set(data, '{patron}', 'null') - 'answer'",
}
"""SQL that removes the patron and the response from an event's data; the subscriber keeps its own copy of responses."""


def nightly(now: datetime, carried: int) -> int:
    """Anonymise what is past the retention period; return the number of rows.

    Args:
        now: The hub's time.
        carried: Number of the event up to which every reader of the feed has read.
    """
    end = loan_anonymisation.retention_cutoff(now)
    return _rows(end) + _cases(end) + _fees(end) + _events(end, carried)


def _rows(end: datetime) -> int:
    """Delete bodies with their hashes: a hash would reveal the card to anyone who tries all cards."""
    decided = loan_anonymisation.cases(end).filter(transaction=OuterRef("pk"))
    old = Transaction.objects.filter(~Exists(decided), ~Q(body=""), received_at__lt=end)
    return loan_anonymisation.through(old, "received_at", _erase_bodies)


@atomic
def _erase_bodies(old: QuerySet, keys: list[Any]) -> int:
    return int(old.filter(pk__in=keys).update(body="", body_hash=""))


@atomic
def _cases(end: datetime) -> int:
    """Delete the row that a case keeps, some time after it was resolved.

    Reports of missing rows name no patron.
    """
    old = ExceptionCase.objects.exclude(kind=ExceptionCase.Kind.GAP).exclude(raw="").filter(resolved_at__lt=end)
    return int(old.update(raw=""))


@atomic
def _fees(end: datetime) -> int:
    """Delete from paid fees what they were for; the amount and its date stay with the patron."""
    settled = Q(settled_at__lt=end) | Q(settled_at=None, charged_at__lt=end)
    old = Fee.objects.filter(settled, paid__gte=F("amount")).exclude(item=None, note="")
    return int(old.update(item=None, note=""))


def _events(end: datetime, carried: int) -> int:
    """Anonymise events in order, up to the first that is too recent; the cursor advances after each batch."""
    mark = FeedCursor.objects.filter(pk=1).values_list("nameless", flat=True).first() or 0
    young = (
        CirculationEvent.objects.filter(id__gt=mark, at__gte=end).order_by("id").values_list("id", flat=True).first()
    )
    last = min(carried, young - 1 if young else carried)
    done = 0
    while mark < last:
        following = min(mark + EVENTS, last)
        done += _erase_event_patrons(mark, following)
        FeedCursor.objects.filter(pk=1).update(nameless=following)
        mark = following
    return done


@atomic
def _erase_event_patrons(after: int, last: int) -> int:
    table = CirculationEvent._meta.db_table
    some = "id > %s AND id <= %s AND data ->> 'patron' IS NOT NULL"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET data = {NAMELESS[connection.vendor]} WHERE {some}", (after, last))
        return int(cursor.rowcount)
