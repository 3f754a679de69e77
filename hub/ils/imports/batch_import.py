"""Import the differing rows of a sheet of patrons, items or holds in small transactions.

On SQLite kiosks cannot write while an import does: they wait for some rows instead of the whole sheet. Nothing is
closed in these transactions.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.catalogue.items_csv import ItemSheet
from hub.circulation.holds_csv import HoldSheet
from hub.circulation.patrons_csv import PatronSheet
from hub.csv_sheets.csv_reader import CsvRow, rows
from hub.csv_sheets.sheet_import import Known, Plan, RecordSheet
from hub.ils.imports import missing_records

SOME = 100
"""Rows per transaction: some tenths of a second."""
WITH_PINS = 10
"""Rows per transaction if one of them has a PIN, whose hash is deliberately slow."""
PAUSE = 0.1
"""Seconds between two transactions: SQLite retries a blocked write as rarely as that."""


KINDS: Mapping[str, type[RecordSheet[Any]]] = {"patrons": PatronSheet, "items": ItemSheet, "holds": HoldSheet}


class BatchImport:
    """Imports a sheet in two steps. `reads` is one of KINDS.

    `ask` imports the new rows ahead; `take` leaves out what is unchanged or already imported.
    """

    def __init__(self, reads: str, path: Path) -> None:
        self._reads, self._path, self._kind = reads, path, KINDS[reads]
        self._added = self._updated = 0
        self._rest: Sequence[CsvRow] = ()
        self._known: Mapping[int, Known] = {}

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
            missing_records.judged(self._reads, keys, taken, most_may_end=most_may_end)
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
