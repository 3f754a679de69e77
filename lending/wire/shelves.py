"""Floor plans with shelf bays and their call number ranges, as drawn at a kiosk."""

from __future__ import annotations

from contextlib import suppress

from lending import shelves
from lending.call_numbers import Scheme
from lending.wire.base import Lenient


class WireBay(Lenient):
    """A rectangle in grid cells of its floor; `first` and `last` are call numbers, or empty for an empty bay."""

    code: str
    x: int
    y: int
    width: int
    height: int
    first: str = ""
    last: str = ""


class WireFloor(Lenient):
    """A floor plan. `you` is the cell of the kiosk; `scheme` is `clc`, `dewey`, `lcc`, or empty."""

    name: dict[str, str]
    position: int
    width: int
    height: int
    you: tuple[int, int]
    scheme: str = ""
    bays: list[WireBay]


class ShelvesAnswer(Lenient):
    """GET shelves: the floors of the kiosk's branch, lowest first."""

    floors: list[WireFloor]


def floors_from(answer: ShelvesAnswer) -> tuple[shelves.Floor, ...]:
    """Convert the floor plans from the wire."""
    return tuple(_floor(each) for each in answer.floors)


def _floor(floor: WireFloor) -> shelves.Floor:
    """Ignore a scheme that this kiosk version does not support: it is then guessed per call number."""
    scheme = None
    with suppress(ValueError):
        scheme = Scheme(floor.scheme) if floor.scheme else None
    bays = tuple(shelves.Bay(**bay.model_dump()) for bay in floor.bays)
    return shelves.Floor(floor.name, floor.position, floor.width, floor.height, floor.you, scheme, bays)
