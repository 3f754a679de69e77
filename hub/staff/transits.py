"""Show the list of transfers between branches: to send, in transit, arrived."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from hub.catalogue import book_rows
from hub.catalogue.book_rows import BookRow
from hub.catalogue.models import Item
from hub.catalogue.workplace import branch_of
from hub.circulation.models import Hold, Transit
from hub.circulation.operations import hold_queue
from hub.circulation.operations.context import by_staff
from hub.circulation.refusals import report_refusal
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.page import page, paginate, report_error, report_success, staff_action, staff_page, tabs
from hub.staff import branch_scope
from lending.model import Block

SHOWN = timedelta(days=7)
"""How long an arrived transfer is listed."""


@dataclass(frozen=True, slots=True)
class TransitRow:
    """A transfer as lists show it."""

    pk: int
    book: BookRow
    origin: str
    target: str
    awaited: bool
    since: str

    @staticmethod
    def from_transit(way: Transit) -> "TransitRow":
        since = way.arrived_at or way.sent_at or way.noted_at
        return TransitRow(
            pk=way.pk,
            book=book_rows.book(way.item),
            origin=str(way.origin),
            target=str(way.target),
            awaited=way.hold is not None,
            since=formatting.date_and_time(since),
        )


def _transits_csv(rows: Iterable[TransitRow]) -> HttpResponse:
    heading = (_("Title"), _("Origin"), _("Destination"), _("For a hold"), _("Time"))
    cells = ((each.book.title, each.origin, each.target, _("yes") if each.awaited else "", each.since) for each in rows)
    return download("transits", heading, cells)


@staff_page
def transits(request: HttpRequest) -> HttpResponse:
    """List what is to be sent from the user's branches, what comes to them, and recent arrivals."""
    show = request.GET.get("show", "send")
    kinds = {
        "send": hold_queue.transfers_to_send(),
        "way": hold_queue.transfers_on_the_way(),
        "arrived": _recent_arrivals(),
    }
    names = {"send": ("origin",), "way": ("target",), "arrived": ("target",)}
    found = {name: branch_scope.narrow_to_branches(request, rows, *names[name]) for name, rows in kinds.items()}
    words = {"send": _("To send"), "way": _("In transit"), "arrived": _("Arrived")}
    chosen = found.get(show, found["send"]).select_related("item__title", "origin", "target", "hold")
    if wants_csv(request):
        return _transits_csv(map(TransitRow.from_transit, chosen))
    rows = paginate(request, chosen)
    return page(request, "transits", "staff/transits.html", {
        "found": rows, "rows": [TransitRow.from_transit(each) for each in rows],
        "show": show, "here": branch_of(request),
        "tabs": tabs(words, {name: each.count() for name, each in found.items()}),
        "scope": branch_scope.scope_heading(request),
    })  # fmt: skip


def _recent_arrivals() -> "QuerySet[Transit]":
    return Transit.objects.filter(arrived_at__gt=hub_clock().now() - SHOWN).order_by("-arrived_at")


@staff_action
def mark_sent(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the item has left the branch."""
    way = get_object_or_404(Transit.objects.select_related("item__title", "target"), pk=pk)
    if not hold_queue.send_transfer(by_staff(request), way):
        return report_error(
            request, _("{title} is no longer in transit").format(title=way.item.title), "staff:transits"
        )
    return report_success(
        request,
        _("{title} is in transit to {branch}").format(title=way.item.title, branch=way.target),
        "staff:transits",
    )


@staff_action
def mark_arrived(request: HttpRequest) -> HttpResponse:
    """Record that the item with the posted barcode has arrived at this workplace's branch."""
    barcode = request.POST.get("barcode", "").strip()
    item = Item.objects.filter(barcode=barcode).select_related("title", "branch", "type").first()
    if item is None:
        return report_error(request, _("{barcode} is not in this list.").format(barcode=barcode), "staff:transits")
    kept_for = hold_queue.unpack(by_staff(request), item)
    match kept_for:
        case Hold():
            words = _("{title}: hold shelf {shelf}, until {day}").format(
                title=item.title, shelf=kept_for.shelf, day=formatting.day(kept_for.until)
            )
        case Transit(arrived_at=None):
            words = _("{title}: to {branch}").format(title=item.title, branch=kept_for.target)
        case Transit():
            words = _("{title} has arrived: put it on the shelf").format(title=item.title)
        case Block():
            return report_refusal(request, kept_for, "staff:transits")
    return report_success(request, words, "staff:transits")
