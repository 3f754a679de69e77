"""Show items returned at a kiosk that staff have not checked: found, or the loan continues."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from hub.catalogue import book_rows
from hub.catalogue.book_rows import Book
from hub.circulation import operations, row_text
from hub.circulation.models import PendingReturn
from hub.circulation.operations import transits
from hub.circulation.refusals import refused
from hub.circulation.row_text import Who
from hub.circulation.staff_actor import by_staff
from hub.core.pages import formatting
from hub.core.pages.action_results import confirmed, failed
from hub.core.pages.page import page, paged
from hub.core.pages.staff_access import staff_action, staff_page
from hub.staff import branch_scope
from lending.model import Block


@dataclass(frozen=True, slots=True)
class UnseenRow:
    """An unchecked return as lists show it."""

    pk: int
    book: Book
    who: Who
    at: str
    kiosk: str
    due: str

    @staticmethod
    def of(case: PendingReturn) -> "UnseenRow":
        return UnseenRow(
            pk=case.pk,
            book=book_rows.book(case.loan.item),
            who=row_text.who(case.loan.patron),
            at=formatting.when(case.at),
            kiosk=str(case.kiosk or ""),
            due=row_text.due_of(case.loan),
        )


@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """List the unchecked returns, oldest first; scanning the item in the field above finds it."""
    waiting = PendingReturn.objects.filter(state=PendingReturn.State.WAITING)
    waiting = branch_scope.narrowed(request, waiting, "kiosk__branch")
    found = paged(request, waiting.select_related("loan__item__title", "loan__patron", "kiosk"))
    return page(request, "pending_returns", "staff/unseen.html", {
        "found": found, "rows": [UnseenRow.of(each) for each in found],
        "scope": branch_scope.shown_to(request),
    })  # fmt: skip


@staff_action
def seen(request: HttpRequest) -> HttpResponse:
    """Close the loan of the item with the posted barcode."""
    barcode = request.POST.get("barcode", "").strip()
    waiting = PendingReturn.objects.filter(state=PendingReturn.State.WAITING).select_related("loan__item__title")
    case = waiting.filter(loan__item__barcode=barcode).first()
    if case is None:
        return failed(request, _("{barcode} is not in this list.").format(barcode=barcode), "staff:pending_returns")
    return _found(request, case)


@staff_action
def found(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the loan: staff found the item."""
    return _found(request, get_object_or_404(PendingReturn.objects.select_related("loan__item__title"), pk=pk))


def _found(request: HttpRequest, case: PendingReturn) -> HttpResponse:
    done = operations.found(by_staff(request), case)
    if isinstance(done, Block):
        return refused(request, done, "staff:pending_returns")
    words = _("{title} is returned").format(title=case.loan.item.title)
    if done.someone_waits:
        words = _("{words}. Hold waiting: trap it with F8 at the desk").format(words=words)
    elif way := transits.of(case.loan.item):
        words = _("{words}. It belongs to {branch}: put it with the transfers").format(words=words, branch=way.target)
    return confirmed(request, words, "staff:pending_returns")


@staff_action
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Continue the loan with its old due date: the item was not found."""
    case = get_object_or_404(PendingReturn.objects.select_related("loan__item__title", "loan__patron"), pk=pk)
    done = operations.reopen(by_staff(request), case)
    if isinstance(done, Block):
        return refused(request, done, "staff:pending_returns")
    words = _("{title} is on loan again, due {day}").format(
        title=case.loan.item.title, day=formatting.due(case.loan.due)
    )
    return confirmed(request, words, "staff:pending_returns")
