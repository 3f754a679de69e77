"""Import conflicting rows again, only the latest about each record.

A failing row does not stop the others.
"""

from __future__ import annotations

import csv
import io
import json
import logging
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import DatabaseError

from hub.circulation.domain_mapping import NoLibrary
from hub.circulation.sheets.loans_sync import follow_loans
from hub.core.encrypted_fields import KeyIsAnother
from hub.csv_sheets.csv_reader import BadSheet, Wrong
from hub.csv_sheets.sheet_import import Plan
from hub.ils.imports.conflicts import say, settle, waiting, worst
from hub.ils.imports.csv_sheet_list import SHEETS
from hub.ils.models import Conflict

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
        if believed and plan.refused and worst(plan.refused[0]).here == conflict.here:
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


def _import_row(conflict: Conflict, taken: datetime) -> Plan:
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
