"""Technician: how every part is and what to do about it; names no patron."""

from __future__ import annotations

from kiosk.health import READY, Condition, Device, PartName, PartState
from kiosk.screens.geometry import Box
from kiosk.screens.more import draw_more, more_width
from kiosk.screens.parts.buttons import PAD, TIGHT, Button, button_width, draw_button
from kiosk.screens.parts.machine import Place, draw_machine
from kiosk.screens.parts.states import State, draw_state
from kiosk.screens.scene import Scene
from kiosk.screens.theme import Type
from kiosk.views import Technician, Trial

PLACES = {
    PartName.CARD_READER: Place.PAD,
    PartName.BARCODE_SCANNER: Place.CAMERA,
    PartName.RECEIPT_PRINTER: Place.PRINTER,
}


DEVICE = 15
"""Units: the height of a button that tries what is no part."""


def draw(view: Technician, scene: Scene) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    y = page.words(frame.left, scene.say("Health"), Type.TITLE)
    if who := " · ".join(filter(None, (view.kiosk, view.by))):
        y = page.words(Box(frame.left.x, y, frame.left.w, page.u(20)), who, Type.CAP, page.colours.ink2, most=1)
    area = frame.right
    y = _devices(scene, y)
    if frame.single:
        area = Box(area.x, y + page.u(2), area.w, area.bottom - y - page.u(2))
        if page.theme.portrait:
            _machine(view, scene, Box(area.x, area.bottom - page.u(110), area.w, page.u(110)))
            area = Box(area.x, area.y, area.w, area.h - page.u(116))
    else:
        _machine(view, scene, Box(frame.left.x, y + page.u(4), frame.left.w, frame.left.bottom - y - page.u(4)))
    hidden = _parts(view, scene, area)
    room = scene.foot((), ("back",), more_width(scene, hidden), _tests(scene))
    draw_more(scene, room, hidden, len(_rows(view)))


def _tests(scene: Scene) -> list[Button]:
    """A part that does something is asked to; the others are shown something."""
    return [each for each in _all_tests(scene) if each.action.choice not in list(Device)]


def _all_tests(scene: Scene) -> list[Button]:
    return [Button(each, scene.words.test(each.choice or "")) for each in scene.actions if each.name == "test"]


def _devices(scene: Scene, y: float) -> float:
    """Touch and sound are no parts: their tests stand under the title, or beside it where a column is all there is."""
    page, left = scene.page, scene.frame.left
    tests = [each for each in _all_tests(scene) if each.action.choice in list(Device)]
    pad = TIGHT if page.theme.compact else PAD
    step = Type.CAP if page.theme.compact else Type.BODY
    widths = [button_width(page, each, pad, step) for each in tests]
    gap, height = page.u(3), page.u(DEVICE)
    beside = scene.frame.single
    x = left.right - sum(widths) - gap * (len(tests) - 1) if beside else left.x
    top = round(left.y if beside else y + page.u(3))
    for each, width in zip(tests, widths, strict=True):
        draw_button(page, Box(round(x), top, width, height), each, step)
        x += width + gap
    return max(y, top + height)


def _machine(view: Technician, scene: Scene, room: Box) -> None:
    """The part that wants a hand is lit."""
    faulty = [PLACES[name] for name, state in view.parts.items() if name in PLACES and _wants_a_hand(state)]
    height = round(min(room.h, scene.page.u(120)))
    if height < scene.page.u(30):
        return
    width = round(min(height * 0.54, room.w * 0.65))
    draw_machine(scene.page, Box(room.x, room.bottom - height, width, height), faulty[0] if faulty else None)


def _wants_a_hand(state: PartState) -> bool:
    return state.condition is Condition.FAULTY or state.reason == "near_end"


def _parts(view: Technician, scene: Scene, area: Box) -> int:
    """Down the first column, then the second where there is room for one; answers how many parts are out of sight."""
    page = scene.page
    columns = 1 if page.theme.large or area.w < page.u(90) else 2
    gap = page.u(4)
    width = (area.w - gap * (columns - 1)) / columns
    shown = list(_rows(view).items())[scene.first :]
    column, y = 0, area.y
    whole = sum(_part_height(view, scene, width, name, state) for name, state in shown)
    foot = min(area.bottom + page.u(1), area.y + max(whole / columns * 1.15, area.h * 0.6))
    for number, (name, state) in enumerate(shown):
        height = _part_height(view, scene, width, name, state)
        if y + height > (foot if column < columns - 1 else area.bottom + page.u(1)) and number:
            column, y = column + 1, area.y
            if column == columns:
                return len(shown) - number
        box = Box(area.x + column * (width + gap), y, width, height)
        page.rule(box.x, box.y, box.w)
        _part(view, scene, Box(box.x, box.y + page.u(0.7), box.w, height), name, state)
        y += height
    return 0


def _rows(view: Technician) -> dict[PartName | Device, PartState]:
    """What was tried and is no part comes first, for the eye."""
    rows: dict[PartName | Device, PartState] = {each: READY for each in Device if each in view.trials}
    return rows | dict(view.parts.items())


def _part_height(view: Technician, scene: Scene, width: float, name: PartName | Device, state: PartState) -> int:
    page = scene.page
    detail = _detail(view, scene, name, state)
    lines = page.count_lines(detail, Type.CAP, width) if detail else 0
    return page.leading(Type.BODY) + page.leading(Type.CAP) * (1 + lines) + page.u(3)


def _detail(view: Technician, scene: Scene, name: PartName | Device, state: PartState) -> str:
    """What to do about the part; left out where only its state has room."""
    if scene.page.theme.compact and scene.page.theme.large:
        return ""
    if name is PartName.CENTRAL and (view.queued or view.exceptions):
        return _queue(view, scene)
    return "" if scene.page.theme.compact or scene.page.theme.large else _mending(scene, name, state)


def _mending(scene: Scene, name: PartName | Device, state: PartState) -> str:
    return "" if isinstance(name, Device) else scene.words.mending(name, state)


def _part(view: Technician, scene: Scene, box: Box, name: PartName | Device, state: PartState) -> None:
    page = scene.page
    body, cap = page.leading(Type.BODY), page.leading(Type.CAP)
    page.word(Box(box.x, box.y, box.w, body), scene.words.part(name), Type.BODY)
    trial = view.trials.get(name)
    tried = trial is not None and state.condition is Condition.READY
    words = scene.words.trial(name, trial) if trial and tried else scene.words.part_state(state)
    mark = State.LOOK if _wants_a_hand(state) or trial is Trial.FAILED else State.DONE
    if trial is Trial.RUNNING and tried:
        mark = State.CHECKING
    if state.condition is Condition.ABSENT:
        page.word(Box(box.x, box.y + body, box.w, cap), words, Type.CAP, page.colours.ink2)
    else:
        draw_state(page, Box(box.x, box.y + body, box.w, cap), mark, words)
    rest = Box(box.x, box.y + body + cap, box.w, box.h)
    page.words(rest, _detail(view, scene, name, state), Type.CAP, page.colours.ink2)


def _queue(view: Technician, scene: Scene) -> str:
    waiting = scene.words.say_n("One transaction waits", "{n} transactions wait", view.queued)
    if not view.exceptions:
        return waiting
    aside = scene.words.say_n("one at the exception desk", "{n} at the exception desk", view.exceptions)
    return scene.say("{waiting}, {aside}", waiting=waiting, aside=aside)
