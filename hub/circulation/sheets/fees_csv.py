"""Import unpaid fees from a CSV sheet, without rounding; settled fees are skipped."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from hub.catalogue.models import Branch
from hub.circulation import event_feed
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Fee
from hub.circulation.sheets import csv_rows, totals
from hub.csv_sheets.csv_reader import CsvRow, SheetColumn
from hub.csv_sheets.sheet_import import Became, CsvSheet

MONEY = re.compile(r"[0-9]{1,7}(\.[0-9]{1,2})?")
Key = tuple[object, ...]


class FeeSheet(CsvSheet):
    """Fees; one that is listed twice in a sheet is owed twice."""

    columns = (
        csv_rows.PATRON,
        *(SheetColumn(each, needed=True) for each in ("kind", "amount", "charged_at")),
        *map(SheetColumn, ("paid", "currency", "item_barcode")),
        SheetColumn("note", private=True),
        SheetColumn("settled_at"),
    )

    def prepare(self, sheet: Sequence[CsvRow]) -> None:
        self._seen = Counter[Key]()
        self._zone, self._currency = csv_rows.zone(), the_library().currency
        self._patrons = csv_rows.patrons(row["patron_identifier"] for row in sheet)
        self._items = csv_rows.items(row["item_barcode"] for row in sheet)

    def totals(self) -> list[str]:
        return totals.fees()

    def take(self, row: CsvRow) -> Became:
        amount, paid = _money(row, "amount"), _money(row, "paid")
        if amount and amount == paid:
            return "over"
        patron, kind = csv_rows.patron(row, self._patrons), row.one_of("kind", Fee.Kind.values)
        item = csv_rows.item(row, self._items) if row["item_barcode"] else None
        row.required_text("charged_at", 40)
        charged: datetime | None = row.moment("charged_at", self._zone)
        if not amount:
            row.wrong("amount is 0; a fee must be above 0")
        elif paid > amount:
            row.wrong(f"{row.describe_cell('paid')} is more than {row.describe_cell('amount')}; one of them is wrong")
        if row["currency"] not in ("", self._currency):
            row.wrong(f"{row.describe_cell('currency')} is not the library's currency; convert it to {self._currency}")
        row.raise_faults()
        assert patron is not None and charged is not None
        values = {"patron": patron, "kind": kind, "amount": amount, "charged_at": charged, "item": item}
        values["note"] = row["note"][:200]
        key = (patron.pk, kind, amount, charged, item and item.pk, values["note"])
        self._seen[key] += 1
        if Fee.objects.filter(**values).count() >= self._seen[key]:
            return "same"
        fee = Fee.objects.create(**values, paid=paid)
        by = csv_rows.import_actor(item.branch if item else Branch.objects.order_by("pk")[0])
        event_feed.append(
            "fee_charged", by.now, fee=fee.pk, patron=patron.ref, amount=str(amount), cause=kind, **by.actor_facts()
        )
        return "added"


def _money(row: CsvRow, column: str) -> Decimal:
    text = row[column] or "0"
    if not MONEY.fullmatch(text):
        row.wrong(f"{row.describe_cell(column)} is not an amount; use the form 35.00")
        return Decimal(0)
    return Decimal(text)
