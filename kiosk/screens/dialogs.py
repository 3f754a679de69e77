"""Draw what covers a visit and keeps it: a question with its answers, Help, and the idle warning."""

from __future__ import annotations

from kiosk.screens.components.buttons import Binding, Button, draw_volume
from kiosk.screens.components.diagrams import DiagramPart, draw_below, draw_standing_machine
from kiosk.screens.components.lists import draw_cover, draw_standing_cover
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.canvas import LEADING, Canvas
from kiosk.screens.rendering.display_list import Box, Figure, Shape, Text
from kiosk.screens.rendering.theme import Type
from kiosk.screens.visit_list import title_of
from kiosk.views import WARNING_SECONDS, Asking, Help, IdleWarning, OutOfOrder, Question


def draw_question(view: Asking, scene: DrawContext) -> None:
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


def draw_help(view: Help, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    area = frame.right
    if not frame.single:
        draw_standing_machine(page, frame.left, DiagramPart.CAMERA)
    heading = scene.say("Staff at the service desk can help.")
    y = page.words(area, heading, page.step_for(heading, area.w, area.h * 0.3, (Type.TITLE, Type.BODY)))
    shut = isinstance(view.under, OutOfOrder)
    words = (
        scene.say("Please borrow and return at the service desk for now.")
        if shut
        else scene.say("Please ask them. Your visit stays open here.")
    )
    y = page.words(Box(area.x, y + page.u(1), area.w, area.h), words, Type.CAP, page.colours.ink2) + page.u(2)
    hints: tuple[tuple[str, str], ...] = (
        ()
        if shut
        else (
            ("id-card", scene.say("Place your card flat on the reader for a second.")),
            ("scan-barcode", scene.say("Show the library label, not the barcode on the back.")),
            ("receipt-text", scene.say("At the end you can take a receipt with all due dates.")),
        )
    )
    rest = Box(area.x, y, area.w, area.bottom - y)
    fits = sum(_hint_height(scene, rest.w, hint, Type.BODY) for _, hint in hints) <= rest.h
    for icon, hint in hints:
        y = _hint(scene, Box(area.x, y, area.w, area.bottom - y), icon, hint, Type.BODY if fits else Type.CAP)
    if page.theme.portrait:
        draw_below(page, Box(area.x, y, area.w, area.bottom - y), DiagramPart.CAMERA)
    scene.foot(("back",), ("technician",))


def _hint_height(scene: DrawContext, width: float, words: str, step: Type) -> int:
    page = scene.page
    return page.leading(step) * page.count_lines(words, step, width - page.u(11)) + page.u(
        3 if page.theme.compact else 4
    )


def _hint(scene: DrawContext, area: Box, icon: str, words: str, step: Type) -> float:
    """Draw one row, or nothing if it does not fit; return the bottom y."""
    page = scene.page
    x = area.x + page.u(11)
    height = _hint_height(scene, area.w, words, step)
    if height > area.h:
        return area.y
    page.rule(area.x, area.y, area.w)
    page.icon(area.x, area.y + height / 2, icon, 7)
    page.words(Box(x, area.y + page.u(1.5), area.right - x, height), words, step)
    return area.y + height


def draw_idle_warning(view: IdleWarning, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    area = frame.right
    if frame.single:
        side = page.u(60) if page.theme.portrait else page.u(34)
        ring = Box(area.x, area.y + page.u(1), side, side)
        if page.theme.portrait:
            area = Box(area.x, ring.bottom + page.u(4), area.w, area.bottom - ring.bottom - page.u(4))
        else:
            x = ring.right + page.u(6)
            area = Box(x, area.y, area.right - x, area.h)
    else:
        side = round(min(frame.left.w * 0.72, frame.left.h * 0.6))
        ring = Box(frame.left.x, frame.left.y + page.u(2), side, side)
    draw_ring(page, ring, view.seconds, WARNING_SECONDS, Type.DISP)
    y = page.words(area, scene.say("Are you still there?"), Type.TITLE)
    words = scene.words.say_n(
        "This visit ends in 1 second and the screen is cleared. Your loans are saved.",
        "This visit ends in {n} seconds and the screen is cleared. Your loans are saved.",
        view.seconds,
    )
    rest = Box(area.x, y + page.u(1), area.w, area.bottom - y - page.u(1))
    page.words(rest, words, page.step_for(words, rest.w, rest.h, (Type.BODY, Type.CAP)))
    scene.foot(("finish",), ("stay",))


ROOM = 0.6
"""Maximum height of the digits as a share of the ring's width, so that two digits do not touch the ring."""


def draw_ring(page: Canvas, box: Box, seconds: int, whole: int, step: Type, *, named: bool = False) -> None:
    """Draw a ring that empties, with the remaining seconds inside.

    Args:
        page: Canvas to draw on.
        box: Square.
        seconds: Seconds left.
        whole: Seconds of a full ring.
        step: Type size of the number.
        named: True if a caption next to the ring explains the number.
    """
    stroke = max(round(box.w * 0.075), 4)
    share = max(min(seconds / whole, 1.0), 0.0)
    page.add(Shape(box, Figure.RING, page.colours.line, stroke))
    if share:
        page.add(Shape(box, Figure.RING, page.colours.ink, stroke, share))
    figures, size = str(seconds), min(page.theme.size(step), round(ROOM * box.w))
    wide, high = page.ruler.width(figures, size), round(LEADING * size)
    room = Box(round(box.x + (box.w - wide) / 2), round(box.y + (box.h - high) / 2), wide, high)
    page.add(Text(room, figures, size, page.colours.ink, whole=figures if named else None))
