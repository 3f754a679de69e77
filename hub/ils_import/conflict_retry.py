"""Reads rows that contradicted once more, the youngest word about each thing; one that fails keeps no other away."""

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
from hub.circulation.loans_sync import follow_loans
from hub.commands.csv_sheets import importer
from hub.core.encrypted_fields import KeyIsAnother
from hub.csv_sheets.csv_errors import Wrong
from hub.csv_sheets.csv_reader import BadSheet, Plan
from hub.ils_import.conflicts import say, settle, waiting, worst
from hub.ils_import.models import Conflict

log = logging.getLogger(__name__)

MOST = 500
"""So many at a time: the next run reads the others."""
FAILURES = (KeyIsAnother, DatabaseError, NoLibrary, BadSheet, OSError, ValueError)
"""What keeps the hub from reading a row, and is not the row's own fault."""
ABOUT = {
    "patrons": ("identifier",),
    "items": ("barcode",),
    "loans": ("item_barcode",),
    "holds": ("patron_identifier", "item_barcode", "control_number", "isbn", "title"),
}
"""The columns that say what a row is about: of two words about the same the younger counts."""


class CannotRead(Exception):
    """The hub itself failed at the row, which waits as it did; the log says at what."""


def read_again(conflict: Conflict, by: str, now: datetime, *, believed: bool = False) -> bool:
    """Takes the row as if it came now. False where it contradicts still, in what the case says then.

    It is `believed` against what the case shows, and not against what has come to stand here since. Raises CannotRead.
    """
    try:
        plan = _imported(conflict, conflict.written_at)
        if believed and plan.refused and worst(plan.refused[0]).here == conflict.here:
            plan = _imported(conflict, now)
    except FAILURES as error:  # a database's own words may name a patron: the kind is all that is told
        log.error("row %s of the source %s: hub error: %s", conflict.pk, conflict.source, type(error).__name__)
        raise CannotRead from None
    if plan.refused:
        say(conflict, worst(plan.refused[0]))
        conflict.save()
        return False
    settle(conflict, str(Conflict.How.BELIEVED if believed else Conflict.How.TAKEN), by, now)
    return True


def _imported(conflict: Conflict, taken: datetime) -> Plan:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{conflict.source}.csv"
        written = io.StringIO()
        csv.writer(written).writerows(json.loads(conflict.row.opened()))
        path.write_text(written.getvalue(), encoding="utf-8")
        if conflict.reads == "loans":
            return follow_loans(path, True, taken, full=False)
        return importer(conflict.reads)(path, True)


def try_again(now: datetime) -> int:
    """Reads the rows again of which something was not here yet. Gives how many were taken."""
    _drop_older(waiting().exclude(row="").order_by("written_at", "line"), now)
    missing = waiting().filter(wrong=Wrong.NOBODYS).exclude(row="")
    return sum(_taken(each, now) for each in missing.order_by("written_at", "line")[:MOST])


def _taken(conflict: Conflict, now: datetime) -> bool:
    try:
        return read_again(conflict, "", now)
    except CannotRead:
        return False


def _drop_older(rows: Iterable[Conflict], now: datetime) -> None:
    """A row that a later sheet has another word about, which waits too, is no longer what the system says."""
    last = dict[tuple[str, ...], Conflict]()
    for each in rows:
        if not (about := _about(each)):
            continue
        before = last.get(about)
        if before is not None and before.written_at < each.written_at:
            settle(before, str(Conflict.How.GONE), "", now)
        last[about] = each


def _about(conflict: Conflict) -> tuple[str, ...]:
    """What the row is about; nothing where that cannot be told."""
    try:
        heading, raw = json.loads(conflict.row.opened())
    except (KeyIsAnother, ValueError) as error:
        log.error("row %s of the source %s cannot be opened: %s", conflict.pk, conflict.source, type(error).__name__)
        return ()
    cells = {name.strip(): cell.strip() for name, cell in zip(heading, raw, strict=False)}
    return (conflict.reads, *(cells.get(column, "") for column in ABOUT[conflict.reads]))
