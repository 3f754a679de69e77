"""Report to a kiosk which of its rows the hub still has, and record what is known of lost rows."""

import json
import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from itertools import groupby

from django.db.models import Min, Q, QuerySet

from hub.circulation.intake import exceptions
from hub.circulation.models import ExceptionCase, Kiosk, Transaction
from lending.transactions import TransactionId, receipt_code
from lending.wire.fleet import MOST_WARNINGS, GoneReport, HeldReport

log = logging.getLogger(__name__)

REFUSED = "refused"
TOLD = "the kiosk told what it still knows"
SAID_AGAIN = "the kiosk told of it again: this hub was restored to before its own warning"
NOT_CONFIRMED = "refused at the time, and not confirmed to the patron"


def last_stored_number(kiosk: Kiosk, journal: str) -> int | None:
    """Return the number up to which every row of the journal is stored, or None if that is unknown.

    A journal that belongs to another kiosk, or is an earlier one of this kiosk, is no evidence of a loss.
    """
    if not journal:
        return None
    now: tuple[str, int] = Kiosk.objects.values_list("journal", "max_contiguous_seq").get(pk=kiosk.pk)
    if now[0] == journal:
        return now[1]
    elsewhere = any(table.objects.filter(journal=journal).exists() for table in (Transaction, ExceptionCase))
    return None if elsewhere else 0


def missing(kiosk: Kiosk, reached: int | None, held: Sequence[HeldReport], now: datetime) -> Sequence[str]:
    """Return the ids of the rows that are absent though their numbers count as received; open a case.

    Args:
        kiosk: The kiosk that has received answers for rows of these ids.
        reached: What `last_stored_number` returns for the journal of these rows.
        held: Rows that the kiosk expects the hub to have.
        now: The hub's time.
    """
    counted = [row for row in held if reached is not None and row.seq <= reached]
    absent = _absent(kiosk, [row.id for row in counted])
    if absent:
        seq = next(row.seq for row in counted if row.id in absent)
        log.error("kiosk %s: row %d is not here, though its number is: numbers were used twice", kiosk.name, seq)
        held_now = Kiosk.objects.select_for_update(of=("self",)).get(pk=kiosk.pk)
        exceptions.open_cloned_kiosk(
            held_now, now.date(), f"number {seq} is here for another transaction than at the kiosk", now
        )
    return [row.id for row in counted if row.id in absent]


def _absent(kiosk: Kiosk, ids: Sequence[str]) -> Collection[str]:
    """Return the ids without a transaction and without a case about the row."""
    here = {str(pk) for pk in Transaction.objects.filter(pk__in=ids).order_by().values_list("pk", flat=True)}
    cased = ExceptionCase.objects.filter(kiosk=kiosk)
    lost = ExceptionCase.Kind.GAP
    return {
        of
        for of in ids
        if of not in here and not cased.filter(Q(facts__id=of) | Q(kind=lost, raw__contains=of)).exists()
    }


def update_warnings(kiosk: Kiosk, days: Sequence[date], now: datetime) -> Sequence[date]:
    """Open the warnings of these days that are missing; return the days of all open ones, newest first."""
    held = Kiosk.objects.get(pk=kiosk.pk)
    for day in days:
        if not _warnings(held, f"{exceptions.DUPLICATE_NUMBERS} {day}").exists():
            exceptions.open_cloned_kiosk(held, day, SAID_AGAIN, now)
    named = _warnings(held, exceptions.DUPLICATE_NUMBERS).filter(resolved_at=None).values_list("raw_hash", flat=True)
    open_days = {date.fromisoformat(each.removeprefix(f"{exceptions.DUPLICATE_NUMBERS} ")) for each in named}
    return sorted(open_days, reverse=True)[:MOST_WARNINGS]


def _warnings(kiosk: Kiosk, begins: str) -> "QuerySet[ExceptionCase]":
    return ExceptionCase.objects.filter(kiosk=kiosk, reason=exceptions.DUPLICATE_NUMBERS, raw_hash__startswith=begins)


def take(kiosk: Kiosk, journal: str, rows: Sequence[GoneReport], now: datetime) -> None:
    """Count these rows as reported, and open a case for staff for each run of them.

    Runs in the caller's transaction. The case of a row that was refused is closed at once, because no patron relies on
    it.
    """
    if not journal or not rows or last_stored_number(kiosk, journal) is None:
        return
    held = Kiosk.objects.select_for_update(of=("self",)).get(pk=kiosk.pk)
    exceptions.switch_journal(held, journal, rows[0].seq)
    for _why, run in groupby(_missing(held, rows), key=lambda row: row.why):
        _open_loss_cases(held, list(run), now)
    exceptions.count(held, None, now, TOLD)


def _missing(kiosk: Kiosk, rows: Iterable[GoneReport]) -> Iterable[GoneReport]:
    """Yield the rows that are missing: by id, or by number where the id is unknown."""
    rows = list(rows)
    absent = _absent(kiosk, [row.id for row in rows if row.id])
    for row in rows:
        if row.id:
            if row.id in absent:
                yield row
            continue
        at, last = row.seq, row.last or row.seq
        while at <= last:
            if (reached := exceptions.here_up_to(kiosk, at)) < at:
                reached = min(last, _next_here(kiosk, at, last) - 1)
                yield row.model_copy(update={"seq": at, "last": reached if row.last else None})
            at = reached + 1


def _next_here(kiosk: Kiosk, after: int, last: int) -> int:
    ours = {"kiosk": kiosk, "journal": kiosk.journal, "seq__gt": after, "seq__lte": last}
    firsts = [
        table.objects.filter(**ours).aggregate(first=Min("seq"))["first"] for table in (Transaction, ExceptionCase)
    ]
    return min([first for first in firsts if first is not None], default=last + 1)


def _open_loss_cases(kiosk: Kiosk, run: Sequence[GoneReport], now: datetime) -> None:
    """Open or extend one case for each run of consecutive rows that were lost for the same reason."""
    for _start, part in groupby(enumerate(run), key=lambda each: each[1].seq - each[0]):
        rows = [row for _place, row in part]
        _open_or_extend(kiosk, rows, now)


def _open_or_extend(kiosk: Kiosk, rows: Sequence[GoneReport], now: datetime) -> None:
    first, last, reason = rows[0].seq, rows[-1].last or rows[-1].seq, rows[0].why
    facts = [_facts(row) for row in rows]
    before = ExceptionCase.objects.filter(
        kiosk=kiosk, journal=kiosk.journal, reason=reason, last_seq=first - 1, kind=ExceptionCase.Kind.GAP
    )
    case = before.filter(resolved_at=None).first() or ExceptionCase(
        kiosk=kiosk,
        journal=kiosk.journal,
        kind=ExceptionCase.Kind.GAP,
        reason=reason,
        seq=first,
        raw="[]",
        raw_hash=f"{reason} {rows[0].id or first}",
        opened_at=now,
    )
    case.last_seq = last
    case.raw = json.dumps([*json.loads(case.raw), *facts])
    case.detail = f"rows {case.seq} to {last} are not here and cannot come again: {reason}"
    if reason == REFUSED:
        case.resolved_at, case.resolution = now, NOT_CONFIRMED
    case.save()


def _facts(row: GoneReport) -> dict[str, object]:
    """Return what staff can work from: kind, time at the kiosk and receipt code of the transaction."""
    code = receipt_code(TransactionId(row.id)) if row.id else ""
    return {
        "seq": row.seq,
        **({"last": row.last} if row.last else {}),
        "kind": row.kind,
        "at": row.at.isoformat() if row.at else "",
        "code": code,
        "id": row.id or "",
    }
