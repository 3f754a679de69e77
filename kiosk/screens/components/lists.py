"""Draw list rows: the newest item large with its cover, the others at one row height."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.screens.components.choices import Opinion
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Corners, Cover
from kiosk.screens.rendering.theme import Type
from kiosk.views import Action
from lending.line_breaks import is_wide

MOST_ASIDE = 0.42
MOST_SMALL_ASIDE = 0.6
"""Maximum share of a row for a date or place next to the title, in normal and in small type."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """One item: class and title for the cover, state with label, and a text at the right edge."""

    subject: str
    title: str
    state: State | None
    label: str
    aside: str
    """Date or place at the right edge."""
    day: str = ""
    """Date without weekday; empty for a place."""
    brief: str = ""
    """Label without the library's own names, used if `label` is too long."""
    opinion: Opinion | None = None
    """Rating to ask for under the row; None: no rating."""
    cover: str = ""
    """Name of the cover picture; empty for a drawn cover."""
    action: Action | None = None
    """What a touch on the row does."""


def draw_cover(page: Canvas, box: Box, subject: str, title: str, picture: str, corners: Corners = Corners.ALL) -> None:
    """Draw the picture of this name if the kiosk has it, otherwise the generated cover."""
    page.add(Cover(box, subject, title, corners, page.colours.edge if page.colours.outlined else "", picture))


def draw_standing_cover(page: Canvas, column: Box, subject: str, title: str, picture: str) -> Box:
    """Draw the cover of an item on the shelf line, as large as the column allows; return its box."""
    width = min(column.w * 0.84, column.h * 0.95 / 1.385)
    height = round(width * 1.385)
    box = Box(column.x, round(column.bottom) - height, round(width), height)
    draw_cover(page, box, subject, title, picture, Corners.TOP)
    return box


def fit_title(page: Canvas, title: str, room: float, most: int) -> tuple[Type, int]:
    """Return type and number of lines of a title: at most `most` of body type, or one more of small type if it is long.

    A title with a word wider than the room is on one line less than wrapped, where its end is cut.
    """
    body, small = (page.count_lines(title, step, room) for step in (Type.BODY, Type.CAP))
    if body <= most:
        return Type.BODY, body
    if any(page.width(word, Type.CAP) > room for word in title.split() if not is_wide(word[0])):
        return Type.BODY, most
    return Type.CAP, min(small, most + 1)


def draw_title(page: Canvas, box: Box, title: str, step: Type, lines: int) -> None:
    """Draw a title from the top of the box in this type and number of lines; its end may be cut."""
    if lines == 1:
        page.word(Box(box.x, box.y, box.w, page.leading(step)), title, step, cut=True)
    else:
        page.words(box, title, step, most=lines)


def row_height(page: Canvas, row: ListRow, width: float, room: float) -> int:
    """Return the row height in pixels: 16 units, more on tall or wide screens and in large text.

    A long title gets a second line if the row is then no higher than `room`.
    """
    least, (step, lines) = _least_height(page), _row_title(page, row, width)
    high = page.leading(step) * lines + page.leading(Type.CAP) + _row_air(page)
    return max(high, least) if high <= room else least


def _least_height(page: Canvas) -> int:
    roomy = 25 if page.theme.wide else 20 if page.theme.portrait else 16
    return max(page.u(roomy), page.leading(Type.BODY) + page.leading(Type.CAP) + _row_air(page))


def _row_air(page: Canvas) -> int:
    return page.u(1.8 if page.theme.compact else 2)


def _row_cover(page: Canvas) -> int:
    """Return the height of a row's cover; 0 in large text, which has no room for it."""
    if page.theme.large:
        return 0
    tall = page.theme.wide or page.theme.portrait
    return min(page.u(16 if tall else 12), _least_height(page) - page.u(5 if tall else 3))


def _row_indent(page: Canvas) -> int:
    high = _row_cover(page)
    return round(high * 0.75) + page.u(3) if high else 0


def _row_title(page: Canvas, row: ListRow, width: float) -> tuple[Type, int]:
    room = width - _row_indent(page)
    aside = _aside(page, row, room, Type.BODY, Type.CAP).width + page.u(3) if row.aside else 0
    return fit_title(page, row.title, room - aside, 1)


def hero_height(page: Canvas, row: ListRow, width: float) -> int:
    """Return the height in pixels of the newest item at this width."""
    step, lines = Type.TITLE, _hero_lines(page, row, width)
    if lines > 1:
        room = width - _hero_cover(page)[0] - page.u(4)
        aside = _aside(page, row, room, Type.BODY, Type.CAP).width + page.u(3) if row.aside else 0
        step, lines = fit_title(page, row.title, room - aside, 2)
    words = page.leading(step) * lines + page.leading(_hero_state_step(page, lines))
    return max(_hero_cover(page)[1], words) + page.u(1.5 if page.theme.compact else 2.5)


def _hero_cover(page: Canvas) -> tuple[int, int]:
    return (page.u(12), page.u(16)) if page.theme.compact else (page.u(16), page.u(21))


def draw_hero(page: Canvas, box: Box, row: ListRow) -> None:
    """Draw the newest item: title large, or on two lines of body type if long.

    If its state has no room next to the cover, the cover is left out.
    """
    cover_w, cover_h = _hero_cover(page)
    x, lines = box.x + cover_w + page.u(4), _hero_lines(page, row, box.w)
    label = _label(page, row, box.w, _hero_state_step(page, lines))
    if row.state is not None and state_width(page, label, _hero_state_step(page, lines)) > box.right - x:
        x = box.x
    else:
        draw_cover(page, Box(box.x, box.y, cover_w, cover_h), row.subject, row.title, row.cover)
    width = box.right - x
    step = Type.TITLE if lines == 1 else Type.BODY
    state_step = _hero_state_step(page, lines)
    aside = _aside(page, row, width, step, state_step)
    room = width - (aside.width + page.u(3) if row.aside else 0)
    if lines > 1:
        step, lines = fit_title(page, row.title, room, 2)
    words = page.leading(step) * lines + page.leading(state_step)
    y = box.y + max((cover_h - words) / 2, 0)
    _draw_aside(page, Box(box.right - aside.width, y, aside.width, page.leading(step)), aside)
    y = page.words(Box(x, y, room, page.leading(step)), row.title, step, most=lines)
    if row.state is not None:
        draw_state(page, Box(x, y, width, page.leading(state_step)), row.state, label, state_step)


@dataclass(frozen=True, slots=True)
class _Aside:
    """Text at the right edge, in one line or two."""

    words: str
    step: Type
    width: float
    two: bool = False


def _aside(page: Canvas, row: ListRow, width: float, step: Type, state_step: Type) -> _Aside:
    """Fit the text at the right edge, as large as possible without displacing the title.

    A date shrinks to body type, then loses its weekday. A place shrinks, then takes two lines if the state leaves room
    for the second, then is cut, and cut shorter if the title would be cut too. `state_step` is the type of the state
    line.
    """
    steps = (step,) if step is Type.BODY else (step, Type.BODY)
    if row.day:
        tried = [(each, row.aside) for each in steps]
        fits = (each for each in tried if page.width(each[1], each[0]) <= MOST_ASIDE * width)
        chosen, words = next(fits, (Type.BODY, row.day))
        return _Aside(words, chosen, page.width(words, chosen))
    if page.width(row.aside, step) <= MOST_ASIDE * width:
        return _Aside(row.aside, step, page.width(row.aside, step))
    small, narrow, wide = page.width(row.aside, Type.CAP), MOST_ASIDE * width, MOST_SMALL_ASIDE * width
    if small <= wide:
        return _Aside(row.aside, Type.CAP, small)
    for most in (narrow, wide) if row.state is not None else ():
        free = _state_width(page, row, width, state_step) <= width - most - page.u(3)
        if free and page.count_lines(row.aside, Type.CAP, most) <= 2:
            return _Aside(row.aside, Type.CAP, most, two=True)
    title_fits = page.width(row.title, Type.BODY) <= width - wide - page.u(3)
    return _Aside(row.aside, Type.CAP, wide if title_fits else narrow)


def _draw_aside(page: Canvas, box: Box, aside: _Aside) -> None:
    if aside.two:
        page.words(Box(box.x, box.y + page.u(1), box.w, box.h), aside.words, aside.step, most=2)
    elif aside.words:
        page.word(box, aside.words, aside.step, align="right", cut=True)


def _hero_lines(page: Canvas, row: ListRow, width: float) -> int:
    """Return 1 if the title fits in one line of title type, else 2 for two lines of body type."""
    room = width - _hero_cover(page)[0] - page.u(4)
    aside = _aside(page, row, room, Type.TITLE, _hero_state_step(page, 1)).width + page.u(3) if row.aside else 0
    return 1 if page.width(row.title, Type.TITLE) <= room - aside else 2


def _hero_state_step(page: Canvas, lines: int) -> Type:
    return Type.BODY if lines == 1 and not page.theme.large and not page.theme.compact else Type.CAP


def _label(page: Canvas, row: ListRow, width: float, step: Type) -> str:
    return row.label if not row.brief or state_width(page, row.label, step) <= width else row.brief


def _state_width(page: Canvas, row: ListRow, width: float, step: Type) -> float:
    return state_width(page, _label(page, row, width, step), step)


def draw_row(page: Canvas, box: Box, row: ListRow) -> None:
    """Draw a cover, the title with the state under it, and the text at the right edge."""
    if cover_h := _row_cover(page):
        cover = Box(box.x, round(box.y + (box.h - cover_h) / 2), round(cover_h * 0.75), cover_h)
        draw_cover(page, cover, row.subject, row.title, row.cover)
    x = box.x + _row_indent(page)
    cap = page.leading(Type.CAP)
    step, lines = _row_title(page, row, box.w)
    if page.leading(step) * lines + cap + _row_air(page) > box.h:
        step, lines = Type.BODY, 1
    title = page.leading(step) * lines
    y = box.y + (box.h - title - (cap if row.state else 0)) / 2
    aside = _aside(page, row, box.right - x, Type.BODY, Type.CAP)
    room = box.right - x - (aside.width + page.u(3) if row.aside else 0)
    draw_title(page, Box(x, y, room, title), row.title, step, lines)
    label = _label(page, row, box.right - x, Type.CAP)
    _draw_aside(page, Box(box.right - aside.width, y, aside.width, page.leading(step)), aside)
    if row.state is not None:
        draw_state(page, Box(x, y + title, box.right - x, cap), row.state, label)
