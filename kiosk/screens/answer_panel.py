"""Draw the first search result: title, spine label, availability and the way to its bay."""

from __future__ import annotations

from kiosk.screens.components.cards import call_number_lines, draw_label
from kiosk.screens.components.floor_plan import draw_plan, plan_height
from kiosk.screens.components.flow import Block, flow
from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.screens.search_results import availability_text
from kiosk.screens.title_page import facts, maker, place_of
from kiosk.views import TitlePage
from lending.title_result import Availability

LONGEST_TITLE = 3
"""Lines."""
LOWEST, TALLEST = 20, 48
"""Height of the cover in units."""


def draw_answer_panel(page_of_title: TitlePage, scene: DrawContext, area: Box, plan: Box | None = None) -> None:
    """Draw the texts from the top of the area, and the plan in the rest of it or in a box of its own.

    A title that is not on a shelf here has its cover in place of the plan.
    """
    page, view = scene.page, page_of_title
    y = flow(area, _blocks(view, scene, area))
    room = plan or Box(area.x, y + page.u(2), area.w, area.bottom - y - page.u(2))
    if view.stand is None or view.work.whereabouts(view.under.branch) is not Availability.HERE:
        tall = round(min(room.h, page.u(TALLEST)))
        if tall >= page.u(LOWEST):
            cover = Box(room.x, round(room.bottom) - tall, round(tall * 0.76), tall)
            draw_cover(page, cover, view.work.subject, view.work.title, view.work.cover)
        return
    if high := plan_height(page, view.stand, room.w, room.h):
        draw_plan(page, Box(round(room.x), round(room.y), round(room.w), round(high)), view.stand, scene.say("You"))


def _blocks(view: TitlePage, scene: DrawContext, area: Box) -> list[Block]:
    page, work = scene.page, view.work
    steps = (Type.BODY, Type.CAP)
    step = page.step_for(work.title, area.w, page.leading(Type.BODY) * LONGEST_TITLE, steps)
    lines = min(page.count_lines(work.title, step, area.w), LONGEST_TITLE)
    blocks = [
        Block(
            0,
            page.leading(step) * lines,
            lambda y: page.words(Box(area.x, y, area.w, 0), work.title, step, most=LONGEST_TITLE),
        )
    ]
    if by := maker(work, scene, area.w):
        blocks.append(Block(5, page.leading(Type.CAP), lambda y: page.words(
            Box(area.x, y, area.w, 0), by, Type.CAP, page.colours.ink2, most=1)))  # fmt: skip
    number = work.call_number_at(view.under.branch)
    if number and work.copies:
        blocks.append(_label(scene, area, call_number_lines(number)))
    state, label = availability_text(work, view.under, scene)
    if work.whereabouts(view.under.branch) is Availability.HERE:
        label = scene.say("On the shelf")
    if state is not None:
        blocks.append(_state(scene, area, state, label))
    if view.stand is not None and work.whereabouts(view.under.branch) is Availability.HERE:
        blocks.append(_caption(scene, area, 2, place_of(view.stand, scene), page.colours.ink))
    told = [each for each in facts(view, scene) if view.stand is None or each[0] != HERE_COUNT]
    return blocks + [_caption(scene, area, rank + 2, words, page.colours.ink2) for rank, words in told]


HERE_COUNT = 5
"""Rank of the number of copies and of holds, which the panel leaves out next to a plan."""


def _label(scene: DrawContext, area: Box, lines: list[str]) -> Block:
    page = scene.page
    step = Type.TITLE if max(page.width(each, Type.TITLE) for each in lines) + page.u(6) <= area.w else Type.BODY
    high = page.leading(step) * len(lines) + page.u(3 + 4)
    return Block(1, high, lambda y: draw_label(page, area.x, round(y + page.u(2)), lines, area.w))


def _state(scene: DrawContext, area: Box, state: State, label: str) -> Block:
    page = scene.page
    step = Type.BODY if state_width(page, label, Type.BODY) <= area.w else Type.CAP
    high = page.leading(step)
    return Block(1, high, lambda y: draw_state(page, Box(area.x, y, area.w, high), state, label, step))


def _caption(scene: DrawContext, area: Box, rank: int, words: str, colour: str) -> Block:
    page = scene.page
    high = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, area.w)
    return Block(rank, high, lambda y: page.words(Box(area.x, y, area.w, 0), words, Type.CAP, colour))
