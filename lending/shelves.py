"""Locate a call number on floor plans of shelf bays, and compute the way from the kiosk to the bay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lending import call_numbers
from lending.call_numbers import Scheme, ShelfPosition, Span, parse_call_number, parse_range

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bay:
    """A rectangle in grid cells, holding the call numbers from `first` to `last`."""

    code: str
    x: float
    y: float
    width: float
    height: float
    first: str = ""
    last: str = ""

    @property
    def middle(self) -> Point:
        """Centre of the bay in grid cells."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor plan in grid cells. `you` is the cell of the kiosk; `name` is by language code."""

    name: Mapping[str, str]
    position: int
    width: int
    height: int
    you: tuple[int, int]
    scheme: Scheme | None = None
    bays: tuple[Bay, ...] = ()


@dataclass(frozen=True, slots=True)
class Stand:
    """The floor of a call number and its bays there; several if their ranges overlap."""

    floor: Floor
    bays: tuple[Bay, ...]


def stand(call_number: str, floors: Iterable[Floor]) -> Stand | None:
    """Return the location of a call number; None if no bay's range contains it."""
    for floor in floors:
        place = parse_call_number(call_number, floor.scheme)
        if isinstance(place, ShelfPosition):
            spans = [_span(each, floor) for each in floor.bays]
            if found := call_numbers.holding(spans, place):
                return Stand(floor, tuple(floor.bays[number] for number in found))
    return None


def way(you: Point, bay: Bay, aisle: float) -> tuple[Point, ...]:
    """Return a path along an aisle to the long side of a bay, with a single corner so that it is easy to follow."""
    middle_x, middle_y = bay.middle
    if bay.height >= bay.width:
        left = you[0] <= middle_x
        side = bay.x - aisle if left else bay.x + bay.width + aisle
        return you, (side, you[1]), (side, middle_y), (bay.x if left else bay.x + bay.width, middle_y)
    above = you[1] <= middle_y
    side = bay.y - aisle if above else bay.y + bay.height + aisle
    return you, (you[0], side), (middle_x, side), (middle_x, bay.y if above else bay.y + bay.height)


def _span(bay: Bay, floor: Floor) -> Span | None:
    found = parse_range(bay.first, bay.last, floor.scheme) if bay.first else None
    return found if isinstance(found, Span) else None
