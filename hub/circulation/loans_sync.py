"""Synchronise the open loans with a sheet of the third-party ILS that keeps them.

Transactions that kiosks have uploaded since the sheet was written are newer than the sheet and take precedence.
"""

from collections.abc import Callable, Iterable, Set
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from hub.catalogue.models import Branch, Item
from hub.circulation import csv_rows, totals
from hub.circulation.loans_csv import FORM, MOST_RENEWALS
from hub.circulation.loans_diff import Compared, Held, compared, row_times
from hub.circulation.models import Library, Loan, Patron, PendingReturn, Renewal
from hub.circulation.operations import Actor, external_ils
from hub.circulation.operations.context import tell
from hub.csv_sheets.csv_errors import Wrong
from hub.csv_sheets.csv_reader import Became, CsvRow, Plan, imported
from hub.csv_sheets.truncation_guard import chunks, guard


def follow_loans(
    path: Path,
    really: bool,
    taken: datetime,
    full: bool,
    most_may_end: bool = False,
    passed: Callable[[CsvRow], bool] = lambda _row: False,
) -> Plan:
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
    return take(compared(path, taken, full=full), really, taken, most_may_end, passed)


def take(
    found: Compared,
    really: bool,
    taken: datetime,
    most_may_end: bool = False,
    passed: Callable[[CsvRow], bool] = lambda _row: False,
) -> Plan:
    """Apply the differences in one transaction.

    A row that contradicts a newer transaction of a kiosk is refused and left to the next sheet. As long as there is
    one, no loan is closed, unless staff have decided to ignore it (`passed`).

    Raises:
        EndsTooMuch: Suspiciously many loans would be closed.
    """
    seen = set(found.same)
    with transaction.atomic():
        Library.objects.filter(followed_since=None).update(followed_since=taken)
        held = found.held()
        plan = imported(
            found.path, FORM, really, lambda row: _follow(row, held, found.zone, taken, seen), read_rows=found.other
        )
        plan.same += found.unchanged
        if found.full and all(map(passed, plan.refused)):
            plan.over += _end_others(found.before, taken, seen, most_may_end)
        plan.totals = totals.loans()
        if not really:
            transaction.set_rollback(True)
    return plan


def _follow(row: CsvRow, held: Held, zone: ZoneInfo, taken: datetime, seen: set[int]) -> Became:
    patron, item = csv_rows.patron(row, held.patrons), csv_rows.item(row, held.items)
    out, due = row_times(row, zone)
    renewals = row.count("renewals", MOST_RENEWALS)
    if out is None or due is None:
        row.wrong("checked_out_at and due are needed: write 2026-11-25 09:00")
    open_here = held.open.get(item.pk) if item else None
    if row.faults and open_here is not None:
        seen.add(open_here.pk)
    row.judged()
    assert patron is not None and item is not None and out is not None and due is not None
    if open_here is not None and open_here.patron_id == patron.pk:
        seen.add(open_here.pk)
        return _as_there(open_here, due, renewals, taken)
    if open_here is not None:
        seen.add(open_here.pk)
        _stands_against(row, open_here, taken)
        _end(held.open.pop(item.pk), taken)
    if (patron.pk, item.pk) in held.ended:
        return "over"
    held.open[item.pk] = _taken_over(patron, item, out, due, renewals, held.library)
    seen.add(held.open[item.pk].pk)
    return "added"


def _stands_against(row: CsvRow, loan: Loan, taken: datetime) -> None:
    if loan.checked_out_at > taken:
        row.wrong(
            f"{row.said('item_barcode')} was lent to somebody else since the sheet was written: wait for the next",
            Wrong.NEWER,
            loan.checked_out_at.isoformat(),
        )
        row.judged()


def _as_there(loan: Loan, due: datetime, renewals: int, taken: datetime) -> Became:
    newer = loan.checked_out_at > taken or Renewal.objects.filter(loan=loan, at__gt=taken, undone=False).exists()
    if newer or (loan.due, loan.renewals, loan.reckoned) == (due, renewals, False):
        return "same"
    loan.due, loan.renewals, loan.reckoned = due, renewals, False
    loan.save(update_fields=("due", "renewals", "reckoned"))
    tell("loan_taken_over", csv_rows.by(loan.branch), loan)
    return "updated"


def _taken_over(patron: Patron, item: Item, out: datetime, due: datetime, renewals: int, library: Library) -> Loan:
    loan: Loan = Loan.objects.create(
        patron=patron, item=item, branch=item.branch, checked_out_at=out, due=due, renewals=renewals
    )
    if external_ils.counts(out, library) and not _was_recorded_before(loan):
        tell("checkout", _at(loan.branch, out), loan)
    else:
        tell("loan_taken_over", csv_rows.by(loan.branch), loan)
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
    tell("return_confirmed" if seen else "checkin", _at(loan.branch, at), loan)


def _at(branch: Branch, at: datetime) -> Actor:
    return replace(csv_rows.by(branch), now=at)
