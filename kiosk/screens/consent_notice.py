"""Draw the consent text for an availability alert; a test compares it with `lending.kiosk_consents`."""

from __future__ import annotations

from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type


def draw_consent(scene: DrawContext, about: str, agreed: str, tell: str) -> None:
    page, whole = scene.page, scene.frame.whole
    step = page.step_for(about, whole.w, page.leading(Type.TITLE), (Type.TITLE, Type.BODY, Type.CAP))
    y = whole.y + page.u(1)
    page.words(Box(whole.x, y, whole.w, whole.bottom - y), about, step, most=2)
    y += page.leading(step) * min(page.count_lines(about, step, whole.w), 2) + page.u(2)
    room = whole.bottom - y
    page.words(Box(whole.x, y, whole.w, room), agreed, page.step_for(agreed, whole.w, room, (Type.BODY, Type.CAP)))
    scene.foot(("back",), ("finish", tell))
