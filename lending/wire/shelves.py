"""Where books stand, as a kiosk draws it: floors and rectangles with their ranges of call numbers; knows no book."""

from __future__ import annotations

from contextlib import suppress

from lending import shelves
from lending.call_numbers import Scheme
from lending.wire.base import Lenient


class WireBay(Lenient):
    """A rectangle in cells of its floor's grid; `first` and `last` are call numbers, or empty where nothing stands."""

    code: str
    x: int
    y: int
    width: int
    height: int
    first: str = ""
    last: str = ""


class WireFloor(Lenient):
    """A floor from above. `you` is the cell where the way begins; `scheme` is `clc`, `dewey`, `lcc`, or empty."""

    name: dict[str, str]
    position: int
    width: int
    height: int
    you: tuple[int, int]
    scheme: str = ""
    bays: list[WireBay]


class ShelvesAnswer(Lenient):
    """GET shelves: the floors of the kiosk's own branch, from the lowest."""

    floors: list[WireFloor]


def floors_from(told: ShelvesAnswer) -> tuple[shelves.Floor, ...]:
    return tuple(_floor(each) for each in told.floors)


def _floor(told: WireFloor) -> shelves.Floor:
    """A scheme that this kiosk does not know yet is told from how a call number looks."""
    scheme = None
    with suppress(ValueError):
        scheme = Scheme(told.scheme) if told.scheme else None
    bays = tuple(shelves.Bay(**bay.model_dump()) for bay in told.bays)
    return shelves.Floor(told.name, told.position, told.width, told.height, told.you, scheme, bays)
