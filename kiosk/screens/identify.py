"""Draw Identify: ask for the card by tap, barcode or number, then for a PIN if required."""

from __future__ import annotations

from kiosk.screens.components.camera import HeldObject, draw_blind, draw_camera, draw_camera_caption
from kiosk.screens.components.cards import draw_patron_card
from kiosk.screens.components.diagrams import DiagramPart, draw_machine, draw_pad
from kiosk.screens.components.shelf import Spine, Stand, draw_shelf, shelf_height
from kiosk.screens.components.states import State, draw_state
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import Block, flow, text_block
from kiosk.screens.rendering.display_list import Box
from kiosk.screens.rendering.theme import Type
from kiosk.screens.text_entry import KEYPAD_UNITS, draw_keypad, draw_typed, full_note, keypad_box
from kiosk.system.health import Condition
from kiosk.views import CardInputs, Identify, OneTimeCode
from kiosk.words.channels import channel

SMALLEST_MACHINE = 38
"""Minimum height in units to draw the kiosk diagram."""
SMALLEST_PAD = 16


def draw(view: Identify, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    keypad = keypad_box(scene)
    draw_keypad(page, keypad, scene.actions)
    if _cramped(scene):
        _left_column(
            view, scene, Box(frame.whole.x, frame.whole.y, keypad.x - frame.whole.x - page.u(5), frame.whole.h)
        )
    else:
        head = max(page.u(9), page.leading(Type.BODY) + page.u(1))
        wide = max(keypad.w, page.width(typed_caption(view, scene), Type.CAP))
        _draw_input(view, scene, Box(keypad.right - wide, keypad.y - head - page.u(3), wide, head))
        whole = Box(keypad.right - wide, keypad.y - head - page.u(3), wide, keypad.bottom)
        if page.theme.portrait:
            _portrait(view, scene, whole)
        else:
            _columns(view, scene, whole)
    send = scene.action("send_code")
    aside = ("send_code",) if send and not send.primary else ()
    scene.foot(("back", "register", *aside), ("continue",) if scene.action("continue") else ("send_code",))


def _draw_input(view: Identify, scene: DrawContext, box: Box) -> None:
    full = full_note(scene, len(view.typed), view.most, box.w / 2)
    draw_typed(scene.page, box, view.typed, typed_caption(view, scene), full)


def _cramped(scene: DrawContext) -> bool:
    """Return True if the typed number goes next to the keypad, because room is short or text is large."""
    theme, whole = scene.page.theme, scene.frame.whole
    too_low = not theme.portrait and whole.h < theme.u(KEYPAD_UNITS[1] + 28)
    return theme.compact or too_low or (scene.frame.single and not theme.portrait)


def _columns(view: Identify, scene: DrawContext, keypad: Box) -> None:
    page, frame = scene.page, scene.frame
    left = frame.left
    if view.pin and view.guest:
        y = left.y + page.u(1)
        draw_patron_card(page, Box(left.x, y, left.w, page.u(39)), view.guest.name, ending(scene, view), "")
    else:
        seen = view.ways.camera is not Condition.ABSENT
        panel = Box(left.x, left.y, left.w, round(left.w * 0.75) if seen else page.u(39))
        _camera(view, scene, panel)
        below = Box(left.x, panel.bottom + page.u(2), left.w, left.bottom - panel.bottom)
        draw_camera_caption(page, below, other_way(view, scene))
    _waiting(view, scene, left)
    right = frame.right
    y = _heading(view, scene, right, keypad)
    if not view.pin:
        _machine(view, scene, Box(right.x, y + page.u(3), keypad.x - right.x, right.bottom - y - page.u(3)))


def _left_column(view: Identify, scene: DrawContext, room: Box) -> None:
    """Draw left of the keypad: question, typed number, the other way to show a card, and the kiosk diagram."""
    page = scene.page
    blocks = _question_blocks(view, scene, room)
    head = page.leading(Type.BODY if view.typed else Type.CAP) + page.u(1.5)
    width = min(room.w, page.u(76))
    blocks.append(Block(0, head + page.u(2), lambda y: _draw_input(view, scene, Box(room.x, y, width, head))))
    if not view.pin and (view.problem is None or view.checking):
        words = other_way(view, scene)
        lines = page.count_lines(words, Type.CAP, room.w - page.u(page.theme.icon(6.5) + 2.5))
        height = page.leading(Type.CAP) * lines + page.u(2)
        blocks.append(Block(2, height, lambda y: draw_camera_caption(page, Box(room.x, y, room.w, height), words)))
    y = flow(room, blocks)
    rest = Box(room.x, y, room.w, room.bottom - y)
    if view.pin or rest.h < page.u(SMALLEST_PAD):
        return
    if rest.h >= page.u(SMALLEST_MACHINE):
        _machine(view, scene, rest)
    elif view.ways.pad is Condition.READY:
        draw_pad(page, Box(rest.x, rest.y, rest.w, min(rest.h - page.u(2), page.u(30))))


def _question_blocks(view: Identify, scene: DrawContext, room: Box) -> list[Block]:
    page = scene.page
    if view.checking:
        height = page.leading(Type.TITLE)
        label = scene.say("Checking")
        return [
            Block(
                0, height, lambda y: draw_state(page, Box(room.x, y, room.w, height), State.CHECKING, label, Type.BODY)
            )
        ]
    if view.problem is None:
        asked = [_sentence(0, question(view, scene), (Type.TITLE, Type.BODY, Type.CAP), page.colours.ink, scene, room)]
        if view.lines and not view.pin:
            asked.append(_sentence(3, waiting_words(view, scene), (Type.CAP,), page.colours.ink2, scene, room))
        return asked
    text = scene.words.explain(view.problem)
    blocks = [_sentence(0, text.what, (Type.TITLE, Type.BODY, Type.CAP), page.colours.ink, scene, room)]
    if view.tries_left:
        blocks.append(_sentence(1, tries(view.tries_left, scene), (Type.CAP,), page.colours.ink, scene, room))
    return [*blocks, _sentence(2, text.next, (Type.CAP,), page.colours.ink2, scene, room)]


def _sentence(rank: int, words: str, steps: tuple[Type, ...], colour: str, scene: DrawContext, room: Box) -> Block:
    """Return a sentence in the first step that fits one line, else in the last."""
    page = scene.page
    step = page.step_for(words, room.w, page.leading(steps[0]), steps)
    return text_block(scene, room, rank, words, step, colour, 1)


def _camera(view: Identify, scene: DrawContext, panel: Box) -> None:
    """Draw the camera panel; if no camera is fitted, a card held to the reader."""
    match view.ways.camera:
        case Condition.READY:
            draw_camera(scene.page, panel, HeldObject.CARD)
        case Condition.ABSENT:
            draw_patron_card(scene.page, panel, "", "", "")
        case _:
            draw_blind(scene.page, panel)


def _portrait(view: Identify, scene: DrawContext, keypad: Box) -> None:
    page, whole = scene.page, scene.frame.whole
    y: float = whole.y
    if view.pin and view.guest:
        draw_patron_card(page, Box(whole.x, y, page.u(90), page.u(52)), view.guest.name, ending(scene, view), "")
        y += page.u(52)
    else:
        panel = Box(whole.x, whole.y, whole.w, round(whole.w * (0.4 if page.theme.large else 9 / 16)))
        if view.ways.camera is Condition.ABSENT:
            panel = Box(whole.x, whole.y, page.u(90), page.u(52))
        _camera(view, scene, panel)
        below = Box(whole.x, panel.bottom + page.u(2), whole.w, page.u(20))
        y = draw_camera_caption(page, below, other_way(view, scene))
    y = _heading(view, scene, Box(whole.x, y + page.u(8), whole.w, page.u(60)), whole)
    if not view.pin:
        high = min(whole.bottom - y - page.u(6), page.u(118))
        _machine(view, scene, Box(whole.x, whole.bottom - high, keypad.x - whole.x, high))


def _heading(view: Identify, scene: DrawContext, area: Box, keypad: Box) -> float:
    """Draw the question, or the problem and what to do; return the bottom y."""
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
    asked = question(view, scene)
    y = page.words(area, asked, page.step_for(asked, area.w, page.leading(Type.TITLE), (Type.TITLE, Type.BODY)))
    if view.lines and not view.pin and scene.frame.single:
        y = page.words(Box(area.x, y, area.w, area.h), waiting_words(view, scene), Type.CAP, page.colours.ink2)
    return y


def _problem(view: Identify, scene: DrawContext, area: Box, keypad: Box) -> float:
    page = scene.page
    assert view.problem is not None
    text = scene.words.explain(view.problem)
    room = area.w
    if keypad.x > area.x:
        room = keypad.x - area.x - page.u(4)
    y = page.words(area, text.what, page.step_for(text.what, area.w, page.leading(Type.TITLE), (Type.TITLE, Type.BODY)))
    if view.tries_left:
        y = page.words(Box(area.x, y, room, area.h), tries(view.tries_left, scene), Type.CAP)
    return page.words(Box(area.x, y, room, area.h), text.next, Type.CAP, page.colours.ink2)


def _machine(view: Identify, scene: DrawContext, room: Box) -> None:
    """Draw the kiosk diagram with a card at its reader, if that works, as large as fits on the shelf line."""
    page = scene.page
    if room.h < page.u(SMALLEST_MACHINE):
        return
    width = round(min(room.h * 0.54, room.w * 0.55))
    height = round(min(room.h, width * 1.9))
    pad = view.ways.pad is Condition.READY
    lit = DiagramPart.PAD if pad else DiagramPart.CAMERA if view.ways.camera is Condition.READY else None
    draw_machine(page, Box(room.x, room.bottom - height, width, height), lit, card=pad)


def _waiting(view: Identify, scene: DrawContext, column: Box) -> None:
    """Draw the items scanned before the card on the shelf line."""
    page = scene.page
    if not view.lines:
        return
    shelf = Box(column.x, column.bottom - shelf_height(page), column.w, shelf_height(page))
    spines = [Spine(line.subject, line.title, Stand.OPEN) for line in reversed(view.lines)]
    draw_shelf(page, shelf, spines, 0, arriving=True)
    words = waiting_words(view, scene)
    lines = page.count_lines(words, Type.CAP, column.w)
    top = shelf.y - page.u(2) - lines * page.leading(Type.CAP)
    page.words(Box(column.x, top, column.w, shelf.y - top), words, Type.CAP, page.colours.ink2)


def question(view: Identify, scene: DrawContext) -> str:
    if view.notice:
        return scene.words.notice(view.notice)
    match view:
        case Identify(code=OneTimeCode(failed=True)):
            return scene.say("We cannot send a code right now. Please ask staff.")
        case Identify(code=OneTimeCode(sent=True)):
            return scene.say("Enter the code we sent you")
        case Identify(code=OneTimeCode(only=True, by=by)):
            return scene.say("We send you a code: {channel}", channel=channel(scene.words, by))
        case Identify(pin=True):
            return scene.say("Enter your PIN")
        case Identify(ways=CardInputs(pad=Condition.READY)):
            return scene.say("Place your card on the reader")
        case Identify(ways=CardInputs(camera=Condition.READY)):
            return scene.say("Scan your card's barcode")
        case _:
            return scene.say("Enter your card number")


def tries(left: int, scene: DrawContext) -> str:
    return scene.words.say_n("One try left.", "{n} tries left.", left)


def other_way(view: Identify, scene: DrawContext) -> str:
    """Return the other way to show a card, or which way is not available now."""
    match view.ways:
        case CardInputs(pad=Condition.READY, camera=Condition.READY):
            return scene.say("Or scan its barcode")
        case CardInputs(pad=Condition.ABSENT, camera=Condition.READY):
            return scene.say("Show it to the camera.")
        case CardInputs(camera=Condition.READY):
            return scene.say("The card reader is not working.")
        case CardInputs(pad=Condition.READY, camera=Condition.ABSENT):
            return scene.say("The number is printed on your card.")
        case CardInputs(pad=Condition.READY):
            return scene.say("The camera is not working.")
        case _:
            return scene.say("Card reader and camera are not working.")


def waiting_words(view: Identify, scene: DrawContext) -> str:
    return scene.words.say_n("One book waits for your card.", "{n} books wait for your card.", len(view.lines))


def typed_caption(view: Identify, scene: DrawContext) -> str:
    """Return the caption of the empty input field."""
    if view.code and (view.code.sent or view.code.only):
        return scene.say("Verification code")
    if view.pin:
        return scene.say("Your PIN")
    nothing_else = Condition.READY not in (view.ways.pad, view.ways.camera)
    return scene.say("Number") if nothing_else else scene.say("Or enter its number")


def ending(scene: DrawContext, view: Identify) -> str:
    """Return the last digits of the known card; "" if unknown."""
    return scene.say("Card ending {last4}", last4=view.guest.last4) if view.guest and view.guest.last4 else ""
