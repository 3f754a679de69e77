"""Draw the technician screen where there is room: what needs attention, numbered as in the kiosk diagram."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kiosk.screens.components.kiosk_diagram import DiagramPart, draw_machine
from kiosk.screens.components.states import State, draw_mark, draw_state, mark_units, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.list_paging import draw_more, more_width
from kiosk.screens.rendering.display_list import Fill, Line, Outline
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.screens.technician_rows import PartRow, rows_of
from kiosk.system.health import READY, PartName
from kiosk.views import Technician
from kiosk.words import technician_report

PLACES = {
    PartName.CARD_READER: DiagramPart.PAD,
    PartName.BARCODE_SCANNER: DiagramPart.CAMERA,
    PartName.RECEIPT_PRINTER: DiagramPart.PRINTER,
}
CALL_OUT = 7
"""Diameter in units of a number next to the diagram."""
NUMBER = 8
"""Width in units of the column of numbers."""
COLUMNS = 3
"""Columns of parts that are ready."""


@dataclass(frozen=True, slots=True)
class _Piece:
    height: float
    draw: Callable[[float], None]


def draw(view: Technician, scene: DrawContext) -> None:
    """Draw the diagram at the left, the parts at the right, and the tests in the footer."""
    page, frame = scene.page, scene.frame
    rows = rows_of(view, scene)
    wrong = [each for each in rows if each.mark not in (State.DONE, None)]
    plain = scene.words.part_state(READY)
    told = [each for each in rows if each.mark is State.DONE and (each.details or each.state != plain)]
    ready = [each for each in rows if each.mark is State.DONE and each not in told]
    detailed = [*wrong, *told]
    missing = [each for each in rows if each.mark is None]
    numbered = [*detailed, *ready]
    left, right = frame.left, frame.right
    y = page.words(left, view.kiosk or scene.say("Health"), Type.TITLE, most=1)
    for each in filter(None, (technician_report.release(view, scene.words), view.by)):
        y = page.words(Box(left.x, y, left.w, page.u(16)), each, Type.CAP, page.colours.ink2, most=2)
    _diagram(scene, Box(left.x, y + page.u(4), left.w, left.bottom - y - page.u(4)), numbered, len(wrong))
    heading = scene.words.say_n("{n} needs attention", "{n} need attention", len(wrong))
    y = page.words(right, heading if wrong else scene.say("Everything is ready"), Type.BODY) + page.u(1)
    pieces = [_attention(scene, right, number, each) for number, each in enumerate(detailed, 1)]
    pieces += _ready(scene, right, ready, len(detailed) + 1)
    pieces += [_missing(scene, right, each) for each in missing]
    hidden = _list(scene, Box(right.x, y, right.w, right.bottom - y), pieces)
    room = scene.foot(("back",), ("report", "test_touch", "test_all"), more_width(scene, hidden))
    draw_more(scene, room, hidden, len(pieces))


def _list(scene: DrawContext, area: Box, pieces: list[_Piece]) -> int:
    """Draw the pieces that fit; return the number of those out of sight."""
    y: float = area.y
    shown = pieces[scene.first :]
    for number, piece in enumerate(shown):
        if y + piece.height > area.bottom + scene.page.u(1) and number:
            return len(shown) - number
        piece.draw(y)
        y += piece.height
    return 0


def _attention(scene: DrawContext, area: Box, number: int, row: PartRow) -> _Piece:
    """Return a part that needs attention: its number, its name, its state at the right edge, and what to do."""
    page = scene.page
    x = area.x + page.u(NUMBER)
    body, cap = page.leading(Type.BODY), page.leading(Type.CAP)
    wide = state_width(page, row.state)
    beside = page.width(row.name, Type.BODY) + page.u(4) + wide <= area.right - x
    lines = sum(page.count_lines(each, Type.CAP, area.right - x) for each in row.details)
    under = 0 if beside else page.count_lines(row.state, Type.CAP, area.right - x - page.u(6.5)) * cap
    height = body + under + lines * cap + page.u(2)

    def draw(y: float) -> None:
        page.rule(area.x, y, area.w)
        top = y + page.u(0.7)
        page.word(Box(area.x, top, page.u(NUMBER), body), str(number), Type.BODY)
        page.word(Box(x, top, area.right - x, body), row.name, Type.BODY)
        bottom = top + body
        if row.mark is not None and beside:
            draw_state(page, Box(area.right - wide - 1, top, wide + 1, body), row.mark, row.state)
        elif row.mark is not None:
            draw_state(page, Box(x, bottom, area.right - x, cap), row.mark, row.state)
            bottom += under
        for each in row.details:
            bottom = page.words(Box(x, bottom, area.right - x, cap), each, Type.CAP, page.colours.ink2)

    return _Piece(height, draw)


def _ready(scene: DrawContext, area: Box, rows: list[PartRow], first: int) -> Iterator[_Piece]:
    """Yield the names of the parts that are ready, several in a line, with their numbers."""
    page = scene.page
    gap = page.u(4)
    wanted = page.u(NUMBER) + max((state_width(page, each.name) for each in rows), default=1)
    columns = max(min(int((area.w + gap) // (wanted + gap)), COLUMNS), 1)
    width = (area.w - gap * (columns - 1)) / columns
    for at in range(0, len(rows), columns):
        yield _line(scene, area, rows[at : at + columns], first + at, width + gap, starts=at == 0)


def _line(scene: DrawContext, area: Box, rows: list[PartRow], first: int, pitch: float, *, starts: bool) -> _Piece:
    page, cap = scene.page, scene.page.leading(Type.CAP)

    def draw(y: float) -> None:
        if starts:
            page.rule(area.x, y, area.w)
        for number, row in enumerate(rows):
            x, top = area.x + number * pitch, y + page.u(1)
            page.word(Box(x, top, page.u(NUMBER), cap), str(first + number), Type.CAP)
            right = x + pitch - page.u(NUMBER)
            edge = draw_mark(page, x + page.u(NUMBER), top + cap / 2, State.DONE, mark_units(Type.CAP)) + page.u(1.5)
            page.word(Box(edge, top, right - x, cap), row.name, Type.CAP)

    return _Piece(cap + page.u(2), draw)


def _missing(scene: DrawContext, area: Box, row: PartRow) -> _Piece:
    """Return the parts that this kiosk does not have, in one paragraph."""
    page = scene.page
    words = scene.say("{reason}: {parts}", reason=row.name, parts=" ".join(row.details))
    lines = page.count_lines(words, Type.CAP, area.w)

    def draw(y: float) -> None:
        page.rule(area.x, y, area.w)
        page.words(Box(area.x, y + page.u(1), area.w, 0), words, Type.CAP, page.colours.ink2)

    return _Piece(lines * page.leading(Type.CAP) + page.u(2), draw)


def _diagram(scene: DrawContext, room: Box, rows: list[PartRow], wrong: int) -> None:
    """Draw the kiosk with the numbers of its parts; those that need attention are filled."""
    page = scene.page
    aside = page.u(CALL_OUT + 5)
    height = round(min(room.h, page.u(120), (room.w - 2 * aside) / 0.54))
    numbers = {PLACES[row.part]: at for at, row in enumerate(rows, 1) if row.part in PLACES}
    faulty = [part for part, number in numbers.items() if number <= wrong]
    box = Box(room.x + aside, round(room.bottom) - height, round(height * 0.54), height)
    places = draw_machine(page, box, faulty[0] if faulty else None)
    for part, number in numbers.items():
        _call_out(scene, box, places[part], number, at_left=part is DiagramPart.PRINTER, filled=number <= wrong)


def _call_out(scene: DrawContext, machine: Box, part: Box, number: int, *, at_left: bool, filled: bool) -> None:
    """Draw the number of a part in a circle, with a line to the part."""
    page, side = scene.page, scene.page.u(CALL_OUT)
    middle = round(part.y + part.h / 2)
    x = round(machine.x - page.u(5) - side if at_left else machine.right + page.u(5))
    circle = Box(x, middle - side // 2, side, side)
    start, end = (circle.right, part.x) if at_left else (part.right, circle.x)
    page.add(Line(Box(round(start), middle - 1, round(end - start), 2), page.colours.ink))
    page.add(Fill(circle, page.colours.ink if filled else page.colours.leaf, side // 2))
    page.add(Outline(circle, page.colours.ink, 2, side // 2))
    colour = page.colours.paper if filled else page.colours.ink
    page.word(circle, str(number), Type.CAP, colour, align="centre")
