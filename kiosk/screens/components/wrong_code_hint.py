"""Draw the notice "not this code": the ISBN barcode crossed out, the library's label ticked."""

from __future__ import annotations

from kiosk.screens.components.camera import BLACK, LABEL, draw_bars
from kiosk.screens.components.states import State, draw_mark, draw_notice
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Fill, Line, Outline, Text
from kiosk.screens.rendering.geometry import Box

NOT_THIS_CODE = "not_this_code"
WIDTH, COMPACT_WIDTH = 46, 34
TALLEST = 15
MARK = 5.5
ISBN, OURS = "9780306406157", "30012000000017"


def draw_hint(page: Canvas, box: Box, code: str, sentence: str, library: str) -> float:
    """Draw the notice for a code; return its bottom y. In large text on a compact screen the picture is left out."""
    if code != NOT_THIS_CODE or (page.theme.compact and page.theme.large):
        return draw_notice(page, box, State.LOOK, sentence)
    width = page.u(COMPACT_WIDTH if page.theme.compact else WIDTH)
    left = Box(box.x, box.y, box.w - width - page.u(2), box.h)
    bottom = draw_notice(page, left, State.LOOK, sentence)
    _draw_plates(page, Box(left.right + page.u(2), box.y, width, min(bottom - box.y, page.u(TALLEST))), library)
    return bottom


def _draw_plates(page: Canvas, box: Box, library: str) -> None:
    """Draw the wrong label at the left and the right one at the right, as they appear on a book."""
    half = round((box.w - page.u(2)) / 2)
    _plate(page, Box(box.x, box.y, half, box.h), ISBN, "ISBN", State.REFUSED)
    right = Box(box.right - half, box.y, half, box.h)
    _plate(page, right, OURS, library, State.DONE)
    page.add(Outline(right, page.colours.accent, max(3, page.u(0.5)), page.u(0.5)))


def _plate(page: Canvas, box: Box, code: str, heading: str, state: State) -> None:
    """Draw a label with its mark centred on the bars; a heading that does not fit is left out."""
    page.add(Fill(box, LABEL, page.u(0.5)))
    inner = box.inset(round(box.w * 0.08), round(box.h * 0.12))
    size = max(round(box.h * 0.2), 8)
    width = page.ruler.width(heading, size)
    head = size + page.u(0.5) if width <= inner.w else 0
    if head:
        page.add(Text(Box(round(inner.x + (inner.w - width) / 2), inner.y, width, size), heading, size, BLACK))
    stripes = Box(inner.x, inner.y + head, inner.w, inner.h - head)
    draw_bars(page, stripes, code, BLACK)
    side, middle = page.u(MARK), round(stripes.y + stripes.h / 2)
    ground = Box(round(box.x + (box.w - side) / 2), round(middle - side / 2), side, side).inset(-4)
    page.add(Line(ground, LABEL))
    draw_mark(page, ground.x + 4, middle, state, MARK)
