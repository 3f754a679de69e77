"""Store each uploaded transaction exactly once by id, with effect and answer in one commit."""

import logging
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import BigIntegerField, QuerySet, UUIDField
from pydantic import ValidationError

from hub.circulation import domain_mapping
from hub.circulation.domain_mapping import NoLibrary
from hub.circulation.intake import encrypted_rows, exceptions
from hub.circulation.intake.apply_transaction import Unclear, UploadContext, by_kiosk, check_late_checkout, do
from hub.circulation.intake.encrypted_rows import SealKeyMissing
from hub.circulation.models import ExceptionCase, Kiosk, Transaction
from hub.circulation.operations.context import Actor, OperationResult
from hub.core.clock import hub_clock
from hub.core.prepared_queries import Param, prepared_query
from hub.core.retrying_transaction import retry_on_lock
from lending import wire
from lending.model import Block
from lending.sealing import SealBroken
from lending.transactions import TagReport
from lending.wire import RowAnswer, WireRow

log = logging.getLogger(__name__)

Obstacle = Callable[[], Block | None]
"""May refuse a transaction before the loan rules are checked, if it may still be refused."""
SET_ASIDE = str(Transaction.Outcome.SET_ASIDE)
BUSY = 1.0
"""Seconds after which a kiosk may repeat a row that is being processed."""


class HubFault(Exception):
    """The hub itself failed to process a row; `args[0]` names the error. Nothing of the row was applied."""


class TransactionIntake:
    """One upload of a kiosk at one moment.

    `obstacle` may refuse a row that may still be refused, before the loan rules are checked. `journal` is the journal
    of the rows; empty if the kiosk does not send it.
    """

    def __init__(self, kiosk: Kiosk, sending: UploadContext, obstacle: Obstacle, journal: str = "") -> None:
        self._kiosk = kiosk
        self._sending = sending
        self._now = sending.time
        self._obstacle = obstacle
        self._journal = journal
        self._tries = 1
        self._fault = ""
        """Why the row in progress must be set aside without processing; empty otherwise."""
        self._silent = False
        """Whether the event for the patron must be left out too."""
        self._happened: datetime | None = None
        """When that row happened, if it was determined before the fault."""

    def take(self, rows: Iterable[dict[str, object]]) -> Iterator[RowAnswer]:
        """Answer row by row, in order.

        After the first `again` all are `again`, so that rows are not reordered.
        """
        waiting = False
        for raw in rows:
            answer = _again(raw) if waiting else self._take(raw)
            waiting = answer.outcome == "again"
            yield answer

    def _take(self, raw: dict[str, object]) -> RowAnswer:
        """Answer one row; `again` if a lock or a key was not available."""
        try:
            return retry_on_lock(lambda: self._twice(raw))
        except (OperationalError, IntegrityError) as error:
            log.warning(
                "kiosk %s: database busy, the kiosk will send the row again: %s", self._kiosk.name, type(error).__name__
            )
            return _again(raw)
        except SealKeyMissing as error:
            self._waits_for(error.key)
            return _again(raw)

    def _waits_for(self, key: str) -> None:
        """Open the case about the missing key; if the database is busy, the next upload opens it."""
        with suppress(OperationalError, IntegrityError):
            encrypted_rows.wait_for_key(self._kiosk, key, self._now)

    def _twice(self, raw: dict[str, object]) -> RowAnswer:
        """Try once more after an IntegrityError, which may come from a concurrent insert."""
        try:
            self._tries, self._fault, self._silent, self._happened = 1, "", False, None
            return self._aside(raw)
        except IntegrityError:
            self._tries = 2
            return self._aside(raw)

    def _aside(self, raw: dict[str, object]) -> RowAnswer:
        """Process a row; after an unexpected error, undo it and set the row aside.

        It then blocks no other row. It is stored with its case, without being applied. If that fails too, it is tried
        without the event for the patron, and finally only the case is stored.
        """
        try:
            return self._try(raw, self._answer)
        except HubFault as fault:
            self._fault = str(fault)
        for self._silent in (False, True):
            with suppress(HubFault):
                return self._try(raw, self._answer)
        return self._try(raw, lambda raw: self._unreadable(raw, self._fault))

    def _try(self, raw: dict[str, object], answering: Callable[[dict[str, object]], RowAnswer]) -> RowAnswer:
        with transaction.atomic():
            (self._kiosk,) = _lock_kiosk(self._kiosk.pk)
            exceptions.switch_journal(self._kiosk, self._journal, exceptions.seq_of(raw))
            with self._own_faults():
                answer = answering(raw)
            exceptions.count(self._kiosk, exceptions.seq_of(raw), self._now)
            return answer

    @contextmanager
    def _own_faults(self) -> Iterator[None]:
        """Raise HubFault for unexpected errors."""
        try:
            yield
        except (OperationalError, InterfaceError, NoLibrary, SealKeyMissing):
            raise
        except Exception as error:
            if isinstance(error, IntegrityError) and self._tries == 1:
                raise
            reason = f"{exceptions.HUB_ERROR}{type(error).__name__}"
            frames = "".join(traceback.format_tb(error.__traceback__))
            log.error("kiosk %s: a row was set aside: %s\n%s", self._kiosk.name, reason, frames)
            raise HubFault(reason) from error

    def _answer(self, raw: dict[str, object]) -> RowAnswer:
        try:
            raw = self._readable(raw)
            row = WireRow.model_validate(raw)
        except SealKeyMissing as error:
            return self._set_aside_unopened(raw, error)
        except SealBroken as error:
            return self._unreadable(raw, f"body: {error}")
        except ValidationError as error:
            return self._unreadable(raw, wire.first_fault(error))
        known: Transaction | None = next(iter(_stored_transaction(row.id)), None)
        if known is None:
            return self._first(row)
        if known.kiosk_id != self._kiosk.pk or not _is_same(known, row):
            return self._conflict(raw, known)
        if known.outcome == Transaction.Outcome.REFUSED and row.no_block and not known.no_block:
            return self._apply_again(row, known)
        late = row.no_block and not known.no_block and not row.result_shown
        if late:
            known.no_block = True
            known.save(update_fields=("no_block",))
        if late and not self._fault:
            check_late_checkout(by_kiosk(self._kiosk, row, self._sending), known.pk)
        if self._fault:
            exceptions.open_case_once(
                str(ExceptionCase.Kind.SET_ASIDE), self._fault, self._now, self._kiosk, raw, known
            )
        elif late:
            exceptions.append_late_result(self._now, known)
        self._report_unseen(known, row)
        return RowAnswer.model_validate(known.answer)

    def _readable(self, raw: dict[str, object]) -> dict[str, object]:
        """Return the row with its body in plain text.

        Raises:
            SealBroken: The body does not decrypt.
            SealKeyMissing: The key is missing and the row is not stored yet.
        """
        try:
            return encrypted_rows.decrypt_row(raw)
        except SealKeyMissing:
            if (known := encrypted_rows.stored_plain_row(self._kiosk, raw)) is None:
                raise
            return known

    def _set_aside_unopened(self, raw: dict[str, object], missing: SealKeyMissing) -> RowAnswer:
        """Set the row aside if staff have declared its key lost.

        Raises:
            SealKeyMissing: The key may still be restored.
        """
        if not encrypted_rows.is_lost(missing.key):
            raise missing
        try:
            row = WireRow.model_validate(raw)
        except ValidationError as error:
            return self._unreadable(raw, wire.first_fault(error))
        return encrypted_rows.set_aside(self._kiosk, raw, row, self._now)

    def _first(self, row: WireRow) -> RowAnswer:
        """Apply and store a row that is new."""
        exceptions.check_duplicate_number(self._kiosk, row.seq, self._now)
        stored = Transaction.of_row(row, self._kiosk, self._kiosk.journal, self._now)
        return self._store(stored, row)

    def _apply_again(self, row: WireRow, known: Transaction) -> RowAnswer:
        """Apply a refused row again: it has since happened while the kiosk was offline."""
        known.no_block, known.body_hash = True, wire.body_hash(row.kind, row.body)
        return self._store(known, row)

    def _store(self, stored: Transaction, row: WireRow) -> RowAnswer:
        """Apply the row, unless that has just failed, and store the answer in the same commit."""
        judged = aside(row, self._fault) if self._fault else apply_row(row, self._actor(row), self._obstacle)
        stored.happened_at, answer = self._happened, judged.answer
        stored.outcome, stored.answer = answer.outcome, _json(answer)
        if answer.outcome != SET_ASIDE and exceptions.holds_identity(row.kind, row.body):
            stored.body = stored.body_hash = ""
        # never over a row of this id that another process has inserted meanwhile
        stored.save(force_insert=stored._state.adding)
        self._report_unseen(stored, row)
        case = None
        if judged.kind:
            case = exceptions.open_case(
                judged.kind, judged.reason, answer.reason or "", self._now, stored, judged.block
            )
        if case and answer.outcome == "set_aside":
            answer = answer.model_copy(update={"exception": case.pk})
            stored.answer = _json(answer)
            stored.save(update_fields=("answer",))
        if not self._silent and not row.result_shown:
            exceptions.append_result(self._now, stored, case, judged.result)
        return answer

    def _actor(self, row: WireRow) -> Actor:
        by = by_kiosk(self._kiosk, row, self._sending)
        self._happened = by.now if by.believed else None
        return by

    def _report_unseen(self, stored: Transaction, row: WireRow) -> None:
        """Open a case for a transaction that was applied but whose result was never displayed."""
        if row.untold and stored.outcome == Transaction.Outcome.ACCEPTED and not self._fault:
            exceptions.open_unseen_result(self._now, stored)

    def _unreadable(self, raw: dict[str, object], fault: str) -> RowAnswer:
        case = exceptions.open_case_once(str(ExceptionCase.Kind.SET_ASIDE), fault, self._now, self._kiosk, raw)
        return RowAnswer(id=_id(raw), outcome="set_aside", reason=fault, exception=case.pk)

    def _conflict(self, raw: dict[str, object], known: Transaction) -> RowAnswer:
        fault = f"transaction {known.pk} is here already with another content or from another kiosk"
        log.error("kiosk %s: %s", self._kiosk.name, fault)
        case = exceptions.open_case_once(str(ExceptionCase.Kind.CONFLICT), fault, self._now, self._kiosk, raw, known)
        return RowAnswer(id=_id(raw), outcome="set_aside", reason=fault, exception=case.pk)


@prepared_query
def _lock_kiosk() -> QuerySet:
    """Return the kiosk with its row locked; fails at once if another process holds the lock."""
    held = Kiosk.objects.select_for_update(nowait=True, of=("self",)).select_related("branch")
    return held.filter(pk=Param(0, BigIntegerField())).order_by()


@prepared_query
def _stored_transaction() -> QuerySet:
    return Transaction.objects.filter(pk=Param(0, UUIDField())).order_by()


def _is_same(known: Transaction, row: WireRow) -> bool:
    """Return whether the row is the stored one.

    A stored row whose body was erased is matched by id and kind, and takes the body again.
    """
    if known.body_hash:
        return bool(known.body_hash == wire.body_hash(row.kind, row.body))
    known.body = row.body
    return bool(known.kind == row.kind)


def _again(raw: dict[str, object]) -> RowAnswer:
    return RowAnswer(id=_id(raw), outcome="again", after=BUSY)


def _id(raw: dict[str, object]) -> str:
    return str(raw.get("id", ""))[:64]


def _json(answer: RowAnswer) -> dict[str, object]:
    return answer.model_dump(mode="json", exclude_defaults=True)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer and, if staff have to look at it, the kind of the case, its reason and facts."""

    answer: RowAnswer
    kind: str = ""
    reason: str = ""
    block: Block | None = None
    result: OperationResult | None = None


def apply_row(row: WireRow, by: Actor, obstacle: Obstacle) -> Judgement:
    """Apply the row in the caller's database transaction."""
    try:
        act = wire.decode(row.kind, row.body)
    except wire.UnreadableAct as error:
        answer = RowAnswer(id=row.id, outcome="set_aside", reason=str(error))
        return Judgement(answer, str(ExceptionCase.Kind.SET_ASIDE), "unreadable")
    if isinstance(act, TagReport):
        return Judgement(_accepted_answer(row, OperationResult()), str(ExceptionCase.Kind.TAG), act.finding)
    result = (None if row.no_block else obstacle()) or do(by, act)
    if isinstance(result, OperationResult) and (against := result.overruled):
        return Judgement(
            _accepted_answer(row, result), str(ExceptionCase.Kind.AGAINST), against.reason, against, result
        )
    if isinstance(result, OperationResult):
        return Judgement(_accepted_answer(row, result), result=result)
    if isinstance(result, Unclear):
        return Judgement(_unclear(row), str(ExceptionCase.Kind.REFUSED), exceptions.UNCLEAR)
    kind = str(ExceptionCase.Kind.REFUSED) if row.no_block else ""
    return Judgement(_refused_answer(row, result), kind, result.reason, result)


def aside(row: WireRow, fault: str) -> Judgement:
    """Return the result for a row that the hub itself failed to process."""
    answer = RowAnswer(id=row.id, outcome="set_aside", reason=fault)
    return Judgement(answer, str(ExceptionCase.Kind.SET_ASIDE), fault)


def _accepted_answer(row: WireRow, done: OperationResult) -> RowAnswer:
    return RowAnswer(
        id=row.id,
        outcome="accepted",
        due=done.due,
        rule=domain_mapping.wire_rule(done.rule, done.loan.item.type.names) if done.rule and done.loan else None,
        someone_waits=done.someone_waits,
        place=done.place,
        became=done.became,
        goes_on=done.goes_on.names if done.goes_on else {},
    )


def _refused_answer(row: WireRow, block: Block) -> RowAnswer:
    if row.no_block:
        return RowAnswer(id=row.id, outcome="set_aside", reason=f"{row.kind} cannot be done: {block.reason.value}")
    return RowAnswer(
        id=row.id, outcome="refused", reason=block.reason.value, on=block.on, amount=block.amount, count=block.count
    )


def _unclear(row: WireRow) -> RowAnswer:
    reason = f"{row.kind}: the kiosk's clock cannot tell whether it came before or after the loan that is open now"
    return RowAnswer(id=row.id, outcome="set_aside", reason=reason)


class JournalUnusable(Exception):
    """Nothing was imported; `args[0]` names the file, the line and what to do."""


def import_journal(file: Path, name: str) -> Counter[str]:
    """Return the number of rows by outcome. Every line is parsed before the first is imported.

    Raises:
        JournalUnusable: There is no such kiosk, or a line cannot be parsed.
    """
    kiosk = Kiosk.objects.filter(name=name).first()
    if kiosk is None:
        known = ", ".join(Kiosk.objects.order_by("name").values_list("name", flat=True)) or "none"
        raise JournalUnusable(f"no kiosk is called {name}; known are: {known}")
    obstacle = apps.get_app_config("circulation").obstacle
    counts: Counter[str] = Counter()
    for envelope in [_read_line(file, n, line) for n, line in enumerate(file.read_bytes().splitlines(), 1)]:
        sending = UploadContext(hub_clock().now(), elsewhere=envelope.elsewhere)
        exchange = TransactionIntake(kiosk, sending, obstacle, envelope.journal)
        counts.update(answer.outcome for answer in exchange.take(envelope.rows))
    return counts


def _read_line(file: Path, number: int, line: bytes) -> wire.TransactionsRequest:
    try:
        return wire.TransactionsRequest.model_validate_json(line)
    except ValidationError as error:
        where = f"{file}, line {number}: {wire.first_fault(error)}"
        raise JournalUnusable(f"{where}: take the file as `kiosk journal export` wrote it") from None
