"""Finds which rows of a sheet of loans are other than the loans here, by few questions and before anything is locked.

It writes nothing: what differs is judged again by whoever takes it, for a kiosk may have told more by then.
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
from hub.core.retrying_transaction import one_moment
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
    """Its due date is none that the system has told."""


@dataclass(frozen=True, slots=True)
class Held:
    """Whom and what rows are about, as they stand until the commit: by number, and by barcode."""

    library: Library
    patrons: Mapping[str, Patron]
    items: Mapping[str, Item]
    open: dict[int, Loan]
    """The open loan of each copy, which whoever writes another one keeps up."""
    ended: Set[tuple[int, int]]
    """Whose loan of which copy has ended since the sheet was written."""


@dataclass(frozen=True, slots=True)
class Compared:
    """`full` says that the sheet holds every loan that is open there."""

    path: Path
    taken: datetime
    full: bool
    zone: ZoneInfo
    other: Sequence[CsvRow]
    """The rows that are not as the loans here are."""
    unchanged: int
    """How many rows are."""
    same: frozenset[int]
    """The loans that are as their rows say."""
    before: frozenset[int]
    """Of a full sheet: the loans that were open here, and not younger than the sheet."""

    def held(self) -> Held:
        """Holds whom and what the other rows are about until the commit, as everywhere the patrons first.

        So are the copies of loans that no row has named.
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
        """Their loans that are open, or have ended since."""
        lately = Q(state__in=Loan.OPEN) | Q(closed_at__gt=self.taken)
        return Loan.objects.filter(lately, item__in=items).select_related("patron", "item")


def _by_key(read: Callable[[Sequence[str]], dict[str, Found]], keys: Sequence[str]) -> dict[str, Found]:
    return dict(chain.from_iterable(read(some).items() for some in chunks(keys)))


def compared(path: Path, taken: datetime, *, full: bool) -> Compared:
    """`taken` is when the system wrote the sheet. Raises BadSheet, NoLibrary."""
    zone, told = csv_rows.zone(), list(rows(path, FORM))
    with one_moment():
        here = _open(None if full else sorted({row["item_barcode"] for row in told}))
    same = {row.number: loan.pk for row in told if (loan := _same(row, here, zone)) is not None}
    return Compared(
        path,
        taken,
        full,
        zone,
        tuple(row for row in told if row.number not in same),
        len(same),
        frozenset(same.values()),
        frozenset(each.pk for each in here.values() if each.out <= taken) if full else frozenset(),
    )


def _open(barcodes: Sequence[str] | None) -> Mapping[str, Here]:
    """The loans of these copies, or all, each by its copy's barcode."""
    found = Loan.objects.filter(state__in=Loan.OPEN).order_by().values_list(*COLUMNS)
    told: Iterable[Facts]
    if barcodes is None:
        told = found.iterator()
    else:
        told = chain.from_iterable(found.filter(item__barcode__in=some) for some in chunks(barcodes))
    return {each[0]: Here(*each[1:]) for each in told}


def _same(row: CsvRow, here: Mapping[str, Here], zone: ZoneInfo) -> Here | None:
    """The loan that is as the row says; None where something is other, or the row is wrong."""
    loan = here.get(row["item_barcode"])
    if loan is None or loan.reckoned or row.faults or loan.identifier != row["patron_identifier"]:
        return None
    read = replace(row, faults=[], clashes=[])
    out, due = row_times(read, zone)
    renewals = read.count("renewals", MOST_RENEWALS)
    return loan if out and not read.faults and (loan.due, loan.renewals) == (due, renewals) else None


def row_times(row: CsvRow, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    return row.moment("checked_out_at", zone), row.moment("due", zone, END_OF_DAY, past=False)
