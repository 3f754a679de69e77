"""Draw Welcome: the tasks as volumes; showing a card or an item here starts the right task."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kiosk.screens.attract_loop import LEAST, draw_slide
from kiosk.screens.components.buttons import Binding, draw_volume, row
from kiosk.screens.components.shelf import draw_quiet_books
from kiosk.screens.display_list import Leaf
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.geometry import Box
from kiosk.screens.theme import Type
from kiosk.system.health import Condition
from kiosk.views import CardInputs, Welcome
from lending.showcase import Slide

SKYLINE = (
    ("borrow", 1.0, Binding.LIT),
    ("return", 0.71, Binding.INK),
    ("account", 0.52, Binding.BOARD),
    ("find", 0.4, Binding.BOARD),
)
"""The tasks from the left, with the height of each volume as a share and its colours."""
LOW, LOW_SMALL, LOW_TALL = 22, 15.5, 44
"""Height in units of the tasks under a poster: normal, on a small screen, and on a tall one."""


def draw(view: Welcome, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    if view.slide is not None and (room := _room_for_slide(scene)) is not None:
        _turned(view, view.slide, scene, room)
        return
    question = invitation(view, scene)
    step = Type.DISP if page.theme.portrait and not page.theme.large else Type.TITLE
    if page.theme.compact:
        one_line = page.leading(Type.BODY)
        step = page.step_for(question, frame.whole.w, one_line, (Type.BODY, Type.CAP))
    y = page.words(frame.whole, question, step)
    if view.notice:
        area = Box(frame.whole.x, y + page.u(1.5), frame.whole.w, frame.whole.bottom - y)
        y = scene.notice(area, view.notice)
    top = y + page.u(2 if page.theme.compact or page.theme.large or view.notice else 7)
    if page.theme.portrait:
        top = max(top, frame.whole.bottom - page.u(150))
    _volumes(scene, Box(frame.whole.x, top, frame.whole.w, frame.whole.bottom - top))
    scene.line()
    _foot(scene)


def _room_for_slide(scene: DrawContext) -> Box | None:
    """Return the room above low volumes for a poster; None if it would be too small to read."""
    page, whole = scene.page, scene.frame.whole
    tall = 64 if page.theme.large else LOW_TALL
    low = (
        page.u(tall if page.theme.portrait else LOW_SMALL if page.theme.compact else LOW)
        + page.leading(_low_step(scene))
        + page.u(5)
    )
    room = Box(whole.x, whole.y, whole.w, whole.h - low)
    crowded = page.theme.large and not page.theme.portrait
    return None if crowded or scene.status.low or room.h < page.u(LEAST) else room


def _low_step(scene: DrawContext) -> Type:
    return Type.CAP if scene.page.theme.compact else Type.BODY


def _turned(view: Welcome, slide: Slide, scene: DrawContext, room: Box) -> None:
    """Draw the attract loop above the tasks, which stay where hands expect them."""
    page, frame = scene.page, scene.frame
    page.add(Leaf(room))
    draw_slide(slide, scene, room)
    question, step = invitation(view, scene), _low_step(scene)
    y = page.words(Box(room.x, room.bottom + page.u(3), room.w, room.h), question, step, page.colours.ink2)
    _volumes(scene, Box(frame.whole.x, y + page.u(1), frame.whole.w, frame.whole.bottom - y - page.u(1)), low=True)
    scene.line()
    _foot(scene)


def invitation(view: Welcome, scene: DrawContext) -> str:
    """Return the invitation, limited to what works now."""
    match view.ways:
        case CardInputs(pad=Condition.READY, camera=Condition.READY):
            return scene.say("Show a book, hold your card, or choose.")
        case CardInputs(camera=Condition.READY):
            return scene.say("Show a book or your card's barcode, or choose.")
        case CardInputs(pad=Condition.READY):
            return scene.say("Hold your card, or choose.")
        case _:
            return scene.say("Please choose.")


def _volumes(scene: DrawContext, area: Box, low: bool = False) -> None:
    """Draw the volumes; `low`: all of about the same height, under a poster."""
    page = scene.page
    widths, gaps = _widths(scene, area.w, low)
    x = area.x
    for (name, height, binding), width, gap in zip(SKYLINE, widths, gaps, strict=True):
        flat = (
            1.0
            if low and page.theme.compact
            else 0.8
            if low
            else 0.7
            if page.theme.large
            else 0.35
            if page.theme.compact
            else 0.0
        )
        high = round(area.h * (flat + (1 - flat) * height))
        box = Box(round(x), area.bottom - high, round(width), high)
        for button in [] if name == "find" and _crowded(scene) else scene.button(name):
            shown = replace(button, label=button.short) if (low or page.theme.large) and button.short else button
            draw_volume(
                page, box, shown, binding, _word_step(scene, Binding.BOARD if low else binding, shown.label, box)
            )
            x += width + gap
    if not low and not page.theme.large and area.right - x > page.u(20):
        draw_quiet_books(page, Box(x, area.y, area.right - x, area.h))


def _word_step(scene: DrawContext, binding: Binding, label: str, box: Box) -> Type:
    page = scene.page
    steps: tuple[Type, ...]
    match binding:
        case Binding.LIT:
            steps = (*((Type.GIANT,) if page.theme.large else ()), Type.DISP, Type.TITLE, Type.BODY, Type.CAP)
        case Binding.INK:
            steps = (*((Type.DISP,) if page.theme.large or page.theme.wide else ()), Type.TITLE, Type.BODY, Type.CAP)
        case Binding.BOARD:
            steps = (Type.BODY, Type.CAP)
        case _:
            assert_never(binding)
    room, high = box.w - page.u(8 if page.theme.large else 9), box.h - page.u(16 if page.theme.large else 13)
    return next((step for step in steps if page.width(label, step) <= room and page.leading(step) <= high), steps[-1])


def _crowded(scene: DrawContext) -> bool:
    """Return True if large text has room for three volumes only; the fourth task is then a button below."""
    return scene.page.theme.large and not scene.page.theme.wide


def _widths(scene: DrawContext, whole: float, low: bool) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the widths of the volumes and the gap after each; the rest is for decorative books."""
    page = scene.page
    near, far = page.u(3), scene.frame.right.x - scene.frame.left.right if not scene.frame.single else page.u(3)
    finds = scene.action("find") is not None and not _crowded(scene)
    if low or page.theme.portrait or page.theme.large or page.theme.compact:
        shares = (0.31, 0.24, 0.24, 0.21) if finds else (0.40, 0.30, 0.30, 0.0)
        room = whole - near * (2 if finds else 1) - far
        return tuple(room * each for each in shares), (far, near, near, 0)
    first = scene.frame.left.w
    second, third, fourth = (page.u(84), page.u(72), page.u(34)) if page.theme.wide else map(page.u, (47, 42, 36))
    return (first, second, third, fourth), (far, near, near, near)


def _foot(scene: DrawContext) -> None:
    page, foot = scene.page, scene.frame.foot
    find = [*(scene.button("find") if _crowded(scene) else []), *scene.button("event")]
    foot = row(page, foot, find, [*scene.button("learn"), *scene.button("tell")], 0, scene.spare)
    if scene.action("return") is None or find:
        return
    hint = scene.say("Returning books needs no card.")
    x, room = foot.x + page.u(8.5), foot.w - page.u(8.5)
    if page.width(hint, Type.CAP) <= room:
        page.word(Box(x, foot.y, room, foot.h), hint, Type.CAP)
    else:
        lines = page.count_lines(hint, Type.CAP, room)
        if lines * page.leading(Type.CAP) > foot.h:
            return
        y = foot.y + (foot.h - lines * page.leading(Type.CAP)) / 2
        page.words(Box(x, y, room, foot.h), hint, Type.CAP)
    page.icon(foot.x, foot.y + foot.h / 2, "book-down", 6)
