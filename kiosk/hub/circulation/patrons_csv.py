"""Imports patrons from a CSV sheet; keeps of cards and PINs only their hashes."""

import re
from datetime import date
from pathlib import Path

from kiosk.hub.circulation.cards import enrol, taken_by
from kiosk.hub.circulation.models import Patron, PatronCategory
from kiosk.hub.circulation.pins import set_pin
from kiosk.hub.sheets import Plan, Row, imported

NEEDED = ("identifier", "name", "category")
KNOWN = (*NEEDED, "expires", "status", "language", "card", "pin")
NUMBER = re.compile(r"[0-9A-Za-z]{4,32}")


def import_patrons(path: Path, really: bool) -> Plan:
    """Judges every row; writes the good ones when `really`. A known identifier has its patron brought up to date."""
    seen: dict[str, int] = {}
    categories = {row.code: row for row in PatronCategory.objects.all()}
    return imported(path, NEEDED, KNOWN, really, lambda row: _import(row, categories, seen, really))


def _import(row: Row, categories: dict[str, PatronCategory], seen: dict[str, int], really: bool) -> bool:
    identifier, fresh = row.filled("identifier", 32), _numbers(row, seen)
    name, category, expires = row.filled("name", 200), row.one_of("category", categories), _day(row)
    if row["status"]:
        row.one_of("status", Patron.Status.values)
    if row["pin"] and not re.fullmatch(r"\d{4,12}", row["pin"]):
        row.wrong("pin is no PIN: 4 to 12 digits are allowed")
    row.judged()
    patron, created = Patron.objects.update_or_create(
        identifier=identifier,
        defaults={
            "name": name,
            "category": categories[category],
            "expires": expires,
            "language": row["language"][:10],
            **({"status": row["status"]} if row["status"] else {}),
        },
    )
    for number in fresh:
        enrol(patron, number)
    if row["pin"] and really:
        set_pin(patron, row["pin"])
    return bool(created)


def _numbers(row: Row, seen: dict[str, int]) -> list[str]:
    """The card numbers of the row that nobody has yet: an UID, and the identifier, which stands on the card."""
    fresh = []
    for column, number in (("identifier", row["identifier"]), ("card", row["card"].upper())):
        if not number:
            continue
        if not NUMBER.fullmatch(number):
            row.wrong(f"{column} is no card number: 4 to 32 digits and letters are allowed")
            continue
        if number in seen:
            row.wrong(f"{column} stands in row {seen[number]} already")
        seen[number] = row.number
        other = taken_by(number)
        if other is None:
            fresh.append(number)
        elif other.identifier != row["identifier"]:
            row.wrong(f"card belongs to the patron with the identifier that ends in {other.identifier[-4:]}")
    return fresh


def _day(row: Row) -> date | None:
    try:
        return date.fromisoformat(row["expires"]) if row["expires"] else None
    except ValueError:
        row.wrong(f"expires {row['expires']!r} is no day: write 2027-12-31")
        return None
