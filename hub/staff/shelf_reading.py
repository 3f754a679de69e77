"""Check the order of a bay whose books are scanned one after the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Bay, Floor, Item
from hub.catalogue.shelves import bay_lookup
from hub.catalogue.shelves.bay_lookup import draw_floor
from hub.circulation.domain_mapping import items_facts
from hub.core.clock import hub_clock
from hub.core.pages.formatting import Tone
from hub.core.pages.page import page, staff_only
from hub.staff import stocktaking
from lending.call_numbers import ShelfPosition, UnsortedCallNumber, parse_call_number
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
    stood = check_order(bay, barcodes)
    lines = _lines(stood)
    wrong = [each for each in lines if each.tone != Tone.DONE]
    floor = bay_lookup.floors_with_bays(bay.floor.branch).get(pk=bay.floor_id)
    missing = stocktaking.compare(floor, [bay], barcodes).missing
    Bay.objects.filter(pk=pk).update(walked_at=hub_clock().now(), walked=len(stood), wrong=len(wrong))
    return page(request, "shelves", "staff/shelf_reading.html", {
        **context, "lines": lines, "wrong": wrong, "missing": missing
    })  # fmt: skip


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
    match stood.state:
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


class ShelfReadingState(StrEnum):
    RIGHT = "right"
    MOVED = "moved"
    """It belongs in this bay, but at another position."""
    ELSEWHERE = "elsewhere"
    """It belongs in another bay or branch."""
    UNSORTED = "unsorted"
    """Its call number is unreadable, so its place is unknown."""
    UNKNOWN = "unknown"
    """No item has this barcode."""
    TWICE = "twice"
    """It was scanned before."""


@dataclass(frozen=True, slots=True)
class ShelfReadingResult:
    """The result for one book; `after` is the copy after which it belongs, if it belongs in this bay."""

    barcode: str
    state: ShelfReadingState
    item: Item | None = None
    call_number: str = ""
    after: str = ""
    bays: tuple[Bay, ...] = ()


def check_order(bay: Bay, barcodes: Sequence[str]) -> list[ShelfReadingResult]:
    """Check each book. As few books as possible are moved: the longest run that is in order stays."""
    items = {each.barcode: each for each in Item.objects.filter(barcode__in=barcodes).select_related("title", "branch")}
    floor = bay_lookup.floors_with_bays(bay.floor.branch).get(pk=bay.floor_id)
    places = [_place(items.get(barcode), floor, bay) for barcode in barcodes]
    first = [barcode not in barcodes[:number] for number, barcode in enumerate(barcodes)]
    inside = [(number, place) for number, place in enumerate(places) if place is not None and first[number]]
    in_order_copies = {inside[each][0]: inside[each][1] for each in in_order([place for _number, place in inside])}
    stood = []
    for number, barcode in enumerate(barcodes):
        item = items.get(barcode)
        if item is None:
            stood.append(ShelfReadingResult(barcode, ShelfReadingState.UNKNOWN))
        elif not first[number]:
            stood.append(ShelfReadingResult(barcode, ShelfReadingState.TWICE, item, _call_number(item)))
        elif (place := places[number]) is not None:
            before = max((each for each, other in in_order_copies.items() if other <= place), default=None)
            after = barcodes[before] if before is not None and number not in in_order_copies else ""
            how = ShelfReadingState.RIGHT if number in in_order_copies else ShelfReadingState.MOVED
            stood.append(ShelfReadingResult(barcode, how, item, _call_number(item), after))
        else:
            stood.append(_elsewhere(barcode, item, bay))
    return stood


def in_order(places: Sequence[ShelfPosition]) -> list[int]:
    """Return the indices of the longest non-decreasing subsequence."""
    ends: list[ShelfPosition] = []
    at: list[int] = []
    before: list[int] = []
    for number, place in enumerate(places):
        length = bisect_right(ends, place)
        before.append(at[length - 1] if length else -1)
        ends[length:], at[length:] = [place, *ends[length + 1 :]], [number, *at[length + 1 :]]
    run, number = list[int](), at[-1] if at else -1
    while number >= 0:
        run.append(number)
        number = before[number]
    return run[::-1]


def _call_number(item: Item) -> str:
    return str(item.call_number or item.title.call_number)


def _place(item: Item | None, floor: Floor, bay: Bay) -> ShelfPosition | None:
    """Return the item's place if it belongs in this bay, else None."""
    if item is None or item.branch_id != floor.branch_id:
        return None
    place = parse_call_number(_call_number(item), floor.arranged)
    here = {each.pk for _floor, bays in bay_lookup.holding(_call_number(item), (floor,)) for each in bays}
    return place if isinstance(place, ShelfPosition) and bay.pk in here else None


def _elsewhere(barcode: str, item: Item, bay: Bay) -> ShelfReadingResult:
    found = bay_lookup.holding(_call_number(item), bay_lookup.floors_with_bays(item.branch))
    bays = tuple(each for _floor, here in found for each in here)
    if not bays and isinstance(parse_call_number(_call_number(item), bay.floor.arranged), UnsortedCallNumber):
        return ShelfReadingResult(barcode, ShelfReadingState.UNSORTED, item, _call_number(item))
    return ShelfReadingResult(barcode, ShelfReadingState.ELSEWHERE, item, _call_number(item), bays=bays)
