"""Draw Borrowing: camera at the left, list at the right, allowance on the shelf line; first a guide or new titles."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.screens import pile
from kiosk.screens.components.buttons import TIGHT, Button, button_width, draw_button, draw_pictured
from kiosk.screens.components.diagrams import DiagramPart
from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.shelf import Spine, Stand, draw_shelf, shelf_height
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import Block, draw_more, flow, more_width, text_block
from kiosk.screens.rendering.display_list import Box, Corners
from kiosk.screens.rendering.theme import Type
from kiosk.screens.visit_list import (
    draw_empty,
    draw_head,
    draw_list,
    draw_number_pad,
    draw_scanner,
    draw_whose,
    number_hint,
    rows_of,
    scanner_words,
    spines_of,
)
from kiosk.views import Borrowing, LineState, VisitTask
from kiosk.views.visit import Guide, NewTitles, ServiceGreeting, Shown
from lending.languages import text_in
from lending.policy import Allowance
from lending.showcase import NewTitle

FIGURES_AT, MANY_BOOKS, TICKS = 0.52, 7, 6
"""Portrait layout of the allowance.

The figures begin at FIGURES_AT, a share of the width next to the books. With more than MANY_BOOKS books the shelf is
limited to that share. TICKS is the height in units left free under the figures for the ticks.
"""


def draw(view: Borrowing, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    if view.on_pad is not None and view.typed is None and not view.guest.mark and pile.fits(view.on_pad, scene):
        pile.draw(view, view.on_pad, scene)
        return
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
    second = "find" if view.on_pad is None else "read_again"
    room = scene.foot(("undo", second), ("account", "finish"), more_width(scene, hidden))
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
    left = left if view.on_pad is None else pile.heading(view.on_pad, scene)
    sums = _remaining_words(view, scene) if scene.frame.single and not page.theme.portrait else ""
    due = scene.say("Due back") if any(line.due or line.due_text for line in view.lines) else ""
    y = area.y
    if view.guest.mark:
        y = draw_whose(view, scene, area)
    elif not page.theme.compact or page.theme.large or not view.lines:
        y = draw_head(scene, area, left, sums or due)
    box = Box(area.x, y, area.w, area.h)
    if view.notice:
        y = scene.notice(box, view.notice) + page.u(2)
    elif view.on_pad is not None and (bottom := pile.draw_first_need(view, scene, box)) > y:
        y = bottom + page.u(2)
    rest = Box(area.x, y, area.w, area.bottom - y)
    if not view.lines:
        bare = page.theme.compact and isinstance(view.greets, NewTitles)
        if view.typed is None:
            how = "" if bare else scene.say("Show its library label to the camera.")
            rest = draw_empty(scene, rest, scene.say("Scan your first book"), how, DiagramPart.CAMERA)
        else:
            how = "" if bare else number_hint(scene, view.pad)
            rest = draw_empty(scene, rest, scene.say("Enter your first book's number"), how)
        draw_greeting(view, scene, rest)
        return 0
    return draw_list(scene, rest, rows_of(scene, view.lines, view.typed is not None), scene.first)


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


PANEL_PAD, PANEL_GAP, PANEL_ICON, PANEL_HEIGHT = 3, 3, 5, 15
LEAST_COVER = 25
"""Minimum cover width in units; a narrower one cuts words of nine letters."""
ROW, LOW_ROW = 15, 8
"""Height in units of a title's row, normal and on a low screen."""


def draw_greeting(view: Borrowing, scene: DrawContext, area: Box) -> None:
    match view.greets:
        case Guide() as guide:
            _guide(guide, view.guest.allowance, scene, area)
        case NewTitles() as new if not scene.page.theme.large:
            _titles(new, scene, area)
        case ServiceGreeting() as service:
            _panel_of_words(scene.words.pick(service.words), scene, area)
        case _:
            pass


def _guide(guide: Guide, room: Allowance, scene: DrawContext, area: Box) -> None:
    """Draw the guide on a panel with the button below; on a low screen the button is an icon at the right."""
    page, low = scene.page, scene.page.theme.compact
    pad, action = page.u(1 if low else PANEL_PAD), scene.action("guide")
    icon_room, under = (page.u(PANEL_HEIGHT + PANEL_GAP), 0) if low else (0, page.u(PANEL_HEIGHT + PANEL_GAP))
    if action is None:
        icon_room, under = 0, 0
    inner = Box(area.x + pad, area.y + pad, area.w - 2 * pad - icon_room, area.h - 2 * pad - under)
    lines = [_line(n, icon, words, scene, inner) for n, (icon, words) in enumerate(_lines(guide, room, scene), 1)]
    head = [] if low else [_words(0, _own_words(guide, scene.say("How it works here"), scene), scene, inner)]
    if sum(each.height for each in (*head, lines[0])) > inner.h:
        return
    high = min(sum(each.height for each in (*head, *lines)), inner.h)
    box = Box(area.x, area.y, area.w, round(max(high, page.u(PANEL_HEIGHT) if icon_room else 0) + under + 2 * pad))
    page.panel(box, page.colours.board)
    y = flow(Box(inner.x, inner.y, inner.w, high), [*head, *lines])
    if action is None:
        return
    words = scene.say("Show me how")
    if icon_room:
        side = page.u(PANEL_HEIGHT)
        square = Box(box.right - pad - side, round(box.y + (box.h - side) / 2), side, side)
        draw_pictured(page, square, Button(action, words, "graduation-cap"))
    else:
        button = Button(action, words, "graduation-cap")
        width = button_width(page, button, TIGHT)
        draw_button(page, Box(inner.x, round(y) + page.u(PANEL_GAP), width, page.u(PANEL_HEIGHT)), button)


def _panel_of_words(words: str, scene: DrawContext, area: Box) -> None:
    page = scene.page
    pad = page.u(1 if page.theme.compact else PANEL_PAD)
    block = _words(0, words, scene, Box(area.x + pad, area.y, area.w - 2 * pad, area.h))
    if block.height + 2 * pad <= area.h:
        page.panel(Box(area.x, area.y, area.w, round(block.height + 2 * pad)), page.colours.board)
        block.draw(area.y + pad)


def _lines(guide: Guide, room: Allowance, scene: DrawContext) -> list[tuple[str, str]]:
    say_n = scene.words.say_n
    books = scene.say("As many books as your card allows")
    if room.certain:
        books = say_n("Up to {n} book", "Up to {n} books", room.allowed)
    if guide.days:
        books = say_n("{books}, for {n} day each", "{books}, for {n} days each", guide.days, books=books)
    lines = [("book-up", books)]
    if guide.renews:
        words = scene.say("Renew here or on your phone") if guide.phone else scene.say("Renew here, in your account")
        lines.append(("repeat", words))
    found = scene.say("Find a book here, or ask us") if guide.finds else scene.say("Questions? Touch Help.")
    return [*lines, ("search" if guide.finds else "hand", found)]


def _own_words(shown: Shown, usual: str, scene: DrawContext) -> str:
    return text_in(shown.words, scene.words.language) or usual


def _words(rank: int, words: str, scene: DrawContext, area: Box) -> Block:
    page = scene.page
    steps = (Type.CAP,) if page.theme.compact or page.theme.large else (Type.BODY, Type.CAP)
    step = page.step_for(words, area.w, page.leading(Type.BODY) * 2, steps)
    return text_block(scene, area, rank, words, step, air=1.5)


def _line(rank: int, icon: str, words: str, scene: DrawContext, area: Box) -> Block:
    page = scene.page
    x = area.x + page.u(page.theme.icon(PANEL_ICON) + 2)
    high = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, area.right - x)

    def draw(y: float) -> None:
        page.icon(area.x, y + page.leading(Type.CAP) / 2, icon, page.theme.icon(PANEL_ICON), page.colours.ink2)
        page.words(Box(x, y, area.right - x, high), words, Type.CAP)

    return Block(rank, high + page.u(0.5), draw)


def _titles(new: NewTitles, scene: DrawContext, area: Box) -> None:
    """Draw one sentence, and as many new titles as fit."""
    page = scene.page
    head = _words(0, _own_words(new, scene.say("New since your last visit"), scene), scene, area)
    rest = Box(area.x, area.y + head.height, area.w, area.h - head.height)
    if page.theme.portrait or page.theme.compact:
        columns, high = (2, page.u(LOW_ROW)) if page.theme.compact else (1, page.u(ROW))
        if shown := new.titles[: columns * max(int(rest.h // high), 0)]:
            head.draw(area.y)
            _in_rows(shown, scene, rest, columns, high)
    elif rest.h >= page.u(LEAST_COVER):
        most = int((rest.w + page.u(PANEL_GAP)) // page.u(LEAST_COVER + PANEL_GAP))
        _on_the_line(new.titles[:most], head, scene, rest)


def _on_the_line(titles: Sequence[NewTitle], head: Block, scene: DrawContext, area: Box) -> None:
    """Draw covers of equal size in a row on the shelf line, under their heading."""
    page, gap = scene.page, scene.page.u(PANEL_GAP)
    wide = min((area.w - gap * (len(titles) - 1)) / len(titles), area.h * 0.75, page.u(30))
    high = round(wide / 0.75)
    head.draw(area.bottom - high - head.height)
    for number, each in enumerate(titles):
        box = Box(round(area.x + number * (wide + gap)), area.bottom - high, round(wide), high)
        draw_cover(page, box, each.subject, each.title, each.cover, Corners.TOP)


def _in_rows(titles: Sequence[NewTitle], scene: DrawContext, area: Box, columns: int, high: int) -> None:
    """Draw each cover with the title at its right, for covers too small to read."""
    page, step = scene.page, Type.CAP if columns > 1 else Type.BODY
    wide = (area.w - page.u(PANEL_GAP) * (columns - 1)) / columns
    for number, each in enumerate(titles):
        x, y = area.x + number % columns * (wide + page.u(PANEL_GAP)), area.y + number // columns * high
        page.rule(x, y, wide)
        cover = Box(round(x), round(y + high * 0.1), round(high * 0.6), round(high * 0.8))
        draw_cover(page, cover, each.subject, each.title, each.cover)
        left = cover.right + page.u(PANEL_GAP - 1)
        line = Box(left, y, x + wide - left, high)
        if columns == 1 and each.author:
            line = Box(left, y + page.u(1), line.w, page.leading(Type.BODY))
            below = Box(left, line.bottom, line.w, page.leading(Type.CAP))
            page.word(below, each.author, Type.CAP, page.colours.ink2, cut=True)
        page.word(line, each.title, step, cut=True)
