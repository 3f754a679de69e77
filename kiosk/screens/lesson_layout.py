"""Provide the layout of the learning screens: heading, columns, visible rows of a list."""

from __future__ import annotations

from kiosk.screens.components.empty_shelf import draw_bare_shelf
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from lending.showcase import Words


def draw_heading(scene: DrawContext, area: Box, words: str, note: str = "") -> float:
    """Draw a heading with a grey note; return the bottom y."""
    page = scene.page
    steps = (Type.BODY, Type.CAP) if page.theme.compact else (Type.TITLE, Type.BODY, Type.CAP)
    step = page.step_for(words, area.w, page.leading(steps[0]) * 2, steps)
    y = page.words(area, words, step) + page.u(1)
    if note and y + page.leading(Type.CAP) * page.count_lines(note, Type.CAP, area.w) <= area.bottom:
        y = page.words(Box(area.x, y, area.w, area.h), note, Type.CAP, page.colours.ink2) + page.u(1)
    return y + page.u(1)


def two_columns(scene: DrawContext) -> tuple[Box | None, Box]:
    """Return the box for the description, None if there is no column for it, and the box for the content."""
    frame = scene.frame
    if frame.single or scene.page.theme.compact:
        return None, frame.whole
    return frame.left, frame.right


def draw_left_shelf(scene: DrawContext, left: Box | None, y: float, icon: str) -> None:
    """Draw a shelf under the heading, if it has a column of its own."""
    if left is not None:
        draw_bare_shelf(scene.page, Box(left.x, y, left.w, left.bottom - y), icon)


def below(area: Box, y: float) -> Box:
    return Box(area.x, y, area.w, area.bottom - y - area.h * 0.02)


def in_language(scene: DrawContext, words: Words) -> str:
    """Return the library's text in the language of the screen."""
    return scene.words.pick(words)


def in_sight(scene: DrawContext, area: Box, count: int, high: int) -> tuple[range, int]:
    """Return the visible rows from the first on, and the number of rows after them."""
    fits = max(int(area.h // high), 1)
    shown = range(scene.first, min(scene.first + fits, count))
    return shown, count - shown.stop
