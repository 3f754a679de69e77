"""Draw answers to choose from: a menu of volumes, cells with text or digits, smileys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kiosk.screens.components.buttons import Binding, Button, draw_volume, has_icon_beside
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Figure, Fill, Outline, Shape
from kiosk.screens.rendering.text_layout import is_chinese
from kiosk.screens.rendering.theme import Type

GAP, TALLEST, JOINT = 3, 40, 9
"""Units: gap between volumes, tallest volume, and width taken by a volume's binding."""
TALL_ENOUGH, TWO_LINES = 28, 34
"""Minimum height in units of a volume with the icon above the text, and of one with two lines of text."""
WIDTHS = ((3, Type.BODY), (2, Type.BODY), (3, Type.CAP), (2, Type.CAP))
"""Columns and type sizes in order of preference; the first that fits all texts is used."""


def draw_choices(page: Canvas, area: Box, buttons: Sequence[Button]) -> None:
    """Draw the volumes as high as possible, all in one type size. The area ends at the shelf line."""
    gap = page.u(GAP)
    columns, step = next((each for each in WIDTHS if _fits(page, area, buttons, *each)), WIDTHS[2])
    rows = -(-len(buttons) // columns)
    wide = (area.w - gap * (columns - 1)) / columns
    high = min((area.h - gap * (rows - 1)) / rows, page.u(TALLEST))
    top = area.bottom - high * rows - gap * (rows - 1)
    if high < page.u(TALL_ENOUGH) and not all(
        has_icon_beside(page, wide - page.u(JOINT / 2), each.label, step) for each in buttons
    ):
        buttons = [replace(each, icon="") for each in buttons]
    for number, button in enumerate(buttons):
        row, column = divmod(number, columns)
        left, y = area.x + column * (wide + gap), round(top + row * (high + gap))
        stands = row == rows - 1
        box = Box(round(left), y, round(wide), round(area.bottom if stands else y + high) - y)
        draw_volume(page, box, button, Binding.BOARD, step, standing=stands)


def takes_body(page: Canvas, area: Box, buttons: Sequence[Button]) -> bool:
    """Return True if body type has room for every label."""
    return any(_fits(page, area, buttons, columns, step) for columns, step in WIDTHS if step is Type.BODY)


def _fits(page: Canvas, area: Box, buttons: Sequence[Button], columns: int, step: Type) -> bool:
    rows, gap = -(-len(buttons) // columns), page.u(GAP)
    wide = (area.w - gap * (columns - 1)) / columns - page.u(JOINT)
    high = (area.h - gap * (rows - 1)) / rows
    lines = 2 if high >= page.u(TWO_LINES) else 1
    return high >= page.u(15) and all(_is_set(page, each.label, wide, lines, step) for each in buttons)


def _is_set(page: Canvas, label: str, wide: float, lines: int, step: Type) -> bool:
    """Return True if the label fits. Chinese must fit on one line, because a line break could split a word."""
    most = 1 if is_chinese(label) else lines
    return page.step_for(label, wide, page.leading(step) * most, (step, Type.GIANT)) is step


LOW, TALL, BOX = 15.5, 24, 6
"""Units: the lowest cell, the tallest cell, and the checkbox of a multiple-choice cell."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One answer. `several`: multiple choice, drawn with a checkbox before the text."""

    button: Button
    chosen: bool
    several: bool = False


def mark_height(page: Canvas, lines: int) -> int:
    """Return the height in pixels of a cell with this number of lines."""
    step = Type.CAP if lines > 1 else Type.BODY
    return max(page.u(LOW), min(page.leading(step) * lines + page.u(4), page.u(TALL)))


def draw_marks(page: Canvas, area: Box, every: Sequence[Mark], columns: int, gap: int) -> None:
    """Draw the cells row by row from the top left, all in the same type size."""
    rows = -(-len(every) // columns)
    wide, high = (area.w - gap * (columns - 1)) / columns, (area.h - gap * (rows - 1)) / rows
    step = _step(page, every, wide, high)
    for number, each in enumerate(every):
        row, column = divmod(number, columns)
        left, top = area.x + column * (wide + gap), area.y + row * (high + gap)
        _draw(page, Box(round(left), round(top), round(left + wide) - round(left), round(high)), each, step)


def _room(page: Canvas, mark: Mark, wide: float) -> float:
    return wide - page.u(1 if _is_figure(mark) else 4) - (page.u(page.theme.icon(BOX) + 2) if mark.several else 0)


def _step(page: Canvas, every: Sequence[Mark], wide: float, high: float) -> Type:
    for step in (Type.TITLE, Type.BODY):
        if step is Type.TITLE and not all(map(_is_figure, every)):
            continue
        if all(page.step_for(each.button.label, _room(page, each, wide), high - page.u(2), (step, Type.CAP)) is step
               for each in every):  # fmt: skip
            return step
    return Type.CAP


def _is_figure(mark: Mark) -> bool:
    return mark.button.label.isdecimal()


def _draw(page: Canvas, box: Box, mark: Mark, step: Type) -> None:
    colours = page.colours
    ink = colours.ink
    if mark.chosen:
        page.add(Fill(box, colours.ink, page.u(1)))
        ink = colours.paper
    page.add(Outline(box, colours.ink, 2, page.u(1)))
    room = _room(page, mark, box.w)
    x = box.x + page.u(0.5 if _is_figure(mark) else 2)
    tick = page.u(page.theme.icon(BOX))
    if mark.chosen and not mark.several and page.width(mark.button.label, step) + 2 * (tick + page.u(2)) <= room:
        page.icon(x, box.y + box.h / 2, "check", page.theme.icon(BOX), ink)
    if mark.several:
        side = page.u(page.theme.icon(BOX))
        square = Box(round(x), round(box.y + (box.h - side) / 2), side, side)
        page.add(Outline(square, ink, 2, page.u(0.5)))
        if mark.chosen:
            page.icon(square.x + page.u(0.5), box.y + box.h / 2, "check", page.theme.icon(BOX) - 1, ink)
        x += side + page.u(2)
    label = mark.button.label
    most = max(int((box.h - page.u(1)) // page.leading(step)), 1)
    lines = min(page.count_lines(label, step, room), most)
    if lines == 1:
        page.word(Box(x, box.y, room, box.h), label, step, ink, align="left" if mark.several else "centre", cut=True)
    else:
        top = box.y + (box.h - lines * page.leading(step)) / 2
        page.words(Box(x, top, room, box.h), label, step, ink, "left" if mark.several else "centre", most=lines)
    page.touch(box, mark.button.action, label)


DOTS = 41
"""Number of dots that form a mouth."""


def draw_face(page: Canvas, box: Box, button: Button, number: int, *, chosen: bool = False) -> None:
    """Draw a smiley to press, from 1 (very unhappy) to 5 (very happy), with a spoken label; inverted if chosen."""
    if chosen:
        page.add(Fill(box, page.colours.ink, page.u(1)))
    page.frame(box, page.colours.ink)
    side = round(min(box.w, box.h) * 0.72)
    ring = Box(round(box.x + (box.w - side) / 2), round(box.y + (box.h - side) / 2), side, side)
    draw_features(page, ring, number, page.colours.paper if chosen else page.colours.ink)
    page.touch(box, button.action, button.label)


def draw_features(page: Canvas, ring: Box, number: int, colour: str = "") -> None:
    """Draw two eyes and a mouth in a ring."""
    side, colour = ring.w, colour or page.colours.ink
    page.add(Shape(ring, Figure.RING, colour, max(round(side * 0.035), 3)))
    dot = max(round(side * 0.09), 3)
    for at in (0.32, 0.68):
        _dot(page, ring.x + side * at, ring.y + side * 0.34 + dot / 2, dot, colour)
    bend = (number - 3) * 0.5
    for each in range(DOTS):
        across = (each / (DOTS - 1) - 0.5) * 2
        x = ring.x + side * (0.5 + across * 0.24)
        y = ring.y + side * (0.66 + bend * 0.12 * (0.5 - across * across))
        _dot(page, x, y, dot, colour)


def _dot(page: Canvas, x: float, y: float, across: int, colour: str) -> None:
    box = Box(x - across / 2, y - across / 2, across, across)
    page.add(Shape(box, Figure.DISC, colour))


FACE_HEIGHT, FACE_WIDTH = 15, 18
"""Units: height and width of a smiley, and gap."""
OF_FIVE = (1, 3, 5)
"""The three of the five smileys that are used."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Texts and buttons of a rating; `chosen` is the choice, empty before."""

    asked: str
    thanks: str
    faces: tuple[Button, ...]
    chosen: str = ""


def opinion_height(page: Canvas, opinion: Opinion | None) -> int:
    return page.u(FACE_HEIGHT + 2) if opinion else 0


def draw_opinion(page: Canvas, area: Box, opinion: Opinion) -> None:
    """Draw the smileys at the right edge, and before them the question or the thanks."""
    wide = page.u(FACE_WIDTH * 3 + GAP * 2)
    faces = Box(area.right - wide, area.y + page.u(1), wide, page.u(FACE_HEIGHT))
    room = Box(area.x, faces.y, faces.x - page.u(GAP) - area.x, faces.h)
    if opinion.chosen:
        step = Type.BODY if state_width(page, opinion.thanks, Type.BODY) <= room.w else Type.CAP
        draw_state(page, room, State.DONE, opinion.thanks, step)
    else:
        step = page.step_for(opinion.asked, room.w, page.leading(Type.BODY), (Type.BODY, Type.CAP))
        high = page.count_lines(opinion.asked, step, room.w) * page.leading(step)
        page.words(Box(room.x, room.y + (room.h - high) / 2, room.w, high), opinion.asked, step)
    draw_faces(page, faces, opinion)


def draw_faces(page: Canvas, area: Box, opinion: Opinion) -> None:
    """Draw the three smileys; the chosen one is inverted."""
    wide = (area.w - page.u(GAP) * 2) / 3
    for place, (number, face) in enumerate(zip(OF_FIVE, opinion.faces, strict=True)):
        box = Box(round(area.x + place * (wide + page.u(GAP))), round(area.y), round(wide), round(area.h))
        draw_face(page, box, face, number, chosen=face.action.choice == opinion.chosen)
