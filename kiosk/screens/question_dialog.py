"""Draw a question during a visit with its answers; the view under it is kept."""

from __future__ import annotations

from kiosk.screens.components.buttons import Binding, Button, draw_volume
from kiosk.screens.components.kiosk_diagram import DiagramPart, draw_standing_machine
from kiosk.screens.components.lists import draw_cover, draw_standing_cover
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.screens.visit_rows import title_of
from kiosk.views import Asking, Question


def draw(view: Asking, scene: DrawContext) -> None:
    scene.head()
    match view.question:
        case Question.BORROW_OR_RETURN:
            _which_errand(view, scene)
        case Question.OTHER_CARD:
            _other_card(scene, view.joins)


def _which_errand(view: Asking, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    area = frame.right
    title = title_of(scene, view.line) if view.line else ""
    if view.line and not frame.single:
        draw_standing_cover(page, frame.left, view.line.subject, title, view.line.cover)
    elif view.line and page.theme.portrait:
        cover = Box(area.x, area.y, page.u(75), page.u(104))
        draw_cover(page, cover, view.line.subject, title, view.line.cover)
        area = Box(area.x, cover.bottom + page.u(9), area.w, area.bottom - cover.bottom - page.u(9))
    question = scene.say("What would you like to do?")
    y = page.words(area, question, page.step_for(question, area.w, page.leading(Type.TITLE), (Type.TITLE, Type.BODY)))
    y = page.words(
        Box(area.x, y + page.u(0.7), area.w, area.h), title, Type.CAP, page.colours.ink2, most=1 if _flat(scene) else 2
    )
    room = min(area.bottom - y - page.u(2), page.u(72 if not page.theme.portrait else 110))
    draw_answers(scene, Box(area.x, area.bottom - room, area.w, room), ("borrow", "return"))
    scene.foot(("back",), ())


def _flat(scene: DrawContext) -> bool:
    return scene.page.theme.compact or (scene.frame.single and not scene.page.theme.portrait)


def draw_answers(scene: DrawContext, area: Box, names: tuple[str, str]) -> None:
    """Draw two answers on the shelf line as on Welcome, the likelier one highlighted and taller."""
    page, gap = scene.page, scene.page.u(3)
    first = round((area.w - gap) * 0.54)
    for name, x, width, share, binding, step in (
        (names[0], area.x, first, 1.0, Binding.LIT, Type.DISP),
        (names[1], area.x + first + gap, round(area.w - first - gap), 0.8, Binding.INK, Type.TITLE),
    ):
        for button in scene.button(name):
            top = round(area.bottom - area.h * share)
            box = Box(round(x), top, width, round(area.bottom) - top)
            steps = (step, Type.TITLE, Type.BODY)
            fits = page.step_for(button.label, box.w - page.u(12), page.leading(step), steps)
            draw_volume(page, box, button, binding, fits)


def _other_card(scene: DrawContext, joins: bool) -> None:
    page, frame = scene.page, scene.frame
    area = frame.right
    if not frame.single:
        draw_standing_machine(page, frame.left, DiagramPart.PAD)
    elif page.theme.portrait:
        draw_standing_machine(page, Box(area.x, area.bottom - page.u(130), area.w, page.u(130)), DiagramPart.PAD)
    y = page.words(area, scene.say("This is another card"), Type.TITLE)
    why = scene.say("One card at a time. Finish first, then place the other card on the reader.")
    if joins:
        why = scene.say("You can add it to this visit. Each card has its own books and receipt.")
    rest = Box(area.x, y + page.u(2), area.w, area.bottom - y - page.u(2))
    page.words(rest, why, page.step_for(why, rest.w, rest.h, (Type.BODY, Type.CAP)))
    stays = scene.action("back")
    last = [Button(stays, scene.say("Continue my visit"), short=scene.say("Continue"))] if stays else []
    scene.foot(("finish",), ("join",), last=last)
