"""Serve the shelf reading page: staff scan a bay's books in order and see which are misplaced."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Item
from hub.catalogue.shelves import shelf_reading as walks
from hub.catalogue.shelves.drawing import draw_floor
from hub.catalogue.shelves.models import Bay
from hub.catalogue.shelves.shelf_reading import ShelfReadingResult, ShelfReadingState
from hub.circulation.domain_mapping import items_facts
from hub.core.clock import hub_clock
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_only
from hub.core.pages.tone import Tone
from lending.model import ItemStatus

MOST = 500


@dataclass(frozen=True, slots=True)
class ShelfReadingLine:
    """A scanned book with what to do with it."""

    number: int
    barcode: str
    title: str
    call_number: str
    item: int | None
    tone: str
    state: str
    todo: str
    also: str


@require_http_methods(["GET", "POST"])
@staff_only
def walk(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the bay's barcodes in shelf order, and check them."""
    bay = get_object_or_404(Bay.objects.select_related("floor__branch"), pk=pk)
    barcodes = request.POST.get("barcodes", "").split()
    context: dict[str, object] = {"bay": bay, "map": draw_floor(bay.floor, {bay.pk}), "barcodes": "\n".join(barcodes)}
    if not barcodes or len(barcodes) > MOST:
        if len(barcodes) > MOST:
            context["fault"] = _("Scan 1 bay at a time, at most {most} books.").format(most=MOST)
        return page(request, "shelves", "staff/shelf_reading.html", context, 422 if barcodes else 200)
    stood = walks.check_order(bay, barcodes)
    lines = _lines(stood)
    wrong = [each for each in lines if each.tone != Tone.DONE]
    Bay.objects.filter(pk=pk).update(walked_at=hub_clock().now(), walked=len(stood), wrong=len(wrong))
    return page(request, "shelves", "staff/shelf_reading.html", {**context, "lines": lines, "wrong": wrong})


def _lines(stood: list[ShelfReadingResult]) -> list[ShelfReadingLine]:
    items = [each.item for each in stood if each.item]
    away = {item.pk: facts.status for item, facts in zip(items, items_facts(items), strict=True)}
    return [_line(number, each, away) for number, each in enumerate(stood, start=1)]


def _line(number: int, stood: ShelfReadingResult, statuses: dict[int, ItemStatus]) -> ShelfReadingLine:
    item = stood.item
    status = statuses.get(item.pk) if item else None
    withdrawn = item is not None and item.condition == Item.Condition.WITHDRAWN
    also = _also(status, withdrawn)
    tone, state, todo = _words(stood)
    return ShelfReadingLine(
        number=number,
        barcode=stood.barcode,
        title=item.title.title if item else "",
        call_number=stood.call_number,
        item=item.pk if item else None,
        tone=Tone.LOOK if also and tone is Tone.DONE else tone,
        state=state,
        todo=todo,
        also=also,
    )


def _words(stood: ShelfReadingResult) -> tuple[Tone, str, str]:
    match stood.how:
        case ShelfReadingState.RIGHT:
            return Tone.DONE, _("In order"), ""
        case ShelfReadingState.TWICE:
            return Tone.LOOK, _("Scanned twice"), ""
        case ShelfReadingState.MOVED:
            behind = _("Shelve it after {barcode}").format(barcode=stood.after) if stood.after else _("Shelve it first")
            return Tone.STOP, _("Wrong position"), behind
        case ShelfReadingState.ELSEWHERE:
            return Tone.STOP, _("Wrong bay"), _home(stood)
        case ShelfReadingState.UNSORTED:
            return Tone.LOOK, _("Call number not valid"), _("Correct it in the catalogue")
        case ShelfReadingState.UNKNOWN:
            return Tone.STOP, _("No copy has this barcode"), _("Take it to the desk")


def _home(stood: ShelfReadingResult) -> str:
    if not stood.bays:
        return _("No bay has its call number. See the map")
    bay = stood.bays[0]
    return _("To bay {bay}, {floor}, {branch}").format(bay=bay.code, floor=bay.floor, branch=bay.floor.branch)


def _also(status: ItemStatus | None, withdrawn: bool) -> str:
    if withdrawn:
        return _("Withdrawn")
    match status:
        case ItemStatus.ON_LOAN:
            return _("On loan but on the shelf: check it in at the desk")
        case ItemStatus.ON_HOLD_SHELF:
            return _("Hold waiting: put it on the hold shelf")
        case ItemStatus.LOST:
            return _("Lost but found: check it in at the desk")
        case ItemStatus.HANDED_IN:
            return _("Returned, not checked: check it in at the desk")
        case _:
            return ""
