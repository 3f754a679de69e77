"""Apply one row and return its answer, with the kind of exception that staff must look at."""

from collections.abc import Callable
from dataclasses import dataclass

from hub.circulation import wire_models
from hub.circulation.intake import exceptions
from hub.circulation.intake.apply_transaction import Unclear, do
from hub.circulation.models import ExceptionCase
from hub.circulation.operations import Actor, OperationResult
from lending import wire
from lending.model import Block
from lending.wire import RowAnswer, WireRow

Obstacle = Callable[[], Block | None]
"""May refuse a transaction before the loan rules are checked, if it may still be refused."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer and, if staff have to look at it, the kind of the case, its reason and facts."""

    answer: RowAnswer
    kind: str = ""
    reason: str = ""
    block: Block | None = None
    done: OperationResult | None = None


def apply_row(row: WireRow, by: Actor, obstacle: Obstacle) -> Judgement:
    """Apply the row in the caller's database transaction."""
    try:
        act = wire.decode(row.kind, row.body)
    except wire.UnreadableAct as error:
        answer = RowAnswer(id=row.id, outcome="set_aside", reason=str(error))
        return Judgement(answer, str(ExceptionCase.Kind.SET_ASIDE), "unreadable")
    result = (None if row.no_block else obstacle()) or do(by, act)
    if isinstance(result, OperationResult) and (against := result.against):
        return Judgement(
            _accepted_answer(row, result), str(ExceptionCase.Kind.AGAINST), against.reason, against, result
        )
    if isinstance(result, OperationResult):
        return Judgement(_accepted_answer(row, result), done=result)
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
        rule=wire_models.wire_rule(done.rule, done.loan.item.type.names) if done.rule and done.loan else None,
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
