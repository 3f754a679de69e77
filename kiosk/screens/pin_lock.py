"""Draw the rows behind the PIN: locked areas to open, or why they cannot be opened now."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.components.flow import Block
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import Account, Action

HEIGHT, ICON, GAP = 15, 5, 2
"""Units: height of a row, icon, and gap."""


def lock_block(view: Account, scene: DrawContext, area: Box) -> list[Block]:
    """Return the row of the left column: to the PIN, or to what it opened."""
    page = scene.page
    if opens(scene) is None and not view.locked:
        return []
    if opens(scene) is None:
        words = away_words(scene)
        height = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, area.w) + page.u(GAP)

        def say(y: float) -> None:
            page.words(Box(area.x, y + page.u(GAP / 2), area.w, height), words, Type.CAP, page.colours.ink2)

        return [Block(1, height, say)]
    air = Block(0, page.u(1), lambda y: None)
    return [air, *(_line(scene, area, each, view.guest.verified) for each in unlock_actions(scene))]


def _line(scene: DrawContext, area: Box, action: Action, proved: bool) -> Block:
    page = scene.page
    height = page.u(HEIGHT)
    box = Box(area.x, area.y, area.w, height)
    return Block(0, height, lambda y: draw_lock(scene, replace(box, y=y), action, proved))


def unlock_actions(scene: DrawContext) -> list[Action]:
    """Return the actions of the rows."""
    found = (scene.action(each) for each in ("unlock", "for_you", "details"))
    return [each for each in found if each is not None]


def opens(scene: DrawContext) -> Action | None:
    """Return the action of the first row; None if there is none."""
    return next(iter(unlock_actions(scene)), None)


def away_words(scene: DrawContext) -> str:
    return scene.say("Holds and fees: not available offline")


def _words(scene: DrawContext, action: Action, proved: bool) -> tuple[str, str, str]:
    """Return label, what opens it, and icon; a lock while the PIN is still required."""
    icon = "arrow-right" if proved else "lock"
    if action.name == "for_you":
        return scene.say("For you"), "", icon
    if action.name == "details":
        return scene.say("My details"), "", icon
    return scene.say("Holds and fees"), scene.say("PIN"), "lock"


def draw_lock(scene: DrawContext, box: Box, action: Action, proved: bool) -> None:
    """Draw the label at the left and the lock at the right; the whole row can be pressed."""
    page = scene.page
    label, pin, icon = _words(scene, action, proved)
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
