"""Import patrons from a CSV sheet, storing card numbers and PINs as hashes only."""

import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from hub.circulation import pins, totals
from hub.circulation.cards import enrol, taken_by
from hub.circulation.models import Patron, PatronCategory
from hub.csv_sheets.csv_errors import Wrong
from hub.csv_sheets.csv_reader import Became, CsvRow, Form, Plan, amended, imported

NEEDED = ("identifier", "name", "category")
KNOWN = (*NEEDED, "expires", "status", "language", "card", "pin")
FORM = Form(NEEDED, KNOWN, frozenset(KNOWN) - {"category", "status"})
NUMBER = re.compile(r"[0-9A-Za-z]{4,32}")


def import_patrons(path: Path, really: bool, read_rows: Iterable[CsvRow] | None = None) -> Plan:
    """Check every row and import the valid ones if `really`; patrons with a known identifier are updated.

    `read_rows` are the rows, if they were read already.
    """
    seen, about = dict[str, int](), dict[int, str]()
    categories = {row.code: row for row in PatronCategory.objects.all()}
    one = partial(_import, categories=categories, seen=seen, about=about, really=really)
    return imported(path, FORM, really, one, totals.patrons, about, read_rows)


def _import(
    row: CsvRow, categories: dict[str, PatronCategory], seen: dict[str, int], about: dict[int, str], really: bool
) -> Became:
    patron = Patron.objects.filter(identifier=row["identifier"]).select_related("category").first()
    if patron is not None:
        about[patron.pk] = row["status"]
    identifier, fresh = row.filled("identifier", 32), _numbers(row, seen)
    name, category, expires = row.filled("name", 200), row.one_of("category", categories), row.day("expires")
    if row["status"]:
        row.one_of("status", Patron.Status.values)
    if row["pin"] and not re.fullmatch(r"\d{4,12}", row["pin"]):
        row.wrong("pin is no PIN: 4 to 12 digits are allowed")
    row.judged()
    values = {
        "name": name,
        "category": categories[category],
        "expires": expires,
        "language": row["language"][:10],
        **({"status": row["status"]} if row["status"] else {}),
    }
    became: Became = amended(patron, **values) if patron else "added"
    patron = patron or Patron.objects.create(identifier=identifier, **values)
    about[patron.pk] = row["status"]
    for number in fresh:
        enrol(patron, number)
    new_pin = bool(row["pin"]) and not pins.is_pin(patron, row["pin"])
    if new_pin and really:
        pins.set_pin(patron, row["pin"])
    return "updated" if became == "same" and (fresh or new_pin) else became


def _numbers(row: CsvRow, seen: dict[str, int]) -> list[str]:
    """Return the row's new card numbers: a UID, and the identifier, which is printed on the card."""
    fresh = []
    for column, number in (("identifier", row["identifier"]), ("card", row["card"].upper())):
        if not number:
            continue
        if not NUMBER.fullmatch(number):
            row.wrong(f"{column} is no card number: 4 to 32 digits and letters are allowed")
            continue
        if column == "card" and number == row["identifier"]:
            row.wrong("card repeats the identifier, which counts as a card already: leave card empty", Wrong.REPEATED)
            continue
        if number in seen:
            row.wrong(f"{column} stands in line {seen[number]} already: take one of the two out", Wrong.TWICE)
        seen[number] = row.number
        other = taken_by(number)
        if other is None:
            fresh.append(number)
        elif other.identifier != row["identifier"]:
            whose = other.identifier[-4:]
            row.wrong(
                f"{column} belongs to the patron whose identifier ends in {whose}: one is wrong",
                Wrong.ANOTHERS,
                f"…{whose}",
            )
    return fresh
