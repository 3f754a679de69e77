"""Report to the event feed the results of transactions that patrons saw as saved, not yet confirmed.

Messages to patrons rely on these events: `promise_confirmed` or `promise_refused` once for each such transaction, and
`exception_settled` when staff have resolved an exception. Each has `code`, the code on the patron's receipt.
"""

from datetime import datetime

from hub.catalogue.models import Item
from hub.circulation import event_feed
from hub.circulation.event_feed import Fact
from hub.circulation.intake.apply_transaction import card_by, item_by
from hub.circulation.models import ExceptionCase, Loan, Patron, PendingReturn, Transaction
from hub.circulation.operations import OperationResult
from lending import wire
from lending.transactions import Checkin, Checkout, Renew


def append_result(now: datetime, stored: Transaction, case: ExceptionCase | None, done: OperationResult | None) -> None:
    """Append the event of a no-block transaction.

    Nothing is appended if the patron saw the final answer, or is unknown.
    """
    if not stored.no_block:
        return
    loan = done.loan if done else None
    known = loan is not None and _act(stored) is not None
    _append(
        now, stored, case, done, _event_facts(stored, loan.patron, loan.item) if loan and known else facts(stored, loan)
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
    event_feed.append(
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
    about = facts(stored, back.loan if back else loan)
    _append(now, stored, case, OperationResult(due=loan.due if loan else None), about)


def facts(stored: Transaction, loan: Loan | None = None) -> dict[str, Fact] | None:
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
