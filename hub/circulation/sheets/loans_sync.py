"""Synchronise the open loans with a sheet of the third-party ILS that keeps them.

`compare_sheet` reads in few queries, before any row is locked; `take` checks each difference again. Transactions that
kiosks have uploaded since the sheet was written are newer than the sheet and take precedence.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from hub.catalogue.models import Branch, Item
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Library, Loan, Patron, PendingReturn, Renewal
from hub.circulation.operations import external_ils
from hub.circulation.operations.context import Actor, tell
from hub.circulation.sheets import imports
from hub.circulation.sheets.imports import END_OF_DAY, MOST_RENEWALS, LoanSheet
from hub.core.retrying_transaction import read_snapshot
from hub.csv_sheets.csv_reader import CsvRow, Wrong, chunks, guard, rows
from hub.csv_sheets.sheet_import import Became, CsvSheet, ImportPlan

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
class HeldRecords:
    """Patrons, items and loans of the differing rows, by identifier and barcode; locked until the commit."""

    library: Library
    patrons: Mapping[str, Patron]
    items: Mapping[str, Item]
    open: dict[int, Loan]
    """The open loan of each item, by primary key of the item; updated when a loan is created."""
    ended: Set[tuple[int, int]]
    """Patron and item, as primary keys, of the loans that were closed since the sheet was written."""


@dataclass(frozen=True, slots=True)
class SheetComparison:
    """The result of a comparison. With `full`, the sheet lists every loan that is open in the ILS."""

    path: Path
    written_at: datetime
    full: bool
    zone: ZoneInfo
    other: Sequence[CsvRow]
    """Rows that differ from the loans in the hub."""
    unchanged: int
    """Number of rows that do not differ."""
    same: frozenset[int]
    """Primary keys of the loans that match their rows."""
    expected: frozenset[int]
    """For a full sheet: the loans that were open in the hub and did not begin after the sheet was written."""

    def lock_records(self) -> HeldRecords:
        """Lock the patrons and items of the differing rows and of loans without a row, until the commit.

        Patrons are locked first, as everywhere, to avoid deadlocks.
        """
        numbers = sorted({row["patron_identifier"] for row in self.other})
        barcodes = {row["item_barcode"] for row in self.other}
        for keys in chunks(sorted(self.expected - self.same)):
            barcodes.update(Loan.objects.filter(pk__in=keys).values_list("item__barcode", flat=True))
        for some in chunks(numbers):
            list(Patron.objects.select_for_update().filter(identifier__in=some).order_by("pk").values_list("pk"))
        for some in chunks(sorted(barcodes)):
            list(Item.objects.select_for_update().filter(barcode__in=some).order_by("pk").values_list("pk"))
        items = imports.read_items(barcodes)
        loans = [loan for keys in chunks([each.pk for each in items.values()]) for loan in self._lately(keys)]
        return HeldRecords(
            the_library(),
            imports.read_patrons(numbers),
            items,
            {each.item_id: each for each in loans if each.state in Loan.OPEN},
            {(each.patron_id, each.item_id) for each in loans if each.closed_at and each.closed_at > self.written_at},
        )

    def _lately(self, items: Sequence[int]) -> Iterable[Loan]:
        """Return the loans of these items that are open or were closed since the sheet was written."""
        lately = Q(state__in=Loan.OPEN) | Q(closed_at__gt=self.written_at)
        return Loan.objects.filter(lately, item__in=items).select_related("patron", "item")


def compare_sheet(path: Path, taken: datetime, *, full: bool) -> SheetComparison:
    """Compare a sheet with the open loans.

    Args:
        path: The CSV sheet.
        taken: When the ILS wrote the sheet.
        full: Whether the sheet lists every open loan.

    Raises:
        BadSheet: The sheet cannot be read.
        NoLibrary: The hub has no library.
    """
    zone, sheet = imports.zone(), list(rows(path, LoanSheet.columns))
    with read_snapshot():
        here = _open_loans(None if full else sorted({row["item_barcode"] for row in sheet}))
    same = {row.number: loan.pk for row in sheet if (loan := _same(row, here, zone)) is not None}
    return SheetComparison(
        path,
        taken,
        full,
        zone,
        tuple(row for row in sheet if row.number not in same),
        len(same),
        frozenset(same.values()),
        frozenset(each.pk for each in here.values() if each.out <= taken) if full else frozenset(),
    )


def _open_loans(barcodes: Sequence[str] | None) -> Mapping[str, Here]:
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


def follow_loans(
    path: Path,
    really: bool,
    taken: datetime,
    full: bool,
    most_may_end: bool = False,
    passed: Callable[[CsvRow], bool] = lambda _row: False,
) -> ImportPlan:
    """Compare a sheet with the open loans and apply the differences.

    Args:
        path: The CSV sheet.
        really: False for a dry run, which is rolled back.
        taken: When the ILS wrote the sheet.
        full: Whether the sheet lists every open loan; loans without a row are then closed.
        most_may_end: Permit a sheet that closes most loans.
        passed: Whether staff have decided to ignore this row.

    Raises:
        BadSheet: The sheet cannot be read.
        EndsTooMuch: Suspiciously many loans would be closed.
        NoLibrary: The hub has no library.
    """
    return take(compare_sheet(path, taken, full=full), really, taken, most_may_end, passed)


def take(
    found: SheetComparison,
    really: bool,
    taken: datetime,
    most_may_end: bool = False,
    passed: Callable[[CsvRow], bool] = lambda _row: False,
) -> ImportPlan:
    """Apply the differences in one transaction.

    A row that contradicts a newer transaction of a kiosk is refused and left to the next sheet. As long as there is
    one, no loan is closed, unless staff have decided to ignore it (`passed`).

    Raises:
        EndsTooMuch: Suspiciously many loans would be closed.
    """
    with transaction.atomic():
        Library.objects.filter(followed_since=None).update(followed_since=taken)
        sheet = _FollowedLoans(found, taken)
        plan = sheet.run(found.path, really, found.other)
        plan.same += found.unchanged
        if found.full and all(map(passed, plan.refused)):
            plan.over += _end_others(found.expected, taken, sheet.met, most_may_end)
        plan.totals = imports.count_loans()
        if not really:
            transaction.set_rollback(True)
    return plan


class _FollowedLoans(CsvSheet):
    """The differing rows of a sheet."""

    columns = LoanSheet.columns

    def __init__(self, found: SheetComparison, taken: datetime) -> None:
        super().__init__()
        self._held, self._zone, self._taken = found.lock_records(), found.zone, taken
        self.met = set(found.same)
        """Primary keys of the loans that the sheet lists."""

    def take(self, row: CsvRow) -> Became:
        held, taken = self._held, self._taken
        patron, item = imports.find_patron(row, held.patrons), imports.find_item(row, held.items)
        out, due = row_times(row, self._zone)
        renewals = row.count("renewals", MOST_RENEWALS)
        if out is None or due is None:
            row.wrong("checked_out_at and due are required; use the form 2026-11-25 09:00")
        open_here = held.open.get(item.pk) if item else None
        if row.faults and open_here is not None:
            self.met.add(open_here.pk)
        row.raise_faults()
        assert patron is not None and item is not None and out is not None and due is not None
        if open_here is not None and open_here.patron_id == patron.pk:
            self.met.add(open_here.pk)
            return _as_there(open_here, due, renewals, taken)
        if open_here is not None:
            self.met.add(open_here.pk)
            _stands_against(row, open_here, taken)
            _end(held.open.pop(item.pk), taken)
        if (patron.pk, item.pk) in held.ended:
            return "over"
        held.open[item.pk] = _create_loan(patron, item, out, due, renewals, held.library)
        self.met.add(held.open[item.pk].pk)
        return "added"


def _stands_against(row: CsvRow, loan: Loan, taken: datetime) -> None:
    if loan.checked_out_at > taken:
        row.wrong(
            f"{row.describe_cell('item_barcode')} was checked out to another patron after the file was written; "
            "wait for the next file",
            Wrong.NEWER,
            loan.checked_out_at.isoformat(),
        )
        row.raise_faults()


def _as_there(loan: Loan, due: datetime, renewals: int, taken: datetime) -> Became:
    newer = loan.checked_out_at > taken or Renewal.objects.filter(loan=loan, at__gt=taken, undone=False).exists()
    if newer or (loan.due, loan.renewals, loan.reckoned) == (due, renewals, False):
        return "same"
    loan.due, loan.renewals, loan.reckoned = due, renewals, False
    loan.save(update_fields=("due", "renewals", "reckoned"))
    tell("loan_taken_over", imports.import_actor(loan.branch), loan)
    return "updated"


def _create_loan(patron: Patron, item: Item, out: datetime, due: datetime, renewals: int, library: Library) -> Loan:
    loan: Loan = Loan.objects.create(
        patron=patron, item=item, branch=item.branch, checked_out_at=out, due=due, renewals=renewals
    )
    if external_ils.counts(out, library) and not _was_recorded_before(loan):
        tell("checkout", _import_actor_at(loan.branch, out), loan)
    else:
        tell("loan_taken_over", imports.import_actor(loan.branch), loan)
    return loan


def _was_recorded_before(loan: Loan) -> bool:
    """Return whether the same loan was recorded before and closed too early."""
    others = external_ils.same(loan.patron, loan.item, loan.checked_out_at).exclude(pk=loan.pk)
    return bool(others.exclude(state=Loan.State.UNDONE).exists())


def _end_others(before: Set[int], taken: datetime, seen: Set[int], most_may_end: bool) -> int:
    """Close the loans that the ILS no longer lists, as of the time of the sheet."""
    ended = [loan for some in chunks(sorted(before - seen)) for loan in _open(some)]
    guard("loans", len(ended), len(before), allowed=most_may_end)
    for loan in ended:
        _end(loan, taken)
    return len(ended)


def _open(keys: Iterable[int]) -> Iterable[Loan]:
    """Return those of these loans that no kiosk has closed in the meantime."""
    some = Loan.objects.filter(pk__in=keys, state__in=Loan.OPEN)
    return some.select_related("patron", "item__title", "item__type", "branch").order_by("pk")


def _end(loan: Loan, at: datetime) -> None:
    seen = PendingReturn.objects.filter(loan=loan, state=PendingReturn.State.WAITING).update(
        state=PendingReturn.State.FOUND, closed_at=at
    )
    loan.state, loan.closed_at = Loan.State.RETURNED, at
    loan.save(update_fields=("state", "closed_at"))
    tell("return_confirmed" if seen else "checkin", _import_actor_at(loan.branch, at), loan)


def _import_actor_at(branch: Branch, at: datetime) -> Actor:
    return replace(imports.import_actor(branch), now=at)
