"""Draw a floor plan with the highlighted shelf bay and the way to it from the kiosk."""

from __future__ import annotations

from itertools import pairwise

from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Figure, Fill, Shape
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from lending.shelves import Bay, Stand, way

GAP = 0.12
"""Free margin around a bay, as a share of a cell."""
LEAST = 14
"""Minimum height of a readable plan in units."""


def plan_height(page: Canvas, stand: Stand, width: float, most: float) -> float:
    """Return the height in pixels of the plan at this width; 0 if it would be too small to read."""
    floor = stand.floor
    high = min(width * floor.height / floor.width + page.u(3), most)
    return high if high >= page.u(LEAST) else 0


def draw_plan(page: Canvas, box: Box, stand: Stand, you_word: str) -> None:
    """Draw the plan. `you_word` labels the kiosk's dot where no bay and no path is."""
    floor, colours = stand.floor, page.colours
    page.add(Fill(box, colours.leaf, page.u(1)))
    page.frame(box, colours.edge)
    room = box.inset(page.u(1.5))
    cell = min(room.w / floor.width, room.h / floor.height)
    left = room.x + (room.w - cell * floor.width) / 2
    top = room.y + (room.h - cell * floor.height) / 2

    def place(bay: Bay) -> Box:
        free = cell * GAP
        x, y = left + bay.x * cell + free, top + bay.y * cell + free
        return Box(round(x), round(y), round(bay.width * cell - 2 * free), round(bay.height * cell - 2 * free))

    lit = {each.code for each in stand.bays}
    for bay in floor.bays:
        if bay.code not in lit:
            page.add(Fill(place(bay), colours.line))
    you = (floor.you[0] + 0.5, floor.you[1] + 0.5)
    points = [(left + x * cell, top + y * cell) for x, y in way(you, stand.bays[0], 0.5)]
    thick = max(page.u(0.5), 3)
    for one, other in pairwise(points):
        page.add(Fill(_stroke(one, other, thick), colours.ink))
    for bay in stand.bays:
        page.add(Fill(place(bay), colours.accent))
        if colours.outlined:
            page.frame(place(bay), colours.ink, 3)
    side = page.u(2.6)
    x, y = points[0]
    page.add(Shape(Box(round(x - side / 2), round(y - side / 2), side, side), Figure.DISC, page.colours.ink))
    wide, high = page.width(you_word, Type.CAP), page.leading(Type.CAP)
    away = x + side if stand.bays[0].middle[0] <= you[0] else x - side - wide
    word = Box(round(away), min(round(y - high / 2), round(box.bottom - high - 2)), wide, high)
    if box.inset(2).holds(word) and not any(place(bay).meets(word) for bay in floor.bays):
        page.word(word, you_word, Type.CAP, page.colours.ink2)


def _stroke(one: tuple[float, float], other: tuple[float, float], thick: int) -> Box:
    x, y = min(one[0], other[0]), min(one[1], other[1])
    wide, high = abs(one[0] - other[0]), abs(one[1] - other[1])
    return Box(round(x - thick / 2), round(y - thick / 2), round(wide + thick), round(high + thick))
