"""Read CSV sheets as libraries export them, and report every fault of a row."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Model

from hub.core.clock import hub_clock
from hub.core.progress import progress
from hub.csv_sheets.csv_errors import Clash, Wrong
from hub.csv_sheets.csv_files import decoded, set_aside
from lending.cells import unquoted

FAULT = "fault"
"""Additional column of a sheet of refused rows with the faults; it is ignored when read."""
Became = Literal["added", "updated", "same", "over"]
"""What a row became: `same` was here already, `over` is closed and was skipped."""


class BadSheet(Exception):
    """The sheet as a whole cannot be used; the text says why."""


class BadRow(Exception):
    """A row cannot be used; the text says which columns and why."""


@dataclass(slots=True)
class Plan:
    """What an import would do, or has done."""

    added: int = 0
    updated: int = 0
    same: int = 0
    over: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)
    """Line and faults of each bad row."""
    rejected: Path | None = None
    """File of the bad rows."""
    totals: list[str] = field(default_factory=list)
    """Totals of the hub after the import, for comparison with the source system."""
    refused: list["CsvRow"] = field(default_factory=list)
    """The bad rows themselves."""
    seen: dict[int, str] = field(default_factory=dict)
    """Primary key of what each row is about, including bad rows, with the status that the row gives, if any."""


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
        there = self.shown(column) if column in self.cells else ""
        self.clashes.append(Clash(wrong, column if column in self.cells else "", there, here))

    def shown(self, column: str) -> str:
        """Return the cell's text; of patron data, only as much as is needed to find the cell."""
        text = self.cells[column]
        if column not in self.private:
            return text
        return f"…{text[-2:]}" if len(text) > 7 else "…" if text else ""

    def said(self, column: str) -> str:
        """Return column and cell for a fault; of patron data, only as much as is needed to find the cell."""
        text = self.cells[column]
        return f"{column} ({self.shown(column) or '…'})" if column in self.private else f"{column} {text!r}"

    def filled(self, column: str, longest: int) -> str:
        """Return the cell's text; record a fault if it is empty, too long or contains control characters."""
        text = self.cells[column]
        if not text:
            self.wrong(f"{column} is empty: fill it in", Wrong.EMPTY)
        elif len(text) > longest:
            self.wrong(f"{column} has {len(text)} characters, at most {longest} are allowed")
        elif not text.isprintable():
            self.wrong(f"{column} holds a character that cannot be printed: take it out")
        return text

    def one_of(self, column: str, choices: Iterable[str], longest: int = 32) -> str:
        """Return the cell's text; record a fault if it is none of the choices."""
        before, choices = len(self.faults), set(choices)
        text = self.filled(column, longest)
        if len(self.faults) == before and text not in choices:
            there = ", ".join(sorted(choices))
            self.wrong(f"{self.said(column)} is unknown: there are {there or 'none yet'}", Wrong.UNKNOWN, there)
        return text

    def day(self, column: str) -> date | None:
        """Return the cell as a date, or None if it is empty; record a fault if it is no date."""
        try:
            return date.fromisoformat(self.cells[column]) if self.cells[column] else None
        except ValueError:
            self.wrong(f"{self.said(column)} is no day: write 2027-12-31", Wrong.NO_DATE)
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
            self.wrong(f"{self.said(column)} is no moment: write 2026-11-25 09:00", Wrong.NO_DATE)
            return None
        if found is None:
            return None
        if len(text) == len("2026-11-25"):
            found = datetime.combine(found, of_day)
        moment = found.replace(tzinfo=found.tzinfo or zone).astimezone(UTC)
        if past and moment > hub_clock().now():
            self.wrong(f"{self.said(column)} is still to come: it must have happened", Wrong.TO_COME)
        return moment

    def count(self, column: str, most: int) -> int:
        """Return the cell as an integer from 0 to `most`; empty is 0."""
        text = self.cells[column] or "0"
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > most:
            self.wrong(f"{self.said(column)} is no whole number from 0 to {most}", Wrong.NO_NUMBER)
            return 0
        return int(text)

    def judged(self) -> None:
        """Raise BadRow with every fault of the row, if there is any."""
        if self.faults:
            raise BadRow("; ".join(self.faults))


@dataclass(frozen=True, slots=True)
class Known:
    """What a row is about, determined before any row is locked."""

    pk: int | None
    """Primary key; None if there is no such row yet."""
    says: str
    """The status that the row gives; empty if none."""
    twice: bool
    """Another row is about the same."""
    same: bool
    """The hub has the same values as the row."""


@dataclass(frozen=True, slots=True)
class Form:
    """The columns that a sheet must have and may have, and those that hold patron data."""

    needed: Sequence[str]
    known: Sequence[str]
    private: frozenset[str] = frozenset()


def rows(path: Path, form: Form) -> Iterator[CsvRow]:
    """Yield each row that is not empty.

    The encoding is UTF-8 with or without BOM, or GB 18030.

    Raises:
        BadSheet: Another encoding, a missing or unknown column, or not CSV.
    """
    text = decoded(path.read_bytes())
    if text is None:
        raise BadSheet(f"{path} is neither in UTF-8 nor in GB 18030: save it anew as “CSV UTF-8”")
    reader = csv.reader(io.StringIO(text))
    try:
        yield from _rows(path, reader, form)
    except csv.Error as error:
        raise BadSheet(f"{path}, line {reader.line_num}: this is no CSV: {error}") from None


def _rows(path: Path, reader: Any, form: Form) -> Iterator[CsvRow]:
    columns = [name.strip() for name in next(reader, [])]
    _heading(path, columns, form)
    begun = reader.line_num + 1
    for raw in reader:
        number, begun = begun, reader.line_num + 1
        if not any(raw):
            continue
        cells = dict(zip(columns, raw, strict=False))
        row = CsvRow(
            number, {name: unquoted(cells.get(name, "").strip()) for name in form.known}, [], form.private, tuple(raw)
        )
        if any(raw[len(columns) :]):
            row.wrong(f"the row has {len(raw)} cells, the heading {len(columns)}: a comma too many, or a quote missing")
        yield row


def _heading(path: Path, columns: Sequence[str], form: Form) -> None:
    known = f"known columns are {', '.join(form.known)}"
    if len(columns) == 1 and (parted := re.search("[;\t|]", columns[0])):
        raise BadSheet(f"{path}: its cells are parted by {parted[0]!r}: save it anew with commas")
    if missing := [name for name in form.needed if name not in columns]:
        raise BadSheet(f"{path}: the heading lacks {', '.join(missing)}; {known}")
    if strange := [name for name in columns if name not in form.known and name != FAULT]:
        raise BadSheet(f"{path}: unknown column {', '.join(strange)}; {known}")
    if twice := {name for name in columns if columns.count(name) > 1}:
        raise BadSheet(f"{path}: {', '.join(sorted(twice))} stands twice in the heading")


def imported(
    path: Path,
    form: Form,
    really: bool,
    one: Callable[[CsvRow], Became],
    totals: Callable[[], list[str]] | None = None,
    seen: dict[int, str] | None = None,
    read_rows: Iterable[CsvRow] | None = None,
) -> Plan:
    """Check every row and have `one` write the valid ones; roll back unless `really`.

    Bad rows are written to a file next to the sheet.

    Args:
        path: The sheet.
        form: Its columns.
        really: False for a dry run.
        one: Imports a row or raises BadRow.
        totals: Counts the hub's data after the import.
        seen: Filled by `one`, see `Plan.seen`.
        read_rows: The rows, if they were read already.

    Raises:
        BadSheet: The sheet as a whole cannot be used.
    """
    plan = Plan() if seen is None else Plan(seen=seen)
    wanted = list(rows(path, form) if read_rows is None else read_rows)
    with transaction.atomic(), progress(path.name, "rows", len(wanted)) as bar:
        for row in wanted:
            bar.update()
            try:
                with transaction.atomic():
                    became = one(row)
            except BadRow as faults:
                plan.bad.append((row.number, str(faults)))
                plan.refused.append(row)
            else:
                setattr(plan, became, getattr(plan, became) + 1)
        plan.totals = totals() if totals else []
        if not really:
            transaction.set_rollback(True)
        elif plan.refused:
            plan.rejected = _put_aside(
                path, [(row.raw, fault) for row, (_, fault) in zip(plan.refused, plan.bad, strict=True)]
            )
    return plan


def heading_of(path: Path) -> list[str]:
    return next(csv.reader(io.StringIO(decoded(path.read_bytes()) or "")), [])


def _put_aside(path: Path, refused: Sequence[tuple[Sequence[str], str]]) -> Path:
    """Write the refused rows unchanged, with an additional column for the faults."""
    heading = heading_of(path)
    kept = [at for at, name in enumerate(heading) if name.strip() != FAULT]
    rejected = (
        [*(raw[at] if at < len(raw) else "" for at in kept), *raw[len(heading) :], said] for raw, said in refused
    )
    return set_aside(path, [*(heading[at] for at in kept), FAULT], rejected)


def amended(found: Model, **values: object) -> Became:
    """Save the values that differ from the row's."""
    changed = [name for name, value in values.items() if getattr(found, name) != value]
    for name in changed:
        setattr(found, name, values[name])
    if changed:
        found.save(update_fields=changed)
    return "updated" if changed else "same"
