"""Import the sources that are due, one after another, each completely or not at all."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any, BinaryIO

import requests
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from hub.catalogue import oai
from hub.catalogue.items_csv import ItemSheet
from hub.catalogue.marc import open_marc_file
from hub.catalogue.marc_import import ImportReport, import_marc
from hub.catalogue.oai import Harvest, HarvestFailed, OaiSource
from hub.circulation.domain_mapping import NoLibrary
from hub.circulation.sheets import loans_sync
from hub.circulation.sheets.imports import HoldSheet, PatronSheet
from hub.circulation.sheets.loans_sync import SheetComparison, compare_sheet
from hub.csv_sheets.csv_reader import BadSheet, CsvRow, EndsTooMuch, rows
from hub.csv_sheets.sheet_import import ImportPlan, RecordSheet, RowMatch, heading_of
from hub.ils.imports import conflicts, missing_records
from hub.ils.imports.sources import SHEETS, ImportSource
from hub.ils.models import ImportRun

log = logging.getLogger(__name__)

LIES = 60.0
"""Seconds since the last change of a file before it is read, because the ILS may still be writing it."""
KEPT = 100
"""Runs kept per source."""


def follow(sources: Iterable[ImportSource], now: datetime, *, asked: bool, most_may_end: bool) -> Iterator[ImportRun]:
    """Yield each run as it ends; then import conflicting rows again."""
    for source in sources:
        run = take(source, now, asked=asked, most_may_end=most_may_end)
        if run is not None:
            yield run
    conflicts.try_again(now)
    conflicts.let_go(now)


def last(source: str) -> ImportRun | None:
    return ImportRun.objects.filter(source=source).first()


def never() -> bool:
    return not ImportRun.objects.exists()


def failing() -> QuerySet[ImportRun]:
    """Return the last run of each source that failed and was not allowed since."""
    newest = ImportRun.objects.filter(source=OuterRef("source")).order_by("-ended_at", "-id").values("pk")[:1]
    return ImportRun.objects.filter(pk=Subquery(newest), allowed_by="").exclude(fault="")


def take(source: ImportSource, now: datetime, *, asked: bool = False, most_may_end: bool = False) -> ImportRun | None:
    """Import a source if it is due; return the run, also of a failure, or None.

    With `asked`, an unchanged source is imported too.
    """
    before = last(source.name)
    run = ImportRun(source=source.name, reads=source.reads, full=source.full, ended_at=now)
    if source.file is None:
        due = asked or before is None or bool(before.fault) or before.ended_at + source.span <= now
        return _harvest(source, run) if due else None
    try:
        sheet = ImportSheet.from_file(source.file)
    except OSError as error:
        fault = f"{source.file}: {error.strerror}; check that the ILS writes it and that this user may read it"
        return _record_failure(run, fault, ImportRun.Why.FILE)
    run.mark, run.written_at = sheet.mark, sheet.written_at
    known = before is not None and before.mark == run.mark
    agreed = known and before is not None and bool(before.allowed_by)
    if not asked and ((known and not agreed) or time.time() - sheet.written_at.timestamp() < LIES):
        return None
    with TemporaryDirectory() as folder:
        file = File(source, sheet, Path(folder))
        allowed = most_may_end or agreed
        return _whole(run, lambda: file.take(run, allowed), lambda: file.ask(allowed))


def _harvest(source: ImportSource, run: ImportRun) -> ImportRun:
    with TemporaryFile() as file:
        records = OaiRecords(source, file)
        return _whole(run, lambda: records.take(run), records.ask, records.remember)


def _nothing() -> None:
    pass


def _whole(
    run: ImportRun,
    read: Callable[[], None],
    ask: Callable[[], None] = _nothing,
    remember: Callable[[], None] = _nothing,
) -> ImportRun:
    """Import completely or not at all, and store the run in either case.

    Other processes can write during `ask`.
    """
    try:
        ask()
        with transaction.atomic():
            read()
            run.save()
        remember()
    except EndsTooMuch as error:
        return _record_failure(run, str(error), ImportRun.Why.TOO_MUCH)
    except BadSheet as error:
        return _record_failure(run, str(error), ImportRun.Why.FORM)
    except HarvestFailed as error:
        return _record_failure(run, str(error), ImportRun.Why.CATALOGUE)
    except NoLibrary as error:
        return _again(run, str(error), ImportRun.Why.LIBRARY)
    except Exception as error:  # the supervisor of the sources: one failure must not stop the others
        log.exception("the source %s could not be read", run.source)
        return _again(run, f"hub error: {type(error).__name__}", ImportRun.Why.HUB)
    return _prune(run)


def _again(run: ImportRun, fault: str, reason: ImportRun.Why) -> ImportRun:
    """Record a failure of the hub: the file counts as unread, and the next run reads it."""
    run.mark = ""
    return _record_failure(run, fault, reason)


def _record_failure(run: ImportRun, fault: str, reason: ImportRun.Why) -> ImportRun:
    """Store the failed run, replacing a previous one with the same fault.

    A lasting fault then adds no rows.
    """
    before = last(run.source)
    if before is not None and (before.fault, before.mark) == (fault[:500], run.mark):
        before.delete()
    failed = ImportRun(source=run.source, reads=run.reads, full=run.full, mark=run.mark, written_at=run.written_at)
    failed.ended_at, failed.fault, failed.why = run.ended_at, fault[:500], reason
    failed.too_much = reason == ImportRun.Why.TOO_MUCH
    failed.save()
    return _prune(failed)


def _prune(run: ImportRun) -> ImportRun:
    of = ImportRun.objects.filter(source=run.source)
    of.exclude(pk__in=list(of.values_list("pk", flat=True)[:KEPT])).delete()
    return run


SOME = 100
"""Rows per transaction: some tenths of a second."""
WITH_PINS = 10
"""Rows per transaction if one of them has a PIN, whose hash is deliberately slow."""
PAUSE = 0.1
"""Seconds between two transactions: SQLite retries a blocked write as rarely as that."""
RECORD_SHEETS: Mapping[str, type[RecordSheet[Any]]] = {"patrons": PatronSheet, "items": ItemSheet, "holds": HoldSheet}


@dataclass(frozen=True, slots=True)
class ImportSheet:
    """The content of a file at one moment, copied so that changes during the import do not matter."""

    content: bytes
    written_at: datetime

    @staticmethod
    def from_file(path: Path) -> ImportSheet:
        """Read the file.

        Its modification time is read last, so that a file changed meanwhile counts as changed.

        Raises:
            OSError: The file cannot be read.
        """
        content = path.read_bytes()
        return ImportSheet(content, datetime.fromtimestamp(path.stat().st_mtime, UTC))

    @property
    def mark(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class File:
    """A sheet, or a file of records.

    It is compared before any row is locked, and only differences are written.
    """

    def __init__(self, source: ImportSource, sheet: ImportSheet, folder: Path) -> None:
        assert source.file is not None
        self._source, self._written_at = source, sheet.written_at
        self._copy = folder / source.file.name
        self._copy.write_bytes(sheet.content)
        self._loans: SheetComparison | None = None
        self._ahead = BatchImport(source.reads, self._copy) if source.reads in RECORD_SHEETS else None

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

    def _import(self, run: ImportRun, most_may_end: bool) -> ImportPlan:
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


class OaiRecords:
    """The changes of a catalogue: fetched without locks, imported, and marked as done once committed."""

    def __init__(self, source: ImportSource, file: BinaryIO) -> None:
        self._catalogue, self._file = OaiSource(str(source.url), source.prefix, source.within), file
        self._begins = "" if source.full else oai.last_harvest_time(self._catalogue)
        self._got = Harvest()

    def ask(self) -> None:
        """Fetch the records.

        Raises:
            HarvestFailed: The harvest is incomplete.
        """
        with requests.Session() as session:
            self._got = oai.harvest_into(self._catalogue, self._begins, session, self._file)

    def take(self, run: ImportRun) -> None:
        _count(import_marc(self._file, lambda: None), run)

    def remember(self) -> None:
        oai.remember_harvest(self._catalogue, self._got)


def _count(report: ImportReport, run: ImportRun) -> None:
    run.added, run.updated = report.added, report.updated
    run.bad = conflicts.record_bad_records(run, [(each.number, each.fault, each.raw) for each in report.bad])


class BatchImport:
    """Imports a sheet in two steps. `reads` is one of KINDS.

    `ask` imports the new rows ahead; `take` leaves out what is unchanged or already imported.
    """

    def __init__(self, reads: str, path: Path) -> None:
        self._reads, self._path, self._kind = reads, path, RECORD_SHEETS[reads]
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

    def take(self) -> ImportPlan:
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
