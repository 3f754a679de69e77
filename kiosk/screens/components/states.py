"""Draw state marks, each with its own shape and word, and notices with a mark."""

from __future__ import annotations

from enum import Enum, auto

from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Figure, Fill, Icon, Shape
from kiosk.screens.rendering.theme import Type


class State(Enum):
    """State marks; each has its own shape, so that colour is not needed."""

    CHECKING = auto()
    DONE = auto()
    SAVED = auto()
    REFUSED = auto()
    SOMEONE_WAITS = auto()
    LOOK = auto()
    """Needs attention, but is not an error."""


def state_colour(page: Canvas, state: State) -> str:
    colours = page.colours
    return {State.CHECKING: colours.ink2, State.DONE: colours.done, State.REFUSED: colours.stop}.get(state, colours.ink)


def mark_units(step: Type) -> float:
    """Return the size in units of a mark next to text of this step."""
    return 5.0 if step is Type.CAP else 6.5


def draw_mark(page: Canvas, x: float, middle: float, state: State, units: float) -> float:
    """Draw the mark with its left edge at `x`; return its right edge."""
    side = page.u(units)
    box = Box(round(x), round(middle - side / 2), side, side)
    colours = page.colours
    inner = box.inset(round(side * 0.17))
    match state:
        case State.CHECKING:
            stroke = max(round(side * 0.13), 3)
            page.add(Shape(box, Figure.RING, colours.line, stroke))
            page.add(Shape(box, Figure.RING, colours.ink, stroke, 0.25, turns=True))
        case State.DONE:
            page.add(Shape(box, Figure.DISC, colours.done), Icon(inner, "check", colours.paper))
        case State.REFUSED:
            page.add(Shape(box, Figure.OCTAGON, colours.stop), Icon(inner, "x", colours.paper))
        case State.SOMEONE_WAITS:
            page.add(Shape(box, Figure.DISC, colours.accent), Icon(inner, "user", colours.on_accent))
        case State.SAVED:
            page.add(Icon(box, "clock", colours.ink))
        case State.LOOK:
            page.add(Icon(box, "triangle-alert", colours.ink))
    return box.right


def draw_state(page: Canvas, box: Box, state: State, label: str, step: Type = Type.CAP, cut: bool = False) -> None:
    """Draw mark and label, vertically centred in the box."""
    if state_width(page, label, step) > box.w:
        step = Type.CAP
    scale = page.theme.size(step) / (page.theme.unit * step.value)
    units = mark_units(step) * scale
    right = draw_mark(page, box.x, box.y + box.h / 2, state, units)
    x = right + page.u(1.5)
    page.word(Box(x, box.y, box.right - x, box.h), label, step, state_colour(page, state), cut=cut)


def state_width(page: Canvas, label: str, step: Type = Type.CAP) -> float:
    """Return the width in pixels of mark and label."""
    scale = page.theme.size(step) / (page.theme.unit * step.value)
    return page.u(mark_units(step) * scale) + page.u(1.5) + page.width(label, step)


def draw_notice(page: Canvas, box: Box, state: State, sentence: str) -> float:
    """Draw a notice panel with a highlighted edge; return its bottom y."""
    inner_x = box.x + page.u(5)
    mark = page.u(6.5)
    room = box.right - inner_x - mark - page.u(3) - page.u(2)
    step = Type.BODY if page.width(sentence, Type.BODY) <= room else Type.CAP
    lines = page.count_lines(sentence, step, room)
    height = max(page.u(12), page.leading(step) * lines + page.u(3))
    panel = Box(box.x, box.y, box.w, height)
    page.panel(panel, page.colours.board)
    page.add(Fill(Box(box.x, box.y, page.u(1), height), page.colours.accent))
    right = draw_mark(page, inner_x, panel.y + height / 2, state, 6.5)
    top = panel.y + (height - page.leading(step) * lines) / 2
    page.words(Box(right + page.u(3), top, room, height), sentence, step)
    return panel.bottom
