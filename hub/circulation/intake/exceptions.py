"""Open, number and resolve the cases of the exception desk."""

import hashlib
import itertools
import json
import logging
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import BigIntegerField, CharField, Exists, Max, Q, QuerySet

from hub.circulation.anonymisation import anonymous_responses
from hub.circulation.intake.apply_transaction import Unclear, by_kiosk, do
from hub.circulation.intake.transaction_time import UploadContext
from hub.circulation.models import ExceptionCase, Kiosk, Transaction
from hub.circulation.operations import external_ils
from hub.core.prepared_queries import Param, prepared_update
from hub.core.retrying_transaction import atomic
from lending import wire
from lending.model import Block, ItemId, Reason

log = logging.getLogger(__name__)

LONGEST_DETAIL = 500
LONGEST_REASON = 64
LONGEST_ID = 64
UNCLEAR = "unclear_time"
"""Reason of a case whose transaction time is too uncertain to order it against the open loan."""
HUB_ERROR = "hub error: "
"""Prefix of an unexpected error's name in a case's reason."""
LARGEST = 2**63 - 1
VARIABLE_FIELDS = ("no_block", "untold", "result_shown")
"""Fields that may differ when a kiosk sends the same row again."""
DUPLICATE_NUMBERS = "cloned_kiosk"
"""Reason of a case where one journal number has two transactions: two machines use the same key and journal."""


def open_case(
    kind: str, reason: str, detail: str, now: datetime, stored: Transaction, block: Block | None = None
) -> ExceptionCase:
    """Open a case for a stored transaction; `block` supplies the facts of its reason."""
    return ExceptionCase.objects.create(
        kind=kind,
        reason=reason[:LONGEST_REASON],
        detail=detail[:LONGEST_DETAIL],
        kiosk=stored.kiosk,
        transaction=stored,
        journal=stored.journal,
        seq=stored.seq,
        raw="" if anonymous_responses.is_anonymous(stored.kind, stored.body) else stored.body,
        facts=_facts(block),
        opened_at=now,
    )


def _facts(block: Block | None) -> dict[str, str | int]:
    if block is None:
        return {}
    on = None if block.on is None else block.on.isoformat()
    amount = None if block.amount is None else str(block.amount)
    known = {"on": on, "amount": amount, "count": block.count}
    return {name: fact for name, fact in known.items() if fact is not None}


def block_of(case: ExceptionCase) -> Block | None:
    """Return why the loan rules refused the transaction, or None if the case has another reason."""
    if case.reason not in tuple(Reason):
        return None
    on, amount = case.facts.get("on"), case.facts.get("amount")
    return Block(
        Reason(case.reason),
        on=date.fromisoformat(on) if on else None,
        amount=Decimal(amount) if amount else None,
        count=case.facts.get("count"),
    )


def open_unseen_result(now: datetime, stored: Transaction) -> None:
    """Open one case for a completed transaction whose result was never shown.

    The patron may not know about the loan.
    """
    kind = str(ExceptionCase.Kind.UNTOLD)
    if not ExceptionCase.objects.filter(transaction=stored, kind=kind).exists():
        open_case(kind, kind, "", now, stored)


def open_case_once(
    kind: str,
    detail: str,
    now: datetime,
    kiosk: Kiosk,
    raw: dict[str, object],
    known: Transaction | None = None,
    facts: dict[str, str | int] | None = None,
) -> ExceptionCase:
    """Open a case for a row that could not be stored.

    If the row comes again, differing in `VARIABLE_FIELDS` at most, the first case is returned. The row's id is kept
    among the facts, because `raw` is emptied later.

    Args:
        kind: Kind of the case, also its reason.
        detail: Explanation for staff; cut to `LONGEST_DETAIL` characters.
        now: The hub's time.
        kiosk: The kiosk that sent the row.
        raw: The row as it was received.
        known: The stored transaction that the row conflicts with, if any.
        facts: Additional facts of the reason.
    """
    raw = anonymous_responses.without_answer(raw)
    text = json.dumps(raw, sort_keys=True)
    inner = json.dumps({name: value for name, value in raw.items() if name not in VARIABLE_FIELDS}, sort_keys=True)
    case, _ = ExceptionCase.objects.get_or_create(
        kiosk=kiosk,
        raw_hash=hashlib.sha256(inner.encode()).hexdigest(),
        defaults={
            "kind": kind,
            "reason": kind,
            "detail": _printable(detail)[:LONGEST_DETAIL],
            "transaction": known,
            "journal": kiosk.journal,
            "seq": seq_of(raw),
            "raw": text,
            "facts": {"id": _printable(str(raw.get("id", "")))[:LONGEST_ID], **(facts or {})},
            "opened_at": now,
        },
    )
    return case


def check_duplicate_number(kiosk: Kiosk, seq: int, now: datetime) -> None:
    """Open a case, once a day, if another row already has this journal number.

    The caller holds the lock of the kiosk's row. A kiosk gives each number to one row only. Two rows with the same
    number mean that its SD card was copied into a second machine.
    """
    if seq == kiosk.max_contiguous_seq + 1 or not Transaction.objects.filter(_of_journal(kiosk), seq=seq).exists():
        return
    log.error("kiosk %s: row %d was received with two ids: two machines use its key", kiosk.name, seq)
    open_cloned_kiosk(kiosk, now.date(), f"number {seq} was given to two transactions", now)


def open_cloned_kiosk(kiosk: Kiosk, on: date, detail: str, now: datetime) -> None:
    """Open the day's case for journal numbers that were used twice, unless there is one."""
    ExceptionCase.objects.get_or_create(
        kiosk=kiosk,
        journal=kiosk.journal,
        raw_hash=f"{DUPLICATE_NUMBERS} {on}",
        defaults={"kind": ExceptionCase.Kind.CONFLICT, "reason": DUPLICATE_NUMBERS, "detail": detail, "opened_at": now},
    )


def _printable(text: str) -> str:
    """Replace unprintable characters, which databases may reject.

    A broken kiosk may send any text as the name of an unknown field.
    """
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def seq_of(raw: dict[str, object]) -> int | None:
    """Return the row's journal number, or None if it is missing or out of range."""
    seq = raw.get("seq")
    return seq if type(seq) is int and 0 < seq <= LARGEST else None


def switch_journal(kiosk: Kiosk, journal: str, seq: int | None) -> None:
    """Switch the kiosk to this journal and count the rows of that journal from now on.

    The caller holds the lock of the kiosk's row. When a kiosk names its journal for the first time and the numbers
    continue, its earlier rows are assigned to that journal.
    """
    if not journal or journal == kiosk.journal:
        return
    if not kiosk.journal and (seq or 0) > kiosk.max_contiguous_seq:
        Transaction.objects.filter(kiosk=kiosk, journal="").update(journal=journal)
        ExceptionCase.objects.filter(kiosk=kiosk, journal="").update(journal=journal)
    kiosk.journal = journal
    kiosk.max_contiguous_seq = _contiguous(kiosk)
    kiosk.save(update_fields=("journal", "max_contiguous_seq"))


def _contiguous(kiosk: Kiosk) -> int:
    """Count the rows of the kiosk's journal from 1 up to the first that is missing."""
    here: set[int] = set()
    for table in (Transaction, ExceptionCase):
        here |= set(table.objects.filter(_of_journal(kiosk), seq__isnull=False).values_list("seq", flat=True))
    runs = ExceptionCase.objects.filter(_of_journal(kiosk), last_seq__isnull=False).values_list("seq", "last_seq")
    for first, last in runs:
        here.update(range(first, last + 1))
    return next(number for number in itertools.count(1) if number not in here) - 1


def _of_journal(kiosk: Kiosk) -> Q:
    return Q(kiosk=kiosk, journal=kiosk.journal)


def count(kiosk: Kiosk, seq: int | None, now: datetime, how: str = "the rows came later") -> None:
    """Advance the kiosk's highest contiguous number and report each gap once.

    The caller holds the lock of the kiosk's row. `how` is the resolution noted in the reports of gaps that this row
    closes.
    """
    if seq is not None and seq == kiosk.max_contiguous_seq + 1 and _only_next(kiosk, seq):
        return
    before = kiosk.max_contiguous_seq
    while (reached := here_up_to(kiosk, kiosk.max_contiguous_seq + 1)) > kiosk.max_contiguous_seq:
        kiosk.max_contiguous_seq = reached
    missing = kiosk.max_contiguous_seq + 1
    if seq is not None and seq > missing:
        ExceptionCase.objects.get_or_create(
            kiosk=kiosk,
            journal=kiosk.journal,
            raw_hash=f"gap {missing}",
            defaults={
                "kind": ExceptionCase.Kind.GAP,
                "reason": ExceptionCase.Kind.GAP,
                "detail": f"rows {missing} to {seq - 1} did not come before row {seq}",
                "opened_at": now,
            },
        )
    if kiosk.max_contiguous_seq > before:
        kiosk.save(update_fields=("max_contiguous_seq",))
        _gaps_filled_by(kiosk, before, missing).update(resolved_at=now, resolution=how)


def _only_next(kiosk: Kiosk, seq: int) -> bool:
    """Advance by this row if it is the next one, no later row exists and no gap is open.

    This is the usual case, in one query.
    """
    if not _update_counts(kiosk.pk, kiosk.journal, seq):
        return False
    kiosk.max_contiguous_seq = seq
    return True


@prepared_update
def _update_counts() -> tuple[QuerySet, dict[str, object]]:
    kiosk, journal, seq = Param(0, BigIntegerField()), Param(1, CharField()), Param(2, BigIntegerField())
    rows = Transaction.objects.filter(kiosk_id=kiosk, journal=journal)
    behind = Q(seq__gt=seq) | Q(raw_hash__startswith="gap ", resolved_at=None)
    noted = ExceptionCase.objects.filter(behind, kiosk_id=kiosk, journal=journal)
    this = Kiosk.objects.filter(Exists(rows.filter(seq=seq)), ~Exists(rows.filter(seq__gt=seq)), ~Exists(noted))
    return this.filter(pk=kiosk), {"max_contiguous_seq": seq}


def _gaps_filled_by(kiosk: Kiosk, before: int, missing: int) -> "QuerySet[ExceptionCase]":
    """Return the open gap reports that start after `before` and before `missing`.

    Start numbers are compared in Python: a long gap would exceed the number of parameters that a database accepts.
    """
    reports = ExceptionCase.objects.filter(_of_journal(kiosk), raw_hash__startswith="gap ", resolved_at=None)
    begins = {pk: int(named.removeprefix("gap ")) for pk, named in reports.values_list("pk", "raw_hash")}
    return ExceptionCase.objects.filter(pk__in=[pk for pk, number in begins.items() if before < number < missing])


def here_up_to(kiosk: Kiosk, seq: int) -> int:
    """Return `seq` if that row is stored, else the last number of its reported run, else `seq - 1`."""
    ours = _of_journal(kiosk)
    if Transaction.objects.filter(ours, seq=seq).exists():
        return seq
    reports = ExceptionCase.objects.filter(ours).filter(Q(seq=seq) | Q(seq__lte=seq, last_seq__gte=seq))
    last = reports.aggregate(last=Max("last_seq"), seq=Max("seq"))
    return seq - 1 if last["seq"] is None else max(seq, last["last"] or 0)


@atomic
def resolve(case: ExceptionCase, staff: str, resolution: str, now: datetime) -> None:
    """Close the case with the text of the member of staff who handled it.

    An anonymous response is no longer needed then. A new patron's details are kept in the patron record only. Both are
    deleted from the row and the case.
    """
    case.resolved_at, case.resolved_by, case.resolution = now, staff, resolution
    row = case.transaction
    if row is not None and (
        anonymous_responses.is_anonymous(row.kind, row.body) or anonymous_responses.holds_identity(row.kind, row.body)
    ):
        Transaction.objects.filter(pk=row.pk).update(body="", body_hash="")
        case.raw = ""
    case.save(update_fields=("resolved_at", "resolved_by", "resolution", "raw"))


@atomic
def apply_again(case: ExceptionCase, staff: str, now: datetime) -> Block | None:
    """Apply the transaction of the case again, after staff have removed the obstacle.

    On success the case is closed. The answer that the kiosk received first is kept. A case that is already closed stays
    closed.

    Returns:
        Why the transaction still cannot be applied, or None.

    Raises:
        wire.UnreadableAct: The row cannot be read.
    """
    stored = Transaction.objects.select_for_update().get(pk=case.transaction_id)
    case.refresh_from_db()
    if case.resolved_at is not None:
        return None
    act = wire.decode(stored.kind, stored.body)
    sending = UploadContext(stored.received_at, elsewhere=external_ils.followed())
    by = replace(by_kiosk(stored.kiosk, stored, sending), staff=staff, no_block=True)
    result = do(by, act)
    assert not isinstance(result, Unclear), "staff have decided"
    if isinstance(result, Block):
        return result
    resolve(case, staff, "done again", now)
    return None


def item_of(case: ExceptionCase) -> ItemId | None:
    """Return the item that the case is about, or None if its transaction names no item or is unreadable."""
    if case.transaction is None:
        return None
    try:
        act = wire.decode(case.transaction.kind, case.transaction.body)
    except wire.UnreadableAct:
        return None
    return getattr(act, "item", None)
