"""Read one source into the tables, in the caller's transaction."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import requests

from hub.catalogue import harvest_state
from hub.catalogue.items_csv import ItemSheet
from hub.catalogue.marc import open_marc_file
from hub.catalogue.marc_import import ImportReport, import_marc
from hub.catalogue.oai import Harvest
from hub.catalogue.oai import Source as Catalogue
from hub.circulation.sheets import loans_sync
from hub.circulation.sheets.holds_csv import HoldSheet
from hub.circulation.sheets.loans_sync import SheetComparison, compare_sheet
from hub.circulation.sheets.patrons_csv import PatronSheet
from hub.csv_sheets.csv_reader import CsvRow, rows
from hub.csv_sheets.sheet_import import Plan, RecordSheet, RowMatch, heading_of
from hub.ils.imports import conflicts, missing_records
from hub.ils.imports.csv_sheet_list import SHEETS
from hub.ils.imports.sources import Source
from hub.ils.models import ImportRun

SOME = 100
"""Rows per transaction: some tenths of a second."""
WITH_PINS = 10
"""Rows per transaction if one of them has a PIN, whose hash is deliberately slow."""
PAUSE = 0.1
"""Seconds between two transactions: SQLite retries a blocked write as rarely as that."""
KINDS: Mapping[str, type[RecordSheet[Any]]] = {"patrons": PatronSheet, "items": ItemSheet, "holds": HoldSheet}


@dataclass(frozen=True, slots=True)
class Sheet:
    """The content of a file at one moment, copied so that changes during the import do not matter."""

    content: bytes
    written_at: datetime

    @staticmethod
    def from_file(path: Path) -> Sheet:
        """Read the file.

        Its modification time is read last, so that a file changed meanwhile counts as changed.

        Raises:
            OSError: The file cannot be read.
        """
        content = path.read_bytes()
        return Sheet(content, datetime.fromtimestamp(path.stat().st_mtime, UTC))

    @property
    def mark(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class File:
    """A sheet, or a file of records.

    It is compared before any row is locked, and only differences are written.
    """

    def __init__(self, source: Source, sheet: Sheet, folder: Path) -> None:
        assert source.file is not None
        self._source, self._written_at = source, sheet.written_at
        self._copy = folder / source.file.name
        self._copy.write_bytes(sheet.content)
        self._loans: SheetComparison | None = None
        self._ahead = BatchImport(source.reads, self._copy) if source.reads in KINDS else None

    def ask(self, most_may_end: bool) -> None:
        """Compare the file without locks.

        Raises:
            BadSheet: The sheet cannot be used.
            EndsTooMuch: The sheet is probably truncated.
            NoLibrary: The hub has no library.
        """
        if self._source.reads == "loans":
            self._loans = compare_sheet(self._copy, self._written_at, full=self._source.full)
        elif self._ahead is not None:
            self._ahead.ask(self._written_at, complete=self._source.full, most_may_end=most_may_end)

    def take(self, run: ImportRun, most_may_end: bool) -> None:
        """Import the differences.

        Raises:
            BadSheet: The sheet cannot be used.
            NoLibrary: The hub has no library.
        """
        if self._source.reads == "titles":
            with open_marc_file(self._copy) as file:
                _count(import_marc(file, lambda: None), run)
            return
        plan = self._import(run, most_may_end)
        run.added, run.updated, run.same = plan.added, plan.updated, plan.same
        run.bad = conflicts.record_conflicts(run, heading_of(self._copy), plan.refused)

    def _import(self, run: ImportRun, most_may_end: bool) -> Plan:
        source, taken = self._source, self._written_at
        let_pass = conflicts.ignored_rows(source.name)

        def passed(row: CsvRow) -> bool:
            return conflicts.key_of(source.name, row.raw) in let_pass

        if self._loans is not None:
            plan = loans_sync.take(self._loans, True, taken, most_may_end, passed)
            run.over = plan.over
            return plan
        plan = self._ahead.take() if self._ahead else SHEETS[source.reads]().run(self._copy, True)
        complete = source.full and all(map(passed, plan.refused))
        run.over = plan.over
        run.over += missing_records.record_seen(
            source.reads, plan.seen, taken, complete=complete, most_may_end=most_may_end
        )
        return plan


class Records:
    """The changes of a catalogue: fetched without locks, imported, and marked as done once committed."""

    def __init__(self, source: Source, file: BinaryIO) -> None:
        self._catalogue, self._file = Catalogue(str(source.url), source.prefix, source.within), file
        self._begins = "" if source.full else harvest_state.last_harvest_time(self._catalogue)
        self._got = Harvest()

    def ask(self) -> None:
        """Fetch the records.

        Raises:
            HarvestFailed: The harvest is incomplete.
        """
        with requests.Session() as session:
            self._got = harvest_state.ask(self._catalogue, self._begins, session, self._file)

    def take(self, run: ImportRun) -> None:
        _count(import_marc(self._file, lambda: None), run)

    def remember(self) -> None:
        harvest_state.remember(self._catalogue, self._got)


def _count(report: ImportReport, run: ImportRun) -> None:
    run.added, run.updated = report.added, report.updated
    run.bad = conflicts.record_bad_records(run, [(each.number, each.fault, each.raw) for each in report.bad])


class BatchImport:
    """Imports a sheet in two steps. `reads` is one of KINDS.

    `ask` imports the new rows ahead; `take` leaves out what is unchanged or already imported.
    """

    def __init__(self, reads: str, path: Path) -> None:
        self._reads, self._path, self._kind = reads, path, KINDS[reads]
        self._added = self._updated = 0
        self._rest: Sequence[CsvRow] = ()
        self._known: Mapping[int, RowMatch] = {}

    def ask(self, taken: datetime, *, complete: bool, most_may_end: bool) -> None:
        """Compare the sheet and import the differing rows, if they are many.

        Raises:
            BadSheet: The sheet cannot be used.
            EndsTooMuch: A `complete` sheet would close too much. Nothing was written.
        """
        self._compare()
        new = [row for row in self._rest if not row.faults and not self._known[row.number].twice]
        size = WITH_PINS if any(row.cells.get("pin") for row in new) else SOME
        if len(new) <= size:
            return
        if complete:
            keys = {each.pk for each in self._known.values() if each.pk is not None}
            missing_records.would_close(self._reads, keys, taken, most_may_end=most_may_end)
        done = set[int]()
        for at in range(0, len(new), size):
            plan = self._kind().run(self._path, True, new[at : at + size])
            self._added, self._updated = self._added + plan.added, self._updated + plan.updated
            done.update({row.number for row in new[at : at + size]} - {number for number, _fault in plan.bad})
            time.sleep(PAUSE)
        self._compare(done)

    def take(self) -> Plan:
        """Import the rest of the sheet in the caller's transaction; the plan describes the whole sheet."""
        plan = self._kind().run(self._path, True, self._rest)
        same = [each for each in self._known.values() if each.same and not each.twice]
        plan.seen |= {each.pk: each.says for each in same if each.pk is not None}
        plan.added, plan.updated = plan.added + self._added, plan.updated + self._updated
        plan.same += len(same) - self._added - self._updated
        return plan

    def _compare(self, taken: Collection[int] = ()) -> None:
        """Compare the sheet with the hub.

        A PIN that was imported with its row (`taken`) is not compared again, because that is as slow as hashing it.
        """
        sheet = list(rows(self._path, self._kind.columns))
        for row in sheet:
            if row.number in taken and row.cells.get("pin"):
                row.cells["pin"] = ""
        self._known = self._kind().compare(sheet)
        self._rest = [row for row in sheet if self._known[row.number].twice or not self._known[row.number].same]
