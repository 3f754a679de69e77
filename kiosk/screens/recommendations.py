"""Draw For you: recommended titles that are on the shelf now, with reasons and reactions."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kiosk.screens.components.buttons import TIGHT, Button, button_width, draw_button
from kiosk.screens.components.choices import Mark
from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.shelf import draw_bare_shelf
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import Block, draw_more, flow, more_width, text_block
from kiosk.screens.rendering.display_list import Box, Corners, Fill, Line
from kiosk.screens.rendering.theme import Type
from kiosk.screens.title_page import place_of
from kiosk.views import ForYou, PickKind, PickLine
from lending.line_breaks import unbroken

NAMED = re.compile(r"([^“《«]+)([“《«].+[”》»])")
"""A reason that ends with a title."""
QUOTED = re.compile(r"“(.+)”")
"""A Latin title in quotation marks, which stands plain on a line of its own."""
MOST_REASON = 3
"""Lines of a reason."""
COLUMN, MOST_COLUMNS = 44, 5
"""Minimum width of a column in units, and maximum number of columns."""
FEWEST = 2
"""Columns for titles that are too long for more."""
COVER_WIDTH = 0.72
"""Width of a cover as a share of its height."""
TEXT_WIDTH, NARROW_TEXT = 47, 33
"""Minimum width in units of the text next to a cover, with and without a reason."""
LOWEST, TALLEST = 18, 54
"""Height of a cover in units."""
THUMB, NARROW_THUMB = 16, 10
"""Width of a reaction button in units, above another one and next to it."""
HIGH, TALL, GAP = 15, 18, 3
"""Units: height of a button, of one above another where there is room, and gap."""
SHELF, LARGE_SHELF = 88, 80
"""Minimum height in units of a shelf with titles, and of one in large text."""
BOARD = 2
"""Pixels of a shelf board above the shelf line."""
LINKS = 1
"""Places of the links, behind the titles."""
Picks = tuple[PickLine | None, ...]
"""Titles, and None for the links."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Places for titles: `across` on a shelf, `shelves` above one another."""

    across: int
    shelves: int
    gap: int
    cards: bool
    """True if the text stands next to the cover, False if above it."""

    def places(self, area: Box, top: float) -> list[Box]:
        """Return the places in reading order; `top` is the room between a place and the board above it."""
        width = (area.w - self.gap * (self.across - 1)) / self.across
        high = area.h / self.shelves
        return [
            Box(round(area.x + at * (width + self.gap)), area.y + row * high + top, round(width), high - top)
            for row in range(self.shelves)
            for at in range(self.across)
        ]


def draw(view: ForYou, scene: DrawContext) -> None:
    page, whole = scene.page, scene.frame.whole
    scene.head()
    y: float = whole.y
    if page.theme.portrait or not (page.theme.large or page.theme.compact):
        y = _heading(view, scene, whole) + page.u(2)
    area = Box(whole.x, y, whole.w, whole.bottom - y)
    cells: Picks = (*(view.picks or ()), None)
    hidden = _draw_picks(view, scene, area, cells) if view.picks else _draw_bare(view, scene, area)
    room = scene.foot(("back",), ("finish",), more_width(scene, hidden, LINKS))
    draw_more(scene, room, hidden, len(cells) if view.picks else 2, LINKS)


def _basis(view: ForYou, scene: DrawContext) -> tuple[str, str]:
    """Return what the titles are based on, and how to change that; "" if there is nothing to change."""
    if view.for_everyone:
        ask = scene.say("We recommend books only if you agree. Turn this on at the desk or on your phone.")
        return scene.say("New and popular books here, the same for everyone."), ask if _unasked(view) else ""
    why = scene.say("Based on what you have borrowed. Your feedback changes what we suggest.")
    return why, scene.say("You can stop this at the desk or on your phone.")


def _grid(scene: DrawContext, area: Box) -> _Grid:
    """Return the places of a page: columns on the shelf line, boards above it where the screen is tall."""
    page, theme = scene.page, scene.page.theme
    gap = page.u(4.5)
    if theme.large:
        return _Grid(1, max(int(area.h // page.u(LARGE_SHELF)), 1), gap, cards=True)
    if theme.compact:
        return _Grid(2, 1, gap, cards=True)
    fits = max(min(int((area.w + gap) // (page.u(COLUMN) + gap)), MOST_COLUMNS), 1)
    return _Grid(fits, max(int(area.h // page.u(SHELF)), 1) if theme.portrait else 1, gap, cards=False)


def _draw_picks(view: ForYou, scene: DrawContext, area: Box, cells: Picks) -> int:
    """Draw titles and links, each in its place; return the number out of sight."""
    page, grid, shown = scene.page, _grid(scene, area), cells[scene.first :]
    while grid.across > (1 if grid.cards else FEWEST) and not _fits(scene, grid, area, shown):
        grid = replace(grid, across=grid.across - 1)
    places = _places(scene, grid, area)
    for number in range(1, -(-min(len(shown), len(places)) // grid.across)):
        board = round(area.y + area.h / grid.shelves * number)
        page.add(Fill(Box(area.x, board, area.w, BOARD), page.colours.ink))
    for start in range(0, len(places), grid.across):
        cells_of_row = list(zip(places[start:], shown[start : start + grid.across], strict=False))
        picks = [pick for _, pick in cells_of_row if pick is not None]
        for place, pick in cells_of_row:
            if pick is None:
                _draw_links(scene, place)
            elif grid.cards:
                _draw_card(pick, scene, place, picks)
            else:
                _draw_column(pick, scene, place, picks)
    return max(len(shown) - len(places), 0)


def _places(scene: DrawContext, grid: _Grid, area: Box) -> list[Box]:
    return grid.places(area, scene.page.u(2) if grid.shelves > 1 else 0)


def _fits(scene: DrawContext, grid: _Grid, area: Box, shown: Picks) -> bool:
    """Return True if the columns of this grid show each title and call number whole, without a broken word."""
    places, width = _places(scene, grid, area), scene.page.width
    for start in range(0, len(places), grid.across):
        row = [pick for pick in shown[start : start + grid.across] if pick is not None]
        for pick, place in zip(row, places[start:], strict=False):
            if grid.cards:
                step, room = _title_of_card(scene, place, row)
                lines = scene.page.count_lines(pick.title, step, place.w)
            else:
                lines, room = _lines_of_title(pick, scene, place, _reason_lines(row, scene, place.w))
            parts = [each.rstrip() for each in unbroken(pick.title)] + ([] if grid.cards else [pick.call_number])
            if lines > room or any(width(part, Type.CAP) > place.w for part in parts):
                return False
    return True


def _draw_bare(view: ForYou, scene: DrawContext, area: Box) -> int:
    """Draw that titles are looked up or that there are none, and the links next to it or behind it."""
    page, grid = scene.page, _grid(scene, area)
    place = grid.places(area, 0)[-1]
    beside = grid.across > 1
    if beside:
        area = Box(area.x, area.y, place.x - grid.gap - area.x, area.h)
    if beside or scene.first:
        _draw_links(scene, place)
    if beside or not scene.first:
        if view.picks is None:
            draw_state(page, Box(area.x, area.y + page.u(3), area.w, page.leading(Type.BODY)), State.CHECKING,
                       scene.say("One moment"), Type.BODY)  # fmt: skip
        else:
            _nothing(scene, area)
    return 0 if beside or scene.first else 1


def _draw_links(scene: DrawContext, place: Box) -> None:
    """Draw the ways on from here as rows that end at the shelf line."""
    page = scene.page
    labels = (
        ("had", scene.say("My reading history"), "book-up"),
        ("ask_librarian", scene.say("Ask a librarian"), "message-square"),
        ("events", scene.say("Courses and events"), "calendar-days"),
    )
    rows = [(action, label, icon) for name, label, icon in labels if (action := scene.action(name)) is not None]
    side, high = page.theme.icon(5), page.u(HIGH)
    room = place.w - page.u(side + 2)
    fits = all(page.width(label, Type.BODY) <= room for _, label, _ in rows)
    step = Type.BODY if fits else Type.CAP
    y = round(place.bottom - page.u(1) - high * len(rows))
    for action, label, icon in rows:
        page.rule(place.x, y, place.w)
        page.icon(place.x, y + high / 2, icon, side)
        lines = page.leading(step) * min(page.count_lines(label, step, room), 2)
        page.words(Box(place.right - room, y + (high - lines) / 2, room, high), label, step, most=2)
        page.touch(Box(place.x, y, place.w, high), action, label)
        y += high


def _heading(view: ForYou, scene: DrawContext, area: Box) -> float:
    page = scene.page
    words = scene.say("New in the library") if _unasked(view) else scene.say("For you, on the shelf now")
    y = page.words(area, scene.say("For you") if not view.picks else words, Type.TITLE)
    if not view.picks:
        return y
    why, off = _basis(view, scene)
    both = scene.say("{first} {second}", first=why, second=off) if off else why
    fits = page.theme.portrait or page.width(both, Type.CAP) <= area.w
    return page.words(Box(area.x, y, area.w, area.h), both if fits else why, Type.CAP, page.colours.ink2)


def _draw_column(pick: PickLine, scene: DrawContext, column: Box, row: Sequence[PickLine]) -> None:
    """Draw one title of a row: reason, place, call number and title above a cover with the reactions next to it."""
    page, cap = scene.page, scene.page.leading(Type.CAP)
    reason = _reason_lines(row, scene, column.w)
    longest = max(page.count_lines(each.title, Type.CAP, column.w) for each in row)
    beside = page.u(THUMB + 2) if any(_reacts(each, scene) for each in row) else 0
    tallest = min(page.u(TALLEST), (column.w - beside) / COVER_WIDTH)
    y = column.y + max(column.h - _height_above(scene, reason) - longest * cap - tallest, 0)
    _draw_reason(pick, scene, Box(column.x, y, column.w, column.h))
    if reason:
        y += reason * cap + page.u(1)
        page.rule(column.x, round(y), column.w)
        y += page.u(1)
    draw_state(page, Box(column.x, y, column.w, cap), State.DONE, _place(pick, scene, column.w))
    y += cap + page.u(0.5)
    if pick.call_number:
        step = page.step_for(pick.call_number, column.w, page.leading(Type.BODY), (Type.BODY, Type.CAP))
        page.word(Box(column.x, y, column.w, page.leading(Type.BODY)), pick.call_number, step, cut=True)
        y += page.leading(Type.BODY)
    reacts, (lines, most) = _reacts(pick, scene), _lines_of_title(pick, scene, column, reason)
    stacked = column.bottom - y - page.u(1) - min(lines, most) * cap >= page.u(2 * HIGH + GAP)
    y = page.words(Box(column.x, y, column.w, 0), pick.title, Type.CAP, page.colours.ink2, most=most) + page.u(1)
    beside = (page.u(THUMB if stacked else 2 * NARROW_THUMB + GAP) + page.u(2)) if reacts else 0
    high = round(min(column.bottom - y, page.u(TALLEST), (column.w - beside) / COVER_WIDTH))
    if stacked and reacts:
        high = max(high, page.u(2 * HIGH + GAP))
    wide = round(min(high * COVER_WIDTH, column.w - beside))
    cover = _stand(pick, scene, Box(column.x, round(column.bottom) - high, wide, high))
    thumbs = Box(cover.right + page.u(2), cover.y, column.right - cover.right - page.u(2), high)
    _draw_thumbs(pick, scene, thumbs, stacked)


def _height_above(scene: DrawContext, reason: int) -> int:
    """Return the height of what stands above a title, with the air around it; `reason` is in lines."""
    page = scene.page
    return (reason + 1) * page.leading(Type.CAP) + page.leading(Type.BODY) + page.u(4)


def _lines_of_title(pick: PickLine, scene: DrawContext, column: Box, reason: int) -> tuple[int, int]:
    """Return the number of lines of the title, and the most that leave room for a cover."""
    page = scene.page
    room = column.h - _height_above(scene, reason) - page.u(LOWEST)
    return page.count_lines(pick.title, Type.CAP, column.w), max(int(room // page.leading(Type.CAP)), 1)


def _reason_lines(row: Sequence[PickLine], scene: DrawContext, width: float) -> int:
    """Return the number of lines of the longest reason of a row."""
    return max(_lines_of_reason(each, scene, width) for each in row)


def _stand(pick: PickLine, scene: DrawContext, cover: Box) -> Box:
    """Draw the cover on its shelf, which opens its title, lit if the patron likes it; return its box."""
    page = scene.page
    draw_cover(page, cover, pick.subject, pick.title, pick.cover, Corners.TOP)
    if (action := scene.action("title", item=pick.item)) is not None:
        high = max(cover.h, page.u(HIGH))
        page.touch(Box(cover.x, cover.bottom - high, cover.w, high), action, pick.title)
    if pick.feedback == "like":
        line = scene.frame.line
        high = line.h if cover.bottom >= line.y - page.u(1) else BOARD
        page.add(Line(Box(cover.x, round(cover.bottom), cover.w, high), page.colours.accent))
    return cover


def _reacts(pick: PickLine, scene: DrawContext) -> bool:
    """Return True if the patron can react to it."""
    return scene.action("like", item=pick.item) is not None


def _draw_card(pick: PickLine, scene: DrawContext, card: Box, row: Sequence[PickLine]) -> None:
    """Draw one title of a row over its cover and the text next to it, with the reactions below the text."""
    page = scene.page
    step, most = _title_of_card(scene, card, row)
    y = page.words(card, pick.title, step, most=most) + page.u(1)
    gap = page.u(5 if page.theme.large else 3)  # An opening bracket hangs into it.
    beside = page.u(TEXT_WIDTH if _lines_of_reason(pick, scene, card.w) else NARROW_TEXT)
    beside = max(beside, math.ceil(state_width(page, _place(pick, scene, beside))))
    wide = min(min(card.bottom - y, page.u(TALLEST)) * COVER_WIDTH, card.w - beside - gap)
    high = round(wide / COVER_WIDTH)
    cover = _stand(pick, scene, Box(card.x, round(card.bottom) - high, round(wide), high))
    text = Box(cover.right + gap, y, card.right - cover.right - gap, card.bottom - y - page.u(1))
    if _reacts(pick, scene):
        reactions = Box(text.x, round(text.bottom) - page.u(HIGH), text.w, page.u(HIGH))
        _draw_reactions(pick, scene, reactions)
        text = Box(text.x, text.y, text.w, reactions.y - text.y)
    flow(text, _card_blocks(pick, scene, text))


def _title_of_card(scene: DrawContext, card: Box, row: Sequence[PickLine]) -> tuple[Type, int]:
    """Return the type of the titles of a row, and the most lines that leave room for place and reactions."""
    page = scene.page
    step = Type.BODY if all(page.width(each.title, Type.BODY) <= card.w for each in row) else Type.CAP
    room = card.h - page.leading(Type.CAP) - page.u(HIGH + 2)
    return step, max(int(room // page.leading(step)), 2)


def _card_blocks(pick: PickLine, scene: DrawContext, text: Box) -> list[Block]:
    """Return place, call number, reason and author; the last ones are dropped if room is short."""
    page, grey, cap = scene.page, scene.page.colours.ink2, scene.page.leading(Type.CAP)
    blocks = [text_block(scene, text, 4, pick.author, colour=grey, most=1)] if pick.author else []
    place = _place(pick, scene, text.w)
    blocks.append(Block(0, cap, lambda y: draw_state(page, Box(text.x, y, text.w, cap), State.DONE, place)))
    if pick.stand is not None and place != place_of(pick.stand, scene):
        floor = scene.words.pick(pick.stand.floor.name)
        blocks += [text_block(scene, text, 3, floor, colour=grey)] if page.width(floor, Type.CAP) <= text.w else []
    if pick.call_number:
        blocks.append(text_block(scene, text, 1, pick.call_number, most=1))
    if _lines_of_reason(pick, scene, text.w):
        high = _lines_of_reason(pick, scene, text.w) * cap
        blocks.append(Block(2, high, lambda y: _draw_reason(pick, scene, Box(text.x, y, text.w, high))))
    return blocks


def _draw_reactions(pick: PickLine, scene: DrawContext, row: Box) -> None:
    """Draw More and Less side by side; in large text with words next to the icons."""
    page = scene.page
    if not page.theme.large:
        _draw_thumbs(pick, scene, row, stacked=False)
        return
    x = row.x
    for each in _reactions(pick, scene):
        width = button_width(page, each.button, TIGHT, Type.CAP)
        draw_button(page, Box(round(x), row.y, width, row.h), each.button, Type.CAP, chosen=each.chosen)
        x += width + page.u(GAP)


def _draw_reason(pick: PickLine, scene: DrawContext, column: Box) -> None:
    """Draw the reason, a title in it in ink, or what the patron has said."""
    page = scene.page
    if pick.feedback:
        page.words(column, _thanks(pick, scene), Type.CAP, page.colours.done, most=MOST_REASON)
        return
    head, title = _reason_parts(pick, scene)
    lines = page.count_lines(head, Type.CAP, column.w)
    y = page.words(column, head, Type.CAP, page.colours.ink2, most=MOST_REASON)
    if title and lines < MOST_REASON:
        page.words(Box(column.x, y, column.w, column.h), title, Type.CAP, most=MOST_REASON - lines)


def _reason_parts(pick: PickLine, scene: DrawContext) -> tuple[str, str]:
    """Return the reason as a sentence, and a title at its end apart from it."""
    words = _reason_text(pick, scene)
    words = words[:1].upper() + words[1:]
    named = NAMED.fullmatch(words)
    return (named.group(1).strip(), QUOTED.sub(r"\1", named.group(2))) if named else (words, "")


def _lines_of_reason(pick: PickLine, scene: DrawContext, width: float) -> int:
    count = scene.page.count_lines
    if pick.feedback:
        return min(count(_thanks(pick, scene), Type.CAP, width), MOST_REASON)
    return min(sum(count(each, Type.CAP, width) for each in _reason_parts(pick, scene) if each), MOST_REASON)


def _thanks(pick: PickLine, scene: DrawContext) -> str:
    return scene.say("Saved: more like this") if pick.feedback == "like" else scene.say("We won't suggest it again")


def _place(pick: PickLine, scene: DrawContext, width: float) -> str:
    """Return floor and bay if they have room, else the bay."""
    if pick.stand is None:
        return scene.say("On the shelf")
    place = place_of(pick.stand, scene)
    fits = state_width(scene.page, place) <= width
    return place if fits else scene.say("Bay {bay}", bay=pick.stand.bays[0].code)


def _draw_thumbs(pick: PickLine, scene: DrawContext, room: Box, stacked: bool) -> None:
    """Draw More and Less next to the cover, above each other or side by side; the chosen one in ink."""
    page = scene.page
    high = max(min(page.u(TALL), round((room.h - page.u(GAP + 1)) / 2)), page.u(HIGH)) if stacked else page.u(HIGH)
    for number, each in enumerate(_reactions(pick, scene)):
        wide = page.u(THUMB if stacked or room.w >= page.u(2 * THUMB + GAP) else NARROW_THUMB)
        across, down = (0, high + page.u(GAP)) if stacked else (wide + page.u(GAP), 0)
        box = Box(round(room.x + number * across), round(room.y + number * down), wide, high)
        if each.chosen:
            page.add(Fill(box, page.colours.ink, page.u(1)))
        else:
            page.frame(box)
        button = each.button
        _draw_thumb(scene, box, button.icon, button.label, page.colours.paper if each.chosen else page.colours.ink)
        page.touch(box, button.action, button.said)


def _draw_thumb(scene: DrawContext, box: Box, icon: str, label: str, colour: str) -> None:
    page, cap = scene.page, scene.page.leading(Type.CAP)
    fits = page.width(label, Type.CAP) <= box.w - page.u(1)
    top = box.y + (box.h - page.u(6.5) - (cap if fits else 0)) / 2
    page.icon(box.x + (box.w - page.u(6.5)) / 2, top + page.u(3.25), icon, 6.5, colour)
    if fits:
        page.word(Box(box.x, top + page.u(6.5), box.w, cap), label, Type.CAP, colour, align="centre")


def _unasked(view: ForYou) -> bool:
    """Return True if the titles are the kiosk's own list of new titles, which has no reasons."""
    return view.for_everyone and not any(each.why for each in view.picks or ())


def _nothing(scene: DrawContext, area: Box) -> None:
    page = scene.page
    heading = scene.say("No recommendations yet.")
    steps = (Type.BODY, Type.CAP) if page.theme.compact else (Type.TITLE, Type.BODY)
    step = page.step_for(heading, area.w, page.leading(steps[0]) * 2, steps)
    words = scene.say("We recommend books only if you agree. Turn this on at the desk or on your phone.")
    texts = ((0, heading, step, page.colours.ink), (1, words, Type.CAP, page.colours.ink2))
    y = flow(area, [text_block(scene, area, *each, air=2) for each in texts])
    draw_bare_shelf(page, Box(area.x, y, area.w, area.bottom - y), "bookmark")


def _reason_text(pick: PickLine, scene: DrawContext) -> str:
    """Return the library's reason, else how the title relates to the patron."""
    reason = scene.words.pick(pick.why or {})
    match pick.kind:
        case PickKind.AGAIN:
            return scene.say("You borrowed it before")
        case PickKind.NEW:
            return reason or (scene.say("New in the library") if pick.about else "")
        case _:
            return reason


def _reactions(pick: PickLine, scene: DrawContext) -> list[Mark]:
    """Return More and Less; the chosen one is taken back."""
    labels = (
        ("like", "like", scene.say("More"), "thumbs-up", scene.say("I like it")),
        ("not_for_me", "not", scene.say("Less"), "thumbs-down", scene.say("Not for me")),
    )
    marks = []
    for name, answer, label, icon, said in labels:
        action, chosen = scene.action(name, item=pick.item), pick.feedback == answer
        if action is not None:
            spoken = scene.say("Take back: {answer}", answer=said) if chosen else said
            marks.append(Mark(Button(action, label, icon, said=spoken), chosen))
    return marks
