"""Draw the three sentences of a refusal: what happened, why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.screens.components.states import State, draw_state
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type

STEPS = (
    (Type.BODY, Type.TITLE, Type.BODY),
    (Type.BODY, Type.TITLE, Type.CAP),
    (Type.CAP, Type.TITLE, Type.CAP),
    (Type.CAP, Type.BODY, Type.CAP),
    (Type.CAP, Type.CAP, Type.CAP),
)
"""Type steps of the state label, of what happened, and of what to do, from roomy to crowded."""


@dataclass(frozen=True, slots=True)
class RefusalText:
    """What happened, why, and what to do."""

    what: str
    why: str
    then: str


def draw_explanation(page: Canvas, area: Box, state: State, label: str, text: RefusalText, reserve: float = 0) -> float:
    """Draw state, what (title), why (grey) and what to do (body); return the bottom y.

    Leaves `reserve` pixels of the area free. Type gets smaller if room is short. On the smallest screens in large text
    the state label is dropped, then why.
    """
    steps = next((each for each in STEPS if _height(page, area.w, each, text) <= area.h - reserve), STEPS[-1])
    label_step, what_step, then_step = steps
    y = area.y
    if _height(page, area.w, steps, text) <= area.h - reserve:
        height = page.leading(label_step)
        draw_state(page, Box(area.x, y, area.w, height), state, label, label_step)
        y += height + page.u(0.7)
    y = page.words(Box(area.x, y, area.w, area.h), text.what, what_step)
    room = area.bottom - reserve - y - page.u(2.2)
    then = page.count_lines(text.then, then_step, area.w) * page.leading(then_step) if text.then else 0
    if text.why and page.count_lines(text.why, Type.CAP, area.w) * page.leading(Type.CAP) + then <= room:
        y = page.words(Box(area.x, y + page.u(0.7), area.w, area.h), text.why, Type.CAP, page.colours.ink2)
    if text.then:
        y = page.words(Box(area.x, y + page.u(1.5), area.w, area.h), text.then, then_step)
    return y


def shorten(page: Canvas, area: Box, text: RefusalText, reserve: float) -> RefusalText:
    """Cut the end of why if it has no room even in small type."""
    why = text.why
    while why and _least(page, area.w, text) > area.h - reserve:
        why = why[: len(why) * 9 // 10]
        text = replace(text, why=why.rstrip() + "…")
    return text


def fits(page: Canvas, area: Box, text: RefusalText) -> bool:
    """Return True if what happened and what to do fit, in small type and without the rest."""
    return _least(page, area.w, replace(text, why="")) <= area.h


def _least(page: Canvas, width: float, text: RefusalText) -> float:
    """Return the height in small type, without the state label."""
    sentences = filter(None, (text.what, text.why, text.then))
    lines = sum(page.count_lines(words, Type.CAP, width) for words in sentences)
    return lines * page.leading(Type.CAP) + page.u(2.2)


def _height(page: Canvas, width: float, steps: tuple[Type, Type, Type], text: RefusalText) -> float:
    height = page.leading(steps[0]) + page.u(2.9)
    for words, step in ((text.what, steps[1]), (text.why, Type.CAP), (text.then, steps[2])):
        height += page.count_lines(words, step, width) * page.leading(step) if words else 0
    return height
