"""Compare a sheet of loans with the open loans in few queries, before any row is locked.

It is read-only. `loans_sync.take` checks each difference again, because kiosks may have uploaded transactions since.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Q

from hub.catalogue.models import Item
from hub.circulation import csv_rows
from hub.circulation.domain_mapping import the_library
from hub.circulation.loans_csv import END_OF_DAY, FORM, MOST_RENEWALS
from hub.circulation.models import Library, Loan, Patron
from hub.core.retrying_transaction import read_snapshot
from hub.csv_sheets.csv_reader import CsvRow, rows
from hub.csv_sheets.truncation_guard import chunks

Found = TypeVar("Found")

COLUMNS = ("item__barcode", "pk", "patron__identifier", "due", "renewals", "checked_out_at", "reckoned")
Facts = tuple[str, int, str, datetime, int, datetime, bool]


@dataclass(frozen=True, slots=True)
class Here:
    """A loan that was open when the sheet was compared."""

    pk: int
    identifier: str
    due: datetime
    renewals: int
    out: datetime
    reckoned: bool
    """The due date was estimated and has not been reported by the ILS."""


@dataclass(frozen=True, slots=True)
class Held:
    """Patrons, items and loans of the differing rows, by identifier and barcode; locked until the commit."""

    library: Library
    patrons: Mapping[str, Patron]
    items: Mapping[str, Item]
    open: dict[int, Loan]
    """The open loan of each item, by primary key of the item; updated when a loan is created."""
    ended: Set[tuple[int, int]]
    """Patron and item, as primary keys, of the loans that were closed since the sheet was written."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The result of a comparison. With `full`, the sheet lists every loan that is open in the ILS."""

    path: Path
    taken: datetime
    full: bool
    zone: ZoneInfo
    other: Sequence[CsvRow]
    """Rows that differ from the loans in the hub."""
    unchanged: int
    """Number of rows that do not differ."""
    same: frozenset[int]
    """Primary keys of the loans that match their rows."""
    before: frozenset[int]
    """For a full sheet: the loans that were open in the hub and did not begin after the sheet was written."""

    def held(self) -> Held:
        """Lock the patrons and items of the differing rows and of loans without a row, until the commit.

        Patrons are locked first, as everywhere, to avoid deadlocks.
        """
        numbers = sorted({row["patron_identifier"] for row in self.other})
        barcodes = {row["item_barcode"] for row in self.other}
        for keys in chunks(sorted(self.before - self.same)):
            barcodes.update(Loan.objects.filter(pk__in=keys).values_list("item__barcode", flat=True))
        for some in chunks(numbers):
            list(Patron.objects.select_for_update().filter(identifier__in=some).order_by("pk").values_list("pk"))
        for some in chunks(sorted(barcodes)):
            list(Item.objects.select_for_update().filter(barcode__in=some).order_by("pk").values_list("pk"))
        items = _by_key(csv_rows.items, sorted(barcodes))
        loans = [loan for keys in chunks([each.pk for each in items.values()]) for loan in self._lately(keys)]
        return Held(
            the_library(),
            _by_key(csv_rows.patrons, numbers),
            items,
            {each.item_id: each for each in loans if each.state in Loan.OPEN},
            {(each.patron_id, each.item_id) for each in loans if each.closed_at and each.closed_at > self.taken},
        )

    def _lately(self, items: Sequence[int]) -> Iterable[Loan]:
        """Return the loans of these items that are open or were closed since the sheet was written."""
        lately = Q(state__in=Loan.OPEN) | Q(closed_at__gt=self.taken)
        return Loan.objects.filter(lately, item__in=items).select_related("patron", "item")


def _by_key(read: Callable[[Sequence[str]], dict[str, Found]], keys: Sequence[str]) -> dict[str, Found]:
    return dict(chain.from_iterable(read(some).items() for some in chunks(keys)))


def compared(path: Path, taken: datetime, *, full: bool) -> Compared:
    """Compare a sheet with the open loans.

    Args:
        path: The CSV sheet.
        taken: When the ILS wrote the sheet.
        full: Whether the sheet lists every open loan.

    Raises:
        BadSheet: The sheet cannot be read.
        NoLibrary: The hub has no library.
    """
    zone, sheet = csv_rows.zone(), list(rows(path, FORM))
    with read_snapshot():
        here = _open(None if full else sorted({row["item_barcode"] for row in sheet}))
    same = {row.number: loan.pk for row in sheet if (loan := _same(row, here, zone)) is not None}
    return Compared(
        path,
        taken,
        full,
        zone,
        tuple(row for row in sheet if row.number not in same),
        len(same),
        frozenset(same.values()),
        frozenset(each.pk for each in here.values() if each.out <= taken) if full else frozenset(),
    )


def _open(barcodes: Sequence[str] | None) -> Mapping[str, Here]:
    """Return the open loans of these items, or all of them, by barcode."""
    found = Loan.objects.filter(state__in=Loan.OPEN).order_by().values_list(*COLUMNS)
    rows_of_loans: Iterable[Facts]
    if barcodes is None:
        rows_of_loans = found.iterator()
    else:
        rows_of_loans = chain.from_iterable(found.filter(item__barcode__in=some) for some in chunks(barcodes))
    return {each[0]: Here(*each[1:]) for each in rows_of_loans}


def _same(row: CsvRow, here: Mapping[str, Here], zone: ZoneInfo) -> Here | None:
    """Return the loan that matches the row; None if anything differs or the row is invalid."""
    loan = here.get(row["item_barcode"])
    if loan is None or loan.reckoned or row.faults or loan.identifier != row["patron_identifier"]:
        return None
    read = replace(row, faults=[], clashes=[])
    out, due = row_times(read, zone)
    renewals = read.count("renewals", MOST_RENEWALS)
    return loan if out and not read.faults and (loan.due, loan.renewals) == (due, renewals) else None


def row_times(row: CsvRow, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    return row.moment("checked_out_at", zone), row.moment("due", zone, END_OF_DAY, past=False)
