"""Ten digits and an eraser, with what was typed above them; knows no number."""

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


def draw_keypad(page: Page, box: Box, actions: tuple[Action, ...], typed: str, caption: str) -> None:
    """Fills the box: the caption or the digits typed, a line under them, and four rows of keys."""
    head = max(page.u(11), page.leading(Type.CAP) + page.u(4)) if box.h > page.u(58) else page.leading(Type.CAP)
    step = Type.BODY if page.width(typed, Type.BODY) <= box.w else Type.CAP
    words = Box(box.x, box.y, box.w, head - page.u(2))
    if typed:
        page.word(words, typed, step)
    elif page.width(caption, Type.CAP) <= box.w:
        page.word(words, caption, Type.CAP, page.colours.ink2)
    page.add(Line(Box(box.x, box.y + head - page.u(1), box.w, 2), page.colours.edge))
    top = box.y + head + page.u(1.5)
    gap = page.u(GAP)
    width, height = (box.w - 2 * gap) / 3, (box.bottom - top - 3 * gap) / 4
    for action in actions:
        place = PLACES.get(action.choice or "") if action.name == "key" else (3, 2) if action.name == "erase" else None
        if place is None:
            continue
        row, column = place
        x, y = box.x + column * (width + gap), top + row * (height + gap)
        key = Box(round(x), round(y), round(x + width) - round(x), round(y + height) - round(y))
        draw_key(page, key, action, action.choice or "", "delete" if action.name == "erase" else "")
