"""Show the page of a receipt code: the visit and the result of each of its transactions."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.catalogue import book_rows
from hub.catalogue.book_rows import BookRow
from hub.catalogue.models import Item
from hub.circulation.intake import encrypted_rows
from hub.circulation.intake.apply_transaction import card_by, item_by
from hub.circulation.lookup import BETWEEN, format_receipt_code, rows_up_to
from hub.circulation.models import ExceptionCase, Kiosk, Loan, Patron, PendingReturn, Renewal, Transaction
from hub.circulation.refusals import UnreadVisit, reason_text, refusal
from hub.circulation.refusals import unread_visits as visits_unread
from hub.core.pages import formatting
from hub.core.pages.formatting import Tone
from hub.core.pages.page import page, staff_page
from hub.staff import exceptions
from hub.staff.rows import ListedPatron, masked_patron, transaction_time_text
from lending.model import Block, Reason
from lending.transactions import Act, Checkin, Checkout, Renew, as_receipt_code


@dataclass(frozen=True, slots=True)
class TransactionResult:
    """The current result of a transaction."""

    tone: Tone
    words: str
    note: str = ""
    case: int | None = None
    """Number of the case at the exception desk, if there is one."""


@dataclass(frozen=True, slots=True)
class ActRow:
    """One transaction of a visit with its result."""

    act: str
    time: str
    book: BookRow | None
    barcode: str
    fate: TransactionResult


@dataclass(frozen=True, slots=True)
class KioskVisit:
    """Everything done at one kiosk up to the code's row, oldest first."""

    kiosk: str
    time: str
    patron: ListedPatron | None
    rows: tuple[ActRow, ...]


@dataclass(frozen=True, slots=True)
class LastContact:
    """When a kiosk last had contact: transactions that it still keeps are newer."""

    kiosk: str
    seen: str


def is_known(code: str) -> bool:
    """Return whether a transaction with this code has arrived."""
    return bool(Transaction.objects.filter(code=code).exists()) or encrypted_rows.has_code(code)


def visits_of(code: str) -> list[KioskVisit]:
    """Return every visit with this code, newest first: a code is short, so two visits may share it."""
    last = Transaction.objects.filter(code=code).select_related("kiosk").order_by("-received_at")
    return [_visit(rows_up_to(row)) for row in last]


def unread_of(code: str) -> list[UnreadVisit]:
    """Return every visit with this code whose operations are known but not its patron."""
    return visits_unread(code, BETWEEN)


def contacts() -> list[LastContact]:
    """Return the kiosks that may still keep a transaction."""
    known = Kiosk.objects.filter(revoked_at=None)
    return [
        LastContact(each.name, formatting.date_and_time(each.seen_at) or pgettext("kiosk", "never")) for each in known
    ]


def _visit(rows: list[tuple[Transaction, Act | None]]) -> KioskVisit:
    last, _last_act = rows[-1]
    owner = next(_patrons(rows), None)
    return KioskVisit(
        kiosk=last.kiosk.name,
        time=transaction_time_text(last),
        patron=masked_patron(owner) if owner else None,
        rows=tuple(_row(row, act) for row, act in rows),
    )


def _patrons(rows: list[tuple[Transaction, Act | None]]) -> Iterator[Patron]:
    cards = (card_by(act.card) for _row, act in rows if isinstance(act, Checkout | Renew))
    return (card.patron for card in cards if card is not None)


def _row(row: Transaction, act: Act | None) -> ActRow:
    barcode = str(act.item) if isinstance(act, Checkout | Renew | Checkin) else ""
    item: Item | None = item_by(barcode) if barcode else None
    return ActRow(
        act=exceptions.what_it_was(row, act),
        time=transaction_time_text(row),
        book=book_rows.book(item) if item else None,
        barcode=barcode,
        fate=_fate(row, act),
    )


def _fate(row: Transaction, act: Act | None) -> TransactionResult:
    if row.outcome == Transaction.Outcome.REFUSED:
        return TransactionResult(Tone.STOP, _refusal_text(row.answer.get("reason")))
    if row.outcome == Transaction.Outcome.SET_ASIDE:
        return _set_aside_fate(row)
    match act:
        case Checkout():
            return _checkout_fate(row)
        case Checkin():
            return _checkin_fate(row)
        case Renew(reckoned=reckoned):
            renewal = Renewal.objects.filter(transaction=row.pk).first()
            if renewal is not None and renewal.undone:
                return TransactionResult(Tone.LOOK, _("Undone"))
            return _result_of_done(row, formatting.due(renewal.due_after) if renewal and not reckoned else "")
        case _:
            return TransactionResult(Tone.DONE, _("Confirmed"))


def _refusal_text(reason: str | None) -> str:
    return refusal(Block(Reason(reason))).summary if reason in tuple(Reason) else _("Refused without a reason")


def _set_aside_fate(row: Transaction) -> TransactionResult:
    kinds = (ExceptionCase.Kind.REFUSED, ExceptionCase.Kind.SET_ASIDE, ExceptionCase.Kind.UNOPENED)
    case = ExceptionCase.objects.filter(transaction=row, kind__in=kinds).first()
    if case is None:
        return TransactionResult(Tone.STOP, _refusal_text(None))
    if case.resolved_at is not None:
        return TransactionResult(
            Tone.DONE, pgettext("case", "Resolved"), formatting.date_and_time(case.resolved_at), case.pk
        )
    return TransactionResult(Tone.STOP, reason_text(case), _("Waiting at the exception desk"), case.pk)


def _checkout_fate(row: Transaction) -> TransactionResult:
    loan = Loan.objects.filter(transaction=row.pk).first()
    if loan is not None and loan.state == Loan.State.UNDONE:
        return TransactionResult(Tone.LOOK, _("Undone"))
    return _result_of_done(
        row, _("due {day}").format(day=formatting.due(loan.due)) if loan and not loan.reckoned else ""
    )


def _result_of_done(row: Transaction, note: str) -> TransactionResult:
    """Return the result of a completed row; one against the rules is an open case at the exception desk."""
    case = ExceptionCase.objects.filter(transaction=row, kind=ExceptionCase.Kind.AGAINST, resolved_at=None).first()
    if case is None:
        return TransactionResult(Tone.DONE, _("Confirmed"), note)
    return TransactionResult(Tone.LOOK, _("Confirmed, being checked"), reason_text(case), case.pk)


def _checkin_fate(row: Transaction) -> TransactionResult:
    """Return a return's result: a provisional one by its current state, any other as confirmed."""
    handed_in = PendingReturn.objects.filter(transaction=row.pk).first()
    if handed_in is None:
        return TransactionResult(Tone.DONE, _("Confirmed"))
    tones = {PendingReturn.State.WAITING: Tone.CLOCK, PendingReturn.State.REOPENED: Tone.LOOK}
    return TransactionResult(
        tones.get(handed_in.state, Tone.DONE),
        handed_in.get_state_display(),
        formatting.date_and_time(handed_in.closed_at),
    )


@staff_page
def receipt(request: HttpRequest, code: str) -> HttpResponse:
    """Show the visit whose receipt has the code, or what it means that none has arrived."""
    known = as_receipt_code(code)
    if known is None:
        raise Http404(code)
    visits, unread = visits_of(known), unread_of(known)
    return page(request, "desk", "staff/receipt.html", {
        "code": format_receipt_code(known), "visits": visits, "unread": unread,
        "contacts": [] if visits or unread else contacts(),
    })  # fmt: skip
