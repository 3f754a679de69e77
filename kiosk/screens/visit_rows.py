"""Convert the lines of a visit to rows and spines; the one mapping from line state to mark."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kiosk.screens.components.lists import ListRow
from kiosk.screens.components.shelf import Spine, Stand
from kiosk.screens.components.states import State
from kiosk.screens.draw_context import DrawContext
from kiosk.views import LineState, VisitLine, VisitTask


def state_of(state: LineState, asks_fee: bool = False) -> State | None:
    """Return the mark of a line's state; None if it has none. A fee that was not accepted is no refusal."""
    match state:
        case LineState.REFUSED if asks_fee:
            return State.LOOK
        case LineState.WAITING:
            return None
        case LineState.CHECKING:
            return State.CHECKING
        case LineState.DONE:
            return State.DONE
        case LineState.SAVED:
            return State.SAVED
        case LineState.REFUSED:
            return State.REFUSED
        case _:
            assert_never(state)


def title_of(scene: DrawContext, line: VisitLine) -> str:
    """Return the title, or the item number while the title is unknown."""
    return line.title or scene.say("Item {number}", number=line.item)


def row_of(scene: DrawContext, line: VisitLine) -> ListRow:
    aside = short = ""
    if line.errand is not VisitTask.RETURN and line.due is not None and line.state is not LineState.REFUSED:
        short = scene.words.due_day(line.due)
        aside = short if scene.page.theme.compact else scene.words.due(line.due)
    elif line.due_text:
        aside = short = line.due_text
    if line.errand is VisitTask.RETURN and line.state in (LineState.DONE, LineState.SAVED):
        aside = scene.words.place(line)
    state, label, brief = (
        state_of(line.state, line.asks_fee),
        scene.words.state(line),
        scene.words.state(line, named=False),
    )
    brief = brief if brief != label else ""
    return ListRow(line.subject, title_of(scene, line), state, label, aside, short, brief, cover=line.cover)


def spine_of(line: VisitLine) -> Spine | None:
    """Return the item on the shelf line; None for a refused one."""
    match line.state:
        case LineState.DONE:
            return Spine(line.subject, line.title or line.item, Stand.FULL)
        case LineState.SAVED:
            return Spine(line.subject, line.title or line.item, Stand.HALF)
        case LineState.CHECKING | LineState.WAITING:
            return Spine(line.subject, line.title or line.item, Stand.OPEN)
        case LineState.REFUSED:
            return None
        case _:
            assert_never(line.state)


def rows_of(scene: DrawContext, lines: tuple[VisitLine, ...], beside_pad: bool) -> list[ListRow]:
    """Return the rows of a list. Next to a number pad, large text has no room for dates and places."""
    theme = scene.page.theme
    rows = [row_of(scene, line) for line in lines]
    if beside_pad and theme.large and not theme.portrait:
        return [replace(row, aside="", day="") for row in rows]
    return rows


def spines_of(lines: tuple[VisitLine, ...]) -> list[Spine]:
    """Return the spines, oldest first, in the order in which they were put on the shelf."""
    return [spine for line in reversed(lines) if (spine := spine_of(line)) is not None]
