"""Show the page of a receipt code."""

from django.http import Http404, HttpRequest, HttpResponse

from hub.circulation.lookup import format_receipt_code
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_page
from hub.staff import receipts
from lending.transactions import as_receipt_code


@staff_page
def receipt(request: HttpRequest, code: str) -> HttpResponse:
    """Show the visit whose receipt has the code, or what it means that none has arrived."""
    known = as_receipt_code(code)
    if known is None:
        raise Http404(code)
    visits, unread = receipts.visits(known), receipts.unread(known)
    return page(request, "desk", "staff/receipt.html", {
        "code": format_receipt_code(known), "visits": visits, "unread": unread,
        "contacts": [] if visits or unread else receipts.contacts(),
    })  # fmt: skip
