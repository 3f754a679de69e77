"""Draw the touch test: targets near the corners and in the centre, with the error of each touch."""

from __future__ import annotations

from kiosk.screens.components.buttons import TIGHT, Button, button_width, draw_button
from kiosk.screens.components.states import State, draw_mark, mark_units
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.display_list import Figure, Shape, Spot
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import SPOTS, TouchTest, Trial

RING, EYE = 12, 3
"""Diameters in units of the ring and its centre."""
MARGIN = 3
BUTTON = 15


def draw(view: TouchTest, scene: DrawContext) -> None:
    page = scene.page
    for number in range(len(SPOTS)):
        _spot(view, scene, number)
    _words(view, scene)
    back = scene.action("back")
    assert back is not None
    button = Button(back, scene.say("Back"), "arrow-left")
    width = max(page.u(50), button_width(page, button, TIGHT))
    box = Box(round((page.theme.width - width) / 2), page.theme.height - page.u(MARGIN + BUTTON), width, page.u(BUTTON))
    draw_button(page, box, button)


def _spot(view: TouchTest, scene: DrawContext, number: int) -> None:
    """Draw a target: highlighted if it is next, with the error below if it was touched."""
    page, colours = scene.page, scene.page.colours
    ring = _ring(scene, number)
    now = number == len(view.landed)
    stroke = max(page.u(1.2), 4) if now else 2
    page.add(Shape(ring, Figure.RING, colours.ink if now else colours.line, stroke))
    eye = page.u(EYE)
    x, y = ring.centre
    if now:
        page.add(Shape(Box(x - eye / 2, y - eye / 2, eye, eye), Figure.DISC, colours.accent), Spot(ring))
    elif number < len(view.landed):
        _draw_error(scene, ring, f"{view.landed[number]:.1f} mm")


def _ring(scene: DrawContext, number: int) -> Box:
    page = scene.page
    side, margin = page.u(RING), page.u(MARGIN)
    across, down = SPOTS[number]
    return Box(
        round(margin + across * (page.theme.width - side - 2 * margin)),
        round(margin + down * (page.theme.height - side - 2 * margin)),
        side,
        side,
    )


def _draw_error(scene: DrawContext, ring: Box, words: str) -> None:
    """Draw the error on the side towards the centre of the screen, where there is room."""
    page = scene.page
    width, height = page.width(words, Type.CAP), page.leading(Type.CAP)
    x = min(max(ring.centre[0] - width / 2, page.u(MARGIN)), page.theme.width - page.u(MARGIN) - width)
    y = ring.bottom + page.u(1) if ring.y < page.theme.height * 0.7 else ring.y - page.u(1) - height
    page.word(Box(x, y, width, height), words, Type.CAP)


def _words(view: TouchTest, scene: DrawContext) -> None:
    """Draw the instruction between the upper targets and the centre."""
    page = scene.page
    middle = _ring(scene, len(SPOTS) - 1)
    side = page.u(MARGIN + 4) + max(page.u(RING), page.width("888.8 mm", Type.CAP))
    room = Box(side, page.u(MARGIN), page.theme.width - 2 * side, middle.y - page.u(MARGIN + 2))
    if page.theme.large and not page.theme.compact:
        top = page.u(MARGIN + RING + 3) + page.leading(Type.CAP)
        room = Box(page.u(MARGIN), top, page.theme.width - 2 * page.u(MARGIN), middle.y - top - page.u(2))
    words = scene.words.touch(view.landed, len(SPOTS), view.trial)
    marked = view.trial is not None
    spare = page.u(mark_units(Type.BODY) + 1) if marked else 0
    step = page.step_for(words, room.w, room.h - spare, (Type.TITLE, Type.BODY, Type.CAP))
    if page.count_lines(words, step, room.w) * page.leading(step) > room.h - spare:
        marked = False
    y = room.y
    if view.trial is not None and marked:
        units = mark_units(Type.BODY)
        mark = State.DONE if view.trial is Trial.DONE else State.LOOK
        draw_mark(page, room.x + (room.w - page.u(units)) / 2, y + page.u(units) / 2, mark, units)
        y += page.u(units + 1)
    page.words(Box(room.x, y, room.w, room.bottom - y), words, step, align="centre")
