"""Show items returned at a kiosk that staff have not checked: found, or the loan continues."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from hub.catalogue import book_rows
from hub.catalogue.book_rows import BookRow
from hub.circulation.models import PendingReturn
from hub.circulation.operations import hold_queue, loan_changes
from hub.circulation.operations.context import by_staff
from hub.circulation.refusals import report_refusal
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.page import page, paginate, report_error, report_success, staff_action, staff_page
from hub.staff import branch_scope
from hub.staff.rows import ListedPatron, due_of, masked_patron, masked_text
from lending.model import Block


@dataclass(frozen=True, slots=True)
class UnseenRow:
    """An unchecked return as lists show it."""

    pk: int
    book: BookRow
    patron: ListedPatron
    time: str
    kiosk: str
    due: str

    @staticmethod
    def from_case(case: PendingReturn) -> "UnseenRow":
        return UnseenRow(
            pk=case.pk,
            book=book_rows.book(case.loan.item),
            patron=masked_patron(case.loan.patron),
            time=formatting.date_and_time(case.at),
            kiosk=str(case.kiosk or ""),
            due=due_of(case.loan),
        )


@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """List the unchecked returns, oldest first; scanning the item in the field above finds it."""
    waiting = PendingReturn.objects.filter(state=PendingReturn.State.WAITING)
    waiting = branch_scope.narrow_to_branches(request, waiting, "kiosk__branch")
    waiting = waiting.select_related("loan__item__title", "loan__patron", "kiosk")
    if wants_csv(request):
        return _returns_csv(waiting)
    found = paginate(request, waiting)
    return page(request, "pending_returns", "staff/unseen.html", {
        "found": found, "rows": [UnseenRow.from_case(each) for each in found],
        "scope": branch_scope.scope_heading(request),
    })  # fmt: skip


def _returns_csv(cases: "QuerySet[PendingReturn]") -> HttpResponse:
    heading = (_("Title"), _("Barcode"), _("Patron"), _("Time"), _("Kiosk"), _("Was due"))
    rows = (
        (
            each.loan.item.title.title,
            each.loan.item.barcode,
            masked_text(each.loan.patron),
            timezone.localtime(each.at).isoformat(" ", "minutes"),
            each.kiosk or "",
            due_of(each.loan),
        )
        for each in cases.iterator()
    )
    return download("returns-to-check", heading, rows)


@staff_action
def confirm_scanned(request: HttpRequest) -> HttpResponse:
    """Close the loan of the item with the posted barcode."""
    barcode = request.POST.get("barcode", "").strip()
    waiting = PendingReturn.objects.filter(state=PendingReturn.State.WAITING).select_related("loan__item__title")
    case = waiting.filter(loan__item__barcode=barcode).first()
    if case is None:
        return report_error(
            request, _("{barcode} is not in this list.").format(barcode=barcode), "staff:pending_returns"
        )
    return _confirm_return(request, case)


@staff_action
def confirm_found(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the loan: staff found the item."""
    return _confirm_return(request, get_object_or_404(PendingReturn.objects.select_related("loan__item__title"), pk=pk))


def _confirm_return(request: HttpRequest, case: PendingReturn) -> HttpResponse:
    done = loan_changes.confirm_return(by_staff(request), case)
    if isinstance(done, Block):
        return report_refusal(request, done, "staff:pending_returns")
    words = _("{title} is returned").format(title=case.loan.item.title)
    if done.someone_waits:
        words = _("{words}. Hold waiting: trap it at the desk (F8)").format(words=words)
    elif way := hold_queue.open_transfer(case.loan.item):
        words = _("{words}. It belongs to {branch}: put it with the transfers").format(words=words, branch=way.target)
    return report_success(request, words, "staff:pending_returns")


@staff_action
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Continue the loan with its old due date: the item was not found."""
    case = get_object_or_404(PendingReturn.objects.select_related("loan__item__title", "loan__patron"), pk=pk)
    done = loan_changes.reopen(by_staff(request), case)
    if isinstance(done, Block):
        return report_refusal(request, done, "staff:pending_returns")
    words = _("{title} is on loan again, due {day}").format(
        title=case.loan.item.title, day=formatting.due(case.loan.due)
    )
    return report_success(request, words, "staff:pending_returns")
