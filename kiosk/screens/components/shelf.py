"""Draw the shelf: book spines on the line with ticks for the loans still allowed, or empty in place of a list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from itertools import cycle
from typing import assert_never

from kiosk.screens.components.diagrams import STROKE
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Column, Corners, Figure, Fill, Line, Outline, Shape
from kiosk.screens.rendering.text_layout import is_chinese, shorten
from kiosk.screens.rendering.theme import MIN_CONTRAST, Type
from lending.colours import mix, ratio, rgb
from lending.cover_design import INK, LEAF, cover_rule


class Stand(Enum):
    """State of a book on the shelf line."""

    BEFORE = auto()
    """On loan before this visit."""
    FULL = auto()
    HALF = auto()
    """Saved, or returned but not checked; not confirmed yet."""
    OPEN = auto()
    """Being checked."""


@dataclass(frozen=True, slots=True)
class Spine:
    """A book on the shelf; class and title determine its design."""

    subject: str
    title: str
    stand: Stand


MOST_TICKS = 24
DISTINCT, SHADE = 32, 0.22
"""Least difference of a colour channel (0 to 255) between neighbouring titled spines, and the share that makes it."""
QUIET = (("9", "a", 6.5, 31), ("8", "b", 7.5, 27), ("1", "e", 6, 33.5), ("5", "c", 7, 29), ("7", "f", 5.5, 30.5))
"""Decorative books: class, key of the tint, width and height in units."""


def spine_scale(page: Canvas) -> float:
    """Return the factor by which spines are enlarged on this screen."""
    return 2.15 if page.theme.portrait else 1.55 if page.theme.wide else 0.8 if page.theme.compact else 1.0


def shelf_height(page: Canvas) -> int:
    """Return the height in pixels of the tallest spine."""
    return page.u(14.25 * spine_scale(page))


def draw_shelf(page: Canvas, area: Box, spines: list[Spine], free: int, *, arriving: bool = False) -> Box | None:
    """Draw spines from the left and a tick for each loan still allowed; return the box of the last spine, or None.

    Spines get narrower if they do not fit. With `arriving`, the newest spine slides in from the right.
    """
    scale, unit = spine_scale(page), page.theme.unit
    ticks = min(free, MOST_TICKS)
    widths = [_width(spine) * scale * unit for spine in spines]
    pitch = 8.4 * scale * unit
    if sum(widths) + ticks * pitch > area.w:
        room = area.w - min(ticks * 2.5 * unit, area.w * 0.4)
        squeeze = min(1.0, room / sum(widths)) if widths else 1.0
        widths = [width * squeeze for width in widths]
        pitch = (area.w - sum(widths)) / ticks if ticks else pitch
    x, last = area.x, None
    high = page.u(3 * min(scale, 1.55))
    for number in range(ticks):
        tick = Box(round(x + sum(widths) + (number + 0.5) * pitch), area.bottom - high, 2, high)
        page.add(Line(tick, page.colours.edge))
    for number, (spine, width) in enumerate(zip(spines, widths, strict=True)):
        height = page.u(_height(spine) * scale)
        last = Box(round(x), area.bottom - height, round(x + width) - round(x), height)
        if arriving:
            with page.piece(Box(last.x, area.y, last.w, area.h), f"spine {number}", (area.right - last.x, 0)):
                draw_spine(page, last, spine)
        else:
            draw_spine(page, last, spine)
        x += width
    return last


def draw_quiet_books(page: Canvas, area: Box) -> None:
    """Draw decorative books from the right edge, as many as fit."""
    x = area.right
    for subject, title, width, height in QUIET:
        x -= page.u(width)
        if x < area.x:
            return
        box = Box(x, area.bottom - page.u(height), page.u(width), page.u(height))
        draw_spine(page, box, Spine(subject, title, Stand.FULL))


def draw_titled_spine(page: Canvas, box: Box, subject: str, title: str, call_number: str, neighbour: str = "") -> str:
    """Draw a tall spine with its title from top to bottom and the class on a label, as on the shelf.

    Args:
        page: The canvas.
        box: Where the spine stands.
        subject: Main class, for the spine's design.
        title: Title, shortened if it does not fit.
        call_number: Only its main class is shown.
        neighbour: Colour of the spine at the left; one of the same colour is drawn darker or lighter.

    Returns:
        The colour of the spine.
    """
    rule = cover_rule(subject, title)
    ground, word = _readable(rule.spine)
    if neighbour and max(abs(one - other) for one, other in zip(rgb(ground), rgb(neighbour), strict=True)) < DISTINCT:
        ground = mix(ground, INK if word == LEAF else LEAF, SHADE)
    if page.colours.outlined:
        ground, word = page.colours.paper, page.colours.ink
    page.add(Fill(box, ground, 2, Corners.TOP), Line(Box(box.x, box.y + page.u(2.5), box.w, page.u(1)), rule.binding))
    if page.colours.outlined:
        page.add(Outline(Box(box.x, box.y, box.w, box.h + 3), page.colours.edge, 2, 2, Corners.TOP))
    size = page.theme.size(Type.CAP)
    label = Box(box.x + page.u(0.8), box.bottom - page.u(9), box.w - page.u(1.6), page.u(7))
    room = _title_room(page, box)
    if is_chinese(title):
        high = page.leading(Type.CAP) - page.u(0.4)
        signs, most = [each for each in title if not each.isspace()], int(room.h // high)
        cut = len(signs) > most
        for number, sign in enumerate(signs[: most - 1] if cut else signs):
            page.word(Box(room.x, room.y + number * high, room.w, high), sign, Type.CAP, word, align="centre")
        if cut:
            _dots(page, Box(room.x, room.y + (most - 1) * high, room.w, high), word)
    else:
        shown = shorten(title, size, room.h, page.ruler)
        wide = round(size * 1.5)
        column = Box(round(box.x + (box.w - wide) / 2), room.y, wide, page.ruler.width(shown, size))
        page.add(Column(column, shown, size, word))
    main_class = re.match("[A-Z]+|[0-9]+", call_number)
    if main_class and page.width(main_class[0], Type.CAP) <= label.w - page.u(0.6):
        page.add(Fill(label, page.colours.leaf))
        page.word(label, main_class[0], Type.CAP, page.colours.ink, align="centre")
    return ground


def holds_title(page: Canvas, box: Box, title: str) -> bool:
    """Return True if `draw_titled_spine` draws the title whole."""
    room = _title_room(page, box)
    if is_chinese(title):
        return sum(not each.isspace() for each in title) <= int(room.h // (page.leading(Type.CAP) - page.u(0.4)))
    return page.width(title, Type.CAP) <= room.h


def _title_room(page: Canvas, box: Box) -> Box:
    """Return the room between the binding and the label of a titled spine."""
    top = box.y + page.u(7)
    return Box(box.x, top, box.w, box.bottom - page.u(12) - top)


def _dots(page: Canvas, box: Box, colour: str) -> None:
    """Draw three dots one below the other: the ellipsis of vertical text."""
    side = page.u(0.8)
    for share in (0.25, 0.5, 0.75):
        middle = box.y + box.h * share
        dot = Box(round(box.x + (box.w - side) / 2), round(middle - side / 2), side, side)
        page.add(Shape(dot, Figure.DISC, colour))


def _readable(field: str) -> tuple[str, str]:
    """Return a spine's colour and that of words on it; the spine is changed in 4 % steps until they have 7:1."""
    for step in range(26):
        for ground, word in ((mix(field, INK, 0.04 * step), LEAF), (mix(field, LEAF, 0.04 * step), INK)):
            if ratio(word, ground) >= MIN_CONTRAST:
                return ground, word
    return LEAF, INK


def _height(spine: Spine) -> float:
    return cover_rule(spine.subject, spine.title).spine_height if spine.title else 12.75


def _width(spine: Spine) -> float:
    return cover_rule(spine.subject, spine.title).spine_width if spine.title else 5.25


def draw_spine(page: Canvas, box: Box, spine: Spine) -> None:
    """Draw one book. The shelf line, drawn later, hides the bottom of its outline."""
    colours = page.colours
    rule = cover_rule(spine.subject, spine.title)
    around = Box(box.x, box.y, box.w, box.h + 3)
    match spine.stand:
        case Stand.BEFORE:
            page.add(Fill(box, colours.board, 2, Corners.TOP), Outline(around, colours.edge, 2, 2, Corners.TOP))
        case Stand.OPEN:
            page.add(Fill(box, colours.leaf, 2, Corners.TOP), Outline(around, colours.ink, 3, 2, Corners.TOP))
        case Stand.FULL:
            page.add(Fill(box, rule.spine, 2, Corners.TOP))
            _bands(page, box, rule.spine_band, rule.bands)
            page.add(Line(Box(box.right - 2, box.y + 2, 2, box.h - 2), rule.binding))
            if colours.outlined:
                page.add(Outline(around, colours.edge, 2, 2, Corners.TOP))
        case Stand.HALF:
            page.add(Fill(box, colours.paper, 2, Corners.TOP))
            half = Box(box.x, box.y + round(box.h * 0.5), box.w, box.bottom - box.y - round(box.h * 0.5))
            page.add(Fill(half, rule.spine), Outline(around, rule.spine, 3, 2, Corners.TOP))
        case _:
            assert_never(spine.stand)


def _bands(page: Canvas, box: Box, shade: str, bands: int) -> None:
    match bands:
        case 0:
            page.add(Line(Box(box.x, box.y + page.u(1.8), box.w, 2), shade))
            page.add(Line(Box(box.x, box.bottom - page.u(2.4), box.w, 2), shade))
        case 1:
            page.add(Line(Box(box.x, box.y + page.u(2), box.w, page.u(2)), shade))
        case _:
            page.add(Line(Box(box.x, box.y + page.u(1.8), box.w, 2), shade))


LEAST_ROOM, COVER_HEIGHT = 22, 34
"""Units: minimum room, below which nothing is drawn, and height of the cover."""
COVER_SHARE, COVER_MARGIN, COVER_ICON = 0.72, 6, 9
"""Width of the cover as a share of its height; margin and icon in units."""
PLACEHOLDERS = ((6.5, 0.9), (7.5, 0.76), (6.0, 0.96), (7.0, 0.82), (5.5, 0.88), (8.0, 0.7))
"""Placeholders of books: width in units, height as a share of the cover's height."""


def draw_bare_shelf(page: Canvas, area: Box, icon: str = "") -> None:
    """Draw a cover with an icon, if one is given, and placeholders of books; nothing if room is short."""
    high = min(area.h - page.u(5), page.u(COVER_HEIGHT))
    if page.theme.compact or page.theme.large or high < page.u(LEAST_ROOM):
        return
    colours, bottom = page.colours, round(area.bottom)
    x = area.x
    if icon:
        wide = round(high * COVER_SHARE)
        cover = Box(area.x, bottom - round(high), wide, round(high))
        page.add(Fill(cover, colours.leaf, page.u(1), Corners.TOP))
        page.add(Outline(Box(cover.x, cover.y, cover.w, cover.h + STROKE), colours.edge, 2, page.u(1), Corners.TOP))
        left = round(cover.x + (wide - page.u(COVER_ICON)) / 2)
        page.icon(left, cover.y + cover.h / 2, icon, COVER_ICON, colours.ink2)
        x = cover.right + page.u(COVER_MARGIN)
    places: list[tuple[float, float]] = []
    for width, share in cycle(PLACEHOLDERS):
        if x + sum(wide for wide, _ in places) + page.u(width) > area.right:
            break
        places.append((page.u(width), share))
    stretch = (area.right - x) / max(sum(wide for wide, _ in places), 1)
    for width, share in places:
        end = x + width * stretch
        gap = 0 if end > area.right - 1 else 2  # The last one ends where the row does.
        place = Box(round(x), bottom - round(high * share), round(end) - round(x) - gap, round(high * share))
        page.add(Fill(place, colours.board, 2, Corners.TOP))
        x = end
