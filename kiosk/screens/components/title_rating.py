"""Draw the rating of a returned item: a question with three smileys."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.screens.components.buttons import Button
from kiosk.screens.components.smileys import draw_face
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Fill
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type

HIGH, WIDE, GAP = 15, 18, 3
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
    return page.u(HIGH + 2) if opinion else 0


def draw_opinion(page: Canvas, area: Box, opinion: Opinion) -> None:
    """Draw the smileys at the right edge, and before them the question or the thanks."""
    faces = Box(area.right - page.u(WIDE * 3 + GAP * 2), area.y + page.u(1), page.u(WIDE * 3 + GAP * 2), page.u(HIGH))
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
    """Draw the three smileys; the chosen one is highlighted."""
    wide = (area.w - page.u(GAP) * 2) / 3
    for place, (number, face) in enumerate(zip(OF_FIVE, opinion.faces, strict=True)):
        box = Box(round(area.x + place * (wide + page.u(GAP))), round(area.y), round(wide), round(area.h))
        if face.action.choice == opinion.chosen:
            page.add(Fill(box.inset(-page.u(1)), page.colours.accent, page.u(1.5)))
            page.add(Fill(box, page.colours.paper, page.u(1)))
        draw_face(page, box, face, number)
