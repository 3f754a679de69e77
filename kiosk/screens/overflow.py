"""Fit content into too little room: leave blocks out by rank, turn long lists, continue large text on further pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from kiosk.screens.components.buttons import GAP
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Cover, Line, Mark, Sheet, Text, Touch
from kiosk.screens.rendering.text_layout import wrap
from kiosk.screens.rendering.theme import Theme, Type

FOLLOWING = 10_000
"""Index of the first overflow page; smaller indices count the rows of a list, which is always shorter."""
KEYS = ("key", "turn", "erase", "enter", "pick")
BAR = 15
"""Height of the status bar in units."""
LEAST = 9.5
"""Minimum width in units of the button to the next page, next to keys."""
RULE = 10
"""Minimum length in units of a thin line that separates rows."""
ENOUGH, ENOUGH_SMALL = 1.3, 1.9
"""Minimum enlargement of text on the screen itself; a small screen reaches the second only on overflow pages."""
FIGURE = re.compile(r"\d+")
BLANK = re.compile(r"\s")
Focus = tuple[str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class OverflowText:
    """Text of a screen that begins on one line; `face` is the action whose label it is."""

    words: str
    box: Box
    size: int
    colour: str
    cut: bool = False
    face: Focus | None = None


def list_positions(draw: Callable[[int], Sheet]) -> Iterator[Sheet]:
    """Yield a screen, and every position to which its long list can be turned."""
    first, seen = 0, set[int]()
    while first not in seen and first < FOLLOWING:
        seen.add(first)
        sheet = draw(first)
        yield sheet
        first = next((mark.turn for mark in sheet if isinstance(mark, Touch) and mark.turn is not None), 0)


def texts_left_out(ordinary: Iterable[Sheet], enlarged: Iterable[Sheet], theme: Theme) -> list[list[OverflowText]]:
    """Return what `ordinary` shows and `enlarged` does not show in full and larger, with the text of the same row."""
    shown = [each for sheet in enlarged for row in _rows(sheet, theme) for each in row]
    sizes: dict[str, int] = {}
    for each in shown:
        if not each.cut:
            sizes[_bare(each.words)] = max(each.size, sizes.get(_bare(each.words), 0))
    least = ENOUGH_SMALL if theme.small else ENOUGH
    faces = {each.face for each in shown if each.face} - {each.face for each in shown if each.cut}

    def is_told(each: OverflowText) -> bool:
        return each.face in faces if each.face else sizes.get(_bare(each.words), 0) >= least * each.size

    rows = (row for sheet in ordinary for row in _rows(sheet, theme))
    missing = ([each for each in row if each.face not in faces] for row in rows if not all(map(is_told, row)))
    return [row for row in missing if row]


def draw_following(scene: DrawContext, screen: Sheet, rows: list[list[OverflowText]], at: int) -> None:
    """Draw the lines from index `at` on, between the status bar and footer of `screen`."""
    page, frame = scene.page, scene.frame
    scene.head()
    read = Canvas(replace(page.theme, twice=True), page.ruler)
    onward = next(mark.box for mark in reversed(screen) if isinstance(mark, Touch) and mark.name == "more")
    width = frame.whole.w
    if onward.y < frame.line.y:  # Above a full footer, the button is right of the text.
        width = onward.x - page.u(GAP) - frame.whole.x
    lines = list(_lines(read, width, rows))
    at = at if at < len(lines) else 0  # Fewer lines may be left out now than when `at` was set.
    y: float = frame.whole.y
    shown = 0
    for words, step, colour, begins in lines[at:]:
        lead = page.u(2) if begins and shown else 0
        if shown and y + lead + read.leading(step) > frame.line.y - page.u(0.5):
            break
        if lead:
            page.rule(frame.whole.x, y + lead / 2, width)
        y = read.words(Box(frame.whole.x, y + lead, width, frame.whole.h), words, step, colour)
        shown += 1
    hidden = len(lines) - at - shown
    page.add(*read.sheet())
    scene.line()
    foot = list(_foot(screen, scene))
    page.add(*(mark for mark in foot if not onward.contains(*mark.box.centre)))
    words = scene.say("Next page") if hidden else scene.say("To the top")
    draw_onward(scene, onward, words, FOLLOWING + at + shown if hidden else 0)


def draw_way(scene: DrawContext) -> None:
    """Draw the button to the overflow pages in the widest gap of the footer, unless a list has one already."""
    page, foot = scene.page, scene.frame.foot
    marks = [mark for mark in page.sheet() if _is_foot(mark, scene)]
    if any(isinstance(mark, Touch) and mark.turn is not None for mark in marks):
        return
    edges = sorted((mark.box.x, mark.box.right) for mark in marks if mark.box.y >= foot.y)
    gaps, end = [], foot.x - page.u(GAP)
    for left, right in [*edges, (foot.right + page.u(GAP), 0)]:
        gaps.append((left - end, end))
        end = max(end, right)
    wide, x = max(gaps)
    room = Box(x + page.u(GAP), foot.y, max(wide - 2 * page.u(GAP), page.u(LEAST)), foot.h)
    if wide < page.u(LEAST + GAP):
        whole, width = scene.frame.whole, scene.spare  # The footer is full: draw the button above the shelf line.
        room = Box(whole.right - width, whole.bottom - foot.h - page.u(1), width, foot.h)
    draw_onward(scene, room, scene.say("Next page"), FOLLOWING)


def _lines(page: Canvas, width: float, rows: list[list[OverflowText]]) -> Iterator[tuple[str, Type, str, bool]]:
    """Yield text, step and colour of each line, and True for the first line of a row."""
    colours, ordinary = page.colours, replace(page.theme, large=False)
    for row in rows:
        begins = True
        for each in row:
            step = Type.CAP if each.size < ordinary.size(Type.BODY) else Type.BODY
            colour = each.colour if each.colour in (colours.ink2, colours.done, colours.stop) else colours.ink
            for words in wrap(each.words, page.theme.size(step), width, page.ruler)[0]:
                yield words, step, colour, begins
                begins = False


def _is_foot(mark: Mark, scene: DrawContext) -> bool:
    return mark.box.y >= scene.frame.line.bottom


def _foot(screen: Sheet, scene: DrawContext) -> Iterator[Mark]:
    """Yield the marks of the footer without keys, as an overflow page has no keyboard."""
    keys = [mark.box for mark in screen if isinstance(mark, Touch) and mark.name in KEYS]
    for mark in screen:
        if _is_foot(mark, scene) and not any(box.contains(*mark.box.centre) for box in keys):
            yield mark


def _rows(sheet: Sheet, theme: Theme) -> list[list[OverflowText]]:
    """Return the text below the status bar in drawing order, grouped by row.

    A title that only a cover shows is included, unless the cover can be touched.
    """
    touches = [mark for mark in sheet if isinstance(mark, Touch)]
    texts = [mark for mark in sheet if isinstance(mark, Text)]
    alone = [each for each in touches for text in texts if each.box.contains(*text.box.centre)]
    rows: list[list[OverflowText]] = []
    parted = True
    for mark in sheet:
        if isinstance(mark, Cover) or (isinstance(mark, Line) and mark.box.w > theme.u(RULE) > mark.box.h * RULE):
            parted = True
        if isinstance(mark, Cover) and _tells(mark, texts, touches):
            rows.append([OverflowText(mark.title, mark.box, theme.size(Type.BODY), theme.colours.ink)])
        if not isinstance(mark, Text) or mark.whole is None or mark.box.y < theme.u(BAR):
            continue
        touch = next((each for each in touches if each.box.contains(*mark.box.centre)), None)
        if touch is not None and (touch.turn is not None or touch.name in KEYS):
            continue
        if not mark.whole:
            if rows:
                rows[-1][-1] = replace(rows[-1][-1], cut=rows[-1][-1].cut or mark.cut, box=mark.box)
            continue
        face = touch is not None and (_bare(mark.whole) in _bare(touch.label) or alone.count(touch) == 1)
        focus = (touch.name, touch.item, touch.choice) if touch is not None and face else None
        entry = OverflowText(mark.whole, mark.box, mark.size, mark.colour, mark.cut, focus)
        if parted or not rows or _is_apart(rows[-1][-1], entry):
            rows.append([entry])
        elif FIGURE.fullmatch(rows[-1][-1].words):
            rows[-1][-1] = replace(entry, words=f"{rows[-1][-1].words} {entry.words}")
        else:
            rows[-1].append(entry)
        parted = False
    return rows


def _tells(cover: Cover, texts: list[Text], touches: list[Touch]) -> bool:
    read = any(_bare(cover.title) in _bare(each.whole or "") for each in texts)
    return not read and not any(each.box.contains(*cover.box.centre) for each in touches)


def _is_apart(one: OverflowText, other: OverflowText) -> bool:
    gap = other.box.y - one.box.bottom
    return gap > one.box.h or other.box.y < one.box.y - one.box.h


def _bare(words: str) -> str:
    return BLANK.sub("", words)


ARROW_HEIGHT = 5
"""Units of the arrow's height above a word."""
FINGER, ARROW = 16, 15
"""Width in units (about millimetres): of a finger, for an arrow without text; of an arrow next to a list."""


def more_width(scene: DrawContext, hidden: int, uncounted: int = 0) -> float:
    """Return the room in pixels that the button needs in the footer; 0 if the whole list is in sight."""
    if not hidden and not scene.first:
        return scene.spare
    if scene.page.theme.large:
        return max(scene.page.u(FINGER), _width_below_arrow(scene, scene.say("Next")))
    return scene.page.u(6.5 + 2) + scene.page.width(_label(scene, hidden, uncounted), Type.BODY)


def draw_more(scene: DrawContext, room: Box, hidden: int, total: int, uncounted: int = 0) -> None:
    """Draw the button between the footer groups: `n more` of `total` rows, the overflow pages, or back to the top.

    The last `uncounted` rows, such as links, are not counted as more.
    """
    if hidden or scene.first:
        onward = total - hidden if total - hidden > scene.first else scene.following
        draw_onward(scene, room, _label(scene, hidden, uncounted), onward if hidden else scene.following)


def draw_onward(scene: DrawContext, room: Box, label: str, turn: int) -> None:
    """Draw the button that turns to row `turn`; without room for text, only the arrow."""
    page = scene.page
    arrow = "chevron-down" if turn else "chevron-up"
    fitting = (each for each in (Type.BODY, Type.CAP) if page.u(8.5) + page.width(label, each) <= room.w)
    step = next(fitting, None)
    short = "" if step else _under_arrow(scene, label, turn, room.w)
    width = (
        page.width(label, step) + page.u(8.5)
        if step
        else min(max(page.u(FINGER), _width_below_arrow(scene, short)), room.w)
    )
    x = room.x + (room.w - width) / 2
    if not step and page.theme.large:
        page.frame(Box(round(x), room.y, round(width), room.h), page.colours.edge)
    cap = page.leading(Type.CAP) if short else 0
    top = room.y + (room.h - cap - page.u(ARROW_HEIGHT)) / 2
    middle = top + page.u(ARROW_HEIGHT) / 2 if short else room.y + room.h / 2
    page.icon(x if step else x + (width - page.u(6.5)) / 2, middle, arrow, 6.5)
    if step:
        page.word(Box(x + width - page.width(label, step), room.y, page.width(label, step), room.h), label, step)
    elif short:
        page.word(Box(x, top + page.u(ARROW_HEIGHT), width, cap), short, Type.CAP, align="centre")
    page.add(Touch(Box(round(x), room.y, round(width), room.h), "more", label=label, turn=turn))


def _under_arrow(scene: DrawContext, label: str, turn: int, width: float) -> str:
    """Return what is written below the arrow: the label, else a shorter word, else nothing."""
    words = (label, scene.say("Next") if turn else scene.say("Top"))
    return next((each for each in words if _width_below_arrow(scene, each) <= width), "")


def _width_below_arrow(scene: DrawContext, words: str) -> float:
    """Return the width in pixels of the button with the words below its arrow."""
    return scene.page.width(words, Type.CAP) + scene.page.u(2) if words else 0


def draw_turn(scene: DrawContext, box: Box, hidden: int, to: int) -> None:
    """Draw the arrow to the next part, or from the end back to the start."""
    page = scene.page
    high = min(box.h, page.u(ARROW))
    place = Box(box.x, round(box.y + (box.h - high) / 2), box.w, round(high))
    page.frame(place, page.colours.edge)
    side = page.theme.icon(6.5)
    icon = "arrow-right" if hidden else "undo-2"
    page.icon(place.x + (place.w - page.u(side)) / 2, place.y + place.h / 2, icon, side)
    label = scene.words.say_n("{n} more", "{n} more", hidden) if hidden else scene.say("To the top")
    page.add(Touch(place, "more", label=label, turn=to))


def _label(scene: DrawContext, hidden: int, uncounted: int) -> str:
    if hidden > uncounted:
        return scene.words.say_n("{n} more", "{n} more", hidden - uncounted)
    return scene.say("Next page") if hidden or scene.following else scene.say("To the top")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of `height` pixels, drawn by `draw(y)`. Blocks with the lowest rank are the last to be left out."""

    rank: int
    height: float
    draw: Callable[[float], object]


def text_block(
    scene: DrawContext,
    area: Box,
    rank: int,
    words: str,
    step: Type = Type.CAP,
    colour: str = "",
    air: float = 0,
    most: int = 0,
) -> Block:
    """Return text as wide as the area, with `air` units below it, cut after `most` lines if given."""
    page = scene.page
    lines = page.count_lines(words, step, area.w)
    high = page.leading(step) * (min(lines, most) if most else lines)
    return Block(
        rank, high + page.u(air), lambda y: page.words(Box(area.x, y, area.w, high), words, step, colour, most=most)
    )


def flow(area: Box, blocks: list[Block]) -> float:
    """Draw the blocks that fit, chosen by rank, from the top in the given order; return the bottom y."""
    room, kept = area.h, set[int]()
    for number, block in sorted(enumerate(blocks), key=lambda each: each[1].rank):
        if block.height <= room:
            kept.add(number)
            room -= block.height
    y = area.y
    for number, block in enumerate(blocks):
        if number in kept:
            block.draw(y)
            y += block.height
    return y
