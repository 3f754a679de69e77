"""Keeps rows that contradict for staff, and settles them; nothing of a settled one is kept but that it was.

It reads none again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery

from hub.core.encrypted_fields import keyed
from hub.csv_sheets.csv_errors import Clash, Wrong
from hub.csv_sheets.csv_reader import CsvRow
from hub.ils_import.models import Conflict, ImportRun

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


def noted(run: ImportRun, heading: Sequence[str], rows: Sequence[CsvRow]) -> int:
    """Opens a case for each row, once; what a full sheet has not any more is settled. Gives how many wait of these."""
    for row in rows:
        text = json.dumps([list(heading), list(row.raw)], ensure_ascii=False)
        number = next((row.cells[each] for each in WHOSE if row.cells.get(each)), "")
        found = _opened(run, key_of(run.source, row.raw), row.number, worst(row))
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


def noted_records(run: ImportRun, bad: Sequence[tuple[int, str, bytes]]) -> int:
    """The same for records of a catalogue, of which nothing is kept but what is wrong."""
    for number, fault, raw in bad:
        key = keyed("import", f"{run.source}\0{fault}\0{hashlib.sha256(raw).hexdigest()}")
        _opened(run, key, number, Clash(Wrong.FORM, "", fault)).save()
    return _waiting_of(run)


def _waiting_of(run: ImportRun) -> int:
    return waiting().filter(source=run.source, seen_at=run.ended_at).count()


def worst(row: CsvRow) -> Clash:
    """Of several what comes first: the others show when that is right."""
    return row.clashes[0]


def _opened(run: ImportRun, key: str, line: int, clash: Clash) -> Conflict:
    """As it is now, not written yet; what staff have let pass stays so."""
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
    """What the case shows; the caller writes it."""
    conflict.wrong, conflict.column = clash.wrong, clash.column[:40]
    conflict.there, conflict.here = clash.there[:LONGEST], clash.here[:LONGEST]


def settle(conflict: Conflict, how: str, by: str, now: datetime) -> None:
    """What it said goes."""
    conflict.how, conflict.closed_by, conflict.closed_at = how, by, now
    for said in ("there", "here", "row", "whose"):
        setattr(conflict, said, "")
    conflict.save()


def let_go(now: datetime) -> int:
    """What nobody has settled for a long time, and what was settled.

    What staff have let pass is kept for as long as it stands in the source as that was last taken.
    """
    taken = (
        ImportRun.objects.filter(source=OuterRef("source"), fault="")
        .order_by("-ended_at", "-id")
        .values("ended_at")[:1]
    )
    stands = Q(how=Conflict.How.PASSED, seen_at=Subquery(taken))
    old = Conflict.objects.filter(seen_at__lt=now - KEPT).exclude(pk__in=Conflict.objects.filter(stands).values("pk"))
    count: int = old.delete()[0]
    return count


def forget(identifier: str) -> None:
    """Whoever is forgotten leaves no row here."""
    Conflict.objects.filter(whose=whose(identifier)).delete()
