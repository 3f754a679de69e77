"""Show the exception desk: transactions promised and not done, or done without notice; and the fixes."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hub.catalogue import book_rows
from hub.catalogue.book_rows import Book
from hub.catalogue.models import Item
from hub.circulation import lookup, missing_key_text, missing_row_text, refusals, row_text
from hub.circulation.intake import lost_rows
from hub.circulation.intake.exceptions import DUPLICATE_NUMBERS
from hub.circulation.intake.missing_seal_keys import BACK, CAME, NO_KEY, UNOPENED, can_read, lose, read
from hub.circulation.models import ExceptionCase, Loan, Patron
from hub.circulation.refusals import reason_text, report_refusal
from hub.circulation.row_text import ListedPatron
from hub.circulation.staff_actor import by_staff
from hub.core.pages import formatting
from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.page import page, paginate
from hub.core.pages.staff_access import staff_action, staff_page
from hub.fleet.models import KioskStatus
from hub.staff import branch_scope, exception_fixes
from hub.staff.exception_fixes import ExceptionSubject, subject_of
from lending.model import Block
from lending.sealing import SealBroken
from lending.transactions import Checkin, Checkout, Renew

KEYS = (NO_KEY, UNOPENED)
"""Kinds of cases whose row cannot be decrypted."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as lists show it."""

    pk: int
    act: str
    reason: str
    told_no: bool
    untold: bool
    against: bool
    detail: str
    who: ListedPatron | None
    book: Book | None
    barcode: str
    kiosk: str
    at: str
    resolved: str
    resolved_by: str
    resolution: str

    @staticmethod
    def from_subject(about: ExceptionSubject) -> "CaseRow":
        case = about.case
        return CaseRow(
            pk=case.pk,
            act=missing_key_text.act(case)
            if case.kind in KEYS and about.act is None
            else exception_fixes.what_happened(about.act),
            reason=reason_text(case),
            told_no=about.told_no,
            untold=about.untold,
            against=about.is_against_rules,
            detail=case.detail,
            who=row_text.masked_patron(about.patron) if about.patron else None,
            book=book_rows.book(about.item) if about.item else None,
            barcode=about.barcode,
            kiosk=str(case.kiosk),
            at=row_text.transaction_time_text(case.transaction)
            if case.transaction
            else formatting.date_and_time(about.at or case.opened_at),
            resolved=formatting.date_and_time(case.resolved_at),
            resolved_by=case.resolved_by,
            resolution=_resolution(case.resolution),
        )


def _resolution(words: str) -> str:
    """Translate a resolution that circulation wrote; text from staff is unchanged."""
    own = {
        "done again": _("Processed again"),
        "undone by the patron": _("Undone by the patron"),
        "the rows came later": _("The rows arrived later"),
        lost_rows.TOLD: _("The kiosk sent what it still has"),
        lost_rows.NOT_CONFIRMED: _("Refused at the time, not confirmed to the patron"),
        BACK: _("Key restored"),
        CAME: _("Received again and read"),
    }
    return own.get(words, words)


@staff_page
def exceptions(request: HttpRequest) -> HttpResponse:
    """List the open cases, oldest first, or the resolved ones, newest first."""
    show = request.GET.get("show", "open")
    rows = ExceptionCase.objects.select_related("kiosk", "transaction__kiosk__branch")
    if show == "settled":
        rows = rows.filter(resolved_at__isnull=False).order_by("-resolved_at")
    else:
        rows = rows.filter(resolved_at=None)
    found = paginate(request, branch_scope.narrow_to_branches(request, rows, "kiosk__branch"))
    return page(request, "exceptions", "staff/exceptions.html", {
        "found": found, "rows": [CaseRow.from_subject(subject_of(each)) for each in found], "show": show,
        "tabs": (("open", _("To decide")), ("settled", pgettext("case", "Resolved"))),
        "scope": branch_scope.scope_heading(request),
    })  # fmt: skip


@staff_page
def exception(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one case with what is known of it and the fixes that fit."""
    about = subject_of(_case(pk))
    open_loan = Loan.objects.filter(item=about.item, state__in=Loan.OPEN).select_related("patron").first()
    lends = isinstance(about.act, Checkout | Renew)
    others = ExceptionCase.objects.filter(resolved_at=None).exclude(pk=pk)
    return page(request, "exceptions", "staff/exception.html", {
        "row": CaseRow.from_subject(about),
        "missing": refusals.EXTERNAL_REMEDY if about.is_external else _what_to_do(about.case),
        "beside": about.is_external,
        "lost": missing_row_text.lost_rows(about.case) or missing_key_text.row(about.case),
        "no_key": about.case.kind == NO_KEY,
        "can_read": about.case.kind == UNOPENED and can_read(about.case),
        "case": about.case,
        "promised": formatting.due(about.promised) if about.promised else "",
        "holder": row_text.masked_patron(open_loan.patron) if about.item and open_loan else None,
        "can_repeat": about.can_be_done,
        "can_take_back": about.can_be_taken_back,
        "can_lend": about.can_lend,
        "can_accept": about.is_against_rules,
        "can_ask_back": about.can_be_asked_back,
        "can_write_off": about.can_be_written_off,
        "over": about.is_against_rules and not about.can_be_asked_back,
        "lends": lends,
        "takes_back": isinstance(about.act, Checkin),
        "next": branch_scope.narrow_to_branches(request, others, "kiosk__branch").first(),
    })  # fmt: skip


def _what_to_do(case: ExceptionCase) -> str:
    if case.reason == DUPLICATE_NUMBERS:
        return _(
            "Two devices use this kiosk's key, so their transactions mix. Switch the copy off, "
            "then enrol this kiosk again."
        )
    if case.kind == ExceptionCase.Kind.ALARM:
        return refusals.alarm_remedy(case)
    if case.kind == ExceptionCase.Kind.GAP:
        return missing_row_text.what_to_do(case)
    return missing_key_remedy(case) if case.kind in KEYS else ""


def _case(pk: int) -> ExceptionCase:
    return get_object_or_404(ExceptionCase.objects.select_related("kiosk", "transaction__kiosk"), pk=pk)


@staff_action
def fix(request: HttpRequest, pk: int) -> HttpResponse:
    """Do the fix named by the posted field `fix`."""
    about, here = subject_of(_case(pk)), reverse("staff:exception", args=(pk,))
    if about.case.resolved_at is not None:
        return report_error(request, _("Already resolved by someone else."), here)
    match request.POST.get("fix"):
        case "again" if about.can_be_done:
            answer: Block | str | None = exception_fixes.again(about, by_staff(request))
        case "lend" if about.can_be_done and about.patron is not None and about.item is not None:
            answer = exception_fixes.lend(about, by_staff(request), about.patron, about.item)
        case "accept" if about.is_against_rules:
            answer = exception_fixes.accept(about, by_staff(request))
        case "ask_back" if about.can_be_asked_back:
            answer = exception_fixes.ask_back(about, by_staff(request))
        case "write_off" if about.can_be_written_off:
            answer = exception_fixes.write_off(about, by_staff(request))
        case "link" if about.can_be_done:
            answer = _link(request, about)
        case "take_back" if about.can_be_taken_back:
            answer = exception_fixes.take_back(about, by_staff(request))
        case "read" if about.case.kind == UNOPENED and can_read(about.case):
            return _read(request, about.case, here)
        case "lose" if about.case.kind == NO_KEY:
            answer = _lose(request, about.case)
        case "settle" if about.case.kind != NO_KEY:
            answer = _settle(request, about)
        case _:
            answer = _("This action does not fit this exception.")
    if isinstance(answer, Block):
        return report_refusal(request, answer, here)
    if answer is not None:
        return report_error(request, answer, here)
    return report_success(request, _("Exception {number} resolved").format(number=pk), reverse("staff:exceptions"))


def _link(request: HttpRequest, about: ExceptionSubject) -> Block | str | None:
    """Repeat the transaction with the patron and item from staff, where the row's own are wrong."""
    number, barcode = request.POST.get("patron", "").strip(), request.POST.get("item", "").strip()
    patron: Patron | None = lookup.patron_by_number(number) if number else about.patron
    item: Item | None = Item.objects.filter(barcode=barcode).first() if barcode else about.item
    if item is None:
        return _("No item has this barcode: {barcode}").format(barcode=barcode or about.barcode)
    if isinstance(about.act, Checkin):
        return exception_fixes.take_in(about, by_staff(request), item)
    if patron is None:
        return _("No patron has this number. Scan a card or enter a patron number.")
    return exception_fixes.lend(about, by_staff(request), patron, item)


def _settle(request: HttpRequest, about: ExceptionSubject) -> str | None:
    note = request.POST.get("note", "").strip()
    if not note:
        return _("Briefly describe how it was resolved.")
    exception_fixes.settle(about, by_staff(request), note[:300])
    return None


def _lose(request: HttpRequest, case: ExceptionCase) -> str | None:
    """Record that a key is lost for good, with the reason: only staff can know this."""
    note = request.POST.get("note", "").strip()
    if not note:
        return _("Briefly say why this key is lost.")
    by = by_staff(request)
    lose(case, by.staff, note[:300], by.now)
    return None


def _read(request: HttpRequest, case: ExceptionCase, here: str) -> HttpResponse:
    """Decrypt the row with the recovered key; it can then be resolved like any other."""
    try:
        read(case, by_staff(request).now)
    except SealBroken:
        return report_error(request, _("It was changed in transit and cannot be read."), here)
    return report_success(request, _("Readable now"), here)


def missing_key_remedy(case: ExceptionCase) -> str:
    """Return what staff can do about it."""
    if case.kind == NO_KEY:
        return _(
            "The kiosk keeps {rows} encrypted to the key {key}, which this hub does not have. Copy "
            "the file seal_key from a backup of this hub to its state folder as seal_key.back. The "
            "rows are then processed automatically."
        ).format(rows=_waiting_rows(case), key=case.reason)
    if case.transaction_id is not None:
        return ""
    return _("Patron and item are no longer known. Ask the person who brings the receipt, and check the shelf.")


def _waiting_rows(case: ExceptionCase) -> str:
    """Return how many rows wait, by the kiosk's last report."""
    kept = KioskStatus.objects.filter(kiosk=case.kiosk_id).first()
    reported = kept.sealed if kept is not None and kept.sealed is not None else []
    count = sum(each["queued"] for each in reported if each["key"] == case.reason)
    if not count:
        return pgettext("transactions", "rows")
    return ngettext("{count} row", "{count} rows", count).format(count=f"{count:,}")
