"""Draw the idle warning: ask whether the patron is still there, and count down to the first screen."""

from __future__ import annotations

from kiosk.screens.components.countdown_ring import draw_ring
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import WARNING_SECONDS, IdleWarning


def draw(view: IdleWarning, scene: DrawContext) -> None:
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
