"""Draw the on-screen keyboard: three rows of keys with the delete key at the end."""

from __future__ import annotations

from kiosk.screens.components.buttons import draw_key
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import BOARDS, Action, Board

GAP = 2
ROWS = 3
TALL, LOW = 12, 9
"""Height of a key in units, on 10 inch screens and larger, and on smaller ones."""


def key_height(page: Canvas) -> int:
    key = TALL if page.theme.diagonal >= 10 else LOW
    return page.u(key + (2 if page.theme.wide or page.theme.portrait else 0))


def keyboard_height(page: Canvas) -> int:
    """Return the height in pixels of three rows of keys with gaps."""
    return ROWS * key_height(page) + (ROWS - 1) * page.u(GAP)


def draw_keyboard(page: Canvas, box: Box, board: Board, actions: tuple[Action, ...]) -> None:
    """Draw the keys to fill the box. The delete key takes the rest of the last row."""
    rows, gap = BOARDS[board], page.u(GAP)
    columns = max(*map(len, rows[:2]), len(rows[2]) + 1)
    width, height = (box.w - (columns - 1) * gap) / columns, (box.h - (ROWS - 1) * gap) / ROWS
    step = Type.BODY if page.leading(Type.BODY) <= height else Type.CAP
    keys = {each.choice: each for each in actions if each.name == "key"}
    for number, row in enumerate(rows):
        indent = (columns - len(row)) / 2 if number == 1 else 0
        y = round(box.y + number * (height + gap))
        for column, sign in enumerate(row):
            left = box.x + (column + indent) * (width + gap)
            key = Box(round(left), y, round(left + width) - round(left), round(height))
            draw_key(page, key, keys[sign], sign, step=step)
    last = round(box.x + len(rows[2]) * (width + gap))
    erase = next(each for each in actions if each.name == "erase" and each.choice is None)
    draw_key(page, Box(last, y, round(box.right) - last, round(height)), erase, "", "delete")


def draw_wide_key(page: Canvas, box: Box, action: Action, label: str, icon: str = "") -> None:
    """Draw a key of the lowest row, in small type."""
    draw_key(page, box, action, label, icon, Type.CAP)
