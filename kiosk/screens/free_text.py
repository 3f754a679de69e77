"""Draw the free-text view: field, keyboard, and whether the text is sent with the patron's name."""

from __future__ import annotations

from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.screens.text_entry import draw_typing
from kiosk.screens.text_field import draw_written
from kiosk.views import Writing
from kiosk.views.free_text import TextKind


def draw(view: Writing, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    line = draw_typing(scene, view.board, ("send_words",))
    area = Box(frame.whole.x, frame.whole.y, frame.whole.w, line.y - frame.whole.y - page.u(1.5))
    note = _note(view, scene)
    room = page.leading(Type.CAP) * page.count_lines(note, Type.CAP, area.w) + page.u(2)
    if area.h >= room + page.leading(Type.BODY) * 3 + page.u(18):
        y = page.words(area, note, Type.CAP, page.colours.ink2) + page.u(2)
        area = Box(area.x, y, area.w, area.bottom - y)
    draw_written(scene, area, _heading(view, scene), view)


def _heading(view: Writing, scene: DrawContext) -> str:
    match view.letter:
        case TextKind.OPINION:
            return scene.say("What would you like to tell us?")
        case TextKind.WISH:
            return scene.say("Which book should we buy? Enter its title and author.")
        case TextKind.QUESTION:
            return scene.say("What would you like to ask about?")


def _note(view: Writing, scene: DrawContext) -> str:
    if view.letter is TextKind.QUESTION:
        return scene.say("We send the reply to your phone, or show it here at your next visit.")
    return scene.say("This is anonymous.")
