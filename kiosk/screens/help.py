"""Draw Help: how to continue, and where staff are; the visit continues under it."""

from __future__ import annotations

from kiosk.screens.components.kiosk_diagram import DiagramPart, draw_below, draw_standing_machine
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import Help, OutOfOrder


def draw(view: Help, scene: DrawContext) -> None:
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
