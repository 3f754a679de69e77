"""Draw what Borrowing and Returning share: camera panel, number pad, list, and the cards of a family."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kiosk.screens.components.camera import HeldObject, draw_camera, draw_camera_caption
from kiosk.screens.components.choices import draw_opinion, opinion_height
from kiosk.screens.components.diagrams import DiagramPart, draw_machine
from kiosk.screens.components.lists import ListRow, draw_hero, draw_row, hero_height, row_height
from kiosk.screens.components.shelf import Spine, Stand
from kiosk.screens.components.states import State
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import Block
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Figure, Fill, Outline, Shape
from kiosk.screens.rendering.theme import Type
from kiosk.screens.text_entry import KEYPAD_UNITS, draw_keypad, draw_typed, full_note
from kiosk.views import Borrowing, CurrentPatron, LineState, Pad, TagState, VisitLine, VisitTask
from kiosk.views.common import LONGEST_NUMBER

NARROW = 38.6
"""Width of the number pad in units on a small screen."""
LOWEST = 54
"""Minimum height in units of a number pad with keys for a finger; if lower, the number is shown next to it."""


def draw_scanner(scene: DrawContext, lines: tuple[VisitLine, ...], caption: str, most: float = 0.53) -> float:
    """Draw the camera panel at the top of the left column, or of the whole screen in portrait; return the bottom y.

    It takes at most the share `most` of the column. Large text has no room for it next to a list, so nothing is drawn.
    """
    page, frame = scene.page, scene.frame
    left = frame.left
    if frame.single and not page.theme.portrait:
        return left.y
    height = left.w * (9 / 16 if page.theme.portrait else 2 / 3 if page.theme.compact else 3 / 4)
    if page.theme.portrait and page.theme.large:
        height *= 0.7
    if not page.theme.portrait:
        height = min(height, left.h * most)
    panel = Box(left.x, left.y, left.w, round(height))
    draw_camera(page, panel, HeldObject.BOOK, lines[0].item if lines else "", scene.status.library)
    if page.theme.compact:
        return panel.bottom
    below = Box(left.x, panel.bottom + page.u(2.5), left.w, left.bottom - panel.bottom)
    return draw_camera_caption(page, below, caption)


def scanner_words(scene: DrawContext, lines: tuple[VisitLine, ...]) -> str:
    return scene.say("Next book: label here") if lines else scene.say("Label here")


def draw_number_pad(scene: DrawContext, typed: str, pad: Pad) -> Box:
    """Draw the number pad that replaces a missing or faulty camera; return the box for the list."""
    page, frame = scene.page, scene.frame
    column, area = frame.left, frame.right
    width, height = page.u(NARROW if page.theme.compact else KEYPAD_UNITS[0]), page.u(KEYPAD_UNITS[1])
    if frame.single and not page.theme.portrait:
        x = area.x + width + page.u(6)
        area = Box(x, area.y, area.right - x, area.h)
    head = max(page.u(9), page.leading(Type.BODY) + page.u(1))
    y: float = column.y
    if not _is_low(scene):
        y = page.words(Box(column.x, y, column.w, column.h), _by_hand(scene, pad), Type.CAP) + page.u(1)
    at_right = page.theme.compact or column.bottom - y - head - page.u(3) < page.u(LOWEST)
    line = Box(area.x, area.y, area.w, head) if at_right else Box(column.x, y, width, head)
    draw_typed(page, line, typed, scene.say("Number"), full_note(scene, len(typed), LONGEST_NUMBER, line.w / 2))
    if at_right:
        area = Box(area.x, line.bottom + page.u(2), area.w, area.h - head - page.u(2))
    else:
        y += head + page.u(2)
    height = min(height, round(column.bottom - y - page.u(1)))
    draw_keypad(page, Box(column.x, y, width, height), scene.actions)
    if page.theme.portrait:
        area = Box(area.x, y + height + page.u(6), area.w, area.bottom - y - height - page.u(10))
    return area


def number_hint(scene: DrawContext, pad: Pad) -> str:
    """Return the prompt to type a number for an empty list; empty if it already stands above the pad."""
    return _by_hand(scene, pad) if _is_low(scene) else ""


def _by_hand(scene: DrawContext, pad: Pad) -> str:
    """Return the prompt to type a number."""
    if not pad.fitted:
        return scene.say("Enter the number below the barcode.")
    return scene.say("The camera is not working. Enter the number below the barcode.")


def _is_low(scene: DrawContext) -> bool:
    """Return True if a sentence above the pad has no room; it is then shown only in an empty list."""
    theme = scene.page.theme
    return not theme.portrait and (theme.compact or theme.large)


def draw_head(scene: DrawContext, area: Box, left: str, right: str) -> float:
    """Draw the grey captions above a list; the right one is dropped if both do not fit. Return the bottom y."""
    page = scene.page
    height = page.leading(Type.CAP)
    right_w = page.width(right, Type.CAP)
    page.word(Box(area.x, area.y, area.w, height), left, Type.CAP, page.colours.ink2, cut=True)
    if right and page.width(left, Type.CAP) + right_w + page.u(4) <= area.w:
        page.word(Box(area.right - right_w, area.y, right_w, height), right, Type.CAP, page.colours.ink2)
    return area.y + height + page.u(1)


def draw_list(scene: DrawContext, area: Box, rows: list[ListRow], first: int = 0) -> int:
    """Draw the newest item large and others below, as many as fit; return the number of rows out of sight.

    The newest has a background of its own, from under which the others slide out.
    """
    page = scene.page
    y, drawn = area.y, 0
    shown = rows[first:]
    over = page.u(1 if page.theme.large else 1.5)
    for number, row in enumerate(shown):
        below = opinion_height(page, row.opinion)
        hero = number == 0 and first == 0 and hero_height(page, row, area.w) + below <= area.h + page.u(1)
        left = area.bottom + over - y - below
        height = (hero_height(page, row, area.w) if hero else row_height(page, row, area.w, left)) + below
        if y + height > area.bottom + over and (number or not first):
            break
        box, row_box = Box(area.x, y, area.w, height), Box(area.x, y, area.w, height - below)
        with page.piece(box, f"row {len(shown) - number}"):
            if number:
                page.rule(area.x, y, area.w)
            else:
                page.add(Fill(box.inset(-2, 0), page.colours.paper))  # a cover may have an outline
            (draw_hero if hero else draw_row)(page, row_box, row)
            if row.action is not None:
                page.touch(row_box, row.action, scene.say("{title}: {state}", title=row.title, state=row.label))
            if row.opinion:
                draw_opinion(page, Box(area.x, row_box.bottom, area.w, below), row.opinion)
        y += height
        drawn += 1
    return len(shown) - drawn


def draw_empty(scene: DrawContext, area: Box, heading: str, detail: str, lit: DiagramPart | None = None) -> Box:
    """Draw the prompt for the first item and the kiosk diagram with the `lit` part; return the remaining box."""
    page = scene.page
    steps = (Type.TITLE, Type.BODY) if page.theme.compact and not page.theme.large else (Type.TITLE,)
    y = page.words(area, heading, page.step_for(heading, area.w, page.leading(Type.TITLE), steps))
    if page.count_lines(detail, Type.CAP, area.w) * page.leading(Type.CAP) > area.bottom - y - page.u(1):
        return Box(area.x, y, area.w, 0)
    if detail:
        y = page.words(Box(area.x, y + page.u(1), area.w, area.h), detail, Type.CAP, page.colours.ink2)
    if page.theme.large or page.theme.compact or page.theme.portrait:
        return Box(area.x, y + page.u(2), area.w, area.bottom - y - page.u(2))
    height = min(area.bottom - y - page.u(6), page.u(78))
    width = round(height * 0.54)
    draw_machine(page, Box(area.x, area.bottom - height, width, height), lit)
    x = area.x + width + page.u(6)
    return Box(x, area.bottom - height, area.right - x, height)


def state_of(state: LineState, asks_fee: bool = False) -> State | None:
    """Return the mark of a line's state; None if it has none. A fee that was not accepted is no refusal."""
    match state:
        case LineState.REFUSED if asks_fee:
            return State.LOOK
        case LineState.WAITING:
            return None
        case LineState.CHECKING:
            return State.CHECKING
        case LineState.DONE:
            return State.DONE
        case LineState.SAVED:
            return State.SAVED
        case LineState.REFUSED:
            return State.REFUSED
        case _:
            assert_never(state)


def mark_of(line: VisitLine) -> State | None:
    """Return the mark of a line, also by what became of its tags."""
    if line.needs_hand and line.state is not LineState.REFUSED:
        return State.LOOK
    return State.CHECKING if line.tag is TagState.SWITCHING else state_of(line.state, line.asks_fee)


def title_of(scene: DrawContext, line: VisitLine) -> str:
    """Return the title, or the item number while the title is unknown."""
    return line.title or scene.say("Item {number}", number=line.item)


def row_of(scene: DrawContext, line: VisitLine) -> ListRow:
    aside = short = ""
    if line.errand is not VisitTask.RETURN and line.due is not None and line.state is not LineState.REFUSED:
        short = scene.words.due_day(line.due)
        aside = short if scene.page.theme.compact else scene.words.due(line.due)
    elif line.due_text:
        aside = short = line.due_text
    if line.errand is VisitTask.RETURN and line.state in (LineState.DONE, LineState.SAVED):
        aside = scene.words.place(line)
    state, label, brief = (
        mark_of(line),
        scene.words.state(line),
        scene.words.state(line, named=False),
    )
    brief = brief if brief != label else ""
    return ListRow(
        line.subject,
        title_of(scene, line),
        state,
        label,
        aside,
        short,
        brief,
        cover=line.cover,
        action=scene.action("why", item=line.item),
    )


def spine_of(line: VisitLine) -> Spine | None:
    """Return the item on the shelf line; None for a refused one."""
    match line.state:
        case LineState.DONE:
            return Spine(line.subject, line.title or line.item, Stand.FULL)
        case LineState.SAVED:
            return Spine(line.subject, line.title or line.item, Stand.HALF)
        case LineState.CHECKING | LineState.WAITING:
            return Spine(line.subject, line.title or line.item, Stand.OPEN)
        case LineState.REFUSED:
            return None
        case _:
            assert_never(line.state)


def rows_of(scene: DrawContext, lines: tuple[VisitLine, ...], beside_pad: bool) -> list[ListRow]:
    """Return the rows of a list. Next to a number pad, large text has no room for dates and places."""
    theme = scene.page.theme
    rows = [row_of(scene, line) for line in lines]
    if beside_pad and theme.large and not theme.portrait:
        return [replace(row, aside="", day="") for row in rows]
    return rows


def spines_of(lines: tuple[VisitLine, ...]) -> list[Spine]:
    """Return the spines, oldest first, in the order in which they were put on the shelf."""
    return [spine for line in reversed(lines) if (spine := spine_of(line)) is not None]


def check_promise(scene: DrawContext, returned: int) -> str:
    """Return what it means for the patron that `returned` items are still being checked."""
    if returned == 1:
        return scene.say("No further overdue fee on this book. Staff will check it.")
    return scene.say("No further overdue fees on these books. Staff will check them.")


MARK_COLOURS = ("#2F4673", "#5E3350", "#2D5B4A", "#6B4526")
"""One per mark; the figures distinguish them without colour."""
MARK_SHARE = 0.62
"""Size as a share of the line height."""


def draw_mark(page: Canvas, box: Box, mark: int) -> None:
    """Draw a disc, a square, a ring or a frame."""
    colour = page.colours.ink if page.theme.contrast else MARK_COLOURS[mark - 1]
    side = round(box.h * MARK_SHARE)
    square = Box(round(box.x), round(box.y + (box.h - side) / 2), side, side)
    width = max(round(side / 5), 2)
    match mark:
        case 1:
            page.add(Shape(square, Figure.DISC, colour))
        case 2:
            page.add(Fill(square, colour))
        case 3:
            page.add(Shape(square, Figure.RING, colour, width))
        case _:
            page.add(Outline(square, colour, width))


def draw_named(page: Canvas, area: Box, mark: int, name: str, step: Type) -> float:
    """Draw mark and name on one line; return the right edge."""
    high = page.leading(step)
    draw_mark(page, Box(area.x, area.y, high, high), mark)
    x = area.x + round(high * MARK_SHARE) + page.u(1.5)
    page.word(Box(x, area.y, area.right - x, high), name, step, cut=True)
    return min(x + page.width(name, step), area.right)


def draw_whose(view: Borrowing, scene: DrawContext, area: Box) -> float:
    """Draw the active card large and the others below; return the bottom y."""
    page, guest = scene.page, view.guest
    step = Type.BODY if page.theme.compact or page.theme.large else Type.TITLE
    draw_named(page, area, guest.mark, _name(guest.name, scene), step)
    y = area.y + page.leading(step)
    words = scene.say("Place a card to choose it.")
    high = page.leading(Type.CAP)
    x: float = area.x
    for each in view.other_cards:
        name = _name(each.name, scene)
        if x + page.width(name, Type.CAP) + high + page.u(2) > area.right:
            break
        x = draw_named(page, Box(x, y, area.right - x, high), each.mark, name, Type.CAP) + page.u(5)
    if view.other_cards and x + page.width(words, Type.CAP) <= area.right:
        page.word(Box(x, y, area.right - x, high), words, Type.CAP, page.colours.ink2)
    return y + (high if view.other_cards else 0) + page.u(3)


def whose_block(guest: CurrentPatron, scene: DrawContext, area: Box) -> Block:
    """Return a block with the card whose farewell this is."""
    page = scene.page
    high = page.leading(Type.BODY)

    def draw(y: float) -> None:
        draw_named(page, Box(area.x, y, area.w, high), guest.mark, _name(guest.name, scene), Type.BODY)

    return Block(1, high, draw)


def _name(name: str, scene: DrawContext) -> str:
    return name or scene.say("Another card")
