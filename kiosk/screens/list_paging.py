"""The button that turns a long list to its next part; where a list was turned to is the face's, not the desk's."""

from __future__ import annotations

from kiosk.screens.display_list import Touch
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.geometry import Box
from kiosk.screens.theme import Type

FINGER, ARROW = 16, 15
"""Units, which are millimetres: as wide as a finger wants it, where only the arrow has room; an arrow beside a list."""


def more_width(scene: DrawContext, hidden: int) -> float:
    """Room that the button wants under the line; nothing when the whole list is in sight."""
    if not hidden and not scene.first:
        return scene.spare
    if scene.page.theme.large:
        return scene.page.u(FINGER)
    return scene.page.u(6.5 + 2) + scene.page.width(_label(scene, hidden), Type.BODY)


def draw_more(scene: DrawContext, room: Box, hidden: int, total: int) -> None:
    """Draws the button in the room between the others: `n more` of `total` rows, what follows, or back to the top."""
    if hidden or scene.first:
        onward = total - hidden if total - hidden > scene.first else scene.following
        draw_onward(scene, room, _label(scene, hidden), onward if hidden else scene.following)


def draw_onward(scene: DrawContext, room: Box, label: str, turn: int) -> None:
    """The button that turns to `turn`; where the words have no room the arrow alone says which way."""
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
    """Turns on, or from the end back to the first."""
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
    """The letters, and whether there is room for the arrow and for the words; the arrow alone still says which way."""
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
