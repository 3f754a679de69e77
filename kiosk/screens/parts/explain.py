"""What happened, why, and what to do: the three sentences of a refusal under its state; knows no reason."""

from __future__ import annotations

from kiosk.screens.geometry import Box
from kiosk.screens.page import Page
from kiosk.screens.parts.states import State, draw_state
from kiosk.screens.theme import Type


def draw_explanation(page: Page, area: Box, state: State, label: str, what: str, why: str, then: str) -> float:
    """State line, what (title), why (grey), what to do (body); steps down where the room is short. Answers the end."""
    for steps in (
        (Type.BODY, Type.TITLE, Type.BODY),
        (Type.BODY, Type.TITLE, Type.CAP),
        (Type.CAP, Type.BODY, Type.CAP),
    ):
        if _height(page, area.w, steps, (what, why, then)) <= area.h - page.u(20) or steps[1] is Type.BODY:
            break
    label_step, what_step, then_step = steps
    height = page.leading(label_step)
    draw_state(page, Box(area.x, area.y, area.w, height), state, label, label_step)
    y = page.words(Box(area.x, area.y + height + page.u(0.7), area.w, area.h), what, what_step)
    if why:
        y = page.words(Box(area.x, y + page.u(0.7), area.w, area.h), why, Type.CAP, page.colours.ink2)
    if then:
        y = page.words(Box(area.x, y + page.u(2), area.w, area.h), then, then_step)
    return y


def _height(page: Page, width: float, steps: tuple[Type, Type, Type], sentences: tuple[str, str, str]) -> float:
    what, why, then = sentences
    height = page.leading(steps[0]) + page.u(3.4)
    for words, step in ((what, steps[1]), (why, Type.CAP), (then, steps[2])):
        height += page.count_lines(words, step, width) * page.leading(step) if words else 0
    return height
