"""Draw Returning, which needs no card: where to put each item, and whether staff still check it."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens import pile
from kiosk.screens.components.buttons import Button
from kiosk.screens.components.choices import Opinion
from kiosk.screens.components.diagrams import DiagramPart
from kiosk.screens.components.shelf import draw_shelf, shelf_height
from kiosk.screens.components.states import State, draw_notice, draw_state
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import draw_more, more_width
from kiosk.screens.rendering.display_list import Box
from kiosk.screens.rendering.theme import Type
from kiosk.screens.visit_list import (
    check_promise,
    draw_empty,
    draw_head,
    draw_list,
    draw_number_pad,
    draw_scanner,
    number_hint,
    rows_of,
    scanner_words,
    spines_of,
)
from kiosk.views import LineState, Returning, VisitLine, VisitTask

GAP = 3
CAMERA = 0.43
"""Maximum share of the column for the camera, to leave room for the explanation below."""


def draw(view: Returning, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    if view.on_pad is not None and view.typed is None and pile.fits(view.on_pad, scene):
        pile.draw(view, view.on_pad, scene)
        return
    scene.head()
    if view.typed is not None:
        _by_hand(view, scene, view.typed)
        return
    y = draw_scanner(scene, view.lines, scanner_words(scene, view.lines), CAMERA)
    last, top = _sum(view, scene, y)
    area = frame.right
    if page.theme.portrait:
        area = Box(area.x, y + page.u(4), area.w, top - y - page.u(8))
    hidden = _list(view, scene, area)
    second = () if view.on_pad is None or view.on_pad.in_bin else ("read_again",)
    room = scene.foot(("back", *second), ("finish",), more_width(scene, hidden))
    if last is not None and view.lines[0].state is not LineState.REFUSED:
        scene.highlight(last.x, last.w)
    draw_more(scene, room, hidden, len(view.lines))


def _by_hand(view: Returning, scene: DrawContext, typed: str) -> None:
    """Draw without a camera: number pad at the left, list next to it or below."""
    hidden = _list(view, scene, draw_number_pad(scene, typed, view.pad))
    room = scene.foot(("back",), ("finish",), more_width(scene, hidden))
    draw_more(scene, room, hidden, len(view.lines))


def _list(view: Returning, scene: DrawContext, area: Box) -> int:
    page = scene.page
    rows = rows_of(scene, view.lines, view.typed is not None)
    if view.newest:
        rows[0] = replace(rows[0], opinion=opinion_of(view.newest, scene))
    y, waits = area.y, bool(view.lines) and view.lines[0].someone_waits
    someone = scene.say("This book has a hold on it.")
    small = page.theme.compact and page.theme.large and view.newest is not None
    if waits and small:
        draw_state(page, Box(area.x, y, area.w, page.leading(Type.CAP)), State.SOMEONE_WAITS, someone)
        y += page.leading(Type.CAP) + page.u(1)
    elif not page.theme.compact or page.theme.large or not view.lines:
        put = scene.say("Place it here") if any(row.aside for row in rows) else ""
        y = draw_head(scene, area, scene.say("Returning needs no card"), put)
    place = Box(area.x, y, area.w, area.h)
    if view.notice:
        y = scene.notice(place, view.notice) + page.u(2)
    elif view.on_pad is not None and (bottom := pile.draw_first_need(view, scene, place)) > y:
        y = bottom + page.u(2)
    elif waits and not small:
        y = draw_notice(page, place, State.SOMEONE_WAITS, someone) + page.u(2)
    rest = Box(area.x, y, area.w, area.bottom - y)
    if not rows:
        if view.typed is None:
            how = scene.say("Show its library label to the camera.")
            draw_empty(scene, rest, scene.say("Scan the book to return"), how, DiagramPart.CAMERA)
        else:
            draw_empty(scene, rest, scene.say("Enter the book's number"), number_hint(scene, view.pad))
        return 0
    return draw_list(scene, rest, rows, scene.first)


def opinion_of(line: VisitLine, scene: DrawContext) -> Opinion:
    """Return the rating of a returned item, with its buttons."""
    names = (scene.say("Not for me"), scene.say("So-so"), scene.say("I like it"))
    every = [each for each in scene.actions if each.name == "how"]
    faces = tuple(Button(each, name) for each, name in zip(every, names, strict=True))
    return Opinion(scene.say("How was it?"), scene.say("Thank you"), faces, line.face)


def _sum(view: Returning, scene: DrawContext, y: float) -> tuple[Box | None, float]:
    """Draw the number of returned items, and the items on the shelf line.

    Returns:
        Box of the newest item or None, and the top y of all this.
    """
    page, frame = scene.page, scene.frame
    column = frame.left
    if not view.lines or (frame.single and not page.theme.portrait):
        return None, column.bottom
    shelf = Box(column.x, column.bottom - shelf_height(page), column.w, shelf_height(page))
    lines = tuple(line for line in view.lines if line.errand is VisitTask.RETURN)
    taken = sum(line.state in (LineState.DONE, LineState.SAVED) for line in lines)
    provisional = any(line.provisional for line in lines)
    area = Box(column.x, y + page.u(GAP), column.w, shelf.y - y - page.u(GAP + 1))
    if page.theme.portrait:
        shelf = Box(column.x, shelf.y, round(column.w * 0.45), shelf.h)
        area = Box(shelf.right + page.u(6), shelf.y, column.right - shelf.right - page.u(6), shelf.h)
    if taken:
        _sum_words(scene, area, taken, provisional)
    return draw_shelf(page, shelf, spines_of(lines), 0, arriving=True), shelf.y


def _sum_words(scene: DrawContext, area: Box, taken: int, provisional: bool) -> None:
    """Draw how many, and what that means; in full only if there is room."""
    page = scene.page
    if provisional:
        words = scene.words.say_n("One book being checked", "{n} books being checked", taken)
    else:
        words = scene.words.say_n("One book returned", "{n} books returned", taken)
    step = page.step_for(words, area.w, page.leading(Type.BODY), (Type.BODY, Type.CAP))
    y = page.words(area, words, step)
    promise = check_promise(scene, taken)
    rest = Box(area.x, y, area.w, area.bottom - y)
    if provisional and page.count_lines(promise, Type.CAP, rest.w) * page.leading(Type.CAP) <= rest.h:
        page.words(rest, promise, Type.CAP, page.colours.ink2)
