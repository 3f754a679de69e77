"""Draw diagrams: the front of the kiosk with the part to use, and the floor plan with the way to a bay."""

from __future__ import annotations

from enum import Enum, auto
from itertools import pairwise

from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Corners, Figure, Fill, Line, Outline, Shape
from kiosk.screens.rendering.theme import Type
from lending.shelves import Bay, Stand, way

SPINES = (("#2F4673", 0.58), ("#E2B544", 0.68), ("#9DC0A2", 0.54), ("#75503A", 0.62))
STROKE = 3
TALL = 130
"""Maximum height in units of the diagram under text on a tall screen."""


class DiagramPart(Enum):
    """Part that can be highlighted."""

    CAMERA = auto()
    PRINTER = auto()
    PAD = auto()


def draw_machine(page: Canvas, box: Box, lit: DiagramPart | None, card: bool = False) -> dict[DiagramPart, Box]:
    """Draw the kiosk to fill the box and return where its parts are.

    With `card`, a card approaches the reader from the right.
    """
    colours = page.colours
    w, h = box.w, box.h
    around = Box(box.x, box.y, w, h + STROKE)
    page.add(Fill(box, colours.board, page.u(2), Corners.TOP))
    page.add(Outline(around, colours.ink, STROKE, page.u(2), Corners.TOP))
    margin = round(w * 0.1)
    eye = max(page.u(3), round(w * 0.075))
    top = box.y + round(h * 0.035)
    _eye(page, Box(round(box.x + (w - eye) / 2), top, eye, eye), lit is DiagramPart.CAMERA)
    screen = Box(box.x + margin, top + eye + round(h * 0.04), w - 2 * margin, round(h * 0.275))
    _screen(page, screen)
    middle = screen.bottom + round(h * 0.07)
    pad = Box(round(box.right - margin - w * 0.38), middle, round(w * 0.38), round(h * 0.165))
    slot = Box(box.x + margin, round(pad.y + pad.h * 0.36), round(w * 0.33), max(round(h * 0.028), 8))
    _part(page, slot, lit is DiagramPart.PRINTER, 0.5)
    _pad(page, pad, lit is DiagramPart.PAD, card)
    tray = Box(box.x + margin, pad.bottom + round(h * 0.07), w - 2 * margin, round(h * 0.185))
    _part(page, tray, False, 0.7)
    page.add(Line(Box(tray.x, tray.y + round(tray.h * 0.33), tray.w, 2), colours.ink))
    if card:
        _card(page, pad)
    return {DiagramPart.CAMERA: Box(round(box.x + (w - eye) / 2), top, eye, eye), DiagramPart.PRINTER: slot,
            DiagramPart.PAD: pad}  # fmt: skip


def draw_standing_machine(page: Canvas, column: Box, lit: DiagramPart | None) -> None:
    """Draw the kiosk on the shelf line, as large as the column allows."""
    height = round(column.h * 0.96)
    width = round(min(column.w * 0.62, height * 0.54))
    draw_machine(page, Box(column.x, round(column.bottom) - height, width, height), lit)


def draw_below(page: Canvas, rest: Box, lit: DiagramPart | None) -> None:
    """Draw the kiosk under the text on a tall screen, if there is room."""
    high = min(rest.h - page.u(4), page.u(TALL))
    if high >= page.u(TALL / 2):
        draw_standing_machine(page, Box(rest.x, rest.bottom - high, rest.w, high), lit)


def draw_pad(page: Canvas, box: Box) -> None:
    """Draw only the reader with the approaching card, where the kiosk has no room."""
    height = round(min(box.h / 2.25, box.w * 0.2))
    pad = Box(box.x, round(box.bottom - height - STROKE), round(height * 1.35), height)
    _pad(page, pad, lit=True, card=True)
    _card(page, pad)


def _pad(page: Canvas, pad: Box, lit: bool, card: bool) -> None:
    """Draw the reader. The contactless sign is centred, or moved left if a card covers the rest."""
    _part(page, pad, lit, 1)
    waves = round(pad.h * 0.72)
    x = round(pad.x + pad.w * (0.26 if card else 0.33))
    sign = Box(x, round(pad.y + (pad.h - waves) / 2), round(waves * 0.62), waves)
    colour = page.colours.on_accent if lit else page.colours.ink
    page.add(Shape(sign, Figure.WAVES, colour, STROKE + 1))


def _eye(page: Canvas, box: Box, lit: bool) -> None:
    page.add(Shape(box, Figure.DISC, page.colours.accent if lit else page.colours.leaf))
    page.add(Shape(box, Figure.RING, page.colours.ink, STROKE))


def _screen(page: Canvas, box: Box) -> None:
    colours = page.colours
    page.add(Fill(box, colours.paper, page.u(0.7)))
    shelf = box.y + round(box.h * 0.76)
    x = box.x + round(box.w * 0.08)
    for colour, height in SPINES:
        width, high = round(box.w * 0.06), round(box.h * height)
        page.add(Fill(Box(x, shelf - high, width, high), colour))
        x += width
    page.add(Line(Box(box.x, shelf, box.w, STROKE), colours.ink))
    page.add(Outline(box, colours.ink, STROKE, page.u(0.7)))


def _part(page: Canvas, box: Box, lit: bool, radius: float) -> None:
    colours = page.colours
    page.add(Fill(box, colours.accent if lit else colours.leaf, page.u(radius)))
    page.add(Outline(box, colours.ink, STROKE, page.u(radius)))


def _card(page: Canvas, pad: Box) -> None:
    """Draw the card at its final place and a trail of where it came from; it slides in when the screen opens."""
    colours = page.colours
    w, h = round(pad.w * 1.46), round(pad.h * 1.12)
    x, y = round(pad.x + pad.w * 0.86), round(pad.y - pad.h * 0.18)
    step = (round(w * 0.235), -round(h * 0.43))
    for number, colour in ((2, colours.line), (1, colours.edge)):
        page.add(Outline(Box(x + step[0] * number, y + step[1] * number, w, h), colour, STROKE, page.u(1.5)))
    card = Box(x, y, w, h)
    with page.piece(card, "card", (step[0] * 2, step[1] * 2), opens=True):
        page.add(Fill(card, colours.leaf, page.u(1.5)), Outline(card, colours.ink, STROKE, page.u(1.5)))
        page.add(Line(Box(x + round(w * 0.12), y + round(h * 0.26), round(w * 0.48), STROKE + 1), colours.ink))
        bar_x = x + round(w * 0.12)
        for width in (2, 4, 2, 2, 4, 2, 4, 2, 2, 4):
            page.add(Line(Box(bar_x, y + round(h * 0.6), width, round(h * 0.22)), colours.ink))
            bar_x += width + 3


BAY_MARGIN = 0.12
"""Free margin around a bay, as a share of a cell."""
BLANK = 0.17
"""Blank above capitals and below the baseline, as a share of a line's height."""
LEAST_PLAN = 14
"""Minimum height of a readable plan in units."""


def plan_height(page: Canvas, stand: Stand, width: float, most: float) -> float:
    """Return the height in pixels of the plan at this width; 0 if it would be too small to read."""
    floor = stand.floor
    high = min(width * floor.height / floor.width + page.u(3), most)
    return high if high >= page.u(LEAST_PLAN) else 0


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
        free = cell * BAY_MARGIN
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
    sides = (x + side, x - side - wide)
    for away in sides if stand.bays[0].middle[0] <= you[0] else reversed(sides):
        word = Box(round(away), min(round(y - high / 2), round(box.bottom - high - 2)), wide, high)
        ink = word.inset(0, round(high * BLANK))
        strokes = (_stroke(one, other, thick) for one, other in pairwise(points))
        if box.inset(2).holds(word) and not any(each.meets(ink) for each in (*map(place, floor.bays), *strokes)):
            page.word(word, you_word, Type.CAP, page.colours.ink2)
            return


def _stroke(one: tuple[float, float], other: tuple[float, float], thick: int) -> Box:
    x, y = min(one[0], other[0]), min(one[1], other[1])
    wide, high = abs(one[0] - other[0]), abs(one[1] - other[1])
    return Box(round(x - thick / 2), round(y - thick / 2), round(wide + thick), round(high + thick))
