"""Serve the page on which staff scan books left on tables, which counts their in-house use."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.catalogue import book_rows
from hub.catalogue.book_rows import BookRow
from hub.catalogue.models import Item
from hub.circulation.loan_rules.rule_text import Names
from hub.circulation.models import InHouseUse
from hub.circulation.operations import sightings
from hub.circulation.operations.context import by_staff
from hub.circulation.refusals import report_refusal
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_only
from lending.model import Block, Reason

MONTH = timedelta(days=30)
LAST = 10


@dataclass(frozen=True, slots=True)
class InHouseUseRow:
    book: BookRow
    time: str
    branch: str


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def in_house(request: HttpRequest) -> HttpResponse:
    """Count the item whose barcode is posted; list the latest uses, and those of a month by item type."""
    if request.method == "POST":
        return _record_scan(request)
    names, recent = Names.read(), InHouseUse.objects.filter(at__gt=hub_clock().now() - MONTH)
    kinds = dict(recent.order_by().values_list("item__type__code").annotate(Count("pk")))
    last = InHouseUse.objects.select_related("item__title", "branch")[:LAST]
    return page(
        request,
        "in_house",
        "loan_rules/in_house.html",
        {
            "rows": [
                InHouseUseRow(book_rows.book(each.item), formatting.date_and_time(each.at), str(each.branch))
                for each in last
            ],
            "kinds": sorted(((names.kind(code), count) for code, count in kinds.items()), key=lambda each: -each[1]),
            "total": sum(kinds.values()),
        },
    )


def _record_scan(request: HttpRequest) -> HttpResponse:
    home, barcode = reverse("loan_rules:in_house"), request.POST.get("barcode", "").strip()[:64]
    item = Item.objects.filter(barcode=barcode).select_related("title").first()
    if item is None:
        words = _("{barcode} is not an item of this library. Scan the label again.")
        return report_error(request, words.format(barcode=barcode), home)
    match sightings.use_in_house(by_staff(request), item):
        case Block(reason=Reason.NOTHING_TO_UNDO):
            words = _("{title} was handled within the last hour. It is not counted again.")
            return report_success(request, words.format(title=item.title), home)
        case Block(reason=Reason.ON_LOAN_TO_OTHER):
            words = _("{title} is on loan. Check it in at the desk.").format(title=item.title)
            return report_error(request, words, home)
        case Block() as block:
            return report_refusal(request, block, home)
        case _:
            return report_success(request, _("Counted: {title}.").format(title=item.title), home)
