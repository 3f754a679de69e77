"""Return the results of the transactions on a receipt by its code, without the patron."""

from typing import Literal

from hub.circulation import receipt_rows
from hub.circulation.intake import missing_seal_keys
from hub.circulation.intake.apply_transaction import item_by
from hub.circulation.models import ExceptionCase, Loan, PendingReturn, Renewal, Transaction
from hub.outreach.library_system.central import Receipt, ReceiptAct
from lending.transactions import Act, Checkin, Checkout, Renew


def by_code(code: str) -> list[Receipt]:
    """Return every visit with the code that was uploaded.

    A visit whose rows cannot be decrypted has no transactions: only staff can find out more.
    """
    found = Transaction.objects.filter(code=code).select_related("kiosk__branch").order_by("-received_at")
    visits = [_visit(receipt_rows.rows_up_to(row)) for row in found]
    if not visits and missing_seal_keys.has(code):
        return [Receipt("", None, ())]
    return visits


def _visit(rows: list[tuple[Transaction, Act | None]]) -> Receipt:
    last, _act = rows[-1]
    at = last.happened_at or last.received_at
    return Receipt(str(last.kiosk.branch), at, tuple(_receipt_act(row, act) for row, act in rows))


def _receipt_act(row: Transaction, act: Act | None) -> ReceiptAct:
    item = item_by(str(act.item)) if isinstance(act, Checkout | Renew | Checkin) else None
    title = item.title.title if item else ""
    match act:
        case _ if row.outcome == Transaction.Outcome.REFUSED:
            return ReceiptAct(_kind(act), "refused", title=title)
        case _ if row.outcome == Transaction.Outcome.SET_ASIDE:
            return ReceiptAct(_kind(act), "settled" if _settled(row) else "with_staff", title=title)
        case Checkout():
            loan = Loan.objects.filter(transaction=row.pk).first()
            undone = loan is not None and loan.state == Loan.State.UNDONE
            due = loan.due if loan and not loan.reckoned else None
            return ReceiptAct("checkout", "undone" if undone else "done", due, title)
        case Renew(reckoned=reckoned):
            renewal = Renewal.objects.filter(transaction=row.pk).first()
            undone = renewal is not None and renewal.undone
            due = renewal.due_after if renewal and not reckoned else None
            return ReceiptAct("renew", "undone" if undone else "done", due, title)
        case Checkin():
            handed_in = PendingReturn.objects.filter(transaction=row.pk).first()
            state = handed_in.state if handed_in else None
            if state == PendingReturn.State.WAITING:
                return ReceiptAct("checkin", "being_checked", title=title)
            return ReceiptAct("checkin", "with_staff" if state == PendingReturn.State.REOPENED else "done", title=title)
        case _:
            return ReceiptAct("other", "done")


def _kind(act: Act | None) -> Literal["checkout", "renew", "checkin", "other"]:
    match act:
        case Checkout():
            return "checkout"
        case Renew():
            return "renew"
        case Checkin():
            return "checkin"
        case _:
            return "other"


def _settled(row: Transaction) -> bool:
    kinds = (ExceptionCase.Kind.REFUSED, ExceptionCase.Kind.SET_ASIDE, ExceptionCase.Kind.UNOPENED)
    case = ExceptionCase.objects.filter(transaction=row, kind__in=kinds).first()
    return case is not None and case.resolved_at is not None
