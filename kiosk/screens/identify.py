"""Identify: asks for the card by tap, by its barcode or by its number; then for a PIN where the library wants one."""

from __future__ import annotations

from kiosk.screens.geometry import Box
from kiosk.screens.parts.camera import draw_camera, draw_camera_caption
from kiosk.screens.parts.cards import draw_patron_card
from kiosk.screens.parts.keypad import KEYPAD_UNITS, draw_keypad
from kiosk.screens.parts.machine import Place, draw_machine
from kiosk.screens.parts.shelf import Spine, Stand, draw_shelf, shelf_height
from kiosk.screens.parts.states import State, draw_state
from kiosk.screens.scene import Scene
from kiosk.screens.theme import Type
from kiosk.views import Errand, Identify

SMALLEST_MACHINE = 38
"""Units of height below which the machine is not drawn."""


def draw(view: Identify, scene: Scene) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    keypad = _keypad_box(scene)
    draw_keypad(page, keypad, scene.actions, view.typed, _typed_caption(view, scene))
    if page.theme.portrait:
        _portrait(view, scene, keypad)
    elif frame.single or page.theme.compact:
        room = Box(frame.whole.x, frame.whole.y, keypad.x - frame.whole.x - page.u(4), frame.whole.h)
        _beside(view, scene, room)
    else:
        _columns(view, scene, keypad)
    scene.foot(("back",), ("continue",))


def _keypad_box(scene: Scene) -> Box:
    page, whole = scene.page, scene.frame.whole
    height = min(page.u(KEYPAD_UNITS[1]), whole.h)
    if not page.theme.compact and not page.theme.large:
        height = min(page.u(KEYPAD_UNITS[1] + 15), whole.h - page.u(12))
    width = page.u(KEYPAD_UNITS[0])
    if page.theme.portrait:
        height = page.u(KEYPAD_UNITS[1] + 15)
    return Box(whole.right - width, whole.bottom - page.u(4) - height, width, height)


def _columns(view: Identify, scene: Scene, keypad: Box) -> None:
    page, frame = scene.page, scene.frame
    left = frame.left
    if view.pin and view.guest:
        y = left.y + page.u(1)
        draw_patron_card(page, Box(left.x, y, left.w, page.u(39)), view.guest.name, _ending(scene, view), "")
    else:
        panel = Box(left.x, left.y, left.w, round(left.w * 0.75))
        draw_camera(page, panel)
        below = Box(left.x, panel.bottom + page.u(2), left.w, left.bottom - panel.bottom)
        draw_camera_caption(page, below, scene.say("Or show its barcode to the camera"))
    _waiting(view, scene, left)
    right = frame.right
    y = _heading(view, scene, right, keypad)
    if not view.pin:
        _machine(scene, Box(right.x, y + page.u(3), keypad.x - right.x, right.bottom - y - page.u(3)))


def _beside(view: Identify, scene: Scene, room: Box) -> None:
    """Everything left of the keypad, for little room or large text: heading, caption, and the machine if it fits."""
    page = scene.page
    y = _heading(view, scene, room, room) + page.u(2)
    if view.pin:
        return
    if room.bottom - y - page.leading(Type.CAP) * 3 > page.u(SMALLEST_MACHINE):
        _machine(scene, Box(room.x, y + page.u(1), room.w, room.bottom - y - page.u(1)), caption=True)
    else:
        draw_camera_caption(
            page, Box(room.x, y, room.w, room.bottom - y), scene.say("Or show its barcode to the camera")
        )


def _portrait(view: Identify, scene: Scene, keypad: Box) -> None:
    page, whole = scene.page, scene.frame.whole
    panel = Box(whole.x, whole.y, whole.w, round(whole.w * 9 / 16))
    y: float = panel.y
    if view.pin and view.guest:
        draw_patron_card(page, Box(whole.x, y, page.u(90), page.u(52)), view.guest.name, _ending(scene, view), "")
        y += page.u(52)
    else:
        draw_camera(page, panel)
        below = Box(whole.x, panel.bottom + page.u(2), whole.w, page.u(20))
        y = draw_camera_caption(page, below, scene.say("Or show its barcode to the camera"))
    y = _heading(view, scene, Box(whole.x, y + page.u(8), whole.w, page.u(60)), whole)
    if not view.pin:
        high = min(whole.bottom - y - page.u(6), page.u(118))
        _machine(scene, Box(whole.x, whole.bottom - high, keypad.x - whole.x, high))
    else:
        _waiting(view, scene, Box(whole.x, whole.y, page.u(90), whole.h))


def _heading(view: Identify, scene: Scene, area: Box, keypad: Box) -> float:
    """The question, or what was wrong with the answer and what to do; answers where it ends."""
    page = scene.page
    if view.problem is not None and not view.checking:
        return _problem(view, scene, area, keypad)
    if view.checking:
        draw_state(
            page,
            Box(area.x, area.y, area.w, page.leading(Type.TITLE)),
            State.CHECKING,
            scene.say("Checking"),
            Type.BODY,
        )
        return area.y + page.leading(Type.TITLE)
    if view.pin:
        return page.words(area, scene.say("Type your PIN"), Type.TITLE)
    y = page.words(area, scene.say("Hold your card on the pad"), Type.TITLE)
    if view.lines and view.errand is Errand.BORROW and scene.frame.single:
        y = page.words(Box(area.x, y, area.w, area.h), _waiting_words(view, scene), Type.CAP, page.colours.ink2)
    return y


def _problem(view: Identify, scene: Scene, area: Box, keypad: Box) -> float:
    page = scene.page
    assert view.problem is not None
    told = scene.words.explain(view.problem)
    y = page.words(
        area, told.what, Type.TITLE if page.width(told.what, Type.TITLE) <= area.w else Type.BODY, page.colours.stop
    )
    room = area.w if keypad.y <= area.y or keypad.y > y + page.leading(Type.CAP) * 3 else keypad.x - area.x - page.u(4)
    if view.tries_left is not None and view.tries_left > 0:
        told_next = scene.words.say_n("One try left.", "{n} tries left.", view.tries_left)
        y = page.words(Box(area.x, y, room, area.h), told_next, Type.CAP)
    return page.words(Box(area.x, y, room, area.h), told.next, Type.CAP, page.colours.ink2)


def _machine(scene: Scene, room: Box, caption: bool = False) -> None:
    """The machine with the card at its pad, standing on the line, as large as the room allows."""
    page = scene.page
    if room.h < page.u(SMALLEST_MACHINE):
        return
    width = round(min(room.h * 0.54, room.w * 0.55))
    height = round(min(room.h, width * 1.9))
    draw_machine(page, Box(room.x, room.bottom - height, width, height), Place.PAD, card=True)
    if caption:
        x = room.x + width * 1.75
        area = Box(x, room.y, room.right - x, room.h)
        if area.w > page.u(30):
            draw_camera_caption(page, area, scene.say("Or show its barcode to the camera"))


def _waiting(view: Identify, scene: Scene, column: Box) -> None:
    """The books shown before the card stand on the line."""
    page = scene.page
    if not view.lines:
        return
    shelf = Box(column.x, column.bottom - shelf_height(page), column.w, shelf_height(page))
    spines = [Spine(line.subject, line.title, Stand.OPEN) for line in reversed(view.lines)]
    draw_shelf(page, shelf, spines, 0)
    words = _waiting_words(view, scene)
    lines = page.count_lines(words, Type.CAP, column.w)
    top = shelf.y - page.u(2) - lines * page.leading(Type.CAP)
    page.words(Box(column.x, top, column.w, shelf.y - top), words, Type.CAP, page.colours.ink2)


def _waiting_words(view: Identify, scene: Scene) -> str:
    return scene.words.say_n("One book waits for your card.", "{n} books wait for your card.", len(view.lines))


def _typed_caption(view: Identify, scene: Scene) -> str:
    return scene.say("Your PIN") if view.pin else scene.say("Or type its number")


def _ending(scene: Scene, view: Identify) -> str:
    return scene.say("Card ending {last4}", last4=view.guest.last4) if view.guest and view.guest.last4 else ""
