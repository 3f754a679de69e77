"""Keep the cases of the exception desk, and tell patrons the result of what they saw as saved, not yet confirmed.

Messages to patrons rely on the feed's events `promise_confirmed` or `promise_refused`, once for each such transaction,
and `exception_settled` when staff have resolved an exception. Each has `code`, the code on the patron's receipt.

A row carries the kiosk and its number in the journal: someone who knows who was at the kiosk at that time could
attribute a response to a patron. Rows and cases therefore lose what a response's `Retention` does not keep.
"""

import hashlib
import itertools
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import BigIntegerField, CharField, Exists, Max, Q, QuerySet

from hub.catalogue.models import Item
from hub.circulation.intake.apply_transaction import Unclear, UploadContext, by_kiosk, card_by, do, item_by
from hub.circulation.models import ExceptionCase, Kiosk, Loan, Patron, PendingReturn, Transaction
from hub.circulation.operations import external_ils
from hub.circulation.operations.context import Fact, OperationResult, append_event
from hub.core.prepared_queries import Param, prepared_update
from hub.core.retrying_transaction import atomic
from lending import wire
from lending.model import Block, CardRef, ItemId, Reason
from lending.responses import KINDS, Retention
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode, TagFinding, TransactionId, Undo
from lending.wire import WireCase

log = logging.getLogger(__name__)
LONGEST_DETAIL = 500
LONGEST_REASON = 64
LONGEST_ID = 64
UNCLEAR = "unclear_time"
"""Reason of a case whose transaction time is too uncertain to order it against the open loan."""
HUB_ERROR = "hub error: "
"""Prefix of an unexpected error's name in a case's reason."""
LARGEST = 2**63 - 1
EXTERNAL = "told "
"""Prefix of kind and id in the key (`raw_hash`) of such a case."""
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
        raw="" if is_anonymous(stored.kind, stored.body) else stored.body,
        facts=_facts(block),
        opened_at=now,
    )


def open_tag_finding(item: Item, finding: TagFinding, place: str, now: datetime) -> None:
    """Open a case for what a staff desk found on the tags of an item, unless an open one says the same."""
    tag = str(ExceptionCase.Kind.TAG)
    known = ExceptionCase.objects.filter(kind=tag, reason=finding, kiosk=None, resolved_at=None)
    if not known.filter(facts__item=item.barcode).exists():
        ExceptionCase.objects.create(
            kind=tag, reason=finding, detail=place[:LONGEST_DETAIL], facts={"item": item.barcode}, opened_at=now
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
    raw = without_answer(raw)
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
    if row is not None and (is_anonymous(row.kind, row.body) or holds_identity(row.kind, row.body)):
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


def is_anonymous(kind: object, body: object) -> bool:
    """Return whether a row of this kind, with its body in plain text, is an anonymous response."""
    return _retention(kind, body).is_anonymous


def holds_identity(kind: object, body: object) -> bool:
    """Return whether the row holds a new patron's name and address.

    These are stored in the patron record only, so they are removed from every other place.
    """
    return _retention(kind, body) is Retention.IDENTITY


def without_answer(raw: dict[str, object]) -> dict[str, object]:
    """Return the row without its answer and, if it is to be unlinked, without subject and card.

    Rows of any other kind are returned unchanged.
    """
    retention = _retention(raw.get("kind"), raw.get("body"))
    if not retention.is_anonymous:
        return raw
    response = _body(raw["body"]) | {"answer": ""}
    if retention is Retention.UNLINKED:
        response |= {"about": "", "card": None}
    return {**raw, "body": json.dumps(response, sort_keys=True)}


def _retention(kind: object, body: object) -> Retention:
    response = KINDS.get(str(_body(body).get("ask"))) if kind == "said" else None
    return response.retention if response else Retention.KEPT


def _body(body: object) -> dict[str, object]:
    try:
        decoded = json.loads(body) if isinstance(body, str) else None
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}


def take_reports(kiosk: Kiosk, reports: Sequence[WireCase], now: datetime) -> list[str]:
    """Open a case for each report that is new; return the ids of those that staff have resolved."""
    cases = [(each, _external_case(kiosk, each, now)) for each in reports]
    return [each.id for each, case in cases if case.resolved_at is not None]


def _external_case(kiosk: Kiosk, report: WireCase, now: datetime) -> ExceptionCase:
    kind = ExceptionCase.Kind.UNTOLD if report.kind == "untold" else ExceptionCase.Kind.REFUSED
    case, _ = ExceptionCase.objects.get_or_create(
        kiosk=kiosk,
        raw_hash=f"{EXTERNAL}{report.kind} {report.id}",
        defaults={
            "kind": kind,
            "reason": report.kind if report.kind == "fee" else report.reason or report.kind,
            "detail": report.reason,
            "raw": report.model_dump_json(exclude_defaults=True),
            "facts": {"given": report.given.isoformat()} if report.given else {},
            "opened_at": now,
        },
    )
    return case


def is_external(case: ExceptionCase) -> bool:
    """Return whether the loan is kept by an ILS, so that staff have to correct it there."""
    return (case.raw_hash or "").startswith(EXTERNAL)


def report_of(case: ExceptionCase) -> WireCase | None:
    """Return the report that the kiosk sent; None once it was erased, some time after it was resolved."""
    return WireCase.model_validate_json(case.raw) if is_external(case) and case.raw else None


def act_of(report: WireCase) -> Act | None:
    """Return the reported transaction as far as the report describes it, else None."""
    item = ItemId(report.item)
    match report.act:
        case "checkout":
            return Checkout(CardRef(report.card), item, report.promised or report.at)
        case "renew":
            return Renew(CardRef(report.card), item, report.promised or report.at)
        case "checkin":
            return Checkin(item, ReturnMode.TRUSTED)
        case "undo":
            return Undo(TransactionId(report.id))
        case _:
            return None


def append_result(now: datetime, stored: Transaction, case: ExceptionCase | None, done: OperationResult | None) -> None:
    """Append the event of a no-block transaction.

    Nothing is appended if the patron saw the final answer, or is unknown.
    """
    if not stored.no_block:
        return
    loan = done.loan if done else None
    known = loan is not None and _act(stored) is not None
    _append(
        now,
        stored,
        case,
        done,
        _event_facts(stored, loan.patron, loan.item) if loan and known else promise_facts(stored, loan),
    )


def _append(
    now: datetime,
    stored: Transaction,
    case: ExceptionCase | None,
    done: OperationResult | None,
    about: dict[str, Fact] | None,
) -> None:
    if about is None or about["patron"] is None:
        return
    confirmed = stored.outcome == Transaction.Outcome.ACCEPTED
    append_event(
        "promise_confirmed" if confirmed else "promise_refused",
        now,
        **about,
        due=done.due.isoformat() if done and done.due else None,
        reason=case.reason if case else None,
        exception=case.pk if case else None,
    )


def append_late_result(now: datetime, stored: Transaction) -> None:
    """Like `append_result`, for a row that was answered before, but the kiosk did not receive the answer in time."""
    case = ExceptionCase.objects.filter(transaction=stored).exclude(kind=ExceptionCase.Kind.UNTOLD).first()
    loan = Loan.objects.filter(transaction=stored.pk).first()
    back = PendingReturn.objects.filter(transaction=stored.pk).select_related("loan__patron").first()
    about = promise_facts(stored, back.loan if back else loan)
    _append(now, stored, case, OperationResult(due=loan.due if loan else None), about)


def promise_facts(stored: Transaction, loan: Loan | None = None) -> dict[str, Fact] | None:
    """Return patron and item of the transaction; None for an undo, or if it cannot be read."""
    act = _act(stored)
    if act is None:
        return None
    card, item = card_by(act.card) if isinstance(act, Checkout | Renew) else None, item_by(act.item)
    about = _event_facts(stored, card.patron if card else loan.patron if loan and not loan.nameless else None, item)
    return {**about, "item": act.item}


def _act(stored: Transaction) -> Checkout | Renew | Checkin | None:
    try:
        act = wire.decode(stored.kind, stored.body)
    except wire.UnreadableAct:
        return None
    return act if isinstance(act, Checkout | Renew | Checkin) else None


def _event_facts(stored: Transaction, patron: Patron | None, item: Item | None) -> dict[str, Fact]:
    return {
        "act": stored.kind,
        "code": stored.code,
        "patron": patron.ref if patron else None,
        "item": item.barcode if item else None,
        "title": item.title_id if item else None,
        "kiosk": stored.kiosk.name,
        "transaction": str(stored.pk),
    }
