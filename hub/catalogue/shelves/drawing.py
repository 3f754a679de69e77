"""Lay out a floor as rectangles for an SVG, with the highlighted bay and the way there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from hub.catalogue.shelves.models import Bay as BayRow
from hub.catalogue.shelves.models import Floor
from lending import shelves
from lending.shelves import Bay

CELL = 20
"""Drawing units per cell of the grid."""
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
    """An SVG map of a floor.

    `way` is the path from the viewer's position, as SVG points; `word` is the position of its label, off the path.
    """

    width: int
    height: int
    you: tuple[int, int]
    word: tuple[int, int]
    anchor: str
    boxes: tuple[Box, ...]
    way: str


def draw_floor(floor: Floor, lit: Collection[int] = ()) -> Drawing:
    """Return the floor with the bays of these keys highlighted."""
    boxes = tuple(_box(each, each.pk in lit) for each in floor.bays.all())
    you = (floor.you_x * CELL + CELL // 2, floor.you_y * CELL + CELL // 2)
    first = next((each for each in boxes if each.lit), None)
    word, anchor = _word(you, first, floor.width * CELL)
    return Drawing(floor.width * CELL, floor.height * CELL, you, word, anchor, boxes, _way(you, first) if first else "")


def _word(you: tuple[int, int], box: Box | None, width: int) -> tuple[tuple[int, int], str]:
    """Place the label next to the dot, away from the path; above the dot if there is no room on that side."""
    right = box is None or box.middle[0] <= you[0]
    room = (width - you[0] if right else you[0]) > 4 * CELL
    if not room:
        return (you[0] - CELL // 2, you[1] - CELL), "start"
    return ((you[0] + 14, you[1]), "start") if right else ((you[0] - 14, you[1]), "end")


def _box(bay: BayRow, lit: bool) -> Box:
    return Box(
        code=bay.code,
        x=bay.x * CELL + GAP // 2,
        y=bay.y * CELL + GAP // 2,
        width=bay.width * CELL - GAP,
        height=bay.height * CELL - GAP,
        lit=lit,
    )


def _way(you: tuple[int, int], box: Box) -> str:
    bay = Bay(box.code, box.x, box.y, box.width, box.height)
    return " ".join(f"{x:g},{y:g}" for x, y in shelves.way(you, bay, CELL // 2))
