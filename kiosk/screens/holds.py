"""Draw a hold: cover, pickup shelf and deadline, or the position in the queue."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from lending.model import Hold

COVER = (11, 15)
"""Units: width and height."""


def hold_height(page: Canvas, hold: Hold, scene: DrawContext, width: float) -> float:
    """Return the height in pixels of a hold at this width."""
    where = page.count_lines(_pickup_text(hold, scene), Type.CAP, width) * page.leading(Type.CAP)
    return page.u(2) + _upper(page, hold, width) + where + page.u(1.5)


def draw_hold(page: Canvas, hold: Hold, scene: DrawContext, area: Box, y: float) -> None:
    page.rule(area.x, y, area.w)
    top = y + page.u(2)
    cover = Box(area.x, round(top), page.u(COVER[0]), page.u(COVER[1]))
    draw_cover(page, cover, hold.subject, hold.title, hold.cover)
    x = cover.right + page.u(3)
    leading = page.leading(Type.CAP)
    icon = page.icon(x, top + leading / 2, "bookmark", 4.5)
    page.word(Box(icon + page.u(1), top, area.right - icon - page.u(1), leading), scene.say("Ready for you"), Type.CAP)
    page.words(Box(x, top + leading, area.right - x, area.h), hold.title, Type.CAP, most=2)
    below = Box(area.x, top + _upper(page, hold, area.w), area.w, area.h)
    page.words(below, _pickup_text(hold, scene), Type.CAP, page.colours.ink2)


def draw_hold_row(hold: Hold, scene: DrawContext, row: Box) -> None:
    """Draw the hold as a row of the loan list."""
    page, x = scene.page, row.x
    if not page.theme.large:
        high = min(page.u(16.5), row.h - page.u(3))
        cover = Box(x, round(row.y + (row.h - high) / 2), round(high * 0.73), high)
        draw_cover(page, cover, hold.subject, hold.title, hold.cover)
        x = cover.right + page.u(4 if not page.theme.compact else 2.5)
    body, cap = page.leading(Type.BODY), page.leading(Type.CAP)
    y = row.y + (row.h - body - cap) / 2
    page.word(Box(x, y, row.right - x, body), hold.title, Type.BODY, cut=True)
    state_box = Box(x, y + body, row.right - x, cap)
    if not hold.ready:
        draw_state(page, state_box, State.SAVED, scene.say("On hold, not here yet"))
        return
    ways = list(_ways(hold, scene))
    fitting = next((each for each in ways if state_width(page, each) <= state_box.w), ways[-1])
    draw_state(page, state_box, State.DONE, fitting, cut=True)


def _ways(hold: Hold, scene: DrawContext) -> Iterator[str]:
    """Yield texts that the hold is ready, where and until when, from long to short."""
    where = _pickup_text(hold, scene)
    yield scene.say("{state}: {why}", state=scene.say("Ready for you"), why=where)
    yield where
    if hold.until and hold.shelf:
        day = scene.words.day(hold.until)
        yield scene.say("{shelf}, until {date}", shelf=hold.shelf, date=day)
        yield scene.say("{day}, {state}", day=day, state=hold.shelf)


def _upper(page: Canvas, hold: Hold, width: float) -> float:
    room = width - page.u(COVER[0] + 3)
    lines = 1 + min(page.count_lines(hold.title, Type.CAP, room), 2)
    return max(page.u(COVER[1]), page.leading(Type.CAP) * lines) + page.u(0.5)


def _pickup_text(hold: Hold, scene: DrawContext) -> str:
    when = scene.words.date(hold.until) if hold.until else ""
    if hold.shelf and when:
        return scene.say("{shelf}, until {date}", shelf=hold.shelf, date=when)
    return hold.shelf or (scene.say("Until {date}", date=when) if when else scene.say("At the service desk"))
