"""Draw Borrowing: camera at the left, list at the right, allowance as books on the shelf line."""

from __future__ import annotations

from kiosk.screens.components.shelf import Spine, Stand, draw_shelf, shelf_height
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.family import draw_whose
from kiosk.screens.greeting import draw_greeting
from kiosk.screens.list_paging import draw_more, more_width
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.screens.visit_list import (
    by_hand,
    draw_empty,
    draw_head,
    draw_list,
    draw_number_pad,
    draw_scanner,
    scanner_words,
)
from kiosk.screens.visit_rows import rows_of, spines_of
from kiosk.views import Borrowing, LineState, VisitTask
from kiosk.views.greeting import NewTitles

FIGURES_AT, MANY_BOOKS, TICKS = 0.52, 7, 6
"""Portrait layout of the allowance.

The figures begin at FIGURES_AT, a share of the width next to the books. With more than MANY_BOOKS books the shelf is
limited to that share. TICKS is the height in units left free under the figures for the ticks.
"""


def draw(view: Borrowing, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    if view.typed is not None:
        _by_hand(view, scene, view.typed)
        return
    y = draw_scanner(scene, view.lines, scanner_words(scene, view.lines))
    last, top = _allowance(view, scene, y)
    area = frame.right
    if page.theme.portrait:
        area = Box(area.x, y + page.u(4), area.w, top - y - page.u(8))
    hidden = _list(view, scene, area)
    room = scene.foot(("undo", "find"), ("account", "finish"), more_width(scene, hidden))
    if last is not None and view.lines and view.lines[0].state is not LineState.REFUSED:
        scene.highlight(last.x, last.w)
    draw_more(scene, room, hidden, len(view.lines))


def _by_hand(view: Borrowing, scene: DrawContext, typed: str) -> None:
    """Draw without a camera: number pad at the left, list next to it or below."""
    hidden = _list(view, scene, draw_number_pad(scene, typed, view.pad))
    room = scene.foot(("undo",), ("account", "finish"), more_width(scene, hidden))
    draw_more(scene, room, hidden, len(view.lines))


def _list(view: Borrowing, scene: DrawContext, area: Box) -> int:
    """Draw captions, notice and list; return the number of lines out of sight."""
    page = scene.page
    name = view.guest.name
    left = scene.say("Borrowing for {name}", name=name) if name else scene.say("Borrowing")
    sums = _remaining_words(view, scene) if scene.frame.single and not page.theme.portrait else ""
    due = scene.say("Due back") if any(line.due or line.due_text for line in view.lines) else ""
    y = area.y
    if view.guest.mark:
        y = draw_whose(view, scene, area)
    elif not page.theme.compact or page.theme.large or not view.lines:
        y = draw_head(scene, area, left, sums or due)
    if view.notice:
        box = Box(area.x, y, area.w, area.h)
        y = scene.notice(box, view.notice) + page.u(2)
    rest = Box(area.x, y, area.w, area.bottom - y)
    if not view.lines:
        bare = page.theme.compact and isinstance(view.greets, NewTitles)
        how = "" if bare else _instruction(view, scene)
        draw_greeting(view, scene, draw_empty(scene, rest, scene.say("Scan your first book"), how))
        return 0
    return draw_list(scene, rest, rows_of(scene, view.lines, view.typed is not None), scene.first)


def _instruction(view: Borrowing, scene: DrawContext) -> str:
    return scene.say("Show its library label to the camera.") if view.typed is None else by_hand(scene, view.pad)


def _remaining_words(view: Borrowing, scene: DrawContext) -> str:
    room, left = view.guest.allowance, view.guest.allowance.left
    if not room.certain:
        return scene.say("{n} on loan", n=room.on_loan)
    return scene.words.say_n("{n} left", "{n} left", left) if left else scene.say("At limit")


def _allowance(view: Borrowing, scene: DrawContext, y: float) -> tuple[Box | None, float]:
    """Draw the allowance as figures and books; return the newest book's box and the top y of all this."""
    page, frame = scene.page, scene.frame
    if frame.single and not page.theme.portrait:
        return None, frame.left.bottom
    column = frame.left
    shelf = Box(column.x, column.bottom - shelf_height(page), column.w, shelf_height(page))
    if page.theme.portrait:
        x = column.x + round(column.w * FIGURES_AT)
        high = page.leading(Type.TITLE) + page.leading(Type.CAP) + page.u(TICKS)
        figures = Box(x + page.u(6), min(shelf.y + page.u(2), shelf.bottom - high), column.right - x - page.u(6), high)
        _figures(view, scene, figures)
    else:
        _beside_shelf(view, scene, Box(column.x, y, column.w, shelf.y - y))
    lines = tuple(line for line in view.lines if line.errand is VisitTask.BORROW)
    standing = spines_of(lines)
    agreed = sum(line.state in (LineState.DONE, LineState.SAVED) for line in lines)
    before = max(view.guest.allowance.on_loan - agreed, 0)
    spines = [Spine("", "", Stand.BEFORE)] * before + standing
    if page.theme.portrait and len(spines) > MANY_BOOKS:
        shelf = Box(shelf.x, shelf.y, round(shelf.w * FIGURES_AT), shelf.h)
    room = view.guest.allowance
    free = room.left - (len(standing) - agreed) if room.certain else 0
    begins = min(shelf.y, figures.y) if page.theme.portrait else shelf.y
    return draw_shelf(page, shelf, spines, max(free, 0), arriving=True), begins


def _beside_shelf(view: Borrowing, scene: DrawContext, room: Box) -> None:
    """Draw three figures above the shelf; if room is short one sentence, or nothing."""
    page = scene.page
    spare = room.h - page.leading(Type.TITLE) - page.leading(Type.CAP)
    if spare >= 0 and not page.theme.compact:
        _figures(view, scene, Box(room.x, room.y + min(spare / 2, page.u(6)), room.w, room.h))
    elif room.h >= page.leading(Type.BODY) + page.u(1):
        page.words(Box(room.x, room.y + page.u(1), room.w, page.u(9)), _remaining_words(view, scene), Type.BODY)


def _figures(view: Borrowing, scene: DrawContext, area: Box) -> None:
    page, allowance = scene.page, view.guest.allowance
    columns = [
        (allowance.allowed, scene.say("allowed"), page.colours.ink2),
        (allowance.on_loan, scene.say("on loan"), page.colours.ink2),
        (allowance.left, scene.say("left"), page.colours.ink),
    ]
    if not allowance.certain:
        columns = columns[1:2]
    title = page.leading(Type.TITLE)
    widths = [max(page.width(str(n), Type.TITLE), page.width(label, Type.CAP)) for n, label, _ in columns]
    if sum(widths) + page.u(4) > area.w:
        columns, widths = columns[-1:], widths[-1:]
    most = page.u(14) if page.theme.wide or page.theme.portrait else page.u(6)
    gap = min((area.w - sum(widths)) / 2, most)
    x = area.x
    for (number, label, colour), width in zip(columns, widths, strict=True):
        page.word(Box(x, area.y, width, title), str(number), Type.TITLE, colour)
        page.word(Box(x, area.y + title, width, page.leading(Type.CAP)), label, Type.CAP, colour)
        x += width + gap
