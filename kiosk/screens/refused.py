"""Draw Refused: one item was not borrowed, returned or renewed; why, and the way to what the patron wants."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens import fee_question, title_page
from kiosk.screens.components.cards import call_number_lines, draw_label
from kiosk.screens.components.lists import draw_standing_cover
from kiosk.screens.components.refusal_text import RefusalText, draw_explanation, fits
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import Account, LineState, Refused, TitlePage
from lending.model import Reason
from lending.title_result import Availability

AGREED = (LineState.DONE, LineState.SAVED)


def draw(view: Refused, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    line = view.line
    scene.head()
    area = frame.right
    cover = None
    if not frame.single:
        cover = draw_standing_cover(page, frame.left, line.subject, line.title, line.cover)
    elif page.theme.portrait:
        high = page.u(110)
        below = Box(area.x, area.bottom - high, area.w, high)
        cover = draw_standing_cover(page, below, line.subject, line.title, line.cover)
        area = Box(area.x, area.y, area.w, area.h - high - page.u(6))
    if line.block is not None:
        explanation = scene.words.explain(line.block, line.title, _others_done(view), line.errand)
        if line.asks_fee:
            fee_question.draw(view, scene, area, explanation)
            if cover is not None:
                scene.highlight(cover.x, cover.w)
            return
        way_out = _way_out(view, scene) or explanation.next
        sentences = RefusalText(explanation.what, explanation.why, scene.then(way_out, view.called))
        if view.other is not None and page.theme.compact:
            sentences = replace(sentences, why="")
        if page.theme.large and not fits(page, area, sentences):
            sentences = replace(sentences, then=scene.then("", view.called))
        reserve = page.leading(Type.CAP) + page.u(5) if view.other is not None and not page.theme.large else 0
        y = draw_explanation(page, area, State.REFUSED, scene.words.state(line), sentences, reserve)
        rest = Box(area.x, y + page.u(3), area.w, area.bottom - y - page.u(3))
        if view.other is not None:
            _draw_other_copy(view.other, scene, rest)
        else:
            _label(view, scene, rest)
    scene.foot(("call_staff",), ("hold", "finish", "next"))


def _way_out(view: Refused, scene: DrawContext) -> str:
    """Return what to do if other copies of the title are known; otherwise ""."""
    if view.other is None or view.line.block is None:
        return ""
    match view.line.block.reason:
        case Reason.HELD_FOR_OTHER:
            return scene.say("Please put it back on the hold shelf.")
        case Reason.READING_ROOM:
            return scene.say("Read it here, or borrow another copy.")
        case _:
            return scene.say("You can borrow another copy.")


def _others_done(view: Refused) -> int:
    """Return the number of other items of the same task that succeeded."""
    if isinstance(view.under, Account):
        return sum(loan.state in AGREED for loan in view.under.loans or ())
    return sum(line.state in AGREED and line.errand is view.line.errand for line in view.under.lines)


def _draw_other_copy(other: TitlePage, scene: DrawContext, area: Box) -> None:
    """Draw where another copy is: the way to its bay, the branch that has it, or when one is expected back."""
    page = scene.page
    state, words = _place_of_copy(other, scene)
    step = Type.BODY if state_width(page, words, Type.BODY) <= area.w and not page.theme.compact else Type.CAP
    high = page.leading(step)
    if area.h < high + page.u(2) or state_width(page, words, step) > area.w:
        return
    page.rule(area.x, area.y, area.w)
    draw_state(page, Box(area.x, area.y + page.u(2), area.w, high), state, words, step)
    y = area.y + high + page.u(4)
    rest = Box(area.x, y, area.w, area.bottom - y - page.u(2))
    if state is State.DONE and rest.h >= page.leading(Type.CAP) + page.u(3):
        title_page.draw_way(other, scene, rest)


def _place_of_copy(other: TitlePage, scene: DrawContext) -> tuple[State, str]:
    match other.work.whereabouts(other.under.branch):
        case Availability.HERE if other.stand is not None and scene.page.theme.compact:
            return State.DONE, title_page.place_of(other.stand, scene)
        case Availability.HERE if other.stand is not None:
            return State.DONE, scene.say("Another copy: {place}", place=title_page.place_of(other.stand, scene))
        case Availability.HERE:
            return State.DONE, scene.say("Another copy is on the shelf")
        case Availability.ELSEWHERE if other.houses:
            return State.LOOK, scene.say("On the shelf at: {branches}", branches=scene.words.pick(other.houses[0]))
        case Availability.ELSEWHERE:
            return State.LOOK, scene.say("Elsewhere")
        case _ if other.work.due is not None:
            return State.SAVED, scene.say("Expected back: {day}", day=scene.words.date(other.work.due))
        case _:
            return State.SAVED, scene.say("No other copy is on the shelf")


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
