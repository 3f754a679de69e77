"""Draw the technician screen: the condition of every part, and how to repair it. Shows no patron data."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens import technician_list
from kiosk.screens.components.kiosk_diagram import DiagramPart, draw_machine
from kiosk.screens.components.states import draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.list_paging import draw_more, more_width
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.text_layout import rejoin, wrap
from kiosk.screens.rendering.theme import Type
from kiosk.screens.technician_rows import PartRow, needs_technician, rows_of
from kiosk.system.health import PartName
from kiosk.views import Technician
from kiosk.words import technician_report

PLACES = {
    PartName.CARD_READER: DiagramPart.PAD,
    PartName.BARCODE_SCANNER: DiagramPart.CAMERA,
    PartName.RECEIPT_PRINTER: DiagramPart.PRINTER,
}


BETWEEN = 4
"""Gap in units between a name and the state next to it."""
COLUMNS = 4
"""Gap in units between two columns of rows."""


def draw(view: Technician, scene: DrawContext) -> None:
    page = scene.page
    scene.head()
    if not (page.theme.compact or page.theme.large or page.theme.portrait):
        technician_list.draw(view, scene)
        return
    rows = rows_of(view, scene)
    if page.theme.compact and page.theme.large:  # without a heading, so that the rows have the full height
        area = scene.frame.whole
        name, *details = [*_subtitle_lines(view, scene), ""]
        rows.append(PartRow(name, details=tuple(filter(None, details))))
    else:
        area = _rows_box(view, scene)
    pieces = [piece for each in rows for piece in _in_pieces(each, scene, area)]
    hidden = _parts(pieces, scene, area)
    room = scene.foot(("back",), ("report", "test_touch", "test_all"), more_width(scene, hidden))
    draw_more(scene, room, hidden, len(pieces))


def _subtitle_lines(view: Technician, scene: DrawContext) -> list[str]:
    """Return the name of the kiosk with the technician's, and its version."""
    names = " · ".join(filter(None, (view.kiosk, view.by)))
    return [each for each in (names, technician_report.release(view, scene.words)) if each]


def _rows_box(view: Technician, scene: DrawContext) -> Box:
    """Draw the title above the rows, or in a column with the kiosk diagram; return the room for the rows."""
    page, frame = scene.page, scene.frame
    y = page.words(frame.left, scene.say("Health"), Type.TITLE)
    for each in _subtitle_lines(view, scene):
        y = page.words(Box(frame.left.x, y, frame.left.w, page.u(20)), each, Type.CAP, page.colours.ink2, most=3)
    area = frame.right
    if frame.single:
        area = Box(area.x, y + page.u(2), area.w, area.bottom - y - page.u(2))
        if page.theme.portrait:
            _machine(view, scene, Box(area.x, area.bottom - page.u(110), area.w, page.u(110)))
            area = Box(area.x, area.y, area.w, area.h - page.u(116))
    else:
        _machine(view, scene, Box(frame.left.x, y + page.u(4), frame.left.w, frame.left.bottom - y - page.u(4)))
    return area


def _machine(view: Technician, scene: DrawContext, room: Box) -> None:
    """Draw the kiosk diagram with the faulty part highlighted."""
    faulty = [PLACES[name] for name, state in view.parts.items() if name in PLACES and needs_technician(state)]
    height = round(min(room.h, scene.page.u(120)))
    if height < scene.page.u(30):
        return
    width = round(min(height * 0.54, room.w * 0.65))
    draw_machine(scene.page, Box(room.x, room.bottom - height, width, height), faulty[0] if faulty else None)


def _columns(scene: DrawContext, area: Box) -> tuple[int, float]:
    """Return the number of columns, and the width of each in pixels."""
    page = scene.page
    columns = 1 if page.theme.large or page.theme.compact or area.w < page.u(90) else 2
    return columns, (area.w - page.u(COLUMNS) * (columns - 1)) / columns


def _in_pieces(row: PartRow, scene: DrawContext, area: Box) -> list[PartRow]:
    """Return the row, or several rows with its name and state if it is higher than the area."""
    page = scene.page
    _, width = _columns(scene, area)
    if not row.details or _height(row, scene, width) <= area.h + page.u(1):
        return [row]
    room = area.h + page.u(1) - _height(replace(row, details=()), scene, width)
    most = max(int(room // page.leading(Type.CAP)), 1)
    pieces = []
    for each in row.details:
        lines, _ = wrap(each, page.theme.size(Type.CAP), width, page.ruler)
        pieces += ["".join(rejoin(lines[at : at + most])) for at in range(0, len(lines), most)]
    return [replace(row, details=(each,)) for each in pieces]


def _parts(rows: list[PartRow], scene: DrawContext, area: Box) -> int:
    """Draw the rows column by column; return the number of rows out of sight."""
    page = scene.page
    gap = page.u(COLUMNS)
    columns, width = _columns(scene, area)
    shown = rows[scene.first :]
    column, y = 0, area.y
    whole = sum(_height(each, scene, width) for each in shown)
    foot = min(area.bottom + page.u(1), area.y + max(whole / columns * 1.15, area.h * 0.6))
    for number, row in enumerate(shown):
        height = _height(row, scene, width)
        if y + height > (foot if column < columns - 1 else area.bottom + page.u(1)) and number:
            column, y = column + 1, area.y
            if column == columns or y + height > area.bottom + page.u(1):
                return len(shown) - number
        box = Box(area.x + column * (width + gap), y, width, height)
        page.rule(box.x, box.y, box.w)
        _row(row, scene, Box(box.x, box.y + page.u(0.7), box.w, height))
        y += height
    return 0


def _height(row: PartRow, scene: DrawContext, width: float) -> int:
    page = scene.page
    lines = sum(page.count_lines(each, Type.CAP, width) for each in row.details)
    lines += bool(row.state) and not _in_one_line(row, scene, width)
    return page.leading(_step(scene)) + page.leading(Type.CAP) * lines + page.u(1 if page.theme.compact else 3)


def _step(scene: DrawContext) -> Type:
    return Type.CAP if scene.page.theme.compact and scene.page.theme.large else Type.BODY


def _in_one_line(row: PartRow, scene: DrawContext, width: float) -> bool:
    """Return True if the state fits next to the name, on a small screen or in large text."""
    page = scene.page
    needed = page.width(row.name, _step(scene)) + page.u(BETWEEN) + state_width(page, row.state)
    return (page.theme.compact or page.theme.large) and needed <= width


def _row(row: PartRow, scene: DrawContext, box: Box) -> None:
    page = scene.page
    step, cap = _step(scene), page.leading(Type.CAP)
    head = Box(box.x, box.y, box.w, page.leading(step))
    page.word(head, row.name, step)
    y = head.bottom
    if row.mark is not None and _in_one_line(row, scene, box.w):
        right = head.x + page.width(row.name, step) + page.u(BETWEEN)
        draw_state(page, Box(right, head.y, head.right - right, head.h), row.mark, row.state)
    elif row.mark is not None:
        draw_state(page, Box(box.x, y, box.w, cap), row.mark, row.state)
        y += cap
    for each in row.details:
        y = page.words(Box(box.x, y, box.w, box.bottom - y), each, Type.CAP, page.colours.ink2)
