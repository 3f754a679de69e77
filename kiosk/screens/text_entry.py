"""Draw the keyboard, with Back and the primary action in its lowest row."""

from __future__ import annotations

from kiosk.screens.components.buttons import Button, draw_space, row
from kiosk.screens.components.keyboard import GAP, draw_keyboard, draw_wide_key, keyboard_height
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.display_list import Fill
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import Board

SMALL = 9.5
"""Minimum width in units of a key of the lowest row."""


def draw_typing(scene: DrawContext, board: Board, right: tuple[str, ...], clears: bool = True, width: float = 0) -> Box:
    """Draw shelf line, keys and lowest row; return the line, above which the field is drawn.

    `clears`: the lowest row has the key that clears the field. `width`: length of the line, from edge to edge if 0.
    """
    page, foot = scene.page, scene.frame.foot
    gap, high = page.u(GAP), keyboard_height(page)
    keys = Box(foot.x, foot.y - gap - high, foot.w, high)
    line = Box(0, keys.y - gap - page.u(1), width or page.theme.width, page.u(1))
    page.add(Fill(line, page.colours.ink))
    draw_keyboard(page, keys, board, scene.actions)
    _lowest_row(scene, board, foot, [each for name in right for each in scene.button(name)], clears)
    return line


def full_note(scene: DrawContext, typed: int, most: int, room: float) -> str:
    """Return why the keys are disabled, in a text that fits; "" while more can be typed."""
    if typed < most:
        return ""
    ways = (scene.say("Limit reached: {n} of {most}", n=typed, most=most), f"{typed}/{most}")
    return next((each for each in ways if scene.page.width(each, Type.CAP) <= room), "")


def _lowest_row(scene: DrawContext, board: Board, foot: Box, last: list[Button], clears: bool) -> None:
    """Draw Back, the other layouts, space, the key that clears if `clears`, and the primary action if there is one."""
    page, gap = scene.page, scene.page.u(GAP)
    small = page.u(SMALL if page.theme.compact else 14)
    others = [(each, found) for each in Board if (found := scene.action("turn", choice=each.value)) is not None]
    keys = len(others) + 1 + clears + bool(scene.following)
    room = row(page, foot, scene.button("back"), last, scene.frame.primary, keys * page.u(SMALL) + (keys - 1) * gap)
    right = (room.right if last else foot.right) - (page.u(SMALL + 2) if scene.following else 0)
    keys -= bool(scene.following)
    small = round(min(small, (right - room.x - (keys - 1) * gap) / keys))
    spelt = board is Board.PINYIN or scene.action("turn", choice=Board.PINYIN.value) is not None
    latin = "abc" if spelt else scene.say("abc")  # in pinyin layouts the Latin letters are no initials
    labels = {Board.LATIN: latin, Board.DIGITS: "123", Board.CYRILLIC: "Өү", Board.PINYIN: "拼音"}
    labels[Board.ADDRESS] = "a@"
    x = room.x
    for other, action in others:
        draw_wide_key(page, Box(round(x), room.y, small, room.h), action, labels[other])
        x += small + gap
    space, clear = scene.action("key", choice=" "), scene.action("erase", choice="all")
    if clears:
        assert clear is not None
        end = Box(round(right - small), room.y, small, room.h)
        draw_wide_key(page, end, clear, "", "x")
        right = end.x - gap
    if space is not None:
        draw_space(page, Box(round(x), room.y, round(right - x), room.h), space, scene.say("Space"))
