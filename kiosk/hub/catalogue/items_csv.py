"""Imports items from a CSV sheet: barcode, type, branch, and which title they are copies of; never adds a rule."""

import re
from pathlib import Path

from kiosk.hub.catalogue.display import isbn13
from kiosk.hub.catalogue.models import Branch, Item, ItemType, Title
from kiosk.hub.sheets import Plan, Row, imported

NEEDED = ("barcode", "type", "branch")
KNOWN = (*NEEDED, "control_number", "isbn", "title", "author", "call_number", "condition")
BARCODE = re.compile(r"[0-9A-Za-z.+/$ -]{1,32}")


def import_items(path: Path, really: bool) -> Plan:
    """Judges every row; writes the good ones when `really`. A barcode that is known has its item brought up to date."""
    seen: dict[str, int] = {}
    types = {row.code: row for row in ItemType.objects.all()}
    branches = {row.code: row for row in Branch.objects.all()}
    return imported(path, NEEDED, KNOWN, really, lambda row: _import(row, types, branches, seen))


def _import(row: Row, types: dict[str, ItemType], branches: dict[str, Branch], seen: dict[str, int]) -> bool:
    barcode = _barcode(row, seen)
    kind, branch, title = row.one_of("type", types), row.one_of("branch", branches), _title(row)
    if row["condition"]:
        row.one_of("condition", Item.Condition.values)
    row.judged()
    _item, created = Item.objects.update_or_create(
        barcode=barcode,
        defaults={
            "type": types[kind],
            "branch": branches[branch],
            "title": title,
            "call_number": row["call_number"][:80],
            **({"condition": row["condition"]} if row["condition"] else {}),
        },
    )
    return bool(created)


def _barcode(row: Row, seen: dict[str, int]) -> str:
    barcode = row.filled("barcode", 32)
    if barcode in seen:
        row.wrong(f"barcode {barcode} stands in row {seen[barcode]} already")
    elif barcode and not BARCODE.fullmatch(barcode):
        row.wrong(f"barcode {barcode!r} is no barcode: letters, digits and . + / $ - are allowed")
    elif barcode:
        seen[barcode] = row.number
    return barcode


def _title(row: Row) -> Title | None:
    """The title by its control number, else by ISBN, else one of the title's own words; else the row is wrong."""
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
        row.wrong(f"{what} is in no record: import the MARC records first, or give a title")
    elif title is None:
        title, _ = Title.objects.get_or_create(
            title=row.filled("title", 500), author=row["author"][:300], control_number=number or None
        )
    return title
