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
from kiosk.hub.following.models import Conflict
from kiosk.hub.outreach.people.sealed import keyed, sealed
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


def noted(source: str, reads: str, heading: Sequence[str], rows: Sequence[Row], now: datetime, *, full: bool) -> int:
    """Opens a case for each row, once; what a full sheet has not any more is settled. Gives how many wait of these."""
    keys = []
    for row in rows:
        keys.append(key_of(source, row.raw))
        text = json.dumps([list(heading), list(row.raw)], ensure_ascii=False)
        number = next((row.cells[each] for each in WHOSE if row.cells.get(each)), "")
        _opened(source, reads, keys[-1], row.number, _worst(row), now, text, whose(number) if number else "")
    if full:
        for gone in waiting().filter(source=source).exclude(seen_at=now):
            settle(gone, str(Conflict.How.GONE), "", now)
    return waiting().filter(source=source, seen_at=now).count()


def noted_records(source: str, bad: Sequence[tuple[int, str]], now: datetime) -> int:
    """The same for records of a catalogue, of which nothing is kept but what is wrong."""
    for number, fault in bad:
        key = keyed("import", f"{source}\0{fault}")
        _opened(source, "titles", key, number, Clash(Wrong.FORM, "", fault), now, "", "")
    return waiting().filter(source=source, seen_at=now).count()


def _worst(row: Row) -> Clash:
    """Of several what comes first: the others show when that is right."""
    return row.clashes[0]


def _opened(source: str, reads: str, key: str, line: int, clash: Clash, now: datetime, row: str, whose: str) -> None:
    found = Conflict.objects.filter(source=source, key=key).first() or Conflict(source=source, key=key, opened_at=now)
    found.reads, found.line, found.seen_at = reads, line, now
    if found.how != Conflict.How.PASSED:
        if found.closed_at is not None:
            found.opened_at = now
        found.closed_at, found.closed_by, found.how = None, "", ""
        _say(found, clash)
        found.row, found.whose = sealed(row), whose
    found.save()


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
    """Takes the row as if it came now. False where it contradicts still, in what the case says then."""
    plan = _imported(conflict, now if believed else conflict.seen_at)
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
