"""A hold that is ready: its cover, and where and until when it can be picked up."""

from __future__ import annotations

from kiosk.domain.model import Hold
from kiosk.screens.geometry import Box
from kiosk.screens.page import Page
from kiosk.screens.parts.lists import draw_cover
from kiosk.screens.scene import Scene
from kiosk.screens.theme import Type

COVER = (11, 15)
"""Units."""


def hold_height(page: Page, hold: Hold, scene: Scene, width: float) -> float:
    where = page.count_lines(_where(hold, scene), Type.CAP, width) * page.leading(Type.CAP)
    return page.u(2) + _upper(page, hold, width) + where + page.u(1.5)


def draw_hold(page: Page, hold: Hold, scene: Scene, area: Box, y: float) -> None:
    page.rule(area.x, y, area.w)
    top = y + page.u(2)
    cover = Box(area.x, round(top), page.u(COVER[0]), page.u(COVER[1]))
    draw_cover(page, cover, hold.subject, hold.title)
    x = cover.right + page.u(3)
    leading = page.leading(Type.CAP)
    icon = page.icon(x, top + leading / 2, "bookmark", 4.5)
    page.word(Box(icon + page.u(1), top, area.right - icon - page.u(1), leading), scene.say("Ready for you"), Type.CAP)
    page.words(Box(x, top + leading, area.right - x, area.h), hold.title, Type.CAP, most=2)
    below = Box(area.x, top + _upper(page, hold, area.w), area.w, area.h)
    page.words(below, _where(hold, scene), Type.CAP, page.colours.ink2)


def _upper(page: Page, hold: Hold, width: float) -> float:
    room = width - page.u(COVER[0] + 3)
    lines = 1 + min(page.count_lines(hold.title, Type.CAP, room), 2)
    return max(page.u(COVER[1]), page.leading(Type.CAP) * lines) + page.u(0.5)


def _where(hold: Hold, scene: Scene) -> str:
    when = scene.words.date(hold.until) if hold.until else ""
    if hold.shelf and when:
        return scene.say("{shelf}, until {date}", shelf=hold.shelf, date=when)
    return hold.shelf or (scene.say("Until {date}", date=when) if when else scene.say("At the service desk"))
