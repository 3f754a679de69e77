"""Draw the technician's sign-in with a personal code; the visit continues under it."""

from __future__ import annotations

from kiosk.screens.components.keypad import KEYPAD_UNITS, draw_keypad, draw_typed
from kiosk.screens.components.kiosk_diagram import DiagramPart, draw_standing_machine
from kiosk.screens.components.states import State, draw_state
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.screens.text_entry import full_note
from kiosk.views import SignIn
from kiosk.views.common import LONGEST_PIN


def draw(view: SignIn, scene: DrawContext) -> None:
    page, whole = scene.page, scene.frame.whole
    scene.head()
    width, height = (page.u(units) for units in KEYPAD_UNITS)
    foot = page.u(2 if page.theme.compact else 4)
    height = min(height, round(whole.h - foot))
    keypad = Box(whole.right - width, whole.bottom - foot - height, width, height)
    draw_keypad(page, keypad, scene.actions)
    side = Box(whole.x, whole.y, keypad.x - whole.x - page.u(5), whole.h)
    roomy = page.theme.portrait or keypad.y - whole.y > page.u(26)
    room = Box(whole.x, whole.y, whole.w, keypad.y - whole.y) if roomy else side
    head = page.leading(Type.BODY) + page.u(1.5)
    line = Box(keypad.x, keypad.y - head - page.u(3), keypad.w, head)
    y = _words(view, scene, room, line.y - room.y - page.u(1) if roomy else 2 * page.leading(Type.TITLE))
    over = line.y >= y + page.u(1)
    if not over:
        line = Box(room.x, y + page.u(2), min(room.w, page.u(76)), head)
    draw_typed(
        page, line, view.typed, scene.say("Your code"), full_note(scene, len(view.typed), LONGEST_PIN, line.w / 2)
    )
    top = (y if over else line.bottom) + page.u(4)
    rest = Box(side.x, top, side.w, side.bottom - top)
    if rest.h >= page.u(38):
        draw_standing_machine(page, rest, DiagramPart.CAMERA)
    scene.foot(("back",), ("continue",))


def _words(view: SignIn, scene: DrawContext, room: Box, high: float) -> float:
    page = scene.page
    if view.checking:
        box = Box(room.x, room.y, room.w, page.leading(Type.TITLE))
        draw_state(page, box, State.CHECKING, scene.say("Checking"), Type.BODY)
        return box.bottom
    asked = scene.words.sign_in(view.problem, view.minutes)
    steps = (Type.TITLE, Type.BODY, Type.CAP)
    return page.words(room, asked, page.step_for(asked, room.w, high, steps))
