"""Turns the lines of a visit into rows and spines; the one place where a line's state becomes a mark."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kiosk.screens.components.lists import ListRow
from kiosk.screens.components.shelf import Spine, Stand
from kiosk.screens.components.states import State
from kiosk.screens.draw_context import DrawContext
from kiosk.views import LineState, VisitLine, VisitTask


def state_of(state: LineState) -> State | None:
    match state:
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
    """The title, or the number on its label while the title is not known."""
    return line.title or scene.say("Item {number}", number=line.item)


def row_of(scene: DrawContext, line: VisitLine) -> ListRow:
    aside = short = ""
    if line.errand is not VisitTask.RETURN and line.due is not None and line.state is not LineState.REFUSED:
        short = scene.words.due_day(line.due)
        aside = short if scene.page.theme.compact else scene.words.due(line.due)
    elif line.due_told:
        aside = short = line.due_told
    if line.errand is VisitTask.RETURN and line.state in (LineState.DONE, LineState.SAVED):
        aside = scene.words.place(line)
    state, label, brief = state_of(line.state), scene.words.state(line), scene.words.state(line, named=False)
    return ListRow(line.subject, title_of(scene, line), state, label, aside, short, brief if brief != label else "")


def spine_of(line: VisitLine) -> Spine | None:
    """The book on the line; a refused one does not stand there."""
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
    """The rows of a list. Beside a number pad large text has no room for dates and places."""
    theme = scene.page.theme
    rows = [row_of(scene, line) for line in lines]
    if beside_pad and theme.large and not theme.portrait:
        return [replace(row, aside="", day="") for row in rows]
    return rows


def spines_of(lines: tuple[VisitLine, ...]) -> list[Spine]:
    """Oldest first, as they were put on the shelf."""
    return [spine for line in reversed(lines) if (spine := spine_of(line)) is not None]
