"""Draw Refused: one item was not borrowed, returned or renewed; why, and what to do."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.components.buttons import draw_answer
from kiosk.screens.components.cards import call_number_lines, draw_label
from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.refusal_text import RefusalText, draw_explanation, fits
from kiosk.screens.components.states import State
from kiosk.screens.display_list import Corners
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.geometry import Box
from kiosk.screens.theme import Type
from kiosk.views import Account, LineState, Refused
from lending.model import Reason

AGREED = (LineState.DONE, LineState.SAVED)


def draw(view: Refused, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    line = view.line
    scene.head()
    area = frame.right
    if not frame.single:
        draw_standing_cover(scene, frame.left, line.subject, line.title)
    elif page.theme.portrait:
        high = page.u(110)
        draw_standing_cover(scene, Box(area.x, area.bottom - high, area.w, high), line.subject, line.title)
        area = Box(area.x, area.y, area.w, area.h - high - page.u(6))
    for button in scene.button("agree"):
        area = draw_answer(page, area, button)
    if line.block is not None:
        explanation = scene.words.explain(line.block, line.title, _done(view), line.errand)
        sentences = RefusalText(explanation.what, explanation.why, scene.then(explanation.next, view.called))
        if page.theme.large and not fits(page, area, sentences):
            sentences = replace(sentences, then=scene.then("", view.called))
        y = draw_explanation(page, area, State.REFUSED, scene.words.state(line), sentences)
        _label(view, scene, Box(area.x, y + page.u(3), area.w, area.bottom - y - page.u(3)))
    scene.foot(("call_staff",), ("finish", "next"))


def draw_standing_cover(scene: DrawContext, column: Box, subject: str, title: str) -> None:
    """Draw the cover of the item on the shelf line, as large as the column allows."""
    width = min(column.w * 0.84, column.h * 0.95 / 1.385)
    height = round(width * 1.385)
    box = Box(column.x, round(column.bottom) - height, round(width), height)
    draw_cover(scene.page, box, subject, title, Corners.TOP)


def _done(view: Refused) -> int:
    """Return the number of other items of the same task that succeeded."""
    if isinstance(view.under, Account):
        return sum(loan.state in AGREED for loan in view.under.loans or ())
    return sum(line.state in AGREED and line.errand is view.line.errand for line in view.under.lines)


def _label(view: Refused, scene: DrawContext, area: Box) -> None:
    """Draw the spine label, which says where to put the item back; not for an item on the hold shelf."""
    page = scene.page
    call_number = view.line.call_number
    kept = view.line.block is not None and view.line.block.reason is Reason.HELD_FOR_OTHER
    if kept or not call_number or area.h < page.leading(Type.BODY) * 2 + page.u(9):
        return
    page.rule(area.x, area.y, area.w)
    top = round(area.y + page.u(4))
    label = draw_label(page, area.x, top, call_number_lines(call_number), area.w * 0.5, area.bottom - top - page.u(2))
    x = label.right + page.u(4)
    words = scene.say("Its place on the shelf")
    if page.width(words, Type.CAP) <= area.right - x:
        page.word(Box(x, label.y, area.right - x, label.h), words, Type.CAP, page.colours.ink2)
