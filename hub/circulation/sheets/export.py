"""Export the library's data as plain files, and as facts by which two hubs can be compared.

Neither contains PINs, card hashes and tokens. The facts identify rows by barcodes and card numbers instead of primary
keys, and leave out closed rows.
"""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from django.db.models import Model, OuterRef, QuerySet, Subquery

from hub.catalogue.models import Isbn, Item, Title
from hub.circulation.loan_rules import rules_file
from hub.circulation.models import Fee, Hold, Loan, Patron, PendingReturn
from hub.core.progress import progress
from lending.cells import quote_cell

SHEETS: Mapping[str, tuple[type[Model], str]] = {
    "patrons.csv": (Patron, "identifier name category=category__code status expires language"),
    "items.csv": (
        Item,
        """barcode type=type__code branch=branch__code control_number=title__control_number title=title__title
        author=title__author call_number condition title_call_number=title__call_number title_language=title__language
        title_subject=title__subject title_year=title__year""",
    ),
    "loans.csv": (
        Loan,
        """patron_identifier=patron__identifier item_barcode=item__barcode branch=branch__code state checked_out_at due
        renewals handed_in_at asked_back_at closed_at transaction unverified uncertain""",
    ),
    "holds.csv": (
        Hold,
        """patron_identifier=patron__identifier control_number=title__control_number title=title__title
        author=title__author pickup=pickup__code state placed_at item_barcode=item__barcode
        copy_barcode=copy__barcode shelf until closed_at""",
    ),
    "fees.csv": (
        Fee,
        """patron_identifier=patron__identifier kind amount paid waived charged_at settled_at note
        item_barcode=item__barcode""",
    ),
}
"""Table and columns by file name, as `column=lookup` where the two differ; the imports read the same columns."""


def columns(name: str) -> dict[str, str]:
    """Return the lookup of each column of a sheet."""
    pairs = (each.partition("=") for each in SHEETS[name][1].split())
    return {column: lookup or column for column, _is, lookup in pairs}


def rows(name: str) -> QuerySet:
    """Return the sheet's rows in the order of their creation."""
    table = SHEETS[name][0]
    found: QuerySet = table._default_manager.order_by("pk")
    if table is not Loan:
        return found
    waiting = PendingReturn.objects.filter(loan=OuterRef("pk"), state=PendingReturn.State.WAITING)
    return found.annotate(handed_in_at=Subquery(waiting.values("at")[:1]))


def export(folder: Path) -> list[tuple[str, int]]:
    """Write the sheets, the MARC records and the rules; return the number of rows by file name."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [(name, _sheet(folder / name, name)) for name in SHEETS]
    written.append(("titles.mrc", _records(folder / "titles.mrc")))
    return [*written, ("rules.json", rules_file.write(folder / "rules.json"))]


def _sheet(path: Path, name: str) -> int:
    count, lookups, found = 0, columns(name), rows(name)
    with (
        path.open("w", encoding="utf-8-sig", newline="") as file,
        progress(f"write {name}", "rows", found.count()) as bar,
    ):
        writer = csv.writer(file)
        writer.writerow(quote_cell(name) for name in lookups)
        for row in found.values_list(*lookups.values()).iterator():
            writer.writerow(_cell(value) for value in row)
            count += 1
            bar.update()
    return count


def _cell(value: object) -> object:
    """Format times as ISO 8601 and escape text that a spreadsheet would run as a formula."""
    if isinstance(value, datetime):
        return value.isoformat()
    return quote_cell(value) if isinstance(value, str) else value


def _records(path: Path) -> int:
    count, described = 0, Title.objects.exclude(record=None)
    with path.open("wb") as file, progress(f"write {path.name}", "records", described.count()) as bar:
        for record in described.order_by("pk").values_list("record", flat=True).iterator():
            file.write(bytes(record))
            count += 1
            bar.update()
    return count


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
class SheetDifference:
    """A row and the columns in which it differs; no columns if one of the two hubs lacks it."""

    table: str
    row: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        what = f"{', '.join(self.columns)} differ" if self.columns else "only one of the two has it"
        return f"{self.table}: {self.row}: {what}"


def library_facts() -> Facts:
    """Return all facts as text."""
    found: Facts = {}
    with progress("read what is compared", "tables", len(SHEETS) + 1) as bar:
        for name in SHEETS:
            found[name.removesuffix(".csv")] = _sheet_facts(name)
            bar.update()
        found["titles"] = dict(_title_facts())
        bar.update()
    for name, settled in rules_file.content_of().items():
        found[name] = {" ".join(map(_text, row.values())): {} for row in settled}
    return found


def _sheet_facts(name: str) -> dict[str, dict[str, str]]:
    lookups = {column: lookup for column, lookup in columns(name).items() if column not in NOT_CARRIED.get(name, ())}
    found: dict[str, dict[str, str]] = {}
    for values in _open_rows(name).values_list(*lookups.values()):
        row = {column: _text(value) for column, value in zip(lookups, values, strict=True)}
        key, again = " ".join(row[column] for column in KNOWN_BY[name]), 1
        while f"{key} #{again}" in found:
            again += 1
        found[f"{key} #{again}"] = row
    if name == "holds.csv":
        _add_places(found)
    return found


def _open_rows(name: str) -> QuerySet:
    """Return the rows that are not closed."""
    match name:
        case "loans.csv":
            return rows(name).filter(state__in=Loan.OPEN)
        case "holds.csv":
            return rows(name).filter(state__in=Hold.OPEN)
        case "fees.csv":
            return rows(name).filter(Fee.UNSETTLED)
        case _:
            return rows(name)


def _add_places(holds: dict[str, dict[str, str]]) -> None:
    """Add each hold's place in its title's queue to the facts."""
    queues: dict[tuple[str, str, str], int] = {}
    for row in sorted(holds.values(), key=lambda row: row["placed_at"]):
        title = (row["control_number"], row["title"], row["author"])
        queues[title] = queues.get(title, 0) + 1
        row["place"] = str(queues[title])


def _title_facts() -> Iterator[tuple[str, dict[str, str]]]:
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


def differences(here: Facts, there: Facts) -> list[SheetDifference]:
    """Return every row that differs between the two."""
    found = []
    for table in sorted(here.keys() | there.keys()):
        ours, theirs = here.get(table, {}), there.get(table, {})
        for key in sorted(ours.keys() | theirs.keys()):
            one, other = ours.get(key), theirs.get(key)
            if one != other:
                columns = sorted(name for name in one if one[name] != other.get(name)) if one and other else []
                found.append(SheetDifference(table, key, tuple(columns)))
    return found
