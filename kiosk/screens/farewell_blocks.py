"""Provide the blocks that both layouts of the farewell share: sentence, receipt code, countdown."""

from __future__ import annotations

from kiosk.screens.components.cards import draw_label
from kiosk.screens.components.countdown_ring import draw_ring
from kiosk.screens.components.flow import Block
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import FAREWELL_SECONDS, PHONE_SECONDS, PRINTING_SECONDS, Farewell, ReceiptState

RING = 11
WHOLE = {ReceiptState.PRINTING: PRINTING_SECONDS, ReceiptState.ON_PHONE: PHONE_SECONDS}
"""Seconds of a full ring."""


def sentence(rank: int, words: str, step: Type, colour: str, scene: DrawContext, area: Box) -> Block:
    """Return a block of text; less important ones have a higher rank."""
    page = scene.page
    height = page.count_lines(words, step, area.w) * page.leading(step)
    return Block(rank, height + page.u(0.7), lambda y: page.words(Box(area.x, y, area.w, height), words, step, colour))


def code_blocks(view: Farewell, scene: DrawContext, area: Box) -> list[Block]:
    """Return the code as a label, with its caption if there is room.

    Without a paper receipt it is called look-up code.
    """
    page = scene.page
    step = Type.BODY if page.theme.compact or page.theme.large else Type.TITLE
    if page.theme.compact and page.theme.large:
        step = Type.CAP
    high = page.leading(step) + page.u(3)
    paper = view.receipt not in (ReceiptState.FAILED, ReceiptState.NO_PRINTER)
    name = scene.say("Your receipt code") if paper else scene.say("Receipt code")
    caption = sentence(6, name, Type.CAP, page.colours.ink2, scene, area)
    lead = Block(4, page.u(1.5), lambda y: None)
    lines = [f"{view.code[:3]} {view.code[3:]}"]
    label = Block(3, high + page.u(1), lambda y: draw_label(page, area.x, round(y), lines, area.w, high))
    return [lead, caption, label]


def countdown(view: Farewell, scene: DrawContext, room: Box, alone: bool) -> None:
    """Draw the ring at the left of the room, with a caption if there is room."""
    page = scene.page
    side = page.u(RING)
    ring = Box(room.x, round(room.y + (room.h - side) / 2), side, side)
    words = scene.say("seconds left")
    x = ring.right + page.u(3)
    named = alone and page.width(words, Type.CAP) <= room.right - x
    draw_ring(page, ring, view.seconds, WHOLE.get(view.receipt, FAREWELL_SECONDS), Type.CAP, named=named)
    if named:
        page.word(Box(x, room.y, room.right - x, room.h), words, Type.CAP, page.colours.ink2)
