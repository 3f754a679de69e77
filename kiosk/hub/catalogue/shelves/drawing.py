"""Lays a floor out as rectangles for an SVG, with the lit bay and the way there; knows no call number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kiosk.hub.catalogue.shelves.models import Bay, Floor

CELL = 20
"""Units of the drawing for a cell of the grid."""
GAP = 2


@dataclass(frozen=True, slots=True)
class Box:
    code: str
    x: int
    y: int
    width: int
    height: int
    lit: bool

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Drawing:
    """`way` is the path from where she stands, as an SVG's points; `word` is where its word stands, off the way."""

    width: int
    height: int
    you: tuple[int, int]
    word: tuple[int, int]
    anchor: str
    boxes: tuple[Box, ...]
    way: str


def drawn(floor: Floor, lit: Collection[int] = ()) -> Drawing:
    """The floor with the bays of these keys lit."""
    boxes = tuple(_box(each, each.pk in lit) for each in floor.bays.all())
    you = (floor.you_x * CELL + CELL // 2, floor.you_y * CELL + CELL // 2)
    first = next((each for each in boxes if each.lit), None)
    word, anchor = _word(you, first, floor.width * CELL)
    return Drawing(floor.width * CELL, floor.height * CELL, you, word, anchor, boxes, _way(you, first) if first else "")


def _word(you: tuple[int, int], box: Box | None, width: int) -> tuple[tuple[int, int], str]:
    """Beside the dot, where the way does not go; above it, where there is no room on that side."""
    right = box is None or box.middle[0] <= you[0]
    room = (width - you[0] if right else you[0]) > 4 * CELL
    if not room:
        return (you[0] - CELL // 2, you[1] - CELL), "start"
    return ((you[0] + 14, you[1]), "start") if right else ((you[0] - 14, you[1]), "end")


def _box(bay: Bay, lit: bool) -> Box:
    return Box(
        code=bay.code,
        x=bay.x * CELL + GAP // 2,
        y=bay.y * CELL + GAP // 2,
        width=bay.width * CELL - GAP,
        height=bay.height * CELL - GAP,
        lit=lit,
    )


def _way(you: tuple[int, int], box: Box) -> str:
    """Along an aisle beside the bay, then to its long side: one corner, as one would point it out."""
    middle_x, middle_y = box.middle
    if box.height >= box.width:
        side = box.x - CELL // 2 if you[0] <= middle_x else box.x + box.width + CELL // 2
        edge = box.x if you[0] <= middle_x else box.x + box.width
        points: list[tuple[float, float]] = [you, (side, you[1]), (side, middle_y), (edge, middle_y)]
    else:
        side = box.y - CELL // 2 if you[1] <= middle_y else box.y + box.height + CELL // 2
        edge = box.y if you[1] <= middle_y else box.y + box.height
        points = [you, (you[0], side), (middle_x, side), (middle_x, edge)]
    return " ".join(f"{x:g},{y:g}" for x, y in points)
