"""Store conflicting rows for staff, settle them, and import them again when the obstacle may be gone.

The content of a settled row is erased. Only the latest row about each record is imported again.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import DatabaseError
from django.db.models import OuterRef, Q, QuerySet, Subquery

from hub.circulation.domain_mapping import NoLibrary
from hub.circulation.sheets.loans_sync import follow_loans
from hub.core.encrypted_fields import KeyIsAnother, keyed_hash
from hub.csv_sheets.csv_reader import BadSheet, Clash, CsvRow, Wrong
from hub.csv_sheets.sheet_import import ImportPlan
from hub.ils.imports.sources import SHEETS
from hub.ils.models import Conflict, ImportRun

KEPT = timedelta(days=30)
"""Unsettled rows are deleted after this time. A full sheet that still has the row reports it again."""
LONGEST = 200
WHOSE = ("patron_identifier", "identifier")


def key_of(source: str, raw: Sequence[str]) -> str:
    return keyed_hash("import", "\0".join((source, *raw)))


def identifier_hash(identifier: str) -> str:
    return keyed_hash("import whose", identifier)


def waiting() -> QuerySet[Conflict]:
    return Conflict.objects.filter(closed_at=None)


def ignored_rows(source: str) -> Collection[str]:
    """Return the keys of the rows that staff have decided to ignore."""
    found = Conflict.objects.filter(source=source, how=Conflict.How.PASSED)
    return set(found.values_list("key", flat=True))


def record_conflicts(run: ImportRun, heading: Sequence[str], rows: Sequence[CsvRow]) -> int:
    """Open a case for each row, once; return how many of these are open.

    Rows that a full sheet no longer contains are settled.
    """
    for row in rows:
        text = json.dumps([list(heading), list(row.raw)], ensure_ascii=False)
        number = next((row.cells[each] for each in WHOSE if row.cells.get(each)), "")
        found = _get_or_open(run, key_of(run.source, row.raw), row.number, worst(row))
        if found.closed_at is None:
            _seal(found, text, identifier_hash(number) if number else "")
        found.save()
    if run.full:
        for conflict in waiting().filter(source=run.source).exclude(seen_at=run.ended_at):
            settle(conflict, str(Conflict.How.GONE), "", run.ended_at)
    return _waiting_of(run)


def _seal(conflict: Conflict, row: str, whose: str) -> None:
    for name, value in (("row", row), ("whose", whose)):
        setattr(conflict, name, value)


def record_bad_records(run: ImportRun, bad: Sequence[tuple[int, str, bytes]]) -> int:
    """Open cases for records of a catalogue, storing only the fault."""
    for number, fault, raw in bad:
        key = keyed_hash("import", f"{run.source}\0{fault}\0{hashlib.sha256(raw).hexdigest()}")
        _get_or_open(run, key, number, Clash(Wrong.FORM, "", fault)).save()
    return _waiting_of(run)


def _waiting_of(run: ImportRun) -> int:
    return waiting().filter(source=run.source, seen_at=run.ended_at).count()


def worst(row: CsvRow) -> Clash:
    """Return the first of several faults; the others show once it is corrected."""
    return row.clashes[0]


def _get_or_open(run: ImportRun, key: str, line: int, clash: Clash) -> Conflict:
    """Return the row's conflict, updated but not saved; a decision to ignore the row is kept."""
    known = Conflict.objects.filter(source=run.source, key=key).first()
    found: Conflict = known or Conflict(source=run.source, key=key, opened_at=run.ended_at)
    found.reads, found.line = run.reads, line
    found.seen_at, found.written_at = run.ended_at, run.written_at or run.ended_at
    if found.how != Conflict.How.PASSED:
        if found.closed_at is not None:
            found.opened_at = run.ended_at
        found.closed_at, found.closed_by, found.how = None, "", ""
        say(found, clash)
    return found


def say(conflict: Conflict, clash: Clash) -> None:
    """Update what the case shows; the caller saves it."""
    conflict.wrong, conflict.column = clash.wrong, clash.column[:40]
    conflict.there, conflict.here = clash.cell[:LONGEST], clash.stored[:LONGEST]


def settle(conflict: Conflict, how: str, by: str, now: datetime) -> None:
    """Settle the case and erase its content."""
    conflict.how, conflict.closed_by, conflict.closed_at = how, by, now
    for name in ("there", "here", "row", "whose"):
        setattr(conflict, name, "")
    conflict.save()


def let_go(now: datetime) -> int:
    """Delete old cases, settled or not; return how many.

    Decisions to ignore a row are kept as long as the source, as last imported, contains the row.
    """
    taken = (
        ImportRun.objects.filter(source=OuterRef("source"), fault="")
        .order_by("-ended_at", "-id")
        .values("ended_at")[:1]
    )
    stands = Q(how=Conflict.How.PASSED, seen_at=Subquery(taken))
    old = Conflict.objects.filter(seen_at__lt=now - KEPT).exclude(pk__in=Conflict.objects.filter(stands).values("pk"))
    return old.delete()[0]


def forget(identifier: str) -> None:
    """Delete the rows of a patron whose data is erased."""
    Conflict.objects.filter(whose=identifier_hash(identifier)).delete()


log = logging.getLogger(__name__)

MOST = 500
"""Rows per run; the next run reads the others."""
FAILURES = (KeyIsAnother, DatabaseError, NoLibrary, BadSheet, OSError, ValueError)
"""Failures of the hub that are not the row's fault."""
ABOUT = {
    "patrons": ("identifier",),
    "items": ("barcode",),
    "loans": ("item_barcode",),
    "holds": ("patron_identifier", "item_barcode", "control_number", "isbn", "title"),
}
"""Columns that identify what a row is about; the later of two rows about the same counts."""


class CannotRead(Exception):
    """The hub itself failed to import the row, which keeps waiting. The log has the error's type."""


def read_again(conflict: Conflict, by: str, now: datetime, *, believed: bool = False) -> bool:
    """Import the row again; return False if it still conflicts.

    With `believed`, staff prefer the row to what the case shows, but not to a value that has changed since.

    Raises:
        CannotRead: The hub failed.
    """
    try:
        plan = _import_row(conflict, conflict.written_at)
        if believed and plan.refused and worst(plan.refused[0]).stored == conflict.here:
            plan = _import_row(conflict, now)
    except FAILURES as error:  # a database's message may contain patron data, so only the error's type is logged
        log.error("row %s of the source %s: hub error: %s", conflict.pk, conflict.source, type(error).__name__)
        raise CannotRead from None
    if plan.refused:
        say(conflict, worst(plan.refused[0]))
        conflict.save()
        return False
    settle(conflict, str(Conflict.How.BELIEVED if believed else Conflict.How.TAKEN), by, now)
    return True


def _import_row(conflict: Conflict, taken: datetime) -> ImportPlan:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{conflict.source}.csv"
        written = io.StringIO()
        csv.writer(written).writerows(json.loads(conflict.row.decrypt()))
        path.write_text(written.getvalue(), encoding="utf-8")
        if conflict.reads == "loans":
            return follow_loans(path, True, taken, full=False)
        return SHEETS[conflict.reads]().run(path, True)


def try_again(now: datetime) -> int:
    """Import the rows again that referred to missing records; return how many succeeded."""
    _drop_older(waiting().exclude(row="").order_by("written_at", "line"), now)
    missing = waiting().filter(wrong=Wrong.NOBODYS).exclude(row="")
    return sum(_try_import(each, now) for each in missing.order_by("written_at", "line")[:MOST])


def _try_import(conflict: Conflict, now: datetime) -> bool:
    try:
        return read_again(conflict, "", now)
    except CannotRead:
        return False


def _drop_older(rows: Iterable[Conflict], now: datetime) -> None:
    """Settle rows that a later sheet has replaced by another waiting row about the same record."""
    last = dict[tuple[str, ...], Conflict]()
    for each in rows:
        if not (about := _record_key(each)):
            continue
        before = last.get(about)
        if before is not None and before.written_at < each.written_at:
            settle(before, str(Conflict.How.GONE), "", now)
        last[about] = each


def _record_key(conflict: Conflict) -> tuple[str, ...]:
    """Return what identifies the row's record; empty if the row cannot be decrypted."""
    try:
        heading, raw = json.loads(conflict.row.decrypt())
    except (KeyIsAnother, ValueError) as error:
        log.error("row %s of the source %s cannot be opened: %s", conflict.pk, conflict.source, type(error).__name__)
        return ()
    cells = {name.strip(): cell.strip() for name, cell in zip(heading, raw, strict=False)}
    return (conflict.reads, *(cells.get(column, "") for column in ABOUT[conflict.reads]))
