"""Export the library's data as plain files, without PINs, card hashes and tokens."""

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.db.models import Model, OuterRef, QuerySet, Subquery

from hub.catalogue.models import Item, Title
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
        author=title__author pickup=pickup__code state placed_at item_barcode=item__barcode shelf until closed_at""",
    ),
    "fees.csv": (
        Fee,
        """patron_identifier=patron__identifier kind amount paid charged_at settled_at note
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
