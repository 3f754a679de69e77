"""Nightly job: anonymise closed loans and holds past their retention period.

Open loans, loans with unpaid fees and loans in an open exception are left alone. Of the patron only the number of past
loans is kept, and of the loan the patron category and its dates.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from hub.circulation.anonymisation import anonymous_patron
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import ExceptionCase, Fee, Hold, Loan, Patron, Renewal, Transaction
from hub.circulation.models.loans import NAMES
from hub.core.retrying_transaction import atomic

BATCH = 1000
"""Rows per database transaction: a checkout at the same time waits no longer than these take."""


class _Row(NamedTuple):
    pk: int
    patron: int
    category: int


def retention_cutoff(now: datetime) -> datetime:
    """Return the time before which closed loans are anonymised."""
    return now - timedelta(days=the_library().named_days)


def nightly(now: datetime) -> int:
    """Anonymise what has reached the limit since the last night; return the number of rows.

    Each batch is committed, so a run that was interrupted continues in the next night.
    """
    end = retention_cutoff(now)
    return through(_loans(end), "closed_at", _part_loans) + through(_holds(end), "closed_at", _part_holds)


def _loans(end: datetime) -> QuerySet:
    """Return loans closed before the limit, without unpaid fees and recent transactions or exceptions."""
    owed = Fee.objects.filter(patron=OuterRef("patron"), item=OuterRef("item"), paid__lt=F("amount"))
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
    """Anonymise holds, and clear the label on the hold shelf, which is the end of the patron's number."""
    _hold_patrons(due, keys)
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
        table.filter(pk__in=keys).update(patron=anonymous_patron.anonymous_patron_of(category), nameless=True, **more)
        for category, keys in found.items()
    )
