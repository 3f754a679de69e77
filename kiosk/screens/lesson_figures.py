"""Draw the pictures of the lessons with the same shapes as the screens they explain."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.screens.components.cards import draw_label
from kiosk.screens.components.shelf import Spine, Stand, draw_spine
from kiosk.screens.components.states import State, draw_mark
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Corners, Fill, Line
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from lending.cover_design import cover_rule

Figure = Callable[[Canvas, Box], None]
LEAST = 24
"""Minimum height in units to draw a picture."""


def draw_figure(page: Canvas, lesson: str, number: int, area: Box) -> None:
    """Draw the picture on a panel, centred."""
    page.panel(area, page.colours.board)
    _figures()[lesson][number](page, area.inset(page.u(3)))


def _row(area: Box, wide: float, count: int, gap: float) -> list[float]:
    """Return the x of each item in a centred row."""
    left = area.x + (area.w - count * wide - (count - 1) * gap) / 2
    return [left + number * (wide + gap) for number in range(count)]


def _keys(signs: str) -> Figure:
    def draw(page: Canvas, area: Box) -> None:
        side = min(page.u(20), area.h * 0.5, area.w / len(signs) - page.u(2))
        for x, sign in zip(_row(area, side, len(signs), page.u(2)), signs, strict=True):
            box = Box(round(x), round(area.y + (area.h - side) / 2), round(side), round(side))
            page.add(Fill(box, page.colours.leaf, page.u(1)))
            page.frame(box)
            step = next((each for each in (Type.TITLE, Type.BODY) if side >= page.leading(each) * 1.3), Type.CAP)
            page.word(box, sign, step, align="centre")

    return draw


def _icons(*names: str) -> Figure:
    """Draw cards in sequence with arrows between them."""

    def draw(page: Canvas, area: Box) -> None:
        side = round(min(area.h * 0.86, page.u(38), area.w / (len(names) * 1.5)))
        gap, middle = side * 0.5, area.y + area.h / 2
        icon, arrow = side / page.theme.unit * 0.52, side / page.theme.unit * 0.24
        for number, (x, name) in enumerate(zip(_row(area, side, len(names), gap), names, strict=True)):
            card = Box(round(x), round(middle - side / 2), side, side)
            page.add(Fill(card, page.colours.leaf, page.u(1)))
            page.frame(card)
            page.icon(card.x + (side - page.u(icon)) / 2, middle, name, icon)
            if number:
                page.icon(x - (gap + page.u(arrow)) / 2, middle, "arrow-right", arrow)

    return draw


def _labels(*numbers: tuple[str, ...]) -> Figure:
    """Draw spine labels on the shelf line."""

    def draw(page: Canvas, area: Box) -> None:
        longest = max(page.width(part, Type.CAP) for each in numbers for part in each)
        wide = min(area.w / len(numbers) - page.u(2), max(page.u(30), longest + page.u(7)))
        step = Type.BODY if page.leading(Type.BODY) * 2 + page.u(8) <= area.h else Type.CAP
        fits = all(page.width(part, step) <= wide - page.u(4) for each in numbers for part in each)
        step = step if fits else Type.CAP
        high = page.leading(step) * max(map(len, numbers)) + page.u(2)
        _shelf(page, area)
        for place, (x, each) in enumerate(zip(_row(area, wide, len(numbers), page.u(1)), numbers, strict=True)):
            tall = round(area.h * (0.92 - 0.08 * (place % 3)))
            back = Box(round(x), round(area.bottom - page.u(1) - tall), round(wide), tall)
            page.add(Fill(back, cover_rule(each[0], "".join(each)).spine, page.u(0.5), Corners.TOP))
            draw_label(page, round(x + page.u(1)), round(area.bottom - page.u(3) - high), list(each),
                       round(wide - page.u(2)), high)  # fmt: skip

    return draw


def _shelf(page: Canvas, area: Box) -> None:
    page.add(Fill(Box(round(area.x), round(area.bottom - page.u(1)), round(area.w), page.u(1)), page.colours.ink))


def _list(*states: State) -> Figure:
    """Draw list rows, each with its state mark."""

    def draw(page: Canvas, area: Box) -> None:
        high = area.h / len(states)
        for number, state in enumerate(states):
            y = area.y + high * number
            cover = Box(round(area.x), round(y + high * 0.1), round(high * 0.6), round(high * 0.8))
            draw_spine(page, cover, Spine("5798"[number % 4], f"{number + 3}", Stand.FULL))
            for at, share in ((0.38, 0.62 - 0.12 * (number % 2)), (0.62, 0.34)):
                bar = Box(round(cover.right + page.u(3)), round(y + high * at), round(area.w * share), page.u(1.2))
                page.add(Fill(bar, page.colours.ink if at < 0.5 else page.colours.edge))
            units = min(7.0, high * 0.6 / page.theme.unit)
            draw_mark(page, area.right - page.u(units), y + high / 2, state, units)

    return draw


def _bays(page: Canvas, area: Box) -> None:
    """Draw a plan of shelves with one bay highlighted, and the way to it."""
    columns, rows = 5, 3
    wide, high = area.w / columns, area.h / rows
    for row in range(rows):
        for column in range(columns):
            box = Box(round(area.x + wide * (column + 0.12)), round(area.y + high * (row + 0.15)),
                      round(wide * 0.76), round(high * 0.4))  # fmt: skip
            lit = (row, column) == (0, 3)
            page.add(Fill(box, page.colours.accent if lit else page.colours.leaf))
            page.frame(box)
    x, top, bottom = area.x + wide * 2.99, area.y + high * 0.75, area.bottom - page.u(1)
    page.add(Line(Box(round(x), round(top), 3, round(bottom - top)), page.colours.ink))
    page.add(Line(Box(round(x), round(top), round(wide * 0.5), 3), page.colours.ink))


def _figures() -> dict[str, tuple[Figure, Figure, Figure, Figure]]:
    return {
        "search": (_keys("solar"), _keys("hlm"), _list(State.DONE, State.DONE, State.SAVED),
                   _icons("search", "hand", "bell")),
        "call_number": (
            _labels(("I247.5", "MAO")),
            _labels(("I",), ("K",), ("T",)),
            _labels(("I24",), ("I247",), ("I25",)),
            _bays,
        ),
        "ebooks": (_icons("book-up", "smartphone"), _icons("smartphone", "qr-code"), _icons("id-card", "check"),
                   _icons("clock", "check")),
        "lending": (_icons("nfc", "scan-barcode"), _icons("bell", "calendar-days"), _icons("refresh-cw", "check"),
                    _icons("book-down", "eye", "check")),
    }  # fmt: skip
