"""Draw Welcome, Borrowing, Returning and Farewell in the traditional Mongolian script, in columns.

Columns run from left to right. A view without enough room, or with more to touch than text, is drawn in lines, in
Cyrillic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from kiosk.screens.components.buttons import Button
from kiosk.screens.components.camera import HeldObject, draw_camera
from kiosk.screens.components.choices import FACE_HEIGHT, draw_faces
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Column, Corners, Fill
from kiosk.screens.rendering.glyphs import MONGOL
from kiosk.screens.rendering.text_layout import shorten, wrap
from kiosk.screens.rendering.theme import Type
from kiosk.screens.returning import opinion_of
from kiosk.screens.welcome import invitation
from kiosk.views import Borrowing, Farewell, ReceiptState, Returning, View, VisitLine, Welcome

Upright = Welcome | Borrowing | Returning | Farewell
ORDER = (
    "learn", "events", "tell", "register", "find", "account", "undo", "back", "receipt_none", "receipt_phone", "return",
    "borrow", "receipt_paper", "finish", "home",
)  # fmt: skip
"""The volumes from the left, the most important last."""
BAR = ("languages", "large_text", "display", "help")
VOLUME, GAP = 19, 3
FACES = 51
"""Width in units of three smileys, each wide enough for a finger."""
CAMERA = 0.6
"""Share of the room's height where the camera panel is drawn."""
COLUMN = 1.5
"""Distance of two columns in em."""


@dataclass(frozen=True, slots=True)
class ColumnText:
    """Text that takes as many columns as needed; a title or code takes one and may be cut."""

    words: str
    step: Type
    quiet: bool = False
    title: bool = False


def draw(view: View, scene: DrawContext) -> bool:
    """Draw the view and return True, or return False without drawing."""
    words = scene.words.upright
    if words is None or scene.frame.single or not isinstance(view, Upright) or not _is_plain(view, scene):
        return False
    tall = replace(scene, words=words)
    buttons = [button for name in ORDER for button in tall.button(name)]
    page, whole = scene.page, scene.frame.whole
    foot = page.theme.height - page.u(6)
    x = whole.right - len(buttons) * page.u(VOLUME + GAP)
    shelf = Box(x, whole.y, whole.right - x, foot - whole.y)
    camera = Box(whole.x, whole.y, 0 if isinstance(view, Welcome | Farewell) else scene.frame.left.w, whole.h * CAMERA)
    newest = view.newest if isinstance(view, Returning) else None
    faces = Box(camera.x, round(camera.bottom) + page.u(GAP), camera.w, page.u(FACE_HEIGHT))
    if newest and faces.w < page.u(FACES):
        return False
    start = camera.right + (page.u(GAP + 2) if camera.w else 0)
    room = Box(start, whole.y, shelf.x - page.u(GAP) - start, shelf.h - page.u(3))
    groups = list(_groups(view, tall))
    if not all(_in_script(each) for group in groups for each in group):
        return False
    head, *books = [_columns(page, room.h, group) for group in groups]
    columns = list(_columns_that_fit(page, room, head, books))
    if any(column.box.right > room.right for column in columns) or (books and len(columns) == len(head)):
        return False
    if any(page.width(each.label, Type.BODY) > shelf.h - page.u(18) for each in buttons):
        return False
    scene.head()
    if camera.w:
        draw_camera(page, camera, HeldObject.BOOK)
    if newest:
        draw_faces(page, faces, opinion_of(newest, scene))
    page.add(*columns, Fill(Box(0, foot, page.theme.width, page.u(1)), page.colours.ink))
    for number, button in enumerate(buttons):
        left = round(shelf.x + number * page.u(VOLUME + GAP) + page.u(GAP))
        _volume(page, Box(left, shelf.y, page.u(VOLUME), shelf.h), button)
    return True


def _is_plain(view: Upright, scene: DrawContext) -> bool:
    """Return True if nothing is to be typed, chosen or answered, and no problem must be read."""
    others = (*BAR, "how")
    own = [each for each in scene.actions if each.name not in others and not each.name.startswith("language_")]
    plain = all(each.name in ORDER and not each.item and not each.choice for each in own)
    if isinstance(view, Borrowing) and view.greets:
        return False
    return plain and not (isinstance(view, Farewell) and _has_more(view))


def _has_more(view: Farewell) -> bool:
    """Return True for a card to take, a code for a phone, or a promotional text."""
    on_phone = view.receipt is ReceiptState.ON_PHONE
    return bool(view.receipt_problem or view.card_on_reader or on_phone or view.strip)


def _in_script(text: ColumnText) -> bool:
    """Return True if the text has a translation in this script; titles are shown unchanged."""
    return text.title or MONGOL.search(text.words) is not None or not any(char.isalpha() for char in text.words)


def _groups(view: Upright, tall: DrawContext) -> Iterator[list[ColumnText]]:
    """Yield the heading, then the columns of each item."""
    yield list(_head(view, tall))
    if not isinstance(view, Welcome):
        yield from (_book(line, tall) for line in view.lines)


def _head(view: Upright, tall: DrawContext) -> Iterator[ColumnText]:
    match view:
        case Welcome():
            yield ColumnText(invitation(view, tall), Type.TITLE)
        case Borrowing():
            yield ColumnText(tall.say("Scan your first book") if not view.lines else tall.say("Borrowing"), Type.TITLE)
            if view.guest.allowance.certain:
                left = view.guest.allowance.left
                yield ColumnText(tall.words.say_n("{n} left", "{n} left", left), Type.BODY, quiet=True)
        case Returning():
            yield ColumnText(tall.say("Scan the book to return"), Type.TITLE)
        case Farewell():
            yield ColumnText(tall.say("Thank you, goodbye"), Type.TITLE)
            yield ColumnText(str(view.seconds), Type.BODY, quiet=True)
            if view.code:
                yield ColumnText(view.code, Type.TITLE, title=True)
        case _:
            assert_never(view)
    if not isinstance(view, Farewell) and view.notice:
        yield ColumnText(tall.words.notice(view.notice), Type.BODY)


def _book(line: VisitLine, tall: DrawContext) -> list[ColumnText]:
    texts = [
        ColumnText(line.title or tall.say("This book"), Type.BODY, title=True),
        ColumnText(tall.words.state(line), Type.CAP, quiet=True),
    ]
    if day := tall.words.due_day(line.due) if line.due else line.due_text:
        texts.append(ColumnText(tall.say("Return by {date}", date=day), Type.CAP, quiet=True))
    return texts


def _columns(page: Canvas, high: float, texts: list[ColumnText]) -> list[Column]:
    """Set text in columns from the left edge of the screen; a title begins with a gap."""
    columns, x = list[Column](), 0.0
    for each in texts:
        size = page.theme.size(each.step)
        if each.title:
            x += page.u(GAP)
            parts = [shorten(each.words, size, high, page.ruler)]
        else:
            parts, _ = wrap(each.words, size, high, page.ruler)
        for part in parts:
            box = Box(round(x), 0, round(size * COLUMN), page.ruler.width(part, size))
            columns.append(Column(box, part, size, page.colours.ink2 if each.quiet else page.colours.ink))
            x += round(size * COLUMN)
    return columns


def _columns_that_fit(page: Canvas, room: Box, head: list[Column], books: list[list[Column]]) -> Iterator[Column]:
    """Yield as many items as fit, and how many more there are."""
    x = room.x
    more = _columns(page, room.h, [ColumnText(f"+{len(books)}", Type.BODY, quiet=True)])
    for number, group in enumerate([head, *books]):
        wide = group[-1].box.right
        last = number == len(books)
        if number and x + wide + (0 if last else more[-1].box.right) > room.right:
            group = _columns(page, room.h, [ColumnText(f"+{len(books) - number + 1}", Type.BODY, quiet=True)])
            last, wide = True, more[-1].box.right
        for column in group:
            yield replace(column, box=Box(round(x + column.box.x), round(room.y), column.box.w, column.box.h))
        if last:
            return
        x += wide


def _volume(page: Canvas, box: Box, button: Button) -> None:
    """Draw a book spine on the shelf line, with the text along it."""
    colours, action = page.colours, button.action
    lit = action.primary and action.enabled
    if lit:
        page.add(Fill(box, colours.accent, page.u(1), Corners.TOP))
    else:
        page.panel(box, colours.board, Corners.TOP)
    word = colours.on_accent if lit else colours.ink if action.enabled else colours.edge
    side = page.theme.icon(8)
    if button.icon:
        page.icon(box.x + (box.w - page.u(side)) / 2, box.y + page.u(4 + side / 2), button.icon, side, word)
    size = page.theme.size(Type.BODY)
    wide = round(size * COLUMN)
    top = box.y + page.u(7 + side)
    spine = Box(round(box.x + (box.w - wide) / 2), top, wide, page.width(button.label, Type.BODY))
    page.add(Column(spine, button.label, size, word))
    page.touch(box, action, button.label)
