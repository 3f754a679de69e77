"""Import patrons from a CSV sheet, storing card numbers and PINs as hashes only."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hub.circulation import pins
from hub.circulation.cards import enrol, hash_number
from hub.circulation.models import Card, Patron, PatronCategory
from hub.circulation.sheets import csv_rows, totals
from hub.csv_sheets.csv_reader import CsvRow, SheetColumn, Wrong, chunks
from hub.csv_sheets.sheet_import import Became, RecordSheet, beginning, day, one_of, text, update_changed

NUMBER = re.compile(r"[0-9A-Za-z]{4,32}")


class PatronSheet(RecordSheet[Patron]):
    """Patrons by identifier. A row with a PIN always counts as different, because comparing it is slow."""

    statuses: Mapping[str, str] = {each: each for each in Patron.Status.values}

    def _identifier(self, row: CsvRow, name: str) -> str:
        identifier = row.required_text(name, 32)
        self._fresh = self._new_numbers(row)
        return identifier

    def _pin(self, row: CsvRow, name: str) -> None:
        if row[name] and not re.fullmatch(r"\d{4,12}", row[name]):
            row.wrong("pin is not a PIN; use 4 to 12 digits")

    columns = (
        SheetColumn("identifier", needed=True, private=True, sets="identifier", read=_identifier),
        SheetColumn("name", needed=True, private=True, sets="name", read=text(200)),
        SheetColumn("category", needed=True, sets="category", read=one_of("categories")),
        SheetColumn("expires", private=True, sets="expires", read=day),
        SheetColumn("status", sets="status", read=one_of("statuses"), optional=True),
        SheetColumn("language", private=True, sets="language", read=beginning(10)),
        SheetColumn("card", private=True),
        SheetColumn("pin", private=True, read=_pin),
    )

    def prepare(self, sheet: Sequence[CsvRow]) -> None:
        self.categories = {each.code: each for each in PatronCategory.objects.all()}
        self._patrons = csv_rows.patrons(row["identifier"] for row in sheet)
        self._lines = dict[str, int]()
        """Line of each number."""
        self._owners = dict[str, Patron]()
        """Patron of each hash of a card."""
        for some in chunks(sorted({hash_number(number) for row in sheet for number in self.keys(row)})):
            cards = Card.objects.filter(hash__in=some).select_related("patron")
            self._owners.update({each.hash: each.patron for each in cards})

    def keys(self, row: CsvRow) -> set[str]:
        return {row["identifier"], row["card"].upper()} - {""}

    def find(self, row: CsvRow) -> Patron | None:
        return self._patrons.get(row["identifier"])

    def status(self, row: CsvRow) -> str:
        return row["status"]

    def is_same(self, row: CsvRow, found: Patron, values: Mapping[str, Any]) -> bool:
        return super().is_same(row, found, values) and not self._fresh and not row["pin"]

    def write(self, row: CsvRow, found: Patron | None, values: dict[str, Any]) -> tuple[Patron, Became]:
        became: Became = update_changed(found, **values) if found else "added"
        patron = found or Patron.objects.create(**values)
        self._patrons[patron.identifier] = patron
        for number in self._fresh:
            self._owners[enrol(patron, number).hash] = patron
        new_pin = bool(row["pin"]) and not pins.is_pin(patron, row["pin"])
        if new_pin and self.really:
            pins.set_pin(patron, row["pin"])
        return patron, "updated" if became == "same" and (self._fresh or new_pin) else became

    def totals(self) -> list[str]:
        return totals.patrons()

    def _new_numbers(self, row: CsvRow) -> list[str]:
        """Return the row's new card numbers: a UID, and the identifier, which is printed on the card."""
        fresh = []
        for column, number in (("identifier", row["identifier"]), ("card", row["card"].upper())):
            if not number:
                continue
            if not NUMBER.fullmatch(number):
                row.wrong(f"{column} is not a card number; use 4 to 32 digits and letters")
                continue
            if column == "card" and number == row["identifier"]:
                row.wrong(
                    "card repeats the identifier, which already counts as a card; leave card empty", Wrong.REPEATED
                )
                continue
            if number in self._lines:
                line = self._lines[number]
                row.wrong(f"{column} is already in line {line}; remove one of the two", Wrong.TWICE)
            self._lines[number] = row.number
            owner = self._owners.get(hash_number(number))
            if owner is None:
                fresh.append(number)
            elif owner.identifier != row["identifier"]:
                whose = owner.identifier[-4:]
                row.wrong(
                    f"{column} belongs to the patron whose identifier ends in {whose}; one is wrong",
                    Wrong.ANOTHERS,
                    f"…{whose}",
                )
        return fresh
