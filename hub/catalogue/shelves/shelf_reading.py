"""Check the order of a bay whose books were scanned one after the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.catalogue.models import Item
from hub.catalogue.shelves import bay_lookup
from hub.catalogue.shelves.models import Bay, Floor
from lending.call_numbers import ShelfPosition, UnsortedCallNumber, parse_call_number


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
    how: ShelfReadingState
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
    kept = {inside[each][0]: inside[each][1] for each in in_order([place for _number, place in inside])}
    stood = []
    for number, barcode in enumerate(barcodes):
        item = items.get(barcode)
        if item is None:
            stood.append(ShelfReadingResult(barcode, ShelfReadingState.UNKNOWN))
        elif not first[number]:
            stood.append(ShelfReadingResult(barcode, ShelfReadingState.TWICE, item, _call_number(item)))
        elif (place := places[number]) is not None:
            before = max((each for each, other in kept.items() if other <= place), default=None)
            after = barcodes[before] if before is not None and number not in kept else ""
            how = ShelfReadingState.RIGHT if number in kept else ShelfReadingState.MOVED
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
