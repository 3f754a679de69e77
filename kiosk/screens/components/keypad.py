"""Draw the numeric keypad with delete and enter, and the field above it."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.screens.components.buttons import draw_key
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Line
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import KEYS, Action

KEYPAD_UNITS = (51.1, 62)
GAP = 2
NARROW_GAP = 1
"""Gap in units between four columns on a small screen, so that each key is wide enough for a finger."""
Place = tuple[int, int]
"""Row and column."""
PLACES = {key: divmod(number, 3) for number, key in enumerate(KEYS[:9])} | {KEYS[9]: (3, 1)}
OTHERS = {"erase": ((3, 2), "delete"), "enter": ((3, 0), "check")}
"""Position and icon of the keys without a character."""
TURN: Place = (0, 3)
BESIDE: tuple[Place, ...] = tuple((row, 3) for row in range(4))
"""Positions of letters on the same page as the digits."""
ALL: tuple[Place, ...] = ((0, 0), (0, 1), (0, 2), *((row, each) for row in (1, 2) for each in range(4)), (3, 1), (3, 3))
"""Positions on a page of letters; delete and enter keep their places."""


def draw_typed(page: Canvas, box: Box, typed: str, caption: str, full: str = "") -> None:
    """Draw the typed number over a line, or the caption if it is empty; `full` is the text for a full field."""
    aside = page.width(full, Type.CAP) + page.u(3) if full else 0
    step = page.step_for(typed, box.w - aside, page.leading(Type.BODY), (Type.BODY, Type.CAP))
    words = Box(box.x, box.y, box.w, box.h - page.u(1))
    page.word(words, full, Type.CAP, page.colours.ink2, align="right")
    if typed:
        page.word(words, page.end_of(typed, step, box.w - aside), step)
    else:
        page.word(words, caption, Type.CAP, page.colours.ink2)
    page.add(Line(Box(box.x, box.bottom - 2, box.w, 2), page.colours.edge))


def _has_letters(actions: tuple[Action, ...]) -> bool:
    """Return True if a fourth column is needed."""
    return any(each.name == "turn" or (each.name == "key" and each.choice not in PLACES) for each in actions)


def draw_keypad(page: Canvas, box: Box, actions: tuple[Action, ...]) -> None:
    """Draw four rows of keys to fill the box."""
    letters = _has_letters(actions)
    columns, gap = 4 if letters else 3, page.u(GAP)
    column_gap = page.u(NARROW_GAP if letters and page.theme.compact else GAP)
    width, height = (box.w - (columns - 1) * column_gap) / columns, (box.h - 3 * gap) / 4
    for action, (row, column) in _key_places(actions):
        x, y = box.x + column * (width + column_gap), box.y + row * (height + gap)
        key = Box(round(x), round(y), round(x + width) - round(x), round(y + height) - round(y))
        label, icon = action.choice or "", OTHERS.get(action.name, ((0, 0), ""))[1]
        if action.name == "turn":
            draw_key(page, key, action, label, step=Type.CAP)
        else:
            draw_key(page, key, action, label, icon)


def _key_places(actions: tuple[Action, ...]) -> Iterator[tuple[Action, Place]]:
    digits = any(each.choice in PLACES for each in actions if each.name == "key")
    letters = iter(BESIDE if digits else ALL)
    for action in actions:
        if action.name == "turn":
            yield action, TURN
        elif action.name in OTHERS:
            yield action, OTHERS[action.name][0]
        elif action.name == "key":
            yield action, PLACES.get(action.choice or "") or next(letters)
