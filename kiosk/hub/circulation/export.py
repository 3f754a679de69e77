"""Writes everything the library owns of the hub's data into plain files; never a PIN, a card hash or a token."""

import csv
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from kiosk.hub.catalogue.models import Item, Title
from kiosk.hub.circulation.models import Fee, Hold, Loan, Patron
from kiosk.hub.sheets import quoted

SHEETS: dict[str, tuple[type, tuple[str, ...]]] = {
    "patrons.csv": (Patron, ("identifier", "name", "category__code", "status", "expires", "language")),
    "items.csv": (
        Item,
        ("barcode", "type__code", "branch__code", "title__control_number", "title__title", "title__author",
         "call_number", "condition"),
    ),
    "loans.csv": (
        Loan,
        ("patron__identifier", "item__barcode", "state", "checked_out_at", "due", "renewals", "closed_at",
         "transaction"),
    ),
    "holds.csv": (Hold, ("patron__identifier", "title__title", "pickup__code", "state", "placed_at", "until")),
    "fees.csv": (Fee, ("patron__identifier", "kind", "amount", "paid", "charged_at", "settled_at", "note")),
}  # fmt: skip


def export(folder: Path) -> list[tuple[str, int]]:
    """Writes the sheets and the MARC records; tells each file's name and how many rows it has."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [(name, _sheet(folder / name, table, columns)) for name, (table, columns) in SHEETS.items()]
    return [*written, ("titles.mrc", _records(folder / "titles.mrc"))]


def _sheet(path: Path, table: type, columns: tuple[str, ...]) -> int:
    rows: Iterable[tuple[object, ...]] = table.objects.order_by("pk").values_list(*columns)  # type: ignore[attr-defined]
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(name.removesuffix("__code").replace("title__", "").replace("__", "_") for name in columns)
        for row in rows:
            writer.writerow(_cell(value) for value in row)
            count += 1
    return count


def _cell(value: object) -> object:
    """ISO 8601 for times; no text that a spreadsheet would run as a formula."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return quoted(value) if isinstance(value, str) else value


def _records(path: Path) -> int:
    count = 0
    with path.open("wb") as file:
        for record in Title.objects.exclude(record=None).order_by("pk").values_list("record", flat=True).iterator():
            file.write(bytes(record))
            count += 1
    return count
