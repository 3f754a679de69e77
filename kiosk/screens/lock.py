"""What is behind the PIN, and what it opens: a line to press, or why it cannot be opened now; never knows it."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.geometry import Box
from kiosk.screens.parts.flow import Block
from kiosk.screens.scene import Scene
from kiosk.screens.theme import Type
from kiosk.views import Account, Action

HEIGHT, ICON, GAP = 15, 5, 2
"""Units."""


def lock_block(view: Account, scene: Scene, area: Box) -> list[Block]:
    """The line in the left column: to the PIN, or to what it has opened."""
    page = scene.page
    if opens(scene) is None and not view.locked:
        return []
    if opens(scene) is None:
        words = away_words(scene)
        height = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, area.w) + page.u(GAP)

        def say(y: float) -> None:
            page.words(Box(area.x, y + page.u(GAP / 2), area.w, height), words, Type.CAP, page.colours.ink2)

        return [Block(1, height, say)]
    height = page.u(HEIGHT)
    box = Box(area.x, area.y, area.w, height)
    return [Block(0, height + page.u(GAP), lambda y: draw_lock(scene, replace(box, y=y + page.u(GAP / 2))))]


def opens(scene: Scene) -> Action | None:
    """What the line leads to."""
    return scene.action("unlock") or scene.action("for_you")


def away_words(scene: Scene) -> str:
    return scene.say("Holds and fees: when the library's system is back")


def lock_width(scene: Scene) -> float:
    """Of the line with all its words."""
    page, action = scene.page, opens(scene)
    assert action is not None
    label, pin, _icon = _words(scene, action)
    words = page.width(label, Type.CAP) + page.width(pin, Type.CAP)
    return page.u(page.theme.icon(ICON)) + words + page.u(GAP + 2)


def _words(scene: Scene, action: Action) -> tuple[str, str, str]:
    """What it opens, what opens it, and the icon."""
    if action.name == "for_you":
        return scene.say("For you"), "", "arrow-right"
    return scene.say("Holds and fees"), scene.say("PIN"), "lock"


def draw_lock(scene: Scene, box: Box) -> None:
    """What is behind it at the left, the lock at the right; the whole line is to be pressed."""
    page, action = scene.page, opens(scene)
    assert action is not None
    label, pin, icon = _words(scene, action)
    side = page.u(page.theme.icon(ICON))
    key = side + (page.u(1) + page.width(pin, Type.CAP) if pin else 0)
    room = box.w - key - page.u(GAP)
    if page.width(label, Type.CAP) > room:
        key, pin, room = side, "", box.w - side - page.u(GAP)
    page.rule(box.x, box.y, box.w)
    page.rule(box.x, box.bottom, box.w)
    leading = page.leading(Type.CAP)
    lines = page.count_lines(label, Type.CAP, room)
    page.words(Box(box.x, box.y + (box.h - lines * leading) / 2, room, box.h), label, Type.CAP)
    x = page.icon(box.right - key, box.y + box.h / 2, icon, page.theme.icon(ICON), page.colours.ink2)
    page.word(Box(x + page.u(1), box.y, box.right - x - page.u(1), box.h), pin, Type.CAP, page.colours.ink2)
    page.touch(box, action, label)
