"""Read CSV sheets as libraries export them, and report every fault of a row."""

import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hub.core.clock import hub_clock
from lending.cells import quote_cell, unquote_cell

OWN_SIGNS = re.compile("[\ue000-\uf8ff]")
"""Characters of the private use area, which appear en masse when Big5 is decoded as GB 18030."""
OFTEN = 0.8
"""Minimum share of GB 2312 characters among the double bytes of a Chinese text; other encodings have far fewer."""
FAULT = "fault"
"""Additional column of a sheet of refused rows with the faults; it is ignored when read."""
Key = TypeVar("Key")
FEW = 10
"""Number of records that may always be closed: a fifth would be too strict for a small library."""
MOST = 5
"""Divisor: a sheet may close at most a fifth of the records unless staff permit more."""
CHUNK = 500


def decode_sheet(raw: bytes) -> str | None:
    """Decode UTF-8, with or without BOM, or GB 18030; return None for other encodings."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _gb18030(raw) or ""
    return text if "\0" not in text and (text or not raw) else None


def _gb18030(raw: bytes) -> str | None:
    """Decode strictly; refuse text that may be in another encoding, because names would be garbled."""
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return None
    pairs = [pair for sign in text if len(pair := sign.encode("gb18030")) == 2]
    common = sum(0xA1 <= lead <= 0xF7 and trail >= 0xA1 for lead, trail in pairs)
    return text if common >= OFTEN * len(pairs) and not OWN_SIGNS.search(text) else None


def set_aside(path: Path, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    """Write the rows into a new file next to the sheet, readable by its owner only."""
    written = io.StringIO()
    csv.writer(written).writerows([quote_cell(cell) for cell in row] for row in (heading, *rows))
    return write_rejected(path, ".csv", written.getvalue().encode("utf-8-sig"))


def write_rejected(path: Path, suffix: str, content: bytes) -> Path:
    """Write what was refused of a file into a new one next to it, readable by its owner only."""
    number = 1
    while True:
        fresh = path.with_name(f"{path.stem}.rejected{f'-{number}' if number > 1 else ''}{suffix}")
        try:
            handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        return fresh


class Wrong(StrEnum):
    """The kind of fault in a cell."""

    EMPTY = "empty"
    UNKNOWN = "unknown"
    """It is not one of the values that exist here."""
    NO_DATE = "no_date"
    TO_COME = "to_come"
    NO_NUMBER = "no_number"
    TWICE = "twice"
    """It occurs in an earlier line already."""
    REPEATED = "repeated"
    """It repeats the value of another cell of the same row."""
    NOBODYS = "nobodys"
    """What it refers to was not imported yet: there is no such patron, item or record."""
    NEWER = "newer"
    """It contradicts a newer transaction of a kiosk."""
    ANOTHERS = "anothers"
    """It belongs to another patron here."""
    FORM = "form"
    """Its format is wrong."""


@dataclass(frozen=True, slots=True)
class Clash:
    """What a cell contains, and what contradicts it in the hub; patron data is abbreviated."""

    wrong: Wrong
    column: str
    cell: str
    stored: str = ""


class BadSheet(Exception):
    """The sheet as a whole cannot be used; the text says why."""


class BadRow(Exception):
    """A row cannot be used; the text says which columns and why."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row's cells by column, trimmed, and the faults found in them. The heading is line 1.

    Columns in `private` hold patron data, which no fault repeats in full.
    """

    number: int
    cells: dict[str, str]
    faults: list[str] = field(default_factory=list)
    private: frozenset[str] = frozenset()
    raw: Sequence[str] = ()
    clashes: list[Clash] = field(default_factory=list)

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def wrong(self, fault: str, wrong: Wrong = Wrong.FORM, here: str = "") -> None:
        """Record a fault, whose first word is the column's name; checking continues with the other cells."""
        self.faults.append(fault)
        column = fault.split()[0].strip(",")
        there = self.display_cell(column) if column in self.cells else ""
        self.clashes.append(Clash(wrong, column if column in self.cells else "", there, here))

    def display_cell(self, column: str) -> str:
        """Return the cell's text; of patron data, only as much as is needed to find the cell."""
        text = self.cells[column]
        if column not in self.private:
            return text
        return f"…{text[-2:]}" if len(text) > 7 else "…" if text else ""

    def describe_cell(self, column: str) -> str:
        """Return column and cell for a fault; of patron data, only as much as is needed to find the cell."""
        text = self.cells[column]
        return f"{column} ({self.display_cell(column) or '…'})" if column in self.private else f"{column} {text!r}"

    def required_text(self, column: str, longest: int) -> str:
        """Return the cell's text; record a fault if it is empty, too long or contains control characters."""
        text = self.cells[column]
        if not text:
            self.wrong(f"{column} is empty; fill it in", Wrong.EMPTY)
        elif len(text) > longest:
            self.wrong(f"{column} has {len(text)} characters, at most {longest} are allowed")
        elif not text.isprintable():
            self.wrong(f"{column} contains an unprintable character; remove it")
        return text

    def one_of(self, column: str, choices: Iterable[str] | Mapping[str, object]) -> str:
        """Return the cell's text; record a fault if it is none of the choices: codes, or records by their codes."""
        before = len(self.faults)
        text = self.required_text(column, 32)
        there = choices if isinstance(choices, Mapping) else dict.fromkeys(choices)
        if len(self.faults) == before and text not in there:
            codes = sorted(there)
            known = ", ".join(_label(each, there[each]) for each in codes)
            fault = f"{self.describe_cell(column)} is unknown; known: {known or 'none yet'}"
            self.wrong(fault, Wrong.UNKNOWN, ", ".join(codes))
        return text

    def day(self, column: str) -> date | None:
        """Return the cell as a date, or None if it is empty; record a fault if it is no date."""
        try:
            return date.fromisoformat(self.cells[column]) if self.cells[column] else None
        except ValueError:
            self.wrong(f"{self.describe_cell(column)} is not a date; use the form 2027-12-31", Wrong.NO_DATE)
            return None

    def moment(self, column: str, zone: ZoneInfo, of_day: time = time(12), past: bool = True) -> datetime | None:
        """Return the cell as a time in UTC, or None if it is empty; record a fault if it is invalid.

        Args:
            column: Name of the column.
            zone: Time zone of a time without an offset.
            of_day: Time of day of a mere date.
            past: Whether a time in the future is a fault.
        """
        text = self.cells[column]
        try:
            found = datetime.fromisoformat(text) if text else None
        except ValueError:
            self.wrong(f"{self.describe_cell(column)} is not a time; use the form 2026-11-25 09:00", Wrong.NO_DATE)
            return None
        if found is None:
            return None
        if len(text) == len("2026-11-25"):
            found = datetime.combine(found, of_day)
        moment = found.replace(tzinfo=found.tzinfo or zone).astimezone(UTC)
        if past and moment > hub_clock().now():
            self.wrong(f"{self.describe_cell(column)} is in the future; it must be in the past", Wrong.TO_COME)
        return moment

    def count(self, column: str, most: int) -> int:
        """Return the cell as an integer from 0 to `most`; empty is 0."""
        text = self.cells[column] or "0"
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > most:
            self.wrong(f"{self.describe_cell(column)} is not an integer from 0 to {most}", Wrong.NO_NUMBER)
            return 0
        return int(text)

    def raise_faults(self) -> None:
        """Raise BadRow with every fault of the row, if there is any."""
        if self.faults:
            raise BadRow(" | ".join(self.faults))


def _label(code: str, record: object) -> str:
    """Return a code with the names of its record that say more."""
    names = {each for each in getattr(record, "names", {}).values() if each.casefold() != code.casefold()}
    return f"{code} ({', '.join(sorted(names))})" if names else code


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet."""

    name: str
    needed: bool = False
    """The heading must have it."""
    private: bool = False
    """It holds patron data, which no fault repeats in full."""
    sets: str = ""
    """The record's attribute that the cell sets; empty if the sheet's own code uses the cell."""
    read: Callable[[Any, "CsvRow", str], Any] = lambda _sheet, row, name: row[name]
    """Returns the value of the cell, given the sheet, the row and the column's name; records its faults."""
    optional: bool = False
    """An empty cell leaves the attribute as it is."""
    chinese: str = ""
    """Its heading in Chinese, which a sheet may have instead."""


def rows(path: Path, columns: Sequence[SheetColumn]) -> Iterator[CsvRow]:
    """Yield each row that is not empty.

    The encoding is UTF-8 with or without BOM, or GB 18030.

    Raises:
        BadSheet: Another encoding, a missing or unknown column, or not CSV.
    """
    text = decode_sheet(path.read_bytes())
    if text is None:
        raise BadSheet(f"{path} is neither UTF-8 nor GB 18030; save it as “CSV UTF-8”")
    reader = csv.reader(io.StringIO(text))
    try:
        yield from _rows(path, reader, columns)
    except csv.Error as error:
        raise BadSheet(f"{path}, line {reader.line_num}: not valid CSV: {error}") from None


def _rows(path: Path, reader: Any, form: Sequence[SheetColumn]) -> Iterator[CsvRow]:
    english = {each.chinese: each.name for each in form if each.chinese}
    columns = [english.get(name, name) for name in map(str.strip, next(reader, []))]
    _heading(path, columns, form)
    private = frozenset(each.name for each in form if each.private)
    begun = reader.line_num + 1
    for raw in reader:
        number, begun = begun, reader.line_num + 1
        if not any(raw):
            continue
        cells = dict(zip(columns, raw, strict=False))
        texts = {each.name: unquote_cell(cells.get(each.name, "").strip()) for each in form}
        row = CsvRow(number, texts, [], private, tuple(raw))
        if any(raw[len(columns) :]):
            row.wrong(
                f"the row has {len(raw)} cells, the header {len(columns)}; check for an extra comma or a missing quote"
            )
        yield row


def _heading(path: Path, columns: Sequence[str], form: Sequence[SheetColumn]) -> None:
    names = [each.name for each in form]
    known = f"known columns are {', '.join(names)}"
    if len(columns) == 1 and (parted := re.search("[;\t|]", columns[0])):
        raise BadSheet(f"{path}: columns are separated by {parted[0]!r}; save it with commas")
    if missing := [each.name for each in form if each.needed and each.name not in columns]:
        raise BadSheet(f"{path}: the header lacks {', '.join(missing)}; {known}")
    if strange := [name for name in columns if name not in names and name != FAULT]:
        raise BadSheet(f"{path}: unknown column {', '.join(strange)}; {known}")
    if twice := {name for name in columns if columns.count(name) > 1}:
        raise BadSheet(f"{path}: {', '.join(sorted(twice))} occurs twice in the header")


class EndsTooMuch(BadSheet):
    """A sheet would close so many records that it is probably truncated. The text says what to do."""


def guard(what: str, ending: int, there: int, *, allowed: bool) -> None:
    """Check a full sheet before it closes the records that it does not name.

    Raises:
        EndsTooMuch: The sheet is probably truncated.
    """
    if ending <= FEW or ending * MOST <= there or allowed:
        return
    raise EndsTooMuch(
        f"the full file lists {there - ending} of the {there} {what} in the hub and would end {ending}; "
        "nothing was imported. Check whether it is truncated; if it is correct, use --most-may-end"
    )


def chunks(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """Split the keys into chunks that every database accepts in one query."""
    return (keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK))
