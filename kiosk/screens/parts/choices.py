"""Some things to choose from, side by side in rows of three; knows no view."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.screens.geometry import Box
from kiosk.screens.page import Page
from kiosk.screens.parts.buttons import TIGHT, Button, button_width, draw_button
from kiosk.screens.theme import Type

COLUMNS, GAP, TALLEST = 3, 3, 30
"""The last two in units."""
STEPS = (Type.BODY, Type.CAP)


def draw_choices(page: Page, area: Box, buttons: Sequence[Button]) -> None:
    """As high as there is room for, all in one size of letters."""
    gap, columns = page.u(GAP), COLUMNS
    if any(button_width(page, each, 0, Type.CAP) > area.w / COLUMNS - gap for each in buttons):
        columns -= 1
    rows = -(-len(buttons) // columns)
    wide = (area.w - gap * (columns - 1)) / columns
    high = min((area.h - gap * rows) / rows, page.u(TALLEST))
    fits = (step for step in STEPS if all(button_width(page, each, TIGHT, step) <= wide for each in buttons))
    step = next(fits, STEPS[-1])
    for number, button in enumerate(buttons):
        row, column = divmod(number, columns)
        left, top = area.x + column * (wide + gap), area.y + row * (high + gap)
        draw_button(page, Box(round(left), round(top), round(wide), round(high)), button, step)
