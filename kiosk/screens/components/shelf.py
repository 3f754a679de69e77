"""Draw the shelf: book spines on the line, and ticks for the loans still allowed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from kiosk.screens.canvas import Canvas
from kiosk.screens.covers import cover_rule
from kiosk.screens.display_list import Corners, Fill, Line, Outline
from kiosk.screens.geometry import Box


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
