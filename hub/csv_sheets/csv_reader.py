"""Reads CSV sheets as people send them, and says all that is wrong with a row; knows no table."""

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
"""The column that a sheet of refused rows has besides: what is wrong. It is not read."""
Became = Literal["added", "updated", "same", "over"]
"""What a row became: `same` was here already, `over` is no matter of the hub's any more."""


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
    """Line and faults."""
    rejected: Path | None = None
    """Where the bad rows were put."""
    totals: list[str] = field(default_factory=list)
    """What the hub holds then, to be compared with where the sheet came from."""
    refused: list["CsvRow"] = field(default_factory=list)
    """The bad rows themselves."""
    seen: dict[int, str] = field(default_factory=dict)
    """The keys of what the rows are about, bad ones among them, with what each says of its standing, if anything."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row's cells by column, trimmed, and all that was found wrong with them. The heading is line 1.

    What stands in a column of `private` is a patron's: no fault repeats it.
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
        """Notes a fault, whose first word is the column's name, and lets the other cells be judged too."""
        self.faults.append(fault)
        column = fault.split()[0].strip(",")
        there = self.shown(column) if column in self.cells else ""
        self.clashes.append(Clash(wrong, column if column in self.cells else "", there, here))

    def shown(self, column: str) -> str:
        """What stands there; of what is a patron's no more than can be found by."""
        text = self.cells[column]
        if column not in self.private:
            return text
        return f"…{text[-2:]}" if len(text) > 7 else "…" if text else ""

    def said(self, column: str) -> str:
        """The column and what stands in it, for a fault; of what is a patron's no more than can be found by."""
        text = self.cells[column]
        return f"{column} ({self.shown(column) or '…'})" if column in self.private else f"{column} {text!r}"

    def filled(self, column: str, longest: int) -> str:
        """The cell's text. It is wrong when it is empty, too long, or holds control characters."""
        text = self.cells[column]
        if not text:
            self.wrong(f"{column} is empty: fill it in", Wrong.EMPTY)
        elif len(text) > longest:
            self.wrong(f"{column} has {len(text)} characters, at most {longest} are allowed")
        elif not text.isprintable():
            self.wrong(f"{column} holds a character that cannot be printed: take it out")
        return text

    def one_of(self, column: str, choices: Iterable[str], longest: int = 32) -> str:
        """The cell's text, which is wrong when it is none of these."""
        before, choices = len(self.faults), set(choices)
        text = self.filled(column, longest)
        if len(self.faults) == before and text not in choices:
            there = ", ".join(sorted(choices))
            self.wrong(f"{self.said(column)} is unknown: there are {there or 'none yet'}", Wrong.UNKNOWN, there)
        return text

    def day(self, column: str) -> date | None:
        """The cell as a day; it is wrong when it is none. Empty is None."""
        try:
            return date.fromisoformat(self.cells[column]) if self.cells[column] else None
        except ValueError:
            self.wrong(f"{self.said(column)} is no day: write 2027-12-31", Wrong.NO_DATE)
            return None

    def moment(self, column: str, zone: ZoneInfo, of_day: time = time(12), past: bool = True) -> datetime | None:
        """The cell as a moment, which is the library's own time where no offset stands, and `of_day` on a mere day.

        It is wrong when it is none, or is still to come where it must be past. Empty is None.
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
        told = found.replace(tzinfo=found.tzinfo or zone).astimezone(UTC)
        if past and told > hub_clock().now():
            self.wrong(f"{self.said(column)} is still to come: it must have happened", Wrong.TO_COME)
        return told

    def count(self, column: str, most: int) -> int:
        """The cell as a whole number from 0 to `most`; empty is 0."""
        text = self.cells[column] or "0"
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > most:
            self.wrong(f"{self.said(column)} is no whole number from 0 to {most}", Wrong.NO_NUMBER)
            return 0
        return int(text)

    def judged(self) -> None:
        """Raises BadRow with every fault of the row."""
        if self.faults:
            raise BadRow("; ".join(self.faults))


@dataclass(frozen=True, slots=True)
class Known:
    """What a row is about, found before anything is held."""

    pk: int | None
    """None where it is not here yet."""
    says: str
    """What the row says of its standing; empty where it says nothing."""
    twice: bool
    """Another row speaks of the same."""
    same: bool
    """All is here as the row says."""


@dataclass(frozen=True, slots=True)
class Form:
    """The columns that a sheet must have, may have, and those that hold what is a patron's."""

    needed: Sequence[str]
    known: Sequence[str]
    private: frozenset[str] = frozenset()


def rows(path: Path, form: Form) -> Iterator[CsvRow]:
    """Yields each row that is not empty.

    UTF-8 with or without mark, else GB 18030. Raises BadSheet on another encoding, a missing or unknown column, and
    where it is no CSV.
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
    told: Iterable[CsvRow] | None = None,
) -> Plan:
    """Judges every row and has `one` write the good ones; for nothing unless `really`. Bad rows are put aside.

    `one` raises BadRow, and fills `seen` where it is given. `told` are the rows, where they were read already. Raises
    BadSheet.
    """
    plan = Plan() if seen is None else Plan(seen=seen)
    wanted = list(rows(path, form) if told is None else told)
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
    """As they stood, and what was wrong in a column more."""
    heading = heading_of(path)
    kept = [at for at, name in enumerate(heading) if name.strip() != FAULT]
    told = ([*(raw[at] if at < len(raw) else "" for at in kept), *raw[len(heading) :], said] for raw, said in refused)
    return set_aside(path, [*(heading[at] for at in kept), FAULT], told)


def amended(found: Model, **values: object) -> Became:
    """Writes what differs from what the row has, and nothing where it is the same."""
    changed = [name for name, value in values.items() if getattr(found, name) != value]
    for name in changed:
        setattr(found, name, values[name])
    if changed:
        found.save(update_fields=changed)
    return "updated" if changed else "same"
