"""Draw registration by phone: the data that the library asks for, its purposes, and the QR code."""

from __future__ import annotations

from kiosk.screens.components.qr_code import draw_code
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import Registering


def draw(view: Registering, scene: DrawContext) -> None:
    page, whole = scene.page, scene.frame.whole
    gap = page.u(4)
    if page.theme.portrait:
        side = min(whole.w, whole.h * 0.5)
        room = Box(whole.x, whole.y, whole.w, whole.h - side - gap)
        square = Box(whole.x, room.bottom + gap, whole.w, side - page.u(4))
    else:
        side = min(whole.h - page.u(2), whole.w * 0.44)
        square = Box(whole.right - side, whole.y, side, side)
        room = Box(whole.x, whole.y, whole.w - side - gap, whole.h)
    _draw_text(scene, room)
    draw_code(page, square, scene.code(view.link, boost=False))
    scene.foot((), ("back",))


def _draw_text(scene: DrawContext, area: Box) -> None:
    """Draw the heading and as many sentences as fit, the most important first."""
    page = scene.page
    head = scene.say("Register with your phone")
    small = page.theme.compact or page.theme.large
    steps: tuple[Type, ...] = (Type.BODY,) if small else (Type.TITLE, Type.BODY)
    if page.theme.compact and page.theme.large:
        steps = (Type.CAP,)
    y = page.words(area, head, page.step_for(head, area.w, page.leading(Type.TITLE) * 2, steps)) + page.u(2)
    for words in _sentences(scene):
        step = Type.CAP if small else Type.BODY
        if y + page.count_lines(words, step, area.w) * page.leading(step) > area.bottom:
            step = Type.CAP
        if y + page.count_lines(words, step, area.w) * page.leading(step) > area.bottom:
            return
        y = page.words(Box(area.x, y, area.w, area.h), words, step) + page.u(1.5)


def _sentences(scene: DrawContext) -> tuple[str, ...]:
    return (
        scene.say("Scan the code with your phone, fill in the form and show the number at the desk."),
        scene.say("Show your ID card to staff once. Then you can borrow."),
        scene.say("Name: for your card. Year of birth: children need a guardian. Contact: for notices."),
        scene.say("We ask about everything else separately. Nothing is ticked in advance."),
        scene.say("No phone? Register at the service desk."),
    )
