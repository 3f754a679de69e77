"""Draw the promotional text next to the farewell's summary, with a QR code, if there is room."""

from __future__ import annotations

from kiosk.screens.components.flow import Block
from kiosk.screens.components.qr_code import draw_code, most_modules
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from lending.languages import text_for
from lending.post_visit import FarewellPromo

CODE, LEAST_WORDS = 22, 34
"""Units: side of the code, and minimum width of the text before it."""
LAST = 9


def promo_block(strip: FarewellPromo, scene: DrawContext, area: Box) -> Block:
    page, words = scene.page, text_for(strip.words, scene.words.language) or strip.words.get("en", "")
    code = scene.code(strip.link, "l") if strip.link else None
    side = page.u(CODE)
    roomy = area.w - side - page.u(3) >= page.u(LEAST_WORDS) * (2 if page.theme.large else 1)
    shown = code is not None and roomy and len(code) <= most_modules(side, page.theme.px_per_mm)
    room = area.w - (side + page.u(3) if shown else 0)
    high = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, room)
    whole = max(high, side if shown else 0)

    def draw(y: float) -> None:
        top = y + page.u(3)
        page.rule(area.x, top - page.u(1.5), area.w)
        page.words(Box(area.x, top, room, whole), words, Type.CAP)
        if shown and code is not None:
            draw_code(page, Box(area.right - side, top, side, side), code)

    return Block(LAST, whole + page.u(5), draw)
