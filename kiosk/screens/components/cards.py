"""Draw things that are printed: a patron card with masked data, call numbers as spine labels, QR codes."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Code, Fill, Line, Outline
from kiosk.screens.rendering.theme import Type


def draw_patron_card(page: Canvas, box: Box, name: str, detail: str, warning: str) -> None:
    """Draw the masked name, a grey detail, a warning in the refusal colour, and bars at the bottom.

    Without a name, placeholder lines are drawn.
    """
    colours = page.colours
    page.add(Fill(box, colours.leaf, page.u(2)), Outline(box, colours.ink, 3, page.u(2)))
    inner = box.inset(page.u(5), page.u(4))
    y = inner.y
    if name:
        y = page.words(inner, name, Type.BODY, most=1)
    elif not detail:
        for share, high in ((0.42, 3), (0.66, 2)):
            page.add(Fill(Box(inner.x, round(y), round(inner.w * share), page.u(high)), colours.line, page.u(0.5)))
            y += page.u(high + 3)
    for words, colour in ((detail, colours.ink2), (warning, colours.stop)):
        if words:
            y = page.words(Box(inner.x, y, inner.w, inner.h), words, Type.CAP, colour)
    bar_h = min(page.u(8), inner.bottom - y - page.u(1))
    if bar_h < page.u(5):
        return
    x = inner.x
    for width in (2, 4, 2, 6, 2, 4, 2, 2, 6, 2, 4, 2, 2, 4):
        page.add(Line(Box(x, inner.bottom - bar_h, width, bar_h), colours.ink))
        x += width + 4


def call_number_lines(call_number: str) -> list[str]:
    """Split into class and author mark, one per line as on the book."""
    parts = call_number.split()
    return [" ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts


def draw_label(page: Canvas, x: float, y: float, lines: list[str], most: float, high: float = 0) -> Box:
    """Draw a label with these lines and return its box.

    The title step is used if the width fits, and the height if `high` is given. Otherwise the type is smaller.
    """
    step = next((each for each in (Type.TITLE, Type.BODY) if _fits(page, lines, each, most, high)), Type.CAP)
    width = min(max(page.width(line, step) for line in lines) + page.u(6), most)
    box = Box(x, y, round(width), page.leading(step) * len(lines) + page.u(3))
    page.add(Fill(box, page.colours.leaf, page.u(1)))
    page.frame(box)
    top = box.y + page.u(1.5)
    for line in lines:
        page.word(Box(box.x + page.u(3), top, box.w - page.u(4), page.leading(step)), line, step, cut=True)
        top += page.leading(step)
    return box


def _fits(page: Canvas, lines: list[str], step: Type, most: float, high: float) -> bool:
    wide = max(page.width(line, step) for line in lines) + page.u(6)
    tall = page.leading(step) * len(lines) + page.u(3)
    return wide <= most and (not high or tall <= high)


CODE_PAPER = "#FFFFFF"
QUIET_ZONE = 4
"""Width of the quiet zone in modules. Source: ISO/IEC 18004."""
LEAST_MODULE = 3
"""Minimum module size in pixels that phones still read from the screen."""
LEAST_MODULE_MM = 0.45
"""Minimum module size in millimetres at arm's length."""


def most_modules(side: float, px_per_mm: float) -> int:
    """Return the number of modules per side that stay readable in a square of `side` pixels."""
    return int(side // max(LEAST_MODULE, round(LEAST_MODULE_MM * px_per_mm))) - 2 * QUIET_ZONE


def draw_code(page: Canvas, box: Box, rows: Sequence[Sequence[int]]) -> Box:
    """Draw the code centred and as large as whole pixels per module allow; return its white square."""
    module = int(min(box.w, box.h) // (len(rows) + 2 * QUIET_ZONE))
    side = module * (len(rows) + 2 * QUIET_ZONE)
    square = Box(round(box.x + (box.w - side) / 2), round(box.y + (box.h - side) / 2), side, side)
    page.add(Fill(square, CODE_PAPER))
    page.add(Code(square.inset(QUIET_ZONE * module), tuple(map(bytes, rows))))
    return square
