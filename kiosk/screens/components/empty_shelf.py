"""Draw an empty shelf in place of an empty list."""

from __future__ import annotations

from itertools import cycle

from kiosk.screens.components.kiosk_diagram import STROKE
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Corners, Fill, Outline
from kiosk.screens.rendering.geometry import Box

LEAST, TALL = 22, 34
"""Units: minimum room, below which nothing is drawn, and height of the cover."""
WIDE, AIR, ICON = 0.72, 6, 9
"""Width of the cover as a share of its height; margin and icon in units."""
PLACES = ((6.5, 0.9), (7.5, 0.76), (6.0, 0.96), (7.0, 0.82), (5.5, 0.88), (8.0, 0.7))
"""Placeholders of books: width in units, height as a share of the cover's height."""


def draw_bare_shelf(page: Canvas, area: Box, icon: str = "") -> None:
    """Draw a cover with an icon, if one is given, and placeholders of books; nothing if room is short."""
    high = min(area.h - page.u(5), page.u(TALL))
    if page.theme.compact or page.theme.large or high < page.u(LEAST):
        return
    colours, bottom = page.colours, round(area.bottom)
    x = area.x
    if icon:
        wide = round(high * WIDE)
        cover = Box(area.x, bottom - round(high), wide, round(high))
        page.add(Fill(cover, colours.leaf, page.u(1), Corners.TOP))
        page.add(Outline(Box(cover.x, cover.y, cover.w, cover.h + STROKE), colours.edge, 2, page.u(1), Corners.TOP))
        page.icon(round(cover.x + (wide - page.u(ICON)) / 2), cover.y + cover.h / 2, icon, ICON, colours.ink2)
        x = cover.right + page.u(AIR)
    places: list[tuple[float, float]] = []
    for width, share in cycle(PLACES):
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
