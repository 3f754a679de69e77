"""Draw the scanner panel: the live camera picture, or a drawing of where to hold the label."""

from __future__ import annotations

from enum import Enum, auto

from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Fill, Line, Live, Outline, Text
from kiosk.screens.rendering.theme import Type

GLASS = "#4B4A48"
BOOK = "#5E5C59"
JOINT = "#403F3D"
PAGES = "#B9B6B0"
LABEL = "#F4F3F0"
BLACK = "#1A1611"
WHITE = "#FCF9F3"
BLIND = 16
"""Size in units of the icon on the panel of a camera without a picture."""


class HeldObject(Enum):
    """Object to hold in front of the camera."""

    BOOK = auto()
    CARD = auto()


def draw_camera(page: Canvas, box: Box, held: HeldObject, code: str = "", label: str = "") -> None:
    """Draw the panel.

    Without a code, four corners show where the barcode goes; with one, the label is drawn with an accent outline.
    """
    page.add(Fill(box, GLASS, page.u(1)))
    plate = _plate(box)
    aim = _corners(page, plate.inset(-page.u(4), -page.u(3)))
    if page.live:
        stroke = max(4, page.u(0.7))
        page.add(Live(box, page.u(1), page.colours.paper, page.colours.accent, stroke, aim, WHITE))
    else:
        _draw_scene(page, box, held, code, label)
        if not code:
            page.add(*(Line(each, WHITE) for each in aim))
    if page.colours.outlined:
        page.add(Outline(box, page.colours.edge, 2, page.u(1)))


def draw_blind(page: Canvas, box: Box) -> None:
    """Draw the panel of a camera that is not working, so unlike a viewfinder that patrons do not hold items to it."""
    page.panel(box, page.colours.board)
    side = min(BLIND, box.h / page.theme.unit * 0.4)
    page.icon(round(box.x + (box.w - page.u(side)) / 2), box.y + box.h / 2, "eye-off", side, page.colours.ink2)


def _draw_scene(page: Canvas, box: Box, held: HeldObject, code: str, label: str) -> None:
    """Draw a scene as a camera would show it."""
    plate = _plate(box)
    if held is HeldObject.BOOK:
        _book(page, box)
    else:
        _card(page, plate)
    if code:
        _label(page, plate, code, label)
    else:
        _ghost(page, plate)


def _plate(box: Box) -> Box:
    """Return the box of the label, which is the same before and after it was read."""
    w, h = round(min(box.w * 0.56, box.h * 0.95)), round(box.h * 0.42)
    return Box(round(box.x + (box.w - w) / 2), round(box.y + box.h * 0.26), w, h)


def _book(page: Canvas, box: Box) -> None:
    book = Box(box.x + round(box.w * 0.13), box.y, round(box.w * 0.74), round(box.h * 0.90))
    page.add(Fill(book, BOOK))
    page.add(Line(Box(book.x, book.y, round(book.w * 0.045), book.h), JOINT))
    page.add(Line(Box(book.x, book.bottom - round(box.h * 0.035), book.w, round(box.h * 0.035)), PAGES))


def _card(page: Canvas, plate: Box) -> None:
    card = plate.inset(-round(plate.w * 0.24), -round(plate.h * 0.36))
    page.add(Fill(Box(card.x, card.y, card.w, card.h + round(plate.h * 0.2)), BOOK, page.u(2)))


def _ghost(page: Canvas, plate: Box) -> None:
    """Draw a pale placeholder of the barcode."""
    bars = plate.inset(round(plate.w * 0.08), round(plate.h * 0.2))
    draw_bars(page, bars, "0123456789", JOINT)


def _label(page: Canvas, plate: Box, code: str, label: str) -> None:
    w, h = plate.w, plate.h
    page.add(Fill(plate, LABEL, 2))
    bars = Box(plate.x + round(w * 0.08), plate.y + round(h * 0.28), round(w * 0.84), round(h * 0.44))
    draw_bars(page, bars, code, BLACK)
    page.add(Outline(bars.inset(-round(w * 0.04), -page.u(0.8)), page.colours.accent, max(4, page.u(0.7)), page.u(0.5)))
    size = max(round(h * 0.15), 8)
    for words, middle in ((label, plate.y + h * 0.13), (code, plate.y + h * 0.87)):
        width = page.ruler.width(words, size)
        if words and width <= w:
            page.add(Text(Box(plate.x + round((w - width) / 2), middle - size / 2, width, size), words, size, BLACK))


def draw_bars(page: Canvas, box: Box, code: str, colour: str) -> None:
    """Draw bars that differ by code. This is a drawing and no scannable symbol."""
    widths = [1 + (ord(char) * (number + 3) + number) % 3 for number, char in enumerate(code * 3)][:44]
    module = box.w / (sum(widths) + 1e-9)
    x = box.x
    for number, width in enumerate(widths):
        right = x + width * module
        if number % 2 == 0:
            page.add(Line(Box(round(x), box.y, max(round(right) - round(x), 1), box.h), colour))
        x = right


def _corners(page: Canvas, box: Box) -> tuple[Box, ...]:
    arm, stroke = round(min(box.w, box.h) * 0.24), max(page.u(0.7), 4)
    corners = ((x, dx, y, dy) for x, dx in ((box.x, 0), (box.right, -1)) for y, dy in ((box.y, 0), (box.bottom, -1)))
    return tuple(
        each
        for x, dx, y, dy in corners
        for each in (
            Box(round(x + dx * arm), round(y + dy * stroke), arm, stroke),
            Box(round(x + dx * stroke), round(y + dy * arm), stroke, arm),
        )
    )


def draw_camera_caption(page: Canvas, box: Box, sentence: str) -> float:
    """Draw the scanner icon and a sentence under the panel; return the bottom y."""
    leading = page.leading(Type.CAP)
    right = page.icon(box.x, box.y + leading / 2, "scan-barcode", page.theme.icon(6.5))
    x = right + page.u(2.5)
    return page.words(Box(x, box.y, box.right - x, box.h), sentence, Type.CAP)
