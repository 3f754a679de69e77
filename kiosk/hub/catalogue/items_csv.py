"""Imports items from a CSV sheet: barcode, type, branch, and which title they are copies of; never adds a rule."""

import re
from pathlib import Path

from django.db import transaction

from kiosk.hub.catalogue.display import isbn13
from kiosk.hub.catalogue.models import Branch, Isbn, Item, ItemType, Title
from kiosk.hub.sheets import BadRow, Plan, filled, rows

NEEDED = ("barcode", "type", "branch")
KNOWN = (*NEEDED, "control_number", "isbn", "title", "author", "call_number")
BARCODE = re.compile(r"[0-9A-Za-z.+/$ -]{1,32}")


def import_items(path: Path, really: bool) -> Plan:
    """Judges every row; writes the good ones when `really`. A barcode that is known has its item brought up to date."""
    plan, seen = Plan(), dict[str, int]()
    types = {row.code: row for row in ItemType.objects.all()}
    branches = {row.code: row for row in Branch.objects.all()}
    with transaction.atomic():
        for number, row in rows(path, NEEDED, KNOWN):
            try:
                with transaction.atomic():
                    _import(row, number, types, branches, seen, plan)
            except BadRow as fault:
                plan.bad.append((number, str(fault)))
        if not really:
            transaction.set_rollback(True)
    return plan


def _import(
    row: dict[str, str],
    number: int,
    types: dict[str, ItemType],
    branches: dict[str, Branch],
    seen: dict[str, int],
    plan: Plan,
) -> None:
    barcode = filled(row, "barcode", 32)
    if not BARCODE.fullmatch(barcode):
        raise BadRow(f"barcode {barcode!r} is no barcode: letters, digits and . + / $ - are allowed")
    if barcode in seen:
        raise BadRow(f"barcode {barcode} stands in row {seen[barcode]} already")
    seen[barcode] = number
    _item, created = Item.objects.update_or_create(
        barcode=barcode,
        defaults={
            "type": _chosen(types, row, "type"),
            "branch": _chosen(branches, row, "branch"),
            "title": _title(row),
            "call_number": row["call_number"][:80],
        },
    )
    plan.added += created
    plan.updated += not created


def _chosen(choices: dict[str, ItemType] | dict[str, Branch], row: dict[str, str], column: str) -> ItemType | Branch:
    code = filled(row, column, 32)
    if code not in choices:
        raise BadRow(f"{column} {code!r} is unknown: there are {', '.join(sorted(choices)) or 'none yet'}")
    return choices[code]


def _title(row: dict[str, str]) -> Title:
    """The title by its control number, else by ISBN, else a plain one of the title's own words."""
    if number := row["control_number"]:
        return _found(Title.objects.filter(control_number=number).first(), f"control_number {number!r}")
    if text := row["isbn"]:
        thirteen = isbn13(text)
        if thirteen is None:
            raise BadRow(f"isbn {text!r} is no ISBN: its check digit is wrong")
        by_isbn = Isbn.objects.filter(isbn13=thirteen).select_related("title").first()
        if by_isbn is not None or not row["title"]:
            return _found(by_isbn.title if by_isbn else None, f"isbn {text!r}")
    title, _ = Title.objects.get_or_create(
        title=filled(row, "title", 500), author=row["author"][:300], control_number=None
    )
    found: Title = title
    return found


def _found(title: Title | None, what: str) -> Title:
    if title is None:
        raise BadRow(f"{what} is in no record: import the MARC records first, or give a title")
    return title
