"""Import items from a CSV sheet: barcode, type, branch and the title they are copies of."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Count

from hub.catalogue.display import isbn13
from hub.catalogue.models import Branch, Isbn, Item, ItemType, Title
from hub.csv_sheets.csv_reader import CsvRow, SheetColumn, Wrong, chunks
from hub.csv_sheets.sheet_import import Became, RecordSheet, beginning, one_of, update_changed

Record = TypeVar("Record", Item, Title)
BARCODE = re.compile(r"[0-9A-Za-z.+/$ -]{1,32}")


class TitleLookup:
    """The titles, as primary keys, to which rows may refer; read in few queries."""

    def __init__(self, sheet: Sequence[CsvRow]) -> None:
        self.by_number = dict[str, int]()
        self.by_isbn = defaultdict[str, list[int]](list)
        self.by_title = defaultdict[str, list[tuple[int, str, str | None]]](list)
        """Primary key, author and control number."""
        for some in chunks(sorted({row["control_number"] for row in sheet} - {""})):
            self.by_number.update(Title.objects.filter(control_number__in=some).values_list("control_number", "pk"))
        unnumbered = [row for row in sheet if not row["control_number"]]
        for some in chunks(sorted({isbn13(row["isbn"]) or "" for row in unnumbered} - {""})):
            for isbn, title in Isbn.objects.filter(isbn13__in=some).order_by("title").values_list("isbn13", "title"):
                self.by_isbn[isbn].append(title)
        for some in chunks(sorted({row["title"] for row in unnumbered} - {""})):
            titles = Title.objects.filter(title__in=some).order_by("pk")
            for title, *facts in titles.values_list("title", "pk", "author", "control_number"):
                self.by_title[title].append((*facts,))


class ItemSheet(RecordSheet[Item]):
    """Items by barcode. `title_…` describe a title without a MARC record, if the row is the first to name it."""

    conditions: Mapping[str, str] = {each: each for each in Item.Condition.values}

    def __init__(self) -> None:
        super().__init__()
        self.added_titles: list[int] = []
        """Primary keys of the titles that the sheet has added."""

    def _barcode(self, row: CsvRow, name: str) -> str:
        barcode = row.required_text(name, 32)
        if barcode in self._lines:
            line = self._lines[barcode]
            row.wrong(f"barcode {barcode} is already in line {line}; remove one of the two", Wrong.TWICE)
        elif barcode and not BARCODE.fullmatch(barcode):
            row.wrong(f"barcode {barcode!r} is not a barcode; letters, digits and . + / $ - are allowed")
        elif barcode:
            self._lines[barcode] = row.number
        return barcode

    def _title(self, row: CsvRow, _name: str) -> int | None:
        """Return the row's title, by control number, else by ISBN, else by title and author; None for a new one."""
        number, isbn = row["control_number"] and row.required_text("control_number", 64), row["isbn"]
        thirteen = isbn13(isbn) if isbn else None
        if isbn and thirteen is None:
            row.wrong(f"isbn {isbn!r} is not an ISBN; its check digit is wrong")
            return None
        titles = self._titles.by_isbn[thirteen] if thirteen and not number else []
        if number and number in self._titles.by_number:
            titles = [self._titles.by_number[number]]
        if not titles and (number or isbn) and not row["title"]:
            what = f"control_number {number!r}" if number else f"isbn {isbn!r}"
            row.wrong(f"{what} matches no record; import the MARC records first, or give a title", Wrong.NOBODYS)
            return None
        if not titles and not number:
            same = self._titles.by_title[row["title"]]
            titles = [pk for pk, author, known in same if (author, known) == (row["author"][:300], None)]
        if not titles:
            row.required_text("title", 500)
            row.count("title_year", 9999)
            return None
        item = self.find(row)
        return item.title_id if item is not None and item.title_id in titles else titles[0]

    columns = (
        SheetColumn("barcode", needed=True, sets="barcode", read=_barcode, chinese="条码"),
        SheetColumn("type", needed=True, sets="type", read=one_of("types"), chinese="文献类型"),
        SheetColumn("branch", needed=True, sets="branch", read=one_of("branches"), chinese="分馆"),
        SheetColumn("control_number", sets="title_id", read=_title, chinese="控制号"),
        SheetColumn("isbn"),
        SheetColumn("title", chinese="题名"),
        SheetColumn("author", chinese="责任者"),
        SheetColumn("call_number", sets="call_number", read=beginning(80), chinese="索书号"),
        SheetColumn("condition", sets="condition", read=one_of("conditions"), optional=True, chinese="馆藏状态"),
        *map(SheetColumn, ("title_call_number", "title_language", "title_subject", "title_year")),
    )

    def prepare(self, sheet: Sequence[CsvRow]) -> None:
        self.types = {each.code: each for each in ItemType.objects.all()}
        self.branches = {each.code: each for each in Branch.objects.all()}
        self._titles, self._lines, self._items = TitleLookup(sheet), dict[str, int](), dict[str, Item]()
        for some in chunks(sorted({row["barcode"] for row in sheet})):
            items = Item.objects.filter(barcode__in=some).select_related("type", "branch")
            self._items.update({each.barcode: each for each in items})

    def keys(self, row: CsvRow) -> list[str]:
        return [row["barcode"]]

    def find(self, row: CsvRow) -> Item | None:
        return self._items.get(row["barcode"])

    def status(self, row: CsvRow) -> str:
        return row["condition"]

    def write(self, row: CsvRow, found: Item | None, values: dict[str, Any]) -> tuple[Item, Became]:
        if values["title_id"] is None:
            values["title_id"] = self._new_title(row)
        if found is not None:
            return found, update_changed(found, **values)
        return self._items.setdefault(row["barcode"], _add(Item(**values))), "added"

    def _new_title(self, row: CsvRow) -> int:
        number = row["control_number"] or None
        title = _add(
            Title(
                title=row["title"],
                author=row["author"][:300],
                control_number=number,
                call_number=row["title_call_number"][:80],
                language=row["title_language"][:3],
                subject=row["title_subject"][:2],
                year=row.count("title_year", 9999) or None,
            )
        )
        self.added_titles.append(title.pk)
        if number:
            self._titles.by_number[number] = title.pk
        else:
            self._titles.by_title[title.title].append((title.pk, title.author, None))
        return int(title.pk)

    def totals(self) -> list[str]:
        """Count items by branch and type."""
        rows = Item.objects.order_by().values_list("branch__code", "type__code").annotate(count=Count("pk"))
        counted = [f"items in {branch} of type {kind}: {count}" for branch, kind, count in sorted(rows)]
        return [*counted, f"items: {Item.objects.count()}, titles: {Title.objects.count()}"]


def _add(record: Record) -> Record:
    """Insert a record without a row of field history: the import itself is on record, and may add many."""
    record.skip_history_when_saving = True
    record.save(force_insert=True)
    del record.skip_history_when_saving
    return record
