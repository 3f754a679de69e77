"""Draw the button that pages a long list. The presenter, not the view, keeps the position."""

from __future__ import annotations

from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.display_list import Touch
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type

FINGER, ARROW = 16, 15
"""Width in units (about millimetres): of a finger, for an arrow without text; of an arrow next to a list."""


def more_width(scene: DrawContext, hidden: int) -> float:
    """Return the room in pixels that the button needs in the footer; 0 if the whole list is in sight."""
    if not hidden and not scene.first:
        return scene.spare
    if scene.page.theme.large:
        return scene.page.u(FINGER)
    return scene.page.u(6.5 + 2) + scene.page.width(_label(scene, hidden), Type.BODY)


def draw_more(scene: DrawContext, room: Box, hidden: int, total: int) -> None:
    """Draw the button between the footer groups: `n more` of `total` rows, the overflow pages, or back to the top."""
    if hidden or scene.first:
        onward = total - hidden if total - hidden > scene.first else scene.following
        draw_onward(scene, room, _label(scene, hidden), onward if hidden else scene.following)


def draw_onward(scene: DrawContext, room: Box, label: str, turn: int) -> None:
    """Draw the button that turns to row `turn`; without room for text, only the arrow."""
    page = scene.page
    arrow = "chevron-down" if turn else "chevron-up"
    step, icon, word = _fit(scene, room.w, label)
    width = page.width(label, step) + (page.u(8.5) if icon else 0) if word else min(page.u(FINGER), room.w)
    x = room.x + (room.w - width) / 2
    if not word and page.theme.large:
        page.frame(Box(round(x), room.y, round(width), room.h), page.colours.edge)
    if icon:
        page.icon(x if word else x + (width - page.u(6.5)) / 2, room.y + room.h / 2, arrow, 6.5)
    if word:
        page.word(Box(x + width - page.width(label, step), room.y, page.width(label, step), room.h), label, step)
    page.add(Touch(Box(round(x), room.y, round(width), room.h), "more", label=label, turn=turn))


def draw_turn(scene: DrawContext, box: Box, hidden: int, to: int) -> None:
    """Draw the arrow to the next part, or from the end back to the start."""
    page = scene.page
    high = min(box.h, page.u(ARROW))
    place = Box(box.x, round(box.y + (box.h - high) / 2), box.w, round(high))
    page.frame(place, page.colours.edge)
    side = page.theme.icon(6.5)
    icon = "arrow-right" if hidden else "undo-2"
    page.icon(place.x + (place.w - page.u(side)) / 2, place.y + place.h / 2, icon, side)
    label = scene.words.say_n("{n} more", "{n} more", hidden) if hidden else scene.say("To the top")
    page.add(Touch(place, "more", label=label, turn=to))


def _fit(scene: DrawContext, room: float, label: str) -> tuple[Type, bool, bool]:
    """Return type step, arrow and text flags that fit; the arrow alone is always shown."""
    page = scene.page
    if page.u(8.5) + page.width(label, Type.BODY) <= room:
        return Type.BODY, True, True
    if page.u(8.5) + page.width(label, Type.CAP) <= room:
        return Type.CAP, True, True
    return Type.CAP, True, False


def _label(scene: DrawContext, hidden: int) -> str:
    if hidden:
        return scene.words.say_n("{n} more", "{n} more", hidden)
    return scene.say("Next page") if scene.following else scene.say("To the top")
