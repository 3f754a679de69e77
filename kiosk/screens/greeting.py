"""Draw the panel next to the empty list: a guide in three lines, or new titles on the shelf line."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.screens.components.buttons import TIGHT, Button, button_width, draw_button, draw_pictured
from kiosk.screens.components.flow import Block, flow
from kiosk.screens.components.lists import draw_cover
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.display_list import Corners
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import Borrowing
from kiosk.views.greeting import Guide, NewTitles, Shown
from lending.languages import text_for
from lending.policy import Allowance
from lending.showcase import NewTitle

PAD, GAP, ICON, HIGH = 3, 3, 5, 15
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
        case _:
            pass


def _guide(guide: Guide, room: Allowance, scene: DrawContext, area: Box) -> None:
    """Draw the guide on a panel with the button below; on a low screen the button is an icon at the right."""
    page, low = scene.page, scene.page.theme.compact
    pad, action = page.u(1 if low else PAD), scene.action("guide")
    icon_room, under = (page.u(HIGH + GAP), 0) if low else (0, page.u(HIGH + GAP))
    if action is None:
        icon_room, under = 0, 0
    inner = Box(area.x + pad, area.y + pad, area.w - 2 * pad - icon_room, area.h - 2 * pad - under)
    lines = [_line(n, icon, words, scene, inner) for n, (icon, words) in enumerate(_lines(guide, room, scene), 1)]
    head = [] if low else [_words(0, _own_words(guide, scene.say("How it works here"), scene), scene, inner)]
    if sum(each.height for each in (*head, lines[0])) > inner.h:
        return
    high = min(sum(each.height for each in (*head, *lines)), inner.h)
    box = Box(area.x, area.y, area.w, round(max(high, page.u(HIGH) if icon_room else 0) + under + 2 * pad))
    page.panel(box, page.colours.board)
    y = flow(Box(inner.x, inner.y, inner.w, high), [*head, *lines])
    if action is None:
        return
    words = scene.say("Show me how")
    if icon_room:
        side = page.u(HIGH)
        square = Box(box.right - pad - side, round(box.y + (box.h - side) / 2), side, side)
        draw_pictured(page, square, Button(action, words, "graduation-cap"))
    else:
        button = Button(action, words, "graduation-cap")
        width = button_width(page, button, TIGHT)
        draw_button(page, Box(inner.x, round(y) + page.u(GAP), width, page.u(HIGH)), button)


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
    return text_for(shown.words, scene.words.language) or usual


def _words(rank: int, words: str, scene: DrawContext, area: Box) -> Block:
    page = scene.page
    steps = (Type.CAP,) if page.theme.compact or page.theme.large else (Type.BODY, Type.CAP)
    step = page.step_for(words, area.w, page.leading(Type.BODY) * 2, steps)
    high = page.leading(step) * page.count_lines(words, step, area.w)
    return Block(rank, high + page.u(1.5), lambda y: page.words(Box(area.x, y, area.w, high), words, step))


def _line(rank: int, icon: str, words: str, scene: DrawContext, area: Box) -> Block:
    page = scene.page
    x = area.x + page.u(page.theme.icon(ICON) + 2)
    high = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, area.right - x)

    def draw(y: float) -> None:
        page.icon(area.x, y + page.leading(Type.CAP) / 2, icon, page.theme.icon(ICON), page.colours.ink2)
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
        most = int((rest.w + page.u(GAP)) // page.u(LEAST_COVER + GAP))
        _on_the_line(new.titles[:most], head, scene, rest)


def _on_the_line(titles: Sequence[NewTitle], head: Block, scene: DrawContext, area: Box) -> None:
    """Draw covers of equal size in a row on the shelf line, under their heading."""
    page, gap = scene.page, scene.page.u(GAP)
    wide = min((area.w - gap * (len(titles) - 1)) / len(titles), area.h * 0.75, page.u(30))
    high = round(wide / 0.75)
    head.draw(area.bottom - high - head.height)
    for number, each in enumerate(titles):
        box = Box(round(area.x + number * (wide + gap)), area.bottom - high, round(wide), high)
        draw_cover(page, box, each.subject, each.title, each.cover, Corners.TOP)


def _in_rows(titles: Sequence[NewTitle], scene: DrawContext, area: Box, columns: int, high: int) -> None:
    """Draw each cover with the title at its right, for covers too small to read."""
    page, step = scene.page, Type.CAP if columns > 1 else Type.BODY
    wide = (area.w - page.u(GAP) * (columns - 1)) / columns
    for number, each in enumerate(titles):
        x, y = area.x + number % columns * (wide + page.u(GAP)), area.y + number // columns * high
        page.rule(x, y, wide)
        cover = Box(round(x), round(y + high * 0.1), round(high * 0.6), round(high * 0.8))
        draw_cover(page, cover, each.subject, each.title, each.cover)
        left = cover.right + page.u(GAP - 1)
        line = Box(left, y, x + wide - left, high)
        if columns == 1 and each.author:
            line = Box(left, y + page.u(1), line.w, page.leading(Type.BODY))
            below = Box(left, line.bottom, line.w, page.leading(Type.CAP))
            page.word(below, each.author, Type.CAP, page.colours.ink2, cut=True)
        page.word(line, each.title, step, cut=True)
