"""Imports patrons from a CSV sheet; keeps of cards and PINs only their hashes."""

import re
from datetime import date
from pathlib import Path

from django.db import transaction

from kiosk.hub.circulation.cards import enrol, taken_by
from kiosk.hub.circulation.models import Patron, PatronCategory
from kiosk.hub.circulation.pins import set_pin
from kiosk.hub.sheets import BadRow, Plan, filled, rows

NEEDED = ("identifier", "name", "category")
KNOWN = (*NEEDED, "expires", "language", "card", "pin")
NUMBER = re.compile(r"[0-9A-Za-z]{4,32}")


def import_patrons(path: Path, really: bool) -> Plan:
    """Judges every row; writes the good ones when `really`. A known identifier has its patron brought up to date."""
    plan, seen = Plan(), dict[str, int]()
    categories = {row.code: row for row in PatronCategory.objects.all()}
    with transaction.atomic():
        for number, row in rows(path, NEEDED, KNOWN):
            try:
                with transaction.atomic():
                    _import(row, number, categories, seen, plan, really)
            except BadRow as fault:
                plan.bad.append((number, str(fault)))
        if not really:
            transaction.set_rollback(True)
    return plan


def _import(
    row: dict[str, str],
    number: int,
    categories: dict[str, PatronCategory],
    seen: dict[str, int],
    plan: Plan,
    really: bool,
) -> None:
    identifier, card = filled(row, "identifier", 32), row["card"].upper()
    for column, value in (("identifier", identifier), ("card", card)):
        if value and not NUMBER.fullmatch(value):
            raise BadRow(f"{column} is no card number: 4 to 32 digits and letters are allowed")
        if value and value in seen:
            raise BadRow(f"{column} stands in row {seen[value]} already")
        seen.update({value: number} if value else {})
    category = filled(row, "category", 32)
    if category not in categories:
        raise BadRow(f"category {category!r} is unknown: there are {', '.join(sorted(categories)) or 'none yet'}")
    if row["pin"] and not re.fullmatch(r"\d{4,12}", row["pin"]):
        raise BadRow("pin is no PIN: 4 to 12 digits are allowed")
    patron, created = Patron.objects.update_or_create(
        identifier=identifier,
        defaults={
            "name": filled(row, "name", 200),
            "category": categories[category],
            "expires": _day(row),
            "language": row["language"][:10],
        },
    )
    for value in (identifier, card):
        other = taken_by(value) if value else None
        if other is not None and other != patron:
            raise BadRow(f"card belongs to the patron with the identifier that ends in {other.identifier[-4:]}")
        if value and other is None:
            enrol(patron, value)
    if row["pin"] and really:
        set_pin(patron, row["pin"])
    plan.added += created
    plan.updated += not created


def _day(row: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(row["expires"]) if row["expires"] else None
    except ValueError:
        raise BadRow(f"expires {row['expires']!r} is no day: write 2027-12-31") from None
