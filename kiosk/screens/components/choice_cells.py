"""Draw answers to select: cells with text or digits, for single or multiple choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.screens.components.buttons import Button
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Fill, Outline
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type

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
        page.add(Fill(box, colours.accent, page.u(1)))
        ink = colours.on_accent
    page.add(Outline(box, colours.ink, page.u(0.7) if mark.chosen else 2, page.u(1)))
    room = _room(page, mark, box.w)
    x = box.x + page.u(0.5 if _is_figure(mark) else 2)
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
