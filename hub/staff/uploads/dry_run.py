"""Run an import over an uploaded file, as a dry run or for good, and note the first rows of each result.

The rows are read, checked and written by the code of the commands: `CsvSheet.run` and `import_marc`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from hub.catalogue.items_csv import ItemSheet
from hub.catalogue.marc import join_records, open_marc_file
from hub.catalogue.marc_import import TitleResult, import_marc
from hub.csv_sheets.csv_reader import CsvRow, rows, write_rejected
from hub.csv_sheets.sheet_import import RowResult
from hub.ils.imports.sources import SHEETS
from hub.staff.uploads import files

SHOWN = 20
"""Rows of each result that a page shows."""
MOST_ROWS: Mapping[str, int] = {files.ITEMS: 2000, files.PATRONS: 2000}
"""Rows of a sheet. The dry run writes and rolls back, and kiosks wait for a few seconds meanwhile."""
MOST_BYTES: Mapping[str, int] = {
    files.TITLES: 5_000_000,
    files.ITEMS: 3_000_000,
    files.PATRONS: 1_000_000,
}
"""Bytes of a file, unpacked. A MARC file of this size has about 5,000 records and is checked in some seconds."""


class TooManyRows(Exception):
    """A sheet has more rows than `MOST_ROWS`. `args[0]` is their number."""


class NoRows(Exception):
    """A file has no row or record."""


@dataclass(slots=True)
class ImportResult:
    """What an import would do, or has done."""

    counts: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Number of rows by result: added, updated, same, bad."""
    shown: defaultdict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """The first rows of each result."""
    added: list[int] = field(default_factory=list)
    """Primary keys of the added records."""
    added_titles: list[int] = field(default_factory=list)
    """Primary keys of the titles that a sheet of items has added."""
    before: dict[int, Any] = field(default_factory=dict)
    """What restores an updated record: its earlier values, or its earlier MARC record as hexadecimal digits."""
    obstacle: str = ""
    """Why the import cannot be undone as a whole: `pin` or `no_record`; empty if it can."""

    def take(self, became: str, line: int, words: str, note: str = "") -> None:
        """Count a row, and note it if it is among the first."""
        self.counts[became] += 1
        if len(self.shown[became]) < SHOWN:
            self.shown[became].append({"line": line, "words": words, "note": note})


def run_import(kind: str, path: Path, *, really: bool, step: Callable[[], object] = lambda: None) -> ImportResult:
    """Import the file; `step` is called after each row.

    Raises:
        BadSheet: The sheet as a whole cannot be used.
        TooManyRows: It is too long.
        NoRows: There is nothing in it.
    """
    result = ImportResult()
    if kind == files.TITLES:
        with open_marc_file(path) as file:
            report = import_marc(file, step, partial(_take_title, result), really=really)
        for bad in report.bad:
            result.take("bad", bad.number, "", bad.fault)
        if really and (refused := join_records(bad.raw for bad in report.bad)):
            write_rejected(path, ".mrc", refused)
        if not result.counts:
            raise NoRows
        return result
    sheet = SHEETS[kind]()
    read = list(rows(path, sheet.columns))
    if not read:
        raise NoRows
    if len(read) > MOST_ROWS[kind]:
        raise TooManyRows(len(read))

    def take(row: RowResult) -> None:
        _take_row(result, kind, row)
        step()

    sheet.run(path, really, read, take)
    if isinstance(sheet, ItemSheet):
        result.added_titles = sheet.added_titles
    return result


def _take_title(result: ImportResult, title: TitleResult) -> None:
    described = title.described
    author = f" / {described.author}" if described.author else ""
    result.take(title.became, described.number, f"{described.title}{author}", described.call_number)
    if title.became == "added" and title.pk is not None:
        result.added.append(title.pk)
    elif title.became == "updated":
        if title.before is None:
            result.obstacle = "no_record"
        elif title.pk is not None:
            result.before[title.pk] = title.before.hex()


def _take_row(result: ImportResult, kind: str, row: RowResult) -> None:
    note = " | ".join(row.before) if row.became == "updated" else row.fault
    result.take(row.became, row.row.number, _words(kind, row.row), note)
    if row.became == "added" and row.pk is not None:
        result.added.append(row.pk)
    elif row.became == "updated" and row.pk is not None:
        values = {name: value.isoformat() if isinstance(value, date) else value for name, value in row.before.items()}
        result.before[row.pk] = values
        if kind == files.PATRONS and (row.row["pin"] or row.row["card"] or not values):
            result.obstacle = "pin"


def _words(kind: str, row: CsvRow) -> str:
    """Return what a row is about: barcode and title, or the patron's number and name."""
    if kind == files.PATRONS:
        return f"{row['identifier']} {row['name']}"
    return f"{row['barcode']} {row['title'] or row['isbn'] or row['control_number']}"
