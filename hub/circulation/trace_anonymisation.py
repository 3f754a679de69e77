"""Takes patrons out of what else tells of loans, every night: kiosks' rows, feed, cases, settled fees; ends no loan.

A kiosk's row keeps its number and its answer, so that it is done once for ever, whenever it comes again.
"""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from hub.circulation import loan_anonymisation
from hub.circulation.models import CirculationEvent, ExceptionCase, Fee, FeedCursor, Transaction
from hub.core.retrying_transaction import atomic

EVENTS = 5000
"""Of one database transaction."""
NAMELESS = {
    "sqlite": "json_remove(json_set(data, '$.patron', json('null')), '$.answer')",
    "postgresql": "jsonb_set(data, '{patron}', 'null') - 'answer'",
}
"""The event's data with nobody in it, nor what she said: whoever asked her has it, and forgets it with her."""


def nightly(now: datetime, carried: int) -> int:
    """As `closed.nightly`. Up to the number `carried` every reader of the feed has taken its events."""
    end = loan_anonymisation.before(now)
    return _rows(end) + _cases(end) + _fees(end) + _events(end, carried)


def _rows(end: datetime) -> int:
    """With the body goes its hash: whoever tried all cards could find out by it which one it was."""
    decided = loan_anonymisation.cases(end).filter(transaction=OuterRef("pk"))
    old = Transaction.objects.filter(~Exists(decided), ~Q(body=""), received_at__lt=end)
    return loan_anonymisation.through(old, "received_at", _emptied)


@atomic
def _emptied(old: QuerySet, keys: list[Any]) -> int:
    return int(old.filter(pk__in=keys).update(body="", body_hash=""))


@atomic
def _cases(end: datetime) -> int:
    """What a case keeps of a row, some time after it was settled. A report of missing rows names no patron."""
    old = ExceptionCase.objects.exclude(kind=ExceptionCase.Kind.GAP).exclude(raw="").filter(resolved_at__lt=end)
    return int(old.update(raw=""))


@atomic
def _fees(end: datetime) -> int:
    """Nobody has to know any more what a fee was for that is settled; what was paid, and when, stays hers."""
    settled = Q(settled_at__lt=end) | Q(settled_at=None, charged_at__lt=end)
    old = Fee.objects.filter(settled, paid__gte=F("amount")).exclude(item=None, note="")
    return int(old.update(item=None, note=""))


def _events(end: datetime, carried: int) -> int:
    """In their order, up to the first that is not old enough; the mark moves on behind each batch."""
    mark = FeedCursor.objects.filter(pk=1).values_list("nameless", flat=True).first() or 0
    young = (
        CirculationEvent.objects.filter(id__gt=mark, at__gte=end).order_by("id").values_list("id", flat=True).first()
    )
    last = min(carried, young - 1 if young else carried)
    done = 0
    while mark < last:
        following = min(mark + EVENTS, last)
        done += _hushed(mark, following)
        FeedCursor.objects.filter(pk=1).update(nameless=following)
        mark = following
    return done


@atomic
def _hushed(after: int, last: int) -> int:
    table = CirculationEvent._meta.db_table
    some = "id > %s AND id <= %s AND data ->> 'patron' IS NOT NULL"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET data = {NAMELESS[connection.vendor]} WHERE {some}", (after, last))
        return int(cursor.rowcount)
