"""Import open holds from a CSV sheet, in the order in which they were placed; no notices are sent."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from hub.catalogue.display import isbn13
from hub.catalogue.items_csv import TitleLookup
from hub.catalogue.models import Branch, Item
from hub.circulation.models import Hold
from hub.circulation.operations import holds
from hub.circulation.sheets import csv_rows, totals
from hub.csv_sheets.csv_reader import BadRow, CsvRow, SheetColumn, Wrong, chunks
from hub.csv_sheets.sheet_import import Became, RecordSheet, update_changed

Key = tuple[int, int]
"""Primary keys of patron and title; a patron has at most one open hold of a title."""


class HoldSheet(RecordSheet[Hold]):
    """Open holds by patron and title. Of two holds placed at the same time, the upper row comes first."""

    columns = (
        csv_rows.PATRON,
        SheetColumn("pickup", needed=True),
        SheetColumn("placed_at", needed=True),
        *map(SheetColumn, ("control_number", "isbn", "title", "author", "item_barcode")),
        *map(SheetColumn, ("state", "shelf", "until", "closed_at")),
    )

    def prepare(self, sheet: Sequence[CsvRow]) -> None:
        self._branches = {each.code: each for each in Branch.objects.all()}
        self._zone = csv_rows.zone()
        self._patrons = csv_rows.patrons(row["patron_identifier"] for row in sheet)
        self._items = csv_rows.items(row["item_barcode"] for row in sheet)
        self._titles = TitleLookup([row for row in sheet if not row["item_barcode"]])
        self._open = dict[Key, Hold]()
        for some in chunks(sorted(each.pk for each in self._patrons.values())):
            for each in Hold.objects.filter(patron__in=some, state__in=Hold.OPEN):
                self._open[each.patron_id, each.title_id] = each

    def keys(self, row: CsvRow) -> list[Key]:
        patron, (_column, titles) = self._patrons.get(row["patron_identifier"]), self._titles_of(row)
        return [(patron.pk, titles[0])] if patron is not None and len(titles) == 1 else []

    def find(self, row: CsvRow) -> Hold | None:
        return next((self._open[key] for key in self.keys(row) if key in self._open), None)

    def status(self, row: CsvRow) -> str:
        return row["state"] or str(Hold.State.WAITING)

    def check(self, row: CsvRow, found: Hold | None) -> dict[str, Any]:
        patron, title, pickup = (
            csv_rows.patron(row, self._patrons), self._title(row), row.one_of("pickup", self._branches),
        )  # fmt: skip
        row.required_text("placed_at", 40)
        placed, until = row.moment("placed_at", self._zone), row.day("until")
        item = self._copy(row, until, found) if self.status(row) == str(Hold.State.READY) else None
        return {
            "patron": patron,
            "title_id": title,
            "pickup": self._branches.get(pickup),
            "state": self.status(row),
            "placed_at": placed,
            "item": item,
            "until": until if item else None,
        }

    def is_same(self, row: CsvRow, found: Hold, values: Mapping[str, Any]) -> bool:
        """Compare a ready hold by its copy, a waiting one by its time and pickup branch."""
        names = ("state", "item") if found.state == Hold.State.READY else ("state", "placed_at", "pickup")
        return all(getattr(found, name) == values[name] for name in names)

    def write(self, row: CsvRow, found: Hold | None, values: dict[str, Any]) -> tuple[Hold, Became]:
        patron, title, placed = values["patron"], values["title_id"], values["placed_at"]
        known = found or Hold.objects.filter(patron=patron, title=title, placed_at=placed).first()
        if known is not None:  # without an open hold: one that the hub has closed since the first import
            waits = known.state == Hold.State.WAITING and values["state"] == known.state
            return known, update_changed(known, placed_at=placed, pickup=values["pickup"]) if waits else "same"
        shelf = (row["shelf"][:40] or patron.identifier[-4:]) if values["item"] else ""
        hold = self._open[patron.pk, title] = Hold.objects.create(**values, shelf=shelf)
        holds.tell("hold_placed", csv_rows.import_actor(hold.pickup), hold)
        return hold, "added"

    def take(self, row: CsvRow) -> Became:
        state = row.one_of("state", map(str, Hold.State.values)) if row["state"] else self.status(row)
        if not row.faults and state not in map(str, Hold.OPEN):
            return "over"
        try:
            return super().take(row)
        except BadRow:  # it may be about any hold of the patron
            patron = self._patrons.get(row["patron_identifier"])
            self.seen.update(dict.fromkeys(Hold.objects.filter(patron=patron).values_list("pk", flat=True), ""))
            raise

    def totals(self) -> list[str]:
        return totals.holds()

    def _titles_of(self, row: CsvRow) -> tuple[str, Sequence[int]]:
        """Return the column that names the title, and the titles that it fits."""
        if row["item_barcode"]:
            item = self._items.get(row["item_barcode"])
            return "item_barcode", [item.title_id] if item else []
        if row["control_number"]:
            number = self._titles.by_number.get(row["control_number"])
            return "control_number", [number] if number else []
        if row["isbn"]:
            return "isbn", self._titles.by_isbn[isbn13(row["isbn"]) or ""]
        titles = self._titles.by_title[row["title"]] if row["title"] else []
        return "title", [pk for pk, author, _number in titles if row["author"] in ("", author)]

    def _title(self, row: CsvRow) -> int | None:
        column, titles = self._titles_of(row)
        if column == "item_barcode":
            csv_rows.item(row, self._items)
        elif not row[column]:
            row.wrong("control_number, isbn, title and item_barcode are empty; fill in one of them", Wrong.EMPTY)
        elif not titles:
            row.wrong(f"{row.describe_cell(column)} matches no record; import titles and items first", Wrong.NOBODYS)
        elif len(titles) > 1:
            row.wrong(f"{row.describe_cell(column)} matches more than one title; give the item_barcode of a copy")
        return titles[0] if titles else None

    def _copy(self, row: CsvRow, until: date | None, found: Hold | None) -> Item | None:
        """Return the copy on the hold shelf for this hold."""
        if until is None:
            row.wrong("until is empty; a ready hold needs an expiry date", Wrong.EMPTY)
        item = csv_rows.item(row, self._items)
        if item is None or (found is not None and (found.state, found.item_id) == (Hold.State.READY, item.pk)):
            return item
        others = Hold.objects.filter(item=item, state=Hold.State.READY)
        if others.exclude(patron__identifier=row["patron_identifier"]).exists():
            row.wrong(
                f"{row.describe_cell('item_barcode')} is on the hold shelf for another patron; one of the two is wrong",
                Wrong.ANOTHERS,
            )
        elif not others.exists() and not holds.is_free(item):
            row.wrong(f"{row.describe_cell('item_barcode')} is on loan; a copy on the hold shelf must not be on loan")
        return item
