"""Parts patrons from the titles of loans that are over, every night; never touches what is open, owed or in dispute.

What stays says of her how many loans are over, and of the loan of which group she was, when it began and when it ended.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from hub.circulation import anonymous_patron
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import ExceptionCase, Fee, Hold, Loan, Patron, Renewal, Transaction
from hub.circulation.models.loans import NAMES
from hub.core.retrying_transaction import atomic

BATCH = 1000
"""Rows of one database transaction: whoever lends meanwhile waits for no longer than these take."""


class _Row(NamedTuple):
    pk: int
    patron: int
    category: int


def before(now: datetime) -> datetime:
    """What was over by then says no more whose it was."""
    return now - timedelta(days=the_library().named_days)


def nightly(now: datetime) -> int:
    """Goes through what has come of age since the last night; tells how many rows it was.

    Each batch is done for good, so a night that is cut short goes on with the next one.
    """
    end = before(now)
    return through(_loans(end), "closed_at", _part_loans) + through(_holds(end), "closed_at", _part_holds)


def _loans(end: datetime) -> QuerySet:
    """Closed, not owed for, heard of for as long, and with no case that staff have or have just had."""
    owed = Fee.objects.filter(patron=OuterRef("patron"), item=OuterRef("item"), paid__lt=F("amount"))
    heard = Transaction.objects.filter(pk=OuterRef("transaction"), received_at__gte=end)
    decided = cases(end).filter(transaction=OuterRef("transaction"))
    renewed = Renewal.objects.filter(loan=OuterRef("pk"), transaction__in=cases(end).values("transaction"))
    loans = Loan.objects.filter(**NAMES, closed_at__lt=end)
    return loans.filter(~Exists(owed), ~Exists(heard), ~Exists(decided), ~Exists(renewed))


def cases(end: datetime) -> QuerySet:
    """Those that are open, or were until then."""
    return ExceptionCase.objects.filter(Q(resolved_at=None) | Q(resolved_at__gte=end)).exclude(transaction=None)


def _holds(end: datetime) -> QuerySet:
    return Hold.objects.filter(**NAMES, closed_at__lt=end)


def through(due: QuerySet, age: str, part: Callable[[QuerySet, list[Any]], int]) -> int:
    """Batch by batch, oldest first and each behind the one before: what is left as it is comes once in a night."""
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
    return _nobodys(Loan.objects.filter(**NAMES), rows)


@atomic
def _part_holds(due: QuerySet, keys: list[int]) -> int:
    """The shelf's label is the end of her number."""
    _hold_patrons(due, keys)
    rows = [_Row(*row) for row in due.filter(pk__in=keys).values_list("pk", "patron_id", "patron__category_id")]
    return _nobodys(Hold.objects.filter(**NAMES), rows, shelf="")


def _hold_patrons(due: QuerySet, keys: list[int]) -> None:
    """Whoever opens one of these again holds her row, and comes before this or after it."""
    hers = due.filter(pk__in=keys).values("patron")
    list(Patron.objects.select_for_update(no_key=True).filter(pk__in=hers).order_by("pk").values_list("pk"))


def _nobodys(table: QuerySet, rows: list[_Row], **more: object) -> int:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        found[row.category].append(row.pk)
    return sum(
        table.filter(pk__in=keys).update(patron=anonymous_patron.of(category), nameless=True, **more)
        for category, keys in found.items()
    )
