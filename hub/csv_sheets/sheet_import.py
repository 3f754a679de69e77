"""Import a sheet by its declaration: read it, check each row, compare it with the hub, apply it, and report.

A sheet is a subclass of `CsvSheet`; if each of its rows describes a record of its own, of `RecordSheet`.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, TypeVar

from django.db import transaction
from django.db.models import Model

from hub.core.progress import progress
from hub.csv_sheets.csv_reader import FAULT, BadRow, CsvRow, SheetColumn, decode_sheet, rows, set_aside

Became = Literal["added", "updated", "same", "over"]
"""What a row became: `same` was here already, `over` is closed and was skipped."""


@dataclass(slots=True)
class ImportPlan:
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
class RowMatch:
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
class RowResult:
    """What became of a row, in the order of the sheet."""

    row: CsvRow
    became: Became | Literal["bad"]
    fault: str = ""
    """Faults of a bad row, separated by ` | `."""
    pk: int | None = None
    """Primary key of the row's record; None if the sheet does not describe records, or the row is bad."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """Earlier values of an updated record by its attributes, as the database stores them."""


def ignore(_result: object) -> None:
    """Take no notice of a result."""


Record = TypeVar("Record", bound=Model)


def text(longest: int) -> Callable[[Any, CsvRow, str], str]:
    """Return a reader of cells that must be filled."""
    return lambda _sheet, row, name: row.required_text(name, longest)


def beginning(longest: int) -> Callable[[Any, CsvRow, str], str]:
    """Return a reader of cells of which only the first characters are stored."""
    return lambda _sheet, row, name: row[name][:longest]


def day(_sheet: object, row: CsvRow, name: str) -> date | None:
    return row.day(name)


def one_of(choices: str) -> Callable[[Any, CsvRow, str], Any]:
    """Return a reader of cells that name one of the sheet's `choices`: an attribute, a mapping by code.

    A record may also be named by its name or its English one, if no other has the same.
    """

    def read(sheet: Any, row: CsvRow, name: str) -> Any:
        known = getattr(sheet, choices)
        if row[name] and row[name] not in known:
            named = [each for each in known.values() if row[name] in (getattr(each, "name", ""), _english_name(each))]
            if len(named) == 1:
                return named[0]
        return known.get(row.one_of(name, known))

    return read


def _english_name(record: Any) -> str:
    return str(getattr(record, "name_en", ""))


class CsvSheet:
    """One import of a sheet. A subclass declares its columns, and what a row does."""

    columns: ClassVar[Sequence[SheetColumn]]

    def __init__(self) -> None:
        self.really = False
        self.seen = dict[int, str]()
        """See `Plan.seen`."""
        self.pk: int | None = None
        """Primary key of the last row's record, see `RowResult.pk`."""
        self.before: Mapping[str, Any] = {}
        """See `RowResult.before`; of the last row."""

    def prepare(self, sheet: Sequence[CsvRow]) -> None:
        """Read in few queries what the rows refer to."""

    def take(self, row: CsvRow) -> Became:
        """Write a row. Raises BadRow."""
        raise NotImplementedError

    def totals(self) -> list[str]:
        """Count the hub's data after the import, for comparison with the source system."""
        return []

    def run(
        self,
        path: Path,
        really: bool,
        read_rows: Iterable[CsvRow] | None = None,
        report: Callable[[RowResult], object] = ignore,
    ) -> ImportPlan:
        """Check every row and write the valid ones; roll back unless `really`.

        Bad rows are written to a file next to the sheet.

        Args:
            path: The sheet.
            really: False for a dry run.
            read_rows: The rows, if they were read already.
            report: Called with the result of each row.

        Raises:
            BadSheet: The sheet as a whole cannot be used.
        """
        plan, self.really = ImportPlan(seen=self.seen), really
        wanted = list(rows(path, self.columns) if read_rows is None else read_rows)
        with transaction.atomic(), progress(path.name, "rows", len(wanted)) as bar:
            self.prepare(wanted)
            for row in wanted:
                bar.update()
                try:
                    with transaction.atomic():
                        became = self.take(row)
                except BadRow as faults:
                    plan.bad.append((row.number, str(faults)))
                    plan.refused.append(row)
                    report(RowResult(row, "bad", str(faults)))
                else:
                    setattr(plan, became, getattr(plan, became) + 1)
                    report(RowResult(row, became, "", self.pk, self.before))
            plan.totals = self.totals()
            if not really:
                transaction.set_rollback(True)
            elif plan.refused:
                plan.rejected = _put_aside(
                    path, [(row.raw, fault) for row, (_, fault) in zip(plan.refused, plan.bad, strict=True)]
                )
        return plan


class RecordSheet(CsvSheet, Generic[Record]):
    """A sheet whose rows each describe one record, so that it can be compared with the hub before any row is locked."""

    def keys(self, row: CsvRow) -> Collection[Hashable]:
        """Return what identifies the row's record; two rows with a common key are about the same."""
        raise NotImplementedError

    def find(self, row: CsvRow) -> Record | None:
        """Return the record that the row is about, among those that were prepared."""
        raise NotImplementedError

    def status(self, row: CsvRow) -> str:
        """Return the status that the row gives; empty if none."""
        raise NotImplementedError

    def check(self, row: CsvRow, found: Record | None) -> dict[str, Any]:
        """Return the values that the record is to have; record every fault of the row."""
        read = [(each, each.read(self, row, each.name)) for each in self.columns if row[each.name] or not each.optional]
        return {each.sets: value for each, value in read if each.sets}

    def is_same(self, row: CsvRow, found: Record, values: Mapping[str, Any]) -> bool:
        """Return whether the import of a valid row would change nothing."""
        return all(getattr(found, name) == value for name, value in values.items())

    def write(self, row: CsvRow, found: Record | None, values: dict[str, Any]) -> tuple[Record, Became]:
        """Create the record, and prepare it for later rows; or change it."""
        raise NotImplementedError

    def take(self, row: CsvRow) -> Became:
        found = self.find(row)
        if found is not None:
            self.seen[found.pk] = self.status(row)
        values = self.check(row, found)
        row.raise_faults()
        before = stored_values(found, values) if found is not None else {}
        record, became = self.write(row, found, values)
        self.pk, self.before = record.pk, before if became == "updated" else {}
        self.seen[record.pk] = self.status(row)
        return became

    def compare(self, sheet: Sequence[CsvRow]) -> Mapping[int, RowMatch]:
        """Return the record that each row is about, by row number, without any lock."""
        self.prepare(sheet)
        often = Counter(key for row in sheet for key in set(self.keys(row)))
        return {row.number: self._compare_record(row, any(often[key] > 1 for key in self.keys(row))) for row in sheet}

    def _compare_record(self, row: CsvRow, twice: bool) -> RowMatch:
        found, copy = self.find(row), replace(row, faults=[*row.faults], clashes=[*row.clashes])
        same = False
        if found is not None and not twice:
            values = self.check(copy, found)
            same = not copy.faults and self.is_same(row, found, values)
        return RowMatch(found.pk if found else None, self.status(row), twice, same)


def heading_of(path: Path) -> list[str]:
    return next(csv.reader(io.StringIO(decode_sheet(path.read_bytes()) or "")), [])


def _put_aside(path: Path, refused: Sequence[tuple[Sequence[str], str]]) -> Path:
    """Write the refused rows unchanged, with an additional column for the faults."""
    heading = heading_of(path)
    columns = [at for at, name in enumerate(heading) if name.strip() != FAULT]
    rejected = (
        [*(raw[at] if at < len(raw) else "" for at in columns), *raw[len(heading) :], fault] for raw, fault in refused
    )
    return set_aside(path, [*(heading[at] for at in columns), FAULT], rejected)


def stored_values(found: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record's values of those attributes that are to change, by their columns in the database."""
    columns = {name: found._meta.get_field(name).attname for name in values}
    return {columns[name]: getattr(found, columns[name]) for name in values if getattr(found, name) != values[name]}


def update_changed(found: Model, **values: object) -> Became:
    """Save the values that differ from the row's."""
    changed = [name for name, value in values.items() if getattr(found, name) != value]
    for name in changed:
        setattr(found, name, values[name])
    if changed:
        found.save(update_fields=changed)
    return "updated" if changed else "same"
