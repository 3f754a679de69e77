"""Ten digits, an eraser and what takes the number, and what was typed; knows no number."""

from __future__ import annotations

from kiosk.screens.geometry import Box
from kiosk.screens.marks import Line
from kiosk.screens.page import Page
from kiosk.screens.parts.buttons import draw_key
from kiosk.screens.theme import Type
from kiosk.views import KEYS, Action

KEYPAD_UNITS = (51.1, 62)
GAP = 2
PLACES = {key: divmod(number, 3) for number, key in enumerate(KEYS[:9])} | {KEYS[9]: (3, 1)}
OTHERS = {"erase": ((3, 2), "delete"), "enter": ((3, 0), "check")}
"""Place and icon of the keys that are no digits."""


def draw_typed(page: Page, box: Box, typed: str, caption: str) -> None:
    """The digits typed, or the caption while there are none, over a line."""
    step = page.step_for(typed, box.w, page.leading(Type.BODY), (Type.BODY, Type.CAP))
    words = Box(box.x, box.y, box.w, box.h - page.u(1))
    if typed:
        page.word(words, typed, step)
    else:
        page.word(words, caption, Type.CAP, page.colours.ink2)
    page.add(Line(Box(box.x, box.bottom - 2, box.w, 2), page.colours.edge))


def draw_keypad(page: Page, box: Box, actions: tuple[Action, ...]) -> None:
    """Fills the box with four rows of keys."""
    top = box.y
    gap = page.u(GAP)
    width, height = (box.w - 2 * gap) / 3, (box.h - 3 * gap) / 4
    for action in actions:
        other, icon = OTHERS.get(action.name, (None, ""))
        place = PLACES.get(action.choice or "") if action.name == "key" else other
        if place is None:
            continue
        row, column = place
        x, y = box.x + column * (width + gap), top + row * (height + gap)
        key = Box(round(x), round(y), round(x + width) - round(x), round(y + height) - round(y))
        draw_key(page, key, action, action.choice or "", icon)
