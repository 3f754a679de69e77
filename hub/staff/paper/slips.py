"""Print a slip for each hold on the hold shelf and for each copy to pull, on the paper of a receipt printer.

A slip shows the shelf number in large digits and only the masked name: the hold shelf is open to everyone. The slip of
a copy to pull for another branch shows that branch instead, and no patron.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from reportlab.pdfgen.canvas import Canvas

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Hold
from hub.circulation.operations import hold_queue
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.page import page, paginate, report_error, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.staff import branch_scope
from hub.staff.holds import pull_list
from hub.staff.models import HoldSlip, PrintRun
from hub.staff.paper import barcodes, typesetting
from hub.staff.paper.barcodes import BarcodeFault, Symbology
from hub.staff.paper.typesetting import MM, Box, FittedText, fit
from hub.staff.rows import HoldRow

EDGE = {58: 5.0, 80: 4.0}
"""White on either side of the roll's width, in mm: printers reach 48 mm and 72 mm of it."""
TALLEST = 400.0
BARS = 11 * MM
GAP = 1.5 * MM
CUT = 8 * MM
"""White at the end, before the cut."""
RUNS = 10


@dataclass(frozen=True, slots=True)
class Slip:
    """What a slip says; empty texts are left out."""

    shelf: str
    """Where the copy goes: a number of the hold shelf, or another branch."""
    until: str
    patron: str
    title: str
    call_number: str
    barcode: str
    branch: str

    @classmethod
    def from_hold(cls, hold: Hold) -> Slip:
        """Return the slip of a hold with its item, read with title, patron and pickup branch."""
        item = hold.item
        return cls(
            shelf=hold.shelf,
            until=_("until {day}").format(day=formatting.day(hold.until)),
            patron=_patron_line(hold),
            title=hold.title.title,
            call_number=item.call_number or hold.title.call_number,
            barcode=item.barcode,
            branch=str(hold.pickup),
        )

    @classmethod
    def to_pull(cls, hold: Hold, item: Item) -> Slip:
        """Return the slip of a copy to fetch for a hold that waits; `branch` is where the copy is on the shelf."""
        here = item.branch_id == hold.pickup_id
        return cls(
            shelf=hold_queue.shelf_of(hold.patron) if here else _("To {branch}").format(branch=hold.pickup),
            until=_("Hold: check in at the desk") if here else _("Transfer: check in at the desk"),
            patron=_patron_line(hold) if here else "",
            title=hold.title.title,
            call_number=item.call_number or hold.title.call_number,
            barcode=item.barcode,
            branch=str(item.branch),
        )


def _patron_line(hold: Hold) -> str:
    return f"{formatting.mask_name(hold.patron.name)} {formatting.last4(hold.patron.identifier)}"


def slips_pdf(slips: Sequence[Slip], roll: int, symbology: Symbology, library: str) -> bytes:
    """Return a PDF with a page for each slip, as long as its text: the printer cuts after each.

    Args:
        slips: In the order of printing.
        roll: Width of the paper in mm.
        symbology: Of the item's barcode; without one if it does not fit.
        library: Its name.
    """
    width, edge = roll * MM, EDGE[roll] * MM
    canvas = typesetting.new_page(width, TALLEST, _("Hold slips"), get_language() or "en")
    for slip in slips:
        _draw(canvas, slip, width, edge, symbology, library)
        canvas.showPage()
    return typesetting.finish(canvas)


def _draw(canvas: Canvas, slip: Slip, width: float, edge: float, symbology: Symbology, library: str) -> None:
    room = width - 2 * edge
    head = [
        fit([library], room, 40, 9, 7, 2),
        fit([slip.shelf], room, 90, 54, 18, 2),
        fit([slip.until], room, 40, 16, 10, 2),
        *([fit([slip.patron], room, 40, 12, 8, 2)] if slip.patron else []),
    ]
    body = [
        fit([slip.title], room, 60, 12, 9, 3),
        fit([slip.call_number], room, 40, 12, 8, 2),
        fit([slip.branch], room, 40, 10, 8, 2),
    ]
    number = fit([slip.barcode], room, 20, 10, 6, 1)
    has_bars = _fits(symbology, slip.barcode, room)
    height = 4 * GAP + sum(each.height for each in (*head, *body, number)) + (BARS + GAP) * has_bars + CUT
    canvas.setPageSize((width, height))
    top = _stack(canvas, head, edge, height - GAP, room) - GAP
    canvas.setLineWidth(0.7)
    canvas.line(edge, top, edge + room, top)
    top = _stack(canvas, body, edge, top - GAP, room)
    if has_bars:
        top -= GAP + BARS
        barcodes.draw(canvas, symbology, slip.barcode, Box(edge, top, room, BARS))
    typesetting.draw(canvas, number, edge, top - 1, room, "centre")


def _stack(canvas: Canvas, texts: Sequence[FittedText], x: float, top: float, width: float) -> float:
    for text in texts:
        top = typesetting.draw(canvas, text, x, top, width)
    return top


def _fits(symbology: Symbology, text: str, width: float) -> bool:
    try:
        barcodes.narrow_bar(symbology, text, width)
    except BarcodeFault:
        return False
    return True


def holds_without_slip(request: HttpRequest) -> QuerySet[Hold]:
    """Return the holds on the hold shelf whose item has no slip yet, at the branches that the page shows."""
    printed = HoldSlip.objects.filter(hold=OuterRef("pk"), item=OuterRef("item"))
    ready = hold_queue.ready_holds().filter(~Exists(printed)).order_by("shelf", "pk")
    return branch_scope.narrow_to_branches(request, ready, "pickup")


@dataclass(frozen=True, slots=True)
class RunRow:
    """A former print."""

    url: str
    time: str
    by: str
    words: str


@staff_page
def slips(request: HttpRequest) -> HttpResponse:
    """List the holds on the hold shelf without a slip, and the last prints."""
    waiting = holds_without_slip(request)
    if wants_csv(request):
        return _slips_csv(waiting)
    found = paginate(request, waiting)
    runs = PrintRun.objects.filter(kind=PrintRun.Kind.SLIPS).prefetch_related("slips").order_by("-at")[:RUNS]
    return page(request, "holds", "paper/slips.html", {
        "found": found, "rows": [HoldRow.from_hold(each) for each in found], "count": found.paginator.count,
        "runs": [_run_row(each) for each in runs], "scope": branch_scope.scope_heading(request),
        "branches": request.GET.get("branches", ""),
    })  # fmt: skip


def _slips_csv(holds: QuerySet[Hold]) -> HttpResponse:
    heading = (_("Hold shelf"), _("Title"), _("Call number"), _("Barcode"), _("Pickup branch"), _("Until"), _("Patron"))
    found = holds.select_related("patron", "title", "item", "pickup").iterator()
    slips = ((each, Slip.from_hold(each)) for each in found)
    rows = (
        (slip.shelf, slip.title, slip.call_number, slip.barcode, slip.branch, hold.until, slip.patron)
        for hold, slip in slips
    )
    return download("hold-slips", heading, rows)


def _run_row(run: PrintRun) -> RunRow:
    count = len(run.slips.all())
    words = ngettext("{count} slip", "{count} slips", count).format(count=count)
    return RunRow(reverse("paper:slip_run", args=(run.pk,)), formatting.date_and_time(run.at), run.by, words)


@staff_action
def print_slips(request: HttpRequest) -> HttpResponse:
    """Print a slip for every hold that has none yet, and remember that it was printed.

    With `hold`, print that hold's slip only, also if it was printed before: it may be lost.
    """
    if key := request.POST.get("hold"):
        return _print_one(request, get_object_or_404(hold_queue.ready_holds(), pk=_number(key)))
    run = _print(request)
    if run is None:
        return report_error(request, _("Every hold on the shelf has its slip."), reverse("paper:slips"))
    return redirect("paper:slip_run", run.pk)


@atomic
def _print(request: HttpRequest) -> PrintRun | None:
    """Record the slips. A hold gets one slip for its item, also if two members of staff print at once."""
    holds = list(holds_without_slip(request))
    run = PrintRun.objects.create(kind=PrintRun.Kind.SLIPS, at=hub_clock().now(), by=request.user.get_username())
    slips = (HoldSlip(run=run, hold=each, item=each.item) for each in holds)
    HoldSlip.objects.bulk_create(slips, ignore_conflicts=True)
    if run.slips.exists():
        return run
    run.delete()
    return None


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise Http404(text)
    return int(text)


@atomic
def _print_one(request: HttpRequest, hold: Hold) -> HttpResponse:
    printed = HoldSlip.objects.filter(hold=hold, item=hold.item).first()
    if printed is None:
        run = PrintRun.objects.create(kind=PrintRun.Kind.SLIPS, at=hub_clock().now(), by=request.user.get_username())
        HoldSlip.objects.bulk_create([HoldSlip(run=run, hold=hold, item=hold.item)], ignore_conflicts=True)
        if not run.slips.exists():
            run.delete()
    return _slips_response([Slip.from_hold(hold)])


@staff_page
def slip_run(request: HttpRequest, run: UUID) -> HttpResponse:
    """Return the slips of one print, as PDF, of the holds that are still on the hold shelf."""
    found = get_object_or_404(PrintRun, pk=run, kind=PrintRun.Kind.SLIPS)
    rows = HoldSlip.objects.filter(run=found, hold__state=Hold.State.READY).select_related(
        "hold__patron", "hold__title", "hold__pickup", "hold__item"
    )
    ready = [each.hold for each in rows.order_by("hold__shelf", "pk") if each.hold.item_id == each.item_id]
    if not ready:
        return report_error(request, _("None of these holds is on the shelf any more."), reverse("paper:slips"))
    return _slips_response([Slip.from_hold(each) for each in ready])


@staff_action
def print_pull_slips(request: HttpRequest) -> HttpResponse:
    """Print a slip for each copy on the pull list, in its order.

    None is recorded: a copy gets the hold for which it is trapped, which may be another patron's by then.
    """
    listed = pull_list(request)
    if not listed:
        return report_error(request, _("There is no copy to pull."), reverse("staff:holds"))
    return _slips_response([Slip.to_pull(hold, item) for hold, item in listed])


def _slips_response(slips: Sequence[Slip]) -> HttpResponse:
    library = the_library()
    pdf = slips_pdf(slips, library.receipt_width, Symbology(library.symbology), str(library))
    return typesetting.pdf_response(pdf, "hold-slips")
