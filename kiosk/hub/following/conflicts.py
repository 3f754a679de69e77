"""Keeps rows that contradict for staff, and settles them; nothing of a settled one is kept but that it was."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db.models import QuerySet

from kiosk.hub.circulation.loans_elsewhere import follow_loans
from kiosk.hub.following.models import Conflict, Run
from kiosk.hub.outreach.people.sealed import keyed
from kiosk.hub.sheet_commands import importer
from kiosk.hub.sheet_faults import Clash, Wrong
from kiosk.hub.sheets import Plan, Row

KEPT = timedelta(days=30)
"""A row that nobody has settled for so long is let go: a full sheet that has it still brings it again."""
LONGEST = 200
WHOSE = ("patron_identifier", "identifier")


def key_of(source: str, raw: Sequence[str]) -> str:
    return keyed("import", "\0".join((source, *raw)))


def whose(identifier: str) -> str:
    return keyed("import whose", identifier)


def waiting() -> QuerySet[Conflict]:
    return Conflict.objects.filter(closed_at=None)


def passed(source: str) -> Collection[str]:
    """The keys of the rows that staff have let pass."""
    found = Conflict.objects.filter(source=source, how=Conflict.How.PASSED)
    return set(found.values_list("key", flat=True))


def noted(run: Run, heading: Sequence[str], rows: Sequence[Row]) -> int:
    """Opens a case for each row, once; what a full sheet has not any more is settled. Gives how many wait of these."""
    for row in rows:
        text = json.dumps([list(heading), list(row.raw)], ensure_ascii=False)
        number = next((row.cells[each] for each in WHOSE if row.cells.get(each)), "")
        found = _opened(run, key_of(run.source, row.raw), row.number, _worst(row))
        if found.closed_at is None:
            _seal(found, text, whose(number) if number else "")
        found.save()
    if run.full:
        for gone in waiting().filter(source=run.source).exclude(seen_at=run.ended_at):
            settle(gone, str(Conflict.How.GONE), "", run.ended_at)
    return _waiting_of(run)


def _seal(conflict: Conflict, row: str, whose: str) -> None:
    for name, value in (("row", row), ("whose", whose)):
        setattr(conflict, name, value)


def noted_records(run: Run, bad: Sequence[tuple[int, str]]) -> int:
    """The same for records of a catalogue, of which nothing is kept but what is wrong."""
    for number, fault in bad:
        _opened(run, keyed("import", f"{run.source}\0{fault}"), number, Clash(Wrong.FORM, "", fault)).save()
    return _waiting_of(run)


def _waiting_of(run: Run) -> int:
    return waiting().filter(source=run.source, seen_at=run.ended_at).count()


def _worst(row: Row) -> Clash:
    """Of several what comes first: the others show when that is right."""
    return row.clashes[0]


def _opened(run: Run, key: str, line: int, clash: Clash) -> Conflict:
    """As it is now, not written yet; what staff have let pass stays so."""
    known = Conflict.objects.filter(source=run.source, key=key).first()
    found: Conflict = known or Conflict(source=run.source, key=key, opened_at=run.ended_at)
    found.reads, found.line = run.reads, line
    found.seen_at, found.written_at = run.ended_at, run.written_at or run.ended_at
    if found.how != Conflict.How.PASSED:
        if found.closed_at is not None:
            found.opened_at = run.ended_at
        found.closed_at, found.closed_by, found.how = None, "", ""
        _say(found, clash)
    return found


def _say(conflict: Conflict, clash: Clash) -> None:
    conflict.wrong, conflict.column = clash.wrong, clash.column[:40]
    conflict.there, conflict.here = clash.there[:LONGEST], clash.here[:LONGEST]


def settle(conflict: Conflict, how: str, by: str, now: datetime) -> None:
    """What it said goes."""
    conflict.how, conflict.closed_by, conflict.closed_at = how, by, now
    for said in ("there", "here", "row", "whose"):
        setattr(conflict, said, "")
    conflict.save()


def read_again(conflict: Conflict, by: str, now: datetime, *, believed: bool = False) -> bool:
    """Takes the row as if it came now. False where it contradicts still, in what the case says then.

    It is `believed` against what the case shows, and not against what has come to stand here since.
    """
    plan = _imported(conflict, conflict.written_at)
    if believed and plan.refused and _worst(plan.refused[0]).here == conflict.here:
        plan = _imported(conflict, now)
    if plan.refused:
        _say(conflict, _worst(plan.refused[0]))
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
    missing = waiting().filter(wrong=Wrong.NOBODYS).exclude(row="")
    return sum(read_again(each, "", now) for each in missing.order_by("line")[:500])


def let_go(now: datetime) -> int:
    """What nobody has settled for a long time, and what was settled."""
    old = Conflict.objects.filter(seen_at__lt=now - KEPT)
    count: int = old.delete()[0]
    return count


def forget(identifier: str) -> None:
    """Whoever is forgotten leaves no row here."""
    Conflict.objects.filter(whose=whose(identifier)).delete()
