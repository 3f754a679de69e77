"""Read one source into the tables, in the caller's transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import requests

from hub.catalogue import harvest_state
from hub.catalogue.marc import opened
from hub.catalogue.marc_import import ImportReport, import_marc
from hub.catalogue.oai import Harvest
from hub.catalogue.oai import Source as Catalogue
from hub.circulation import loans_sync
from hub.circulation.loans_sync import Compared, compared
from hub.csv_sheets.csv_reader import CsvRow
from hub.csv_sheets.sheet_import import Plan, heading_of
from hub.ils.imports import conflicts, missing_records
from hub.ils.imports.batch_import import KINDS, BatchImport
from hub.ils.imports.csv_sheet_list import SHEETS
from hub.ils.imports.sources import Source
from hub.ils.models import ImportRun


@dataclass(frozen=True, slots=True)
class Sheet:
    """The content of a file at one moment, copied so that changes during the import do not matter."""

    content: bytes
    written_at: datetime

    @staticmethod
    def of(path: Path) -> Sheet:
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
        self._loans: Compared | None = None
        self._ahead = BatchImport(source.reads, self._copy) if source.reads in KINDS else None

    def ask(self, most_may_end: bool) -> None:
        """Compare the file without locks.

        Raises:
            BadSheet: The sheet cannot be used.
            EndsTooMuch: The sheet is probably truncated.
            NoLibrary: The hub has no library.
        """
        if self._source.reads == "loans":
            self._loans = compared(self._copy, self._written_at, full=self._source.full)
        elif self._ahead is not None:
            self._ahead.ask(self._written_at, complete=self._source.full, most_may_end=most_may_end)

    def take(self, run: ImportRun, most_may_end: bool) -> None:
        """Import the differences.

        Raises:
            BadSheet: The sheet cannot be used.
            NoLibrary: The hub has no library.
        """
        if self._source.reads == "titles":
            with opened(self._copy) as file:
                _count(import_marc(file, lambda: None), run)
            return
        plan = self._taken(run, most_may_end)
        run.added, run.updated, run.same = plan.added, plan.updated, plan.same
        run.bad = conflicts.noted(run, heading_of(self._copy), plan.refused)

    def _taken(self, run: ImportRun, most_may_end: bool) -> Plan:
        source, taken = self._source, self._written_at
        let_pass = conflicts.passed(source.name)

        def passed(row: CsvRow) -> bool:
            return conflicts.key_of(source.name, row.raw) in let_pass

        if self._loans is not None:
            plan = loans_sync.take(self._loans, True, taken, most_may_end, passed)
            run.over = plan.over
            return plan
        plan = self._ahead.take() if self._ahead else SHEETS[source.reads]().run(self._copy, True)
        complete = source.full and all(map(passed, plan.refused))
        run.over = plan.over
        run.over += missing_records.noted(source.reads, plan.seen, taken, complete=complete, most_may_end=most_may_end)
        return plan


class Records:
    """The changes of a catalogue: fetched without locks, imported, and marked as done once committed."""

    def __init__(self, source: Source, file: BinaryIO) -> None:
        self._catalogue, self._file = Catalogue(str(source.url), source.prefix, source.within), file
        self._begins = "" if source.full else harvest_state.since(self._catalogue)
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
    run.bad = conflicts.noted_records(run, [(each.number, each.fault, each.raw) for each in report.bad])
