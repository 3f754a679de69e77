"""Draw a menu: equal volumes in rows, the last row on the shelf line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kiosk.screens.components.buttons import Binding, Button, draw_volume, has_icon_beside
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.text_layout import is_chinese
from kiosk.screens.rendering.theme import Type

GAP, TALLEST, JOINT = 3, 40, 9
"""Units: gap between volumes, tallest volume, and width taken by a volume's binding."""
TALL_ENOUGH, TWO_LINES = 28, 34
"""Minimum height in units of a volume with the icon above the text, and of one with two lines of text."""
WIDTHS = ((3, Type.BODY), (2, Type.BODY), (3, Type.CAP), (2, Type.CAP))
"""Columns and type sizes in order of preference; the first that fits all texts is used."""


def draw_choices(page: Canvas, area: Box, buttons: Sequence[Button]) -> None:
    """Draw the volumes as high as possible, all in one type size. The area ends at the shelf line."""
    gap = page.u(GAP)
    columns, step = next((each for each in WIDTHS if _fits(page, area, buttons, *each)), WIDTHS[2])
    rows = -(-len(buttons) // columns)
    wide = (area.w - gap * (columns - 1)) / columns
    high = min((area.h - gap * (rows - 1)) / rows, page.u(TALLEST))
    top = area.bottom - high * rows - gap * (rows - 1)
    if high < page.u(TALL_ENOUGH) and not all(
        has_icon_beside(page, wide - page.u(JOINT / 2), each.label, step) for each in buttons
    ):
        buttons = [replace(each, icon="") for each in buttons]
    for number, button in enumerate(buttons):
        row, column = divmod(number, columns)
        left, y = area.x + column * (wide + gap), round(top + row * (high + gap))
        stands = row == rows - 1
        box = Box(round(left), y, round(wide), round(area.bottom if stands else y + high) - y)
        draw_volume(page, box, button, Binding.BOARD, step, standing=stands)


def _fits(page: Canvas, area: Box, buttons: Sequence[Button], columns: int, step: Type) -> bool:
    rows, gap = -(-len(buttons) // columns), page.u(GAP)
    wide = (area.w - gap * (columns - 1)) / columns - page.u(JOINT)
    high = (area.h - gap * (rows - 1)) / rows
    lines = 2 if high >= page.u(TWO_LINES) else 1
    return high >= page.u(15) and all(_is_set(page, each.label, wide, lines, step) for each in buttons)


def _is_set(page: Canvas, label: str, wide: float, lines: int, step: Type) -> bool:
    """Return True if the label fits. Chinese must fit on one line, because a line break could split a word."""
    most = 1 if is_chinese(label) else lines
    return page.step_for(label, wide, page.leading(step) * most, (step, Type.GIANT)) is step
