"""The button that turns a long list to its next part; where a list was turned to is the face's, not the desk's."""

from __future__ import annotations

from kiosk.screens.geometry import Box
from kiosk.screens.marks import Touch
from kiosk.screens.scene import Scene
from kiosk.screens.theme import Type


def more_width(scene: Scene, hidden: int) -> float:
    """Room that the button wants under the line; nothing when the whole list is in sight."""
    if not hidden and not scene.first:
        return 0
    return scene.page.u(6.5 + 2) + scene.page.width(_label(scene, hidden), Type.BODY)


def draw_more(scene: Scene, room: Box, hidden: int, total: int) -> None:
    """Draws the button in the room between the others: `n more` of `total` rows, or back to the top from the end."""
    if not hidden and not scene.first:
        return
    page = scene.page
    label = _label(scene, hidden)
    width = more_width(scene, hidden)
    step = Type.BODY if width <= room.w else Type.CAP
    icon = "" if width > room.w else "chevron-down" if hidden else "chevron-up"
    width = page.width(label, step) + (page.u(8.5) if icon else 0)
    x = room.x + (room.w - width) / 2
    words = Box(x + (page.u(8.5) if icon else 0), room.y, page.width(label, step), room.h)
    if icon:
        page.icon(x, room.y + room.h / 2, icon, 6.5)
    page.word(words, label, step)
    turn = total - hidden if hidden else 0
    page.add(Touch(Box(round(x), room.y, round(width), room.h), "more", label=label, turn=turn))


def _label(scene: Scene, hidden: int) -> str:
    if hidden:
        return scene.words.say_n("{n} more", "{n} more", hidden)
    return scene.say("To the top")
