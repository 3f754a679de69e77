"""Draw search results as covers, rows or cards, depending on the room, with touch paging."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.states import State, draw_mark, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import ARROW, draw_turn
from kiosk.screens.rendering.display_list import Box, Corners, Fill
from kiosk.screens.rendering.theme import Type
from kiosk.views import Action, Find
from lending.line_breaks import is_wide
from lending.title_result import Availability, TitleResult

COVERED = 33
"""Minimum height in units to draw covers."""
ROW = 20
MOST_GAP = 9
"""Maximum distance in units between two covers."""
TALLEST = 58
"""Maximum height in units of a cover."""


def draw_titles(
    view: Find, scene: DrawContext, works: tuple[TitleResult, ...], area: Box, line: Box, beside: bool = False
) -> None:
    """Draw these results in the form that fits the area; `beside`: the panel of the first one stands next to it."""
    page = scene.page
    if page.theme.portrait:
        _in_rows(view, scene, area, works)
    elif beside and area.h >= page.u(COVERED):
        _on_the_line(view, scene, area, works, line)
    else:
        _in_cards(view, scene, area, works)


def _on_the_line(view: Find, scene: DrawContext, area: Box, works: tuple[TitleResult, ...], line: Box) -> None:
    """Draw covers with the availability above each; the first is highlighted."""
    page = scene.page
    head = page.leading(Type.CAP) + page.u(0.5)
    high = round(min(area.h - head, page.u(TALLEST)))
    width = max(round(high * 0.76), page.u(24))
    top = line.y - high

    def draw_result(work: TitleResult, x: float, action: Action, pitch: float) -> None:
        cover = Box(round(x), top, width, high)
        state, label = availability_text(work, view, scene)
        room = pitch - page.u(1.5)
        fits = state_width(page, label) <= room
        if state is not None and fits:
            draw_state(page, Box(cover.x, top - head, room, page.leading(Type.CAP)), state, label)
        elif label:
            page.word(Box(cover.x, top - head, room, page.leading(Type.CAP)), label, Type.CAP, cut=True)
        draw_cover(page, cover, work.subject, work.title, work.cover, Corners.TOP)
        page.touch(Box(cover.x, top - head, room, high + head), action, work.title)

    turned = _side_by_side(scene, Box(area.x, top, area.w, high), works, width, page.u(5), draw_result)
    if turned and scene.first == 0:
        page.add(Fill(Box(area.x, line.y, width, line.h), page.colours.accent))


def _in_rows(view: Find, scene: DrawContext, area: Box, works: tuple[TitleResult, ...]) -> None:
    page = scene.page
    height = max(page.u(ROW), page.leading(Type.BODY) + page.leading(Type.CAP) + page.u(2))
    room = int(area.h // height)
    shown = works[scene.first :]
    fits = room if len(shown) <= room and not scene.first else room - 1
    for number, work in enumerate(shown[:fits]):
        box = Box(area.x, round(area.y + number * height), area.w, round(height))
        page.rule(box.x, box.y, box.w)
        _row(view, scene, box, work)
    if fits < room:
        hidden = max(len(shown) - fits, 0)
        arrow = Box(area.x, round(area.y + fits * height + page.u(1)), area.w, page.u(ARROW))
        draw_turn(scene, arrow, hidden, scene.first + fits if hidden else 0)


def _row(view: Find, scene: DrawContext, box: Box, work: TitleResult) -> None:
    page = scene.page
    state, label = availability_text(work, view, scene)
    high = round(box.h - page.u(4))
    x = box.x
    if not page.theme.large:
        cover = Box(x, box.y + page.u(2), round(high * 0.75), high)
        draw_cover(page, cover, work.subject, work.title, work.cover)
        x += round(high * 0.75) + page.u(4)
    body, cap = page.leading(Type.BODY), page.leading(Type.CAP)
    y = box.y + (box.h - body - cap) / 2
    page.word(Box(x, y, box.right - x, body), work.title, Type.BODY, cut=True)
    aside = state_width(page, label) if state else page.width(label, Type.CAP)
    if state is not None:
        draw_state(page, Box(x, y + body, aside + page.u(1), cap), state, label)
    else:
        page.word(Box(x, y + body, aside, cap), label, Type.CAP)
    rest = box.right - x - aside - page.u(4)
    if work.author and rest > page.u(20):
        page.word(Box(x + aside + page.u(4), y + body, rest, cap), work.author, Type.CAP, page.colours.ink2, cut=True)
    page.touch(box, Action("title", choice=str(work.id)), work.title)


def _in_cards(view: Find, scene: DrawContext, area: Box, works: tuple[TitleResult, ...]) -> None:
    """Draw title and availability in cards in a row, at any height."""
    page = scene.page
    cap = page.leading(Type.CAP)
    high = min(area.h - page.u(1), max(page.u(15), cap * 4 + page.u(2)))
    least = page.u(60) if page.theme.large else page.u(30)

    def draw_result(work: TitleResult, x: float, action: Action, _pitch: float) -> None:
        box = Box(round(x), round(area.y), width, round(high))
        page.add(Fill(box, page.colours.leaf, page.u(1)))
        page.frame(box, page.colours.edge)
        _card(view, scene, box.inset(page.u(1.5), page.u(1)), work)
        page.touch(box, action, work.title)

    columns = max(int((area.w - page.u(ARROW + 3) + page.u(3)) // (least + page.u(3))), 1)
    width = int((area.w - page.u(ARROW + 3) - (columns - 1) * page.u(3)) / columns)
    _side_by_side(scene, Box(area.x, area.y, area.w, high), works, width, page.u(3), draw_result)


def _card(view: Find, scene: DrawContext, inner: Box, work: TitleResult) -> None:
    """Draw title and state; at minimum height the state mark precedes the title."""
    page, cap = scene.page, scene.page.leading(Type.CAP)
    state, label = availability_text(work, view, scene)
    lines = int(inner.h // cap)
    if lines < 2:
        x = draw_mark(page, inner.x, inner.y + inner.h / 2, state, 6.5) + page.u(1.5) if state else inner.x
        page.word(Box(x, inner.y, inner.right - x, inner.h), work.title, Type.CAP, cut=True)
        return
    y: float = inner.y + cap
    if any(page.width(word, Type.CAP) > inner.w for word in work.title.split() if not is_wide(word[0])):
        page.word(Box(inner.x, inner.y, inner.w, cap), work.title, Type.CAP, cut=True)
    else:
        y = page.words(inner, work.title, Type.CAP, most=min(lines - 1, 2))
    if state is not None and state_width(page, label) <= inner.w:
        draw_state(page, Box(inner.x, y, inner.w, cap), state, label)
    elif page.width(label, Type.CAP) <= inner.w:
        page.word(Box(inner.x, y, inner.w, cap), label, Type.CAP)


def _side_by_side(
    scene: DrawContext,
    area: Box,
    works: tuple[TitleResult, ...],
    width: float,
    gap: float,
    one: Callable[[TitleResult, float, Action, float], None],
) -> int:
    """Draw as many as fit, spread up to the arrow to the rest; return the number of those drawn.

    `one` gets the distance in pixels to the next one.
    """
    page = scene.page
    shown = works[scene.first :]
    fits = int((area.w + gap) // (width + gap))
    if len(shown) > fits or scene.first:
        fits = max(int((area.w - page.u(ARROW)) // (width + gap)), 1)
        hidden = max(len(shown) - fits, 0)
        arrow = Box(round(area.right - page.u(ARROW)), round(area.y), page.u(ARROW), round(area.h))
        draw_turn(scene, arrow, hidden, scene.first + fits if hidden else 0)
    pitch = width + min(max((area.w - page.u(ARROW) - width * fits) / fits, gap), page.u(MOST_GAP))
    for number, work in enumerate(shown[:fits]):
        one(work, area.x + number * pitch, Action("title", choice=str(work.id)), pitch)
    return min(fits, len(shown))


def availability_text(work: TitleResult, view: Find, scene: DrawContext) -> tuple[State | None, str]:
    """Return the availability in two or three words; nothing if the data are outdated."""
    if view.found is not None and view.found.outdated and work.copies:
        return None, ""
    match work.whereabouts(view.branch):
        case Availability.HERE if work.id in view.bays:
            return State.DONE, scene.say("Bay {bay}", bay=view.bays[work.id])
        case Availability.HERE:
            return State.DONE, scene.say("Here")
        case Availability.ELSEWHERE:
            return State.LOOK, scene.say("Elsewhere")
        case Availability.ONLINE:
            return State.DONE, scene.say("E-book")
        case Availability.OUT:
            return State.SAVED, scene.say("All on loan")
        case Availability.NONE:
            return None, scene.say("No copy")
