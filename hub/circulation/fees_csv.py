"""Import unpaid fees from a CSV sheet, without rounding; settled fees are skipped."""

import re
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.catalogue.models import Branch
from hub.circulation import csv_rows, event_feed, totals
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Fee
from hub.csv_sheets.csv_reader import Became, CsvRow, Form, Plan, imported

NEEDED = ("patron_identifier", "kind", "amount", "charged_at")
KNOWN = (*NEEDED, "paid", "currency", "item_barcode", "note", "settled_at")
FORM = Form(NEEDED, KNOWN, csv_rows.PRIVATE)
MONEY = re.compile(r"[0-9]{1,7}(\.[0-9]{1,2})?")
Key = tuple[object, ...]


def import_fees(path: Path, really: bool) -> Plan:
    """Check every row and import the valid ones if `really`.

    A fee that is listed twice in a sheet is owed twice.
    """
    seen: Counter[Key] = Counter()
    where, currency = csv_rows.zone(), the_library().currency
    return imported(path, FORM, really, lambda row: _import(row, seen, where, currency), totals.fees)


def _import(row: CsvRow, seen: Counter[Key], where: ZoneInfo, currency: str) -> Became:
    amount, paid = _money(row, "amount"), _money(row, "paid")
    if amount and amount == paid:
        return "over"
    patron, kind = csv_rows.patron(row), row.one_of("kind", Fee.Kind.values)
    item = csv_rows.item(row) if row["item_barcode"] else None
    row.filled("charged_at", 40)
    charged: datetime | None = row.moment("charged_at", where)
    if not amount:
        row.wrong("amount is nothing: a fee is above 0")
    elif paid > amount:
        row.wrong(f"{row.said('paid')} is more than {row.said('amount')}: one of them is wrong")
    if row["currency"] not in ("", currency):
        row.wrong(f"{row.said('currency')} is not the library's: reckon it in {currency}")
    row.judged()
    assert patron is not None and charged is not None
    values = {"patron": patron, "kind": kind, "amount": amount, "charged_at": charged, "item": item}
    values["note"] = row["note"][:200]
    key = (patron.pk, kind, amount, charged, item and item.pk, values["note"])
    seen[key] += 1
    if Fee.objects.filter(**values).count() >= seen[key]:
        return "same"
    fee = Fee.objects.create(**values, paid=paid)
    by = csv_rows.by(item.branch if item else Branch.objects.order_by("pk")[0])
    event_feed.append("fee_charged", by.now, fee=fee.pk, patron=patron.ref, amount=str(amount), cause=kind, **by.who())
    return "added"


def _money(row: CsvRow, column: str) -> Decimal:
    text = row[column] or "0"
    if not MONEY.fullmatch(text):
        row.wrong(f"{row.said(column)} is no sum: write 35.00")
        return Decimal(0)
    return Decimal(text)
