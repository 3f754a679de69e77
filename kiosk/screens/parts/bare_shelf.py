"""A bookcase with nothing in it, for a list that has nothing to show; knows no list."""

from __future__ import annotations

from kiosk.screens.geometry import Box
from kiosk.screens.marks import Corners, Fill, Line, Outline
from kiosk.screens.page import Page
from kiosk.screens.parts.machine import STROKE

MOST, LEAST = 54, 30
"""Units of its height."""
BOARDS = 3
ICON = 9


def draw_bare_shelf(page: Page, area: Box, icon: str) -> None:
    """Stands on the lower edge of the area, in its midst an icon of what is missing; nothing where room is dear."""
    height = round(min(area.h - page.u(5), page.u(MOST)))
    if page.theme.compact or page.theme.large or page.theme.portrait or height < page.u(LEAST):
        return
    colours, width, board = page.colours, round(height * 0.9), page.u(1)
    case = Box(area.x, round(area.bottom) - height, width, height)
    page.add(Fill(case, colours.board, page.u(2), Corners.TOP))
    side = page.u(3)
    room = (height - side) / BOARDS
    for number in range(BOARDS):
        top = round(case.y + side + number * room)
        page.add(Fill(Box(case.x + side, top, width - 2 * side, round(room) - board), colours.leaf))
        page.add(Line(Box(case.x + side, top + round(room) - board, width - 2 * side, STROKE), colours.ink))
    page.add(Outline(Box(case.x, case.y, width, height + STROKE), colours.ink, STROKE, page.u(2), Corners.TOP))
    middle = case.y + side + 1.5 * room
    page.icon(round(case.x + (width - page.u(ICON)) / 2), middle, icon, ICON, colours.ink2)
