"""Draw the receipt as a QR code for the patron's phone."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.components.flow import Block, flow
from kiosk.screens.components.qr_code import draw_code, most_modules
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.farewell_blocks import RING, code_blocks, countdown, sentence
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import Farewell
from kiosk.words.receipt import as_text, layout

CAPACITY = (17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718)
"""Bytes that QR codes of versions 1 to 18 hold at error correction level L.

Source: ISO/IEC 18004, table 7.
"""
SAYS_UTF8 = 2
"""Bytes of the ECI header that declares UTF-8.

Without it a reader guesses, and takes a single special character among Latin letters for Japanese.
"""


def draw(view: Farewell, scene: DrawContext) -> None:
    page, whole = scene.page, scene.frame.whole
    scene.head()
    gap = page.u(4)
    if page.theme.portrait:
        side = min(whole.w, whole.h * 0.58)
        text_box = Box(whole.x, whole.y, whole.w, whole.h - side - 2 * gap)
        y = flow(text_box, _instructions(view, scene, text_box))
        square = Box(whole.x, y, whole.w, whole.bottom - y)
    else:
        side = min(whole.h - page.u(2), whole.w * 0.5)
        square = Box(whole.right - side, whole.y, side, side)
        text_box = Box(whole.x, whole.y, whole.w - side - gap, whole.h - page.u(2))
        flow(text_box, _instructions(view, scene, text_box))
    draw_code(page, square, _modules(view, scene, side))
    room = scene.foot((), ("home",), page.u(RING + 2))
    countdown(view, scene, room, alone=True)


def _modules(view: Farewell, scene: DrawContext, side: float) -> tuple[bytes, ...]:
    text = as_text(
        layout(replace(view, paper=()), scene.status, scene.words), most_bytes(side, scene.page.theme.px_per_mm)
    )
    return scene.code(text, "l", boost=False, utf8=True)


def most_bytes(side: float, px_per_mm: float) -> int:
    """Return the number of bytes of a code that can be read from a square of `side` pixels."""
    version = min((most_modules(side, px_per_mm) - 17) // 4, len(CAPACITY))
    return CAPACITY[version - 1] - SAYS_UTF8


def _instructions(view: Farewell, scene: DrawContext, area: Box) -> list[Block]:
    page = scene.page
    head = scene.say("Your receipt")
    how = scene.say("Scan the code with your phone to see the receipt as text. No network needed.")
    small = page.theme.compact and page.theme.large
    steps = (Type.CAP,) if small else (Type.TITLE, Type.BODY, Type.CAP)
    step = page.step_for(head, area.w, page.leading(Type.TITLE) * 2, steps)
    below = Type.CAP if page.theme.compact or page.theme.large else Type.BODY
    blocks = [
        sentence(5, head, step, page.colours.ink, scene, area),
        sentence(4, how, below, page.colours.ink2, scene, area),
    ]
    if view.card_on_reader:
        words = scene.say("Please take your card with you.")
        blocks.insert(0, sentence(0, words, below, page.colours.stop, scene, area))
    return blocks + (code_blocks(view, scene, area) if view.code else [])
