"""Draw a list whose rows have text and buttons; the row height depends on the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kiosk.screens.components.buttons import TIGHT, Button, button_width, draw_button
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box
from kiosk.screens.rendering.text_layout import rejoin, wrap
from kiosk.screens.rendering.theme import Type
from lending.line_breaks import is_wide

HIGH, GAP, PAD = 15, 3, 1.6
"""Units: height of a button, gap between buttons, and padding above and below a row's text."""
LEAST = 25
"""Minimum width of a button in units."""
NARROW = 0.42
"""Minimum share of the row's width for text next to buttons; below it the buttons go under the text."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A row: `words` with `small` text under them, the state of a change, and buttons."""

    words: str
    small: str = ""
    state: tuple[State, str] | None = None
    buttons: tuple[Button, ...] = ()
    plain: bool = False
    """True: a paragraph without row lines."""
    most: int = 0
    """Maximum lines of `words` and of `small` if they are data that may be cut; reduced if the row is too high."""
    shorter: tuple[str, ...] = ()
    """Replacements for `small` if it has no room, the longest first; the last is never cut."""
    step: Type = Type.CAP
    """Type of the buttons."""


def draw_entries(page: Canvas, area: Box, entries: Sequence[ListEntry], first: int = 0) -> int:
    """Draw entries from the top, starting at index `first`; return how many have no room."""
    entries = _with_large_buttons(page, area, entries)
    y, shown = area.y, [_fitting(page, area, each) for each in entries[first:]]
    for number, each in enumerate(shown):
        height = _height(page, area.w, each)
        if number and y + height > area.bottom + page.u(0.5):
            return len(shown) - number
        if number and not each.plain:
            page.rule(area.x, y, area.w)
        _draw(page, Box(area.x, y, area.w, height), each)
        y += height
    return 0


def in_pieces(page: Canvas, area: Box, words: str) -> list[ListEntry]:
    """Return a paragraph as one entry, or split so that each part fits the area."""
    whole = ListEntry(words, plain=True)
    step = _step(page, whole)
    lines, _ = wrap(words, page.theme.size(step), area.w, page.ruler)
    most = max(int((area.h - page.u(2 * PAD)) // page.leading(step)), 1)
    if len(lines) <= most:
        return [whole]
    every = range(0, len(lines), most)
    return [ListEntry("".join(rejoin(lines[at : at + most])), plain=True) for at in every]


def _with_large_buttons(page: Canvas, area: Box, entries: Sequence[ListEntry]) -> Sequence[ListEntry]:
    """Return the rows with buttons in body type, unless one of them would become higher."""
    if page.theme.compact or page.theme.large:
        return entries
    larger = [replace(each, step=Type.BODY) for each in entries]
    fits = all(
        _height(page, area.w, _fitting(page, area, one)) <= _height(page, area.w, _fitting(page, area, other))
        for one, other in zip(larger, entries, strict=True)
    )
    return larger if fits else entries


def _fitting(page: Canvas, area: Box, entry: ListEntry) -> ListEntry:
    """Reduce the lines of an entry until it is no higher than the area, not counting `small`."""
    while entry.most > 1 and _height(page, area.w, entry) - page.u(PAD) > area.h:
        entry = replace(entry, most=entry.most - 1)
    return entry


def _width(page: Canvas, button: Button, step: Type) -> int:
    """Return the width of a button, at least LEAST so that short texts do not make narrow buttons."""
    return max(button_width(page, button, TIGHT, step), page.u(LEAST))


def _buttons_width(page: Canvas, entry: ListEntry) -> float:
    widths = [_width(page, each, entry.step) for each in entry.buttons]
    return sum(widths) + page.u(GAP) * max(len(widths) - 1, 0)


def _text_width(page: Canvas, width: float, entry: ListEntry) -> float:
    """Return the text width next to the buttons; the full width if the buttons go under the text."""
    left = width - _buttons_width(page, entry) - page.u(GAP) if entry.buttons else width
    least = state_width(page, entry.state[1]) if entry.state else 0
    return width if left < max(width * NARROW, least, _longest_word(page, entry)) else left


def _longest_word(page: Canvas, entry: ListEntry) -> int:
    """Return the width of the longest word that must not be broken; Chinese can break anywhere."""
    step = _step(page, entry)
    return max((page.width(each, step) for each in entry.words.split() if not is_wide(each[0])), default=0)


def _stacked(page: Canvas, width: float, entry: ListEntry) -> bool:
    return bool(entry.buttons) and _text_width(page, width, entry) == width


def _step(page: Canvas, entry: ListEntry) -> Type:
    """Return the type step; smaller on small screens, and for paragraphs sooner than for rows."""
    small, large = page.theme.compact, page.theme.large
    return Type.CAP if (small and large) or (entry.plain and (small or large)) else Type.BODY


def _lines(page: Canvas, text: str, step: Type, width: float, most: int) -> int:
    lines = page.count_lines(text, step, width) if text else 0
    return min(lines, most) if most else lines


def _small(page: Canvas, width: float, entry: ListEntry) -> str:
    """Return the small text; on a compact screen with large text the state of a change replaces it."""
    if entry.state and page.theme.compact and page.theme.large:
        return ""
    tried = (entry.small, *entry.shorter)
    fits = (each for each in tried if not entry.shorter or page.count_lines(each, Type.CAP, width) <= entry.most)
    return next(fits, tried[-1])


def _words_height(page: Canvas, width: float, entry: ListEntry) -> int:
    step = _step(page, entry)
    high = _lines(page, entry.words, step, width, entry.most) * page.leading(step)
    high += _lines(page, _small(page, width, entry), Type.CAP, width, entry.most) * page.leading(Type.CAP)
    return high + (page.leading(Type.CAP) if entry.state else 0)


def _height(page: Canvas, width: float, entry: ListEntry) -> int:
    words = _words_height(page, _text_width(page, width, entry), entry)
    if _stacked(page, width, entry):
        return words + page.u(HIGH + 1 + 2 * PAD)
    return max(words, page.u(HIGH) if entry.buttons else 0) + page.u(2 * PAD)


def _draw(page: Canvas, row: Box, entry: ListEntry) -> None:
    room = _text_width(page, row.w, entry)
    stacked = _stacked(page, row.w, entry)
    words = _words_height(page, room, entry)
    top = row.y + (page.u(PAD) if stacked else (row.h - words) / 2)
    y = top
    if entry.words:
        y = page.words(Box(row.x, y, room, row.h), entry.words, _step(page, entry), most=entry.most)
    if small := _small(page, room, entry):
        y = page.words(Box(row.x, y, room, row.h), small, Type.CAP, page.colours.ink2, most=entry.most)
    if entry.state:
        state, label = entry.state
        draw_state(page, Box(row.x, y, room, page.leading(Type.CAP)), state, label, cut=False)
    x = row.x if stacked else row.right - _buttons_width(page, entry)
    high = page.u(HIGH)
    top = row.bottom - page.u(PAD) - high if stacked else row.y + (row.h - high) / 2
    for each in entry.buttons:
        width = _width(page, each, entry.step)
        draw_button(page, Box(round(x), round(top), width, high), each, entry.step)
        x += width + page.u(GAP)
