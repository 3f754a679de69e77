"""Nightly jobs: remove patrons from closed loans, holds, transactions, events, exceptions and paid fees.

Open loans, loans with unpaid fees and loans in an open exception are left alone. Of the patron only the number of past
loans is kept, and of the loan the patron category and its dates. A transaction keeps its id and its answer, so that it
is applied only once even if it is uploaded again.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from hub.circulation.domain_mapping import the_library
from hub.circulation.models import (
    NAMES,
    CirculationEvent,
    ExceptionCase,
    Fee,
    FeedCursor,
    Hold,
    Loan,
    Patron,
    Renewal,
    Transaction,
    Waiver,
)
from hub.circulation.operations import fines, hold_queue
from hub.core.retrying_transaction import atomic

BATCH = 1000
"""Rows per database transaction: a checkout at the same time waits no longer than these take."""
EVENTS = 5000
"""Events per database transaction."""
NUMBER = "erased-"
"""Prefix of the identifier of an anonymous patron."""
NAMELESS = {
    "sqlite": "json_remove(json_set(data, '$.patron', json('null')), '$.answer', '$.why')",
    "postgresql": "jsonb_set(data, '{patron}', 'null') - 'answer' - 'why'",
}
"""SQL that removes patron, response and typed reason from an event's data; subscribers have copies of responses."""


class _Row(NamedTuple):
    pk: int
    patron: int
    category: int


def retention_cutoff(now: datetime) -> datetime:
    """Return the time before which closed loans are anonymised."""
    return now - timedelta(days=the_library().named_days)


def anonymise_loans(now: datetime) -> int:
    """Anonymise what has reached the limit since the last night; return the number of rows.

    Each batch is committed, so a run that was interrupted continues in the next night.
    """
    end = retention_cutoff(now)
    return through(_loans(end), "closed_at", _part_loans) + through(_holds(end), "closed_at", _part_holds)


def anonymise_traces(now: datetime, carried: int) -> int:
    """Anonymise what is past the retention period; return the number of rows.

    Args:
        now: The hub's time.
        carried: Number of the event up to which every reader of the feed has read.
    """
    end = retention_cutoff(now)
    return _rows(end) + _cases(end) + _fees(end) + _events(end, carried)


def anonymous_patron_of(category: int) -> Patron:
    """Return the anonymous patron of a patron category.

    There is one for each category: statistics by category stay correct, and the row's loans are those of many people.
    """
    anonymous, _made = Patron.objects.get_or_create(
        identifier=f"{NUMBER}{category}",
        defaults={"name": "", "category_id": category, "status": Patron.Status.BLOCKED},
    )
    return anonymous


def _loans(end: datetime) -> QuerySet:
    """Return loans closed before the limit, without unpaid fees and recent transactions or exceptions."""
    owed = Fee.objects.filter(Fee.UNSETTLED, patron=OuterRef("patron"), item=OuterRef("item"))
    received = Transaction.objects.filter(pk=OuterRef("transaction"), received_at__gte=end)
    decided = cases(end).filter(transaction=OuterRef("transaction"))
    renewed = Renewal.objects.filter(loan=OuterRef("pk"), transaction__in=cases(end).values("transaction"))
    loans = Loan.objects.filter(**NAMES, closed_at__lt=end)
    return loans.filter(~Exists(owed), ~Exists(received), ~Exists(decided), ~Exists(renewed))


def cases(end: datetime) -> QuerySet:
    """Return the exceptions of transactions that are open, or were resolved after that time."""
    return ExceptionCase.objects.filter(Q(resolved_at=None) | Q(resolved_at__gte=end)).exclude(transaction=None)


def _holds(end: datetime) -> QuerySet:
    return Hold.objects.filter(**NAMES, closed_at__lt=end)


def through(due: QuerySet, age: str, part: Callable[[QuerySet, list[Any]], int]) -> int:
    """Process the rows in batches, oldest first; a row that `part` leaves unchanged comes once per run."""
    ordered = due.order_by(age, "pk")
    rest, done = ordered, 0
    while rows := list(rest.values_list(age, "pk")[:BATCH]):
        done += part(due, [pk for _at, pk in rows])
        at, last = rows[-1]
        rest = ordered.filter(**{f"{age}__gte": at}).exclude(**{age: at, "pk__lte": last})
    return done


@atomic
def _part_loans(due: QuerySet, keys: list[int]) -> int:
    _hold_patrons(due, keys)
    rows = [_Row(*row) for row in due.filter(pk__in=keys).values_list("pk", "patron_id", "patron__category_id")]
    more: defaultdict[int, list[int]] = defaultdict(list)
    for patron, count in Counter(row.patron for row in rows).items():
        more[count].append(patron)
    for count, patrons in more.items():
        Patron.objects.filter(pk__in=patrons).update(past=F("past") + count)
    return _anonymise(Loan.objects.filter(**NAMES), rows)


@atomic
def _part_holds(due: QuerySet, keys: list[int]) -> int:
    """Anonymise holds, and clear the label on the hold shelf, which is the end of the patron's number.

    The copy is cleared too unless it is still on the hold shelf, so that the list of those copies reads few rows.
    """
    _hold_patrons(due, keys)
    left = hold_queue.leftover_holds().filter(pk__in=keys).values_list("pk", flat=True)
    Hold.objects.filter(pk__in=set(keys) - set(left)).update(item=None)
    rows = [_Row(*row) for row in due.filter(pk__in=keys).values_list("pk", "patron_id", "patron__category_id")]
    return _anonymise(Hold.objects.filter(**NAMES), rows, shelf="")


def _hold_patrons(due: QuerySet, keys: list[int]) -> None:
    """Lock the patrons of these rows, so that reopening one of them runs before this batch or after it."""
    patrons = due.filter(pk__in=keys).values("patron")
    list(Patron.objects.select_for_update(no_key=True).filter(pk__in=patrons).order_by("pk").values_list("pk"))


def _anonymise(table: QuerySet, rows: list[_Row], **more: object) -> int:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        found[row.category].append(row.pk)
    return sum(
        table.filter(pk__in=keys).update(patron=anonymous_patron_of(category), nameless=True, **more)
        for category, keys in found.items()
    )


def _rows(end: datetime) -> int:
    """Delete bodies with their hashes: a hash would reveal the card to anyone who tries all cards."""
    decided = cases(end).filter(transaction=OuterRef("pk"))
    old = Transaction.objects.filter(~Exists(decided), ~Q(body=""), received_at__lt=end)
    return through(old, "received_at", _erase_bodies)


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
    """Delete from settled fees what they were for, and why they were waived; amounts and dates stay with the patron.

    A fine of an open loan keeps its cause, or the next night would charge it again.
    """
    Waiver.objects.filter(at__lt=end).exclude(reason="").update(reason="")
    settled = Q(settled_at__lt=end) | Q(settled_at=None, charged_at__lt=end)
    old = Fee.objects.filter(settled, ~Fee.UNSETTLED, ~fines.for_open_loans(), growing=False)
    old = old.exclude(item=None, note="", cause="")
    return int(old.update(item=None, note="", cause=""))


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
