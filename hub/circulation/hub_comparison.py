"""Describe a library's data as facts that two hubs can compare.

Rows are identified by barcodes and card numbers. The facts are those of an export: without PINs, card UIDs, primary
keys and closed rows.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import F, QuerySet

from hub.catalogue.models import Isbn, Title
from hub.circulation.loan_rules.rules_file import content_of as rules_told
from hub.circulation.models import Hold, Loan
from hub.circulation.sheets.export import SHEETS, columns, rows
from hub.core.progress import progress

Facts = dict[str, dict[str, dict[str, str]]]
"""The facts of each row, by table and by the row's identifying columns."""
KNOWN_BY: Mapping[str, tuple[str, ...]] = {
    "patrons.csv": ("identifier",),
    "items.csv": ("barcode",),
    "loans.csv": ("item_barcode", "patron_identifier"),
    "holds.csv": ("title", "author", "control_number", "patron_identifier"),
    "fees.csv": ("patron_identifier", "kind", "charged_at", "amount"),
}
NOT_CARRIED = {"loans.csv": {"transaction", "closed_at"}, "holds.csv": {"closed_at"}, "fees.csv": {"settled_at"}}
OF_TITLES = ("title", "subtitle", "author", "dewey", "clc", "subject", "call_number", "language", "year")


@dataclass(frozen=True, slots=True)
class Difference:
    """A row and the columns in which it differs; no columns if one of the two hubs lacks it."""

    table: str
    row: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        what = f"{', '.join(self.columns)} differ" if self.columns else "only one of the two has it"
        return f"{self.table}: {self.row}: {what}"


def facts() -> Facts:
    """Return all facts as text."""
    found: Facts = {}
    with progress("read what is compared", "tables", len(SHEETS) + 1) as bar:
        for name in SHEETS:
            found[name.removesuffix(".csv")] = _sheet(name)
            bar.update()
        found["titles"] = dict(_titles())
        bar.update()
    for name, settled in rules_told().items():
        found[name] = {" ".join(map(_text, row.values())): {} for row in settled}
    return found


def _sheet(name: str) -> dict[str, dict[str, str]]:
    kept = {column: lookup for column, lookup in columns(name).items() if column not in NOT_CARRIED.get(name, ())}
    found: dict[str, dict[str, str]] = {}
    for values in _open(name).values_list(*kept.values()):
        row = {column: _text(value) for column, value in zip(kept, values, strict=True)}
        key, again = " ".join(row[column] for column in KNOWN_BY[name]), 1
        while f"{key} #{again}" in found:
            again += 1
        found[f"{key} #{again}"] = row
    if name == "holds.csv":
        _number(found)
    return found


def _open(name: str) -> QuerySet:
    """Return the rows that are not closed."""
    match name:
        case "loans.csv":
            return rows(name).filter(state__in=Loan.OPEN)
        case "holds.csv":
            return rows(name).filter(state__in=Hold.OPEN)
        case "fees.csv":
            return rows(name).filter(paid__lt=F("amount"))
        case _:
            return rows(name)


def _number(holds: dict[str, dict[str, str]]) -> None:
    """Add each hold's place in its title's queue to the facts."""
    queues: dict[tuple[str, str, str], int] = {}
    for row in sorted(holds.values(), key=lambda row: row["placed_at"]):
        title = (row["control_number"], row["title"], row["author"])
        queues[title] = queues.get(title, 0) + 1
        row["place"] = str(queues[title])


def _titles() -> Iterator[tuple[str, dict[str, str]]]:
    isbns: dict[int, list[str]] = {}
    for title, number in Isbn.objects.order_by("isbn13").values_list("title_id", "isbn13"):
        isbns.setdefault(title, []).append(number)
    titles = Title.objects.order_by("pk").values_list("pk", "control_number", "record", *OF_TITLES)
    for pk, number, record, *values in titles.iterator():
        row = {column: _text(value) for column, value in zip(OF_TITLES, values, strict=True)}
        row["record"] = hashlib.sha256(bytes(record)).hexdigest() if record else ""
        row["isbns"] = " ".join(isbns.get(pk, ()))
        yield f"{number or ''} {row['title']} / {row['author']}", row


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Decimal():
            return f"{value:.2f}"
        case _:
            return str(value)


def digest(table: Mapping[str, Mapping[str, str]]) -> str:
    """Return a digest of a table that does not depend on the order of its rows."""
    lines = sorted(f"{key}\n{sorted(row.items())}" for key, row in table.items())
    return hashlib.sha256("\n\n".join(lines).encode()).hexdigest()[:16]


def differences(here: Facts, there: Facts) -> list[Difference]:
    """Return every row that differs between the two."""
    found = []
    for table in sorted(here.keys() | there.keys()):
        ours, theirs = here.get(table, {}), there.get(table, {})
        for key in sorted(ours.keys() | theirs.keys()):
            one, other = ours.get(key), theirs.get(key)
            if one != other:
                columns = sorted(name for name in one if one[name] != other.get(name)) if one and other else []
                found.append(Difference(table, key, tuple(columns)))
    return found
