"""Reads CSV sheets as people send them, and says all that is wrong with a row; knows no table."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

FORMULA = re.compile(r"'*[=+\-@]")
"""How a text begins that a spreadsheet would run, or that was quoted against that."""


class BadSheet(Exception):
    """The sheet as a whole cannot be used; the text says why."""


class BadRow(Exception):
    """A row cannot be used; the text says which columns and why."""


@dataclass(slots=True)
class Plan:
    """What an import would do, or has done."""

    added: int = 0
    updated: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """A row's cells by column, trimmed, and all that was found wrong with them. The heading is row 1."""

    number: int
    cells: dict[str, str]
    faults: list[str] = field(default_factory=list)

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def wrong(self, fault: str) -> None:
        """Notes a fault and lets the other cells be judged too."""
        self.faults.append(fault)

    def filled(self, column: str, longest: int) -> str:
        """The cell's text. It is wrong when it is empty, too long, or holds control characters."""
        text = self.cells[column]
        if not text:
            self.wrong(f"{column} is empty")
        elif len(text) > longest:
            self.wrong(f"{column} has {len(text)} characters, at most {longest} are allowed")
        elif not text.isprintable():
            self.wrong(f"{column} holds a character that cannot be printed")
        return text

    def one_of(self, column: str, choices: Iterable[str], longest: int = 32) -> str:
        """The cell's text, which is wrong when it is none of these."""
        before = len(self.faults)
        text = self.filled(column, longest)
        if len(self.faults) == before and text not in choices:
            self.wrong(f"{column} {text!r} is unknown: there are {', '.join(sorted(choices)) or 'none yet'}")
        return text

    def judged(self) -> None:
        """Raises BadRow with every fault of the row."""
        if self.faults:
            raise BadRow("; ".join(self.faults))


def rows(path: Path, needed: Sequence[str], known: Sequence[str]) -> Iterator[Row]:
    """Yields each row.

    UTF-8 with or without mark, else GB 18030. Raises BadSheet on a missing or unknown column, and where it is no CSV.
    """
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    reader = csv.DictReader(io.StringIO(text))
    try:
        yield from _rows(path, reader, needed, known)
    except csv.Error as error:
        raise BadSheet(f"{path}, line {reader.line_num}: this is no CSV: {error}") from None


def _rows(path: Path, reader: "csv.DictReader[str]", needed: Sequence[str], known: Sequence[str]) -> Iterator[Row]:
    columns = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = columns
    if missing := [name for name in needed if name not in columns]:
        raise BadSheet(f"{path}: the heading lacks {', '.join(missing)}; known columns are {', '.join(known)}")
    if strange := [name for name in columns if name not in known]:
        raise BadSheet(f"{path}: unknown column {', '.join(strange)}; known columns are {', '.join(known)}")
    for number, cells in enumerate(reader, start=2):
        yield Row(number, {name: unquoted((cells.get(name) or "").strip()) for name in known})


def imported(path: Path, needed: Sequence[str], known: Sequence[str], really: bool, one: Callable[[Row], bool]) -> Plan:
    """Judges every row and has `one` write the good ones, which tells whether it is new; for nothing unless `really`.

    `one` raises BadRow. Raises BadSheet.
    """
    plan = Plan()
    with transaction.atomic():
        for row in rows(path, needed, known):
            try:
                with transaction.atomic():
                    created = one(row)
            except BadRow as faults:
                plan.bad.append((row.number, str(faults)))
            else:
                plan.added += created
                plan.updated += not created
        if not really:
            transaction.set_rollback(True)
    return plan


def quoted(text: str) -> str:
    """The text with a quote before it where a spreadsheet would run it as a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def unquoted(text: str) -> str:
    """The text as it was before `quoted`."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text
