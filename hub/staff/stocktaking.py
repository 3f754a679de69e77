"""Compare the numbers of a handheld or an item pad with the shelf list of a floor: misplaced and missing items."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Bay, Branch, Floor, Item
from hub.catalogue.shelves import bay_lookup
from hub.catalogue.workplace import pad_of
from hub.circulation.domain_mapping import items_facts
from hub.circulation.operations import hold_queue
from hub.core.clock import hub_clock
from hub.core.pages.page import page, staff_only
from hub.staff import item_pad
from lending.call_numbers import ShelfPosition, holding, parse_call_number
from lending.model import ItemStatus

MOST = 20_000
"""Numbers that are compared at once."""
MOST_BYTES = 2_000_000
CELL = re.compile(r"[,;\t]")


@dataclass(frozen=True, slots=True)
class ListedItem:
    """An item that should be on a shelf, with its bay."""

    pk: int
    barcode: str
    title: str
    call_number: str
    bay: str


@dataclass(frozen=True, slots=True)
class SeenItem:
    """A number that was read and does not belong there: where it belongs, or why it has no place."""

    pk: int | None
    barcode: str
    title: str
    call_number: str
    todo: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was read against the shelf list."""

    right: int
    misplaced: tuple[SeenItem, ...]
    unexpected: tuple[SeenItem, ...]
    """In its place, but not supposed to be on the shelf, such as an item on loan."""
    missing: tuple[ListedItem, ...]
    away: int
    """Items of the shelf list that are on loan, on the hold shelf, in transit, lost or not checked."""


@require_http_methods(["GET", "POST"])
@staff_only
def stocktaking(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the numbers that were read on a floor or in one of its bays, and compare them with the shelf list."""
    floor = bay_lookup.floors_with_bays(get_object_or_404(Floor, pk=pk).branch).select_related("branch").get(pk=pk)
    bays = list(floor.bays.all())
    chosen = next((each for each in bays if str(each.pk) == request.POST.get("bay", "")), None)
    pad = pad_of(request)
    context: dict[str, object] = {
        "floor": floor, "bays": bays, "chosen": chosen, "pad": pad, "words": item_pad.words()
    }  # fmt: skip
    if request.method == "POST":
        numbers, fault = _posted_numbers(request)
        if not fault:
            found = compare(floor, [chosen] if chosen else bays, numbers)
            if chosen:
                wrong = len(found.misplaced) + len(found.missing)
                Bay.objects.filter(pk=chosen.pk).update(walked_at=hub_clock().now(), walked=len(numbers), wrong=wrong)
            context["found"] = found
        context["fault"] = fault
    response = page(request, "shelves", "staff/stocktaking.html", context, 422 if context.get("fault") else 200)
    return response if pad is None else item_pad.allow(response, pad)


def _posted_numbers(request: HttpRequest) -> tuple[list[str], str]:
    """Return the numbers of the file and the text field, and what is wrong with them."""
    text, file = request.POST.get("numbers", ""), request.FILES.get("file")
    if file is not None:
        if file.size is None or file.size > MOST_BYTES:
            return [], _("The file is too large: at most {most} MB.").format(most=MOST_BYTES // 1_000_000)
        text += "\n" + file.read().decode("utf-8-sig", errors="replace")
    numbers = read_numbers(text)
    if not numbers:
        return [], _("Choose a file with numbers, or enter them.")
    if len(numbers) > MOST:
        return [], _("Compare at most {most} numbers at once.").format(most=f"{MOST:,}")
    return numbers, ""


def read_numbers(text: str) -> list[str]:
    """Return the first cell of each line, each once, in their order. A heading without a digit is left out."""
    cells = (CELL.split(line.strip())[0].strip().strip('"').strip() for line in text.splitlines())
    return list(dict.fromkeys(each for each in cells if any(sign.isdigit() for sign in each)))


def compare(floor: Floor, bays: Collection[Bay], numbers: Collection[str]) -> Comparison:
    """Compare what was read in these bays with the shelf list. `floor` has its bays prefetched."""
    here = {each.pk: each for each in bays}
    listed = _shelf_list(floor, here)
    seen = {each.barcode: each for each in _items(numbers)}
    facts = dict(zip(listed, items_facts([item for item, _bay, _place in listed.values()]), strict=True))
    sent = set(hold_queue.open_transfers().filter(item__in=listed).values_list("item_id", flat=True))
    on_shelf = {pk for pk, each in facts.items() if each.status is ItemStatus.ON_SHELF and pk not in sent}
    read = {each.pk for each in seen.values()}
    missing = sorted((listed[pk] for pk in on_shelf - read), key=lambda each: (each[2], each[0].barcode))
    floors = {each: list(bay_lookup.floors_with_bays(each)) for each in {item.branch for item in seen.values()}}
    out = [(number, seen.get(number)) for number in numbers if number not in seen or seen[number].pk not in listed]
    unexpected = [listed[pk][0] for pk in listed.keys() & read if pk not in on_shelf]
    return Comparison(
        right=len(on_shelf & read),
        misplaced=tuple(_find_home(number, item, floors) for number, item in out),
        unexpected=tuple(_explain(each, facts[each.pk].status) for each in unexpected),
        missing=tuple(
            ListedItem(item.pk, item.barcode, item.title.title, _call_number(item), bay.code)
            for item, bay, _place in missing
        ),
        away=len(listed) - len(on_shelf) - len(unexpected),
    )


Listed = tuple[Item, Bay, ShelfPosition]


def _shelf_list(floor: Floor, here: Mapping[int, Bay]) -> dict[int, Listed]:
    """Return the items in the collection that belong in these bays, by key, with the first bay and the place."""
    bays = list(floor.bays.all())
    spans = [bay_lookup.span(each) for each in bays]
    listed: dict[int, Listed] = {}
    for item in (
        Item.objects.filter(branch=floor.branch).exclude(condition=Item.Condition.WITHDRAWN).select_related("title")
    ):
        place = parse_call_number(_call_number(item), floor.arranged)
        if isinstance(place, ShelfPosition):
            found = [bays[each] for each in holding(spans, place) if bays[each].pk in here]
            if found:
                listed[item.pk] = item, found[0], place
    return listed


def _items(numbers: Collection[str]) -> list[Item]:
    every = list(numbers)
    return [
        item
        for at in range(0, len(every), 500)
        for item in Item.objects.filter(barcode__in=every[at : at + 500]).select_related("title", "branch")
    ]


def _call_number(item: Item) -> str:
    return str(item.call_number or item.title.call_number)


def _find_home(number: str, item: Item | None, floors: Mapping[Branch, Collection[Floor]]) -> SeenItem:
    if item is None:
        return SeenItem(None, number, "", "", _("No copy has this barcode. Take it to the desk"))
    if item.condition == Item.Condition.WITHDRAWN:
        return SeenItem(item.pk, number, item.title.title, _call_number(item), _("Withdrawn. Take it to the desk"))
    for floor, bays in bay_lookup.holding(_call_number(item), floors[item.branch]):
        todo = _("To bay {bay}, {floor}, {branch}").format(bay=bays[0].code, floor=floor, branch=item.branch)
        return SeenItem(item.pk, number, item.title.title, _call_number(item), todo)
    todo = _("No bay has its call number. See the map")
    return SeenItem(item.pk, number, item.title.title, _call_number(item), todo)


def _explain(item: Item, status: ItemStatus) -> SeenItem:
    match status:
        case ItemStatus.ON_LOAN:
            todo = _("On loan but on the shelf: check it in at the desk")
        case ItemStatus.ON_HOLD_SHELF:
            todo = _("Hold waiting: put it on the hold shelf")
        case ItemStatus.LOST:
            todo = _("Lost but found: check it in at the desk")
        case ItemStatus.HANDED_IN:
            todo = _("Returned, not checked: check it in at the desk")
        case ItemStatus.ON_SHELF:
            todo = _("Noted as in transit: check it in at the desk")
    return SeenItem(item.pk, item.barcode, item.title.title, _call_number(item), todo)
