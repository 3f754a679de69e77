"""Draw the marks of the cards in a shared visit: a figure, a colour and a name each."""

from __future__ import annotations

from kiosk.screens.components.flow import Block
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Figure, Fill, Outline, Shape
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import Borrowing, CurrentPatron

COLOURS = ("#2F4673", "#5E3350", "#2D5B4A", "#6B4526")
"""One per mark; the figures distinguish them without colour."""
SIDE = 0.62
"""Size as a share of the line height."""


def draw_mark(page: Canvas, box: Box, mark: int) -> None:
    """Draw a disc, a square, a ring or a frame."""
    colour = page.colours.ink if page.theme.contrast else COLOURS[mark - 1]
    side = round(box.h * SIDE)
    square = Box(round(box.x), round(box.y + (box.h - side) / 2), side, side)
    width = max(round(side / 5), 2)
    match mark:
        case 1:
            page.add(Shape(square, Figure.DISC, colour))
        case 2:
            page.add(Fill(square, colour))
        case 3:
            page.add(Shape(square, Figure.RING, colour, width))
        case _:
            page.add(Outline(square, colour, width))


def draw_named(page: Canvas, area: Box, mark: int, name: str, step: Type) -> float:
    """Draw mark and name on one line; return the right edge."""
    high = page.leading(step)
    draw_mark(page, Box(area.x, area.y, high, high), mark)
    x = area.x + round(high * SIDE) + page.u(1.5)
    page.word(Box(x, area.y, area.right - x, high), name, step, cut=True)
    return min(x + page.width(name, step), area.right)


def draw_whose(view: Borrowing, scene: DrawContext, area: Box) -> float:
    """Draw the active card large and the others below; return the bottom y."""
    page, guest = scene.page, view.guest
    step = Type.BODY if page.theme.compact or page.theme.large else Type.TITLE
    draw_named(page, area, guest.mark, _name(guest.name, scene), step)
    y = area.y + page.leading(step)
    words = scene.say("Place a card to choose it.")
    high = page.leading(Type.CAP)
    x: float = area.x
    for each in view.other_cards:
        name = _name(each.name, scene)
        if x + page.width(name, Type.CAP) + high + page.u(2) > area.right:
            break
        x = draw_named(page, Box(x, y, area.right - x, high), each.mark, name, Type.CAP) + page.u(5)
    if view.other_cards and x + page.width(words, Type.CAP) <= area.right:
        page.word(Box(x, y, area.right - x, high), words, Type.CAP, page.colours.ink2)
    return y + (high if view.other_cards else 0) + page.u(3)


def whose_block(guest: CurrentPatron, scene: DrawContext, area: Box) -> Block:
    """Return a block with the card whose farewell this is."""
    page = scene.page
    high = page.leading(Type.BODY)

    def draw(y: float) -> None:
        draw_named(page, Box(area.x, y, area.w, high), guest.mark, _name(guest.name, scene), Type.BODY)

    return Block(1, high, draw)


def _name(name: str, scene: DrawContext) -> str:
    return name or scene.say("Another card")
