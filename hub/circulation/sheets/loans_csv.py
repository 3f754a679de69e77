"""Import open loans from a CSV sheet without checking the loan rules.

The feed marks them as imported, so that no notices are sent about them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from hub.catalogue.models import Branch, Item
from hub.circulation.models import Hold, Loan, Patron, PendingReturn
from hub.circulation.operations.context import tell
from hub.circulation.sheets import csv_rows, totals
from hub.csv_sheets.csv_reader import CsvRow, SheetColumn
from hub.csv_sheets.sheet_import import Became, CsvSheet

FLAGS = ("unverified", "uncertain")
END_OF_DAY = time(23, 59)
MOST_RENEWALS = 999


class LoanSheet(CsvSheet):
    """Open loans; one that is already here is left as the hub has it."""

    columns = (
        csv_rows.PATRON,
        *(SheetColumn(each, needed=True) for each in ("item_barcode", "checked_out_at", "due")),
        *map(SheetColumn, ("state", "branch", "renewals", "handed_in_at", "asked_back_at", "closed_at", "transaction")),
        *map(SheetColumn, FLAGS),
    )

    def prepare(self, sheet: Sequence[CsvRow]) -> None:
        self._branches = {each.code: each for each in Branch.objects.all()}
        self._zone, self._lines = csv_rows.zone(), dict[str, int]()
        self._patrons = csv_rows.patrons(row["patron_identifier"] for row in sheet)
        self._items = csv_rows.items(row["item_barcode"] for row in sheet)

    def totals(self) -> list[str]:
        return totals.loans()

    def take(self, row: CsvRow) -> Became:
        state = row.one_of("state", map(str, Loan.State.values)) if row["state"] else str(Loan.State.ON_LOAN)
        if not row.faults and state not in map(str, Loan.OPEN):
            return "over"
        patron, item = csv_rows.patron(row, self._patrons), csv_rows.item(row, self._items)
        out, due = _times(row, self._zone)
        handed_in, asked_back = row.moment("handed_in_at", self._zone), row.moment("asked_back_at", self._zone)
        renewals, flags = row.count("renewals", MOST_RENEWALS), {name: _flag(row, name) for name in FLAGS}
        if row["branch"]:
            row.one_of("branch", self._branches)
        is_back = state == str(Loan.State.HANDED_IN)
        if is_back and handed_in is None:
            row.wrong("handed_in_at is empty; enter the time of return")
        if item is not None:
            _free(row, item, patron, out, self._lines)
        row.raise_faults()
        assert patron is not None and item is not None and out is not None and due is not None
        known = Loan.objects.filter(patron=patron, item=item, checked_out_at=out).first()
        if known is not None:
            return _correct_due_date(known, due, renewals)
        loan = Loan.objects.create(
            patron=patron,
            item=item,
            state=state,
            branch=self._branches[row["branch"]] if row["branch"] else item.branch,
            checked_out_at=out,
            due=due,
            renewals=renewals,
            asked_back_at=asked_back,
            **flags,
        )
        if is_back:
            PendingReturn.objects.create(loan=loan, at=handed_in)
        _tell(loan, handed_in if is_back else None)
        return "added"


def _times(row: CsvRow, where: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    row.required_text("checked_out_at", 40)
    row.required_text("due", 40)
    out, due = row.moment("checked_out_at", where), row.moment("due", where, END_OF_DAY, past=False)
    if out is not None and due is not None and due < out:
        row.wrong(f"{row.describe_cell('due')} is before {row.describe_cell('checked_out_at')}; one of them is wrong")
    return out, due


def _flag(row: CsvRow, column: str) -> bool:
    if row[column] not in ("", "True", "False", "1", "0"):
        row.wrong(f"{row.describe_cell(column)} is neither True nor False")
    return row[column] in ("True", "1")


def _free(row: CsvRow, item: Item, patron: Patron | None, out: datetime | None, seen: dict[str, int]) -> None:
    """Report why the copy cannot be on this loan: it can be on one loan at a time."""
    if item.barcode in seen:
        row.wrong(f"{row.describe_cell('item_barcode')} is already in line {seen[item.barcode]}; remove one of the two")
    seen[item.barcode] = row.number
    if item.condition == Item.Condition.WITHDRAWN:
        row.wrong(f"{row.describe_cell('item_barcode')} is withdrawn; restore it to the collection first")
    now = Loan.objects.filter(item=item, state__in=Loan.OPEN).first()
    if now is not None and (patron is None or now.patron_id != patron.pk or now.checked_out_at != out):
        row.wrong(f"{row.describe_cell('item_barcode')} is on another loan in the hub; check it in first")
    if Hold.objects.filter(item=item, state=Hold.State.READY).exists():
        row.wrong(f"{row.describe_cell('item_barcode')} is on the hold shelf in the hub; cancel that hold first")


def _correct_due_date(loan: Loan, due: datetime, renewals: int) -> Became:
    """Apply a date that was corrected in the sheet, unless the hub has changed the loan since."""
    if loan.state != Loan.State.ON_LOAN or (loan.due, loan.renewals) == (due, renewals) or loan.renewed.exists():
        return "same"
    loan.due, loan.renewals = due, renewals
    loan.save(update_fields=("due", "renewals"))
    _tell(loan, None)
    return "updated"


def _tell(loan: Loan, handed_in: datetime | None) -> None:
    by = replace(csv_rows.import_actor(loan.branch), believed=not loan.uncertain)
    tell("loan_taken_over", by, loan, handed_in=handed_in.isoformat() if handed_in else None)
