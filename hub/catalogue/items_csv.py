"""Import items from a CSV sheet: barcode, type, branch and the title they are copies of."""

import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from django.db.models import Count

from hub.catalogue.display import isbn13
from hub.catalogue.models import Branch, Item, ItemType, Title
from hub.csv_sheets.csv_errors import Wrong
from hub.csv_sheets.csv_reader import Became, CsvRow, Form, Plan, amended, imported

NEEDED = ("barcode", "type", "branch")
OF_TITLE = ("title_call_number", "title_language", "title_subject", "title_year")
"""Data of a title without a MARC record, used if the row is the first to name it."""
KNOWN = (*NEEDED, "control_number", "isbn", "title", "author", "call_number", "condition", *OF_TITLE)
FORM = Form(NEEDED, KNOWN)
BARCODE = re.compile(r"[0-9A-Za-z.+/$ -]{1,32}")


def import_items(path: Path, really: bool, read_rows: Iterable[CsvRow] | None = None) -> Plan:
    """Check every row and import the valid ones if `really`; items with a known barcode are updated.

    `read_rows` are the rows if they were read already.
    """
    seen, about = dict[str, int](), dict[int, str]()
    types = {row.code: row for row in ItemType.objects.all()}
    branches = {row.code: row for row in Branch.objects.all()}
    one = partial(_import, types=types, branches=branches, seen=seen, about=about)
    return imported(path, FORM, really, one, totals, about, read_rows)


def totals() -> list[str]:
    """Count items by branch and type, for comparison with the source system."""
    rows = Item.objects.order_by().values_list("branch__code", "type__code").annotate(count=Count("pk"))
    counted = [f"items in {branch} of type {kind}: {count}" for branch, kind, count in sorted(rows)]
    return [*counted, f"items: {Item.objects.count()}, titles: {Title.objects.count()}"]


def _import(
    row: CsvRow,
    types: dict[str, ItemType],
    branches: dict[str, Branch],
    seen: dict[str, int],
    about: dict[int, str],
) -> Became:
    item = Item.objects.filter(barcode=row["barcode"]).select_related("type", "branch", "title").first()
    if item is not None:
        about[item.pk] = row["condition"]
    barcode = _barcode(row, seen)
    kind, branch, title = row.one_of("type", types), row.one_of("branch", branches), _title(row)
    if row["condition"]:
        row.one_of("condition", Item.Condition.values)
    row.judged()
    values = {
        "type": types[kind],
        "branch": branches[branch],
        "title": title,
        "call_number": row["call_number"][:80],
        **({"condition": row["condition"]} if row["condition"] else {}),
    }
    if item is not None:
        return amended(item, **values)
    about[Item.objects.create(barcode=barcode, **values).pk] = row["condition"]
    return "added"


def _barcode(row: CsvRow, seen: dict[str, int]) -> str:
    barcode = row.filled("barcode", 32)
    if barcode in seen:
        row.wrong(f"barcode {barcode} stands in line {seen[barcode]} already: take one of the two out", Wrong.TWICE)
    elif barcode and not BARCODE.fullmatch(barcode):
        row.wrong(f"barcode {barcode!r} is no barcode: letters, digits and . + / $ - are allowed")
    elif barcode:
        seen[barcode] = row.number
    return barcode


def _title(row: CsvRow) -> Title | None:
    """Return the row's title, by control number, else by ISBN, else by title and author."""
    number, isbn = row["control_number"] and row.filled("control_number", 64), row["isbn"]
    thirteen = isbn13(isbn) if isbn else None
    if isbn and thirteen is None:
        row.wrong(f"isbn {isbn!r} is no ISBN: its check digit is wrong")
        return None
    title: Title | None = None
    if number:
        title = Title.objects.filter(control_number=number).first()
    elif thirteen:
        title = Title.objects.filter(isbns__isbn13=thirteen).first()
    if title is None and (number or isbn) and not row["title"]:
        what = f"control_number {number!r}" if number else f"isbn {isbn!r}"
        row.wrong(f"{what} is in no record: import the MARC records first, or give a title", Wrong.NOBODYS)
    elif title is None:
        title, _ = Title.objects.get_or_create(
            title=row.filled("title", 500),
            author=row["author"][:300],
            control_number=number or None,
            defaults=_title_values(row),
        )
    return title


def _title_values(row: CsvRow) -> dict[str, object]:
    return {
        "call_number": row["title_call_number"][:80],
        "language": row["title_language"][:3],
        "subject": row["title_subject"][:2],
        "year": row.count("title_year", 9999) or None,
    }
