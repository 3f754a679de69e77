"""Draw the technician's screens: sign-in, the condition of every part with its tests, and the touch test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from kiosk.screens.components.buttons import TIGHT, Button, button_width, draw_button
from kiosk.screens.components.diagrams import DiagramPart, draw_machine, draw_standing_machine
from kiosk.screens.components.states import State, draw_mark, draw_state, mark_units, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import draw_more, more_width
from kiosk.screens.rendering.display_list import Box, Figure, Fill, Line, Outline, Shape, Spot
from kiosk.screens.rendering.text_layout import rejoin, wrap
from kiosk.screens.rendering.theme import Type
from kiosk.screens.text_entry import KEYPAD_UNITS, draw_keypad, draw_typed, full_note
from kiosk.system.health import READY, Condition, Device, PartName, PartState
from kiosk.views import SPOTS, OutOfOrder, SignIn, Technician, TouchTest, Trial
from kiosk.views.common import LONGEST_PIN
from kiosk.words import technician_report

PLACES = {
    PartName.CARD_READER: DiagramPart.PAD,
    PartName.BARCODE_SCANNER: DiagramPart.CAMERA,
    PartName.RECEIPT_PRINTER: DiagramPart.PRINTER,
}


BETWEEN = 4
"""Gap in units between a name and the state next to it."""
COLUMN_GAP = 4
"""Gap in units between two columns of rows."""


def draw(view: Technician, scene: DrawContext) -> None:
    page = scene.page
    scene.head()
    if not (page.theme.compact or page.theme.large or page.theme.portrait):
        draw_list(view, scene)
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
    return columns, (area.w - page.u(COLUMN_GAP) * (columns - 1)) / columns


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
    gap = page.u(COLUMN_GAP)
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


ORDER = tuple(PartName)


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part, or all missing parts in one row; those have no mark."""

    name: str
    state: str = ""
    mark: State | None = None
    details: tuple[str, ...] = ()
    part: PartName | None = None


def rows_of(view: Technician, scene: DrawContext) -> list[PartRow]:
    """Return tested devices first, to be seen at once; then parts, faulty ones before others."""
    devices = [_device(scene, each, view.trials[each]) for each in Device if each in view.trials]
    there = [each for each in ORDER if each in view.parts and view.parts[each].condition is not Condition.ABSENT]
    there.sort(key=lambda name: _rank(view, name))
    return [*_command(view, scene), *devices, *(_part(view, scene, each) for each in there), *_not_there(view, scene)]


def _command(view: Technician, scene: DrawContext) -> Iterator[PartRow]:
    """Yield the command that brings back a kiosk that is out of order."""
    if isinstance(view.under, OutOfOrder) and view.under.command:
        yield PartRow(scene.say("Out of order"), view.under.command, State.LOOK)


def needs_technician(state: PartState) -> bool:
    """Return True if a part needs the technician."""
    return state.condition is Condition.FAULTY or state.reason in ("near_end", "waits_long")


def _rank(view: Technician, name: PartName) -> int:
    state = view.parts[name]
    if state.condition is Condition.FAULTY:
        return 0
    return 1 if state.reason or view.trials.get(name) is Trial.FAILED else 2


def _device(scene: DrawContext, device: Device, trial: Trial) -> PartRow:
    return PartRow(scene.words.part(device), scene.words.trial(device, trial), _trial_mark(trial))


def _part(view: Technician, scene: DrawContext, name: PartName) -> PartRow:
    state, trial = view.parts[name], view.trials.get(name)
    if trial is not None and state.condition is Condition.READY:
        condition, mark = scene.words.trial(name, trial), _trial_mark(trial)
    else:
        condition, mark = scene.words.part_state(state, name), State.DONE
    if needs_technician(state):
        mark = State.REFUSED if name is PartName.BACKLOG and state.condition is Condition.FAULTY else State.LOOK
    if name is PartName.CENTRAL and state.condition is Condition.READY and view.delay is not None:
        condition = scene.say("{state}, answered in {n} ms", state=condition, n=round(1000 * view.delay))
    queue = technician_report.queue(view, scene.words) if name is PartName.BACKLOG else ""
    details = filter(None, (queue, scene.words.mending(name, state)))
    return PartRow(scene.words.part(name), condition, mark, tuple(details), name)


def _trial_mark(trial: Trial) -> State:
    return {Trial.RUNNING: State.CHECKING, Trial.FAILED: State.LOOK}.get(trial, State.DONE)


def _not_there(view: Technician, scene: DrawContext) -> Iterator[PartRow]:
    """Yield one row per reason, for all parts that share it."""
    named: dict[str, list[str]] = {}
    for each in ORDER:
        state = view.parts.get(each)
        if state is not None and state.condition is Condition.ABSENT:
            named.setdefault(scene.words.part_state(state, each), []).append(scene.words.part(each))
    for why, names in named.items():
        yield PartRow(why, details=(scene.say(", ").join(names),))


CALL_OUT = 7
"""Diameter in units of a number next to the diagram."""
NUMBER_WIDTH = 8
"""Width in units of the column of numbers."""
COLUMNS = 3
"""Columns of parts that are ready."""


@dataclass(frozen=True, slots=True)
class _Piece:
    height: float
    draw: Callable[[float], None]


def draw_list(view: Technician, scene: DrawContext) -> None:
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
    x = area.x + page.u(NUMBER_WIDTH)
    body, cap = page.leading(Type.BODY), page.leading(Type.CAP)
    wide = state_width(page, row.state)
    beside = page.width(row.name, Type.BODY) + page.u(4) + wide <= area.right - x
    lines = sum(page.count_lines(each, Type.CAP, area.right - x) for each in row.details)
    under = 0 if beside else page.count_lines(row.state, Type.CAP, area.right - x - page.u(6.5)) * cap
    height = body + under + lines * cap + page.u(2)

    def draw(y: float) -> None:
        page.rule(area.x, y, area.w)
        top = y + page.u(0.7)
        page.word(Box(area.x, top, page.u(NUMBER_WIDTH), body), str(number), Type.BODY)
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
    wanted = page.u(NUMBER_WIDTH) + max((state_width(page, each.name) for each in rows), default=1)
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
            page.word(Box(x, top, page.u(NUMBER_WIDTH), cap), str(first + number), Type.CAP)
            right = x + pitch - page.u(NUMBER_WIDTH)
            left = x + page.u(NUMBER_WIDTH)
            edge = draw_mark(page, left, top + cap / 2, State.DONE, mark_units(Type.CAP)) + page.u(1.5)
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


def draw_sign_in(view: SignIn, scene: DrawContext) -> None:
    page, whole = scene.page, scene.frame.whole
    scene.head()
    width, height = (page.u(units) for units in KEYPAD_UNITS)
    foot = page.u(2 if page.theme.compact else 4)
    height = min(height, round(whole.h - foot))
    keypad = Box(whole.right - width, whole.bottom - foot - height, width, height)
    draw_keypad(page, keypad, scene.actions)
    side = Box(whole.x, whole.y, keypad.x - whole.x - page.u(5), whole.h)
    roomy = page.theme.portrait or keypad.y - whole.y > page.u(26)
    room = Box(whole.x, whole.y, whole.w, keypad.y - whole.y) if roomy else side
    head = page.leading(Type.BODY) + page.u(1.5)
    line = Box(keypad.x, keypad.y - head - page.u(3), keypad.w, head)
    y = _words(view, scene, room, line.y - room.y - page.u(1) if roomy else 2 * page.leading(Type.TITLE))
    over = line.y >= y + page.u(1)
    if not over:
        line = Box(room.x, y + page.u(2), min(room.w, page.u(76)), head)
    draw_typed(
        page, line, view.typed, scene.say("Your code"), full_note(scene, len(view.typed), LONGEST_PIN, line.w / 2)
    )
    top = (y if over else line.bottom) + page.u(4)
    rest = Box(side.x, top, side.w, side.bottom - top)
    if rest.h >= page.u(38):
        draw_standing_machine(page, rest, DiagramPart.CAMERA)
    scene.foot(("back",), ("continue",))


def _words(view: SignIn, scene: DrawContext, room: Box, high: float) -> float:
    page = scene.page
    if view.checking:
        box = Box(room.x, room.y, room.w, page.leading(Type.TITLE))
        draw_state(page, box, State.CHECKING, scene.say("Checking"), Type.BODY)
        return box.bottom
    asked = scene.words.sign_in(view.problem, view.minutes)
    steps = (Type.TITLE, Type.BODY, Type.CAP)
    return page.words(room, asked, page.step_for(asked, room.w, high, steps))


RING_SIZE, RING_CENTRE = 12, 3
"""Diameters in units of the ring and its centre."""
SPOT_MARGIN = 3
BACK_HEIGHT = 15


def draw_touch_test(view: TouchTest, scene: DrawContext) -> None:
    page = scene.page
    for number in range(len(SPOTS)):
        _spot(view, scene, number)
    _instructions(view, scene)
    back = scene.action("back")
    assert back is not None
    button = Button(back, scene.say("Back"), "arrow-left")
    width = max(page.u(50), button_width(page, button, TIGHT))
    top = page.theme.height - page.u(SPOT_MARGIN + BACK_HEIGHT)
    box = Box(round((page.theme.width - width) / 2), top, width, page.u(BACK_HEIGHT))
    draw_button(page, box, button)


def _spot(view: TouchTest, scene: DrawContext, number: int) -> None:
    """Draw a target: highlighted if it is next, with the error below if it was touched."""
    page, colours = scene.page, scene.page.colours
    ring = _ring(scene, number)
    now = number == len(view.landed)
    stroke = max(page.u(1.2), 4) if now else 2
    page.add(Shape(ring, Figure.RING, colours.ink if now else colours.line, stroke))
    eye = page.u(RING_CENTRE)
    x, y = ring.centre
    if now:
        page.add(Shape(Box(x - eye / 2, y - eye / 2, eye, eye), Figure.DISC, colours.accent), Spot(ring))
    elif number < len(view.landed):
        _draw_error(scene, ring, f"{view.landed[number]:.1f} mm")


def _ring(scene: DrawContext, number: int) -> Box:
    page = scene.page
    side, margin = page.u(RING_SIZE), page.u(SPOT_MARGIN)
    across, down = SPOTS[number]
    return Box(
        round(margin + across * (page.theme.width - side - 2 * margin)),
        round(margin + down * (page.theme.height - side - 2 * margin)),
        side,
        side,
    )


def _draw_error(scene: DrawContext, ring: Box, words: str) -> None:
    """Draw the error on the side towards the centre of the screen, where there is room."""
    page = scene.page
    width, height = page.width(words, Type.CAP), page.leading(Type.CAP)
    x = min(max(ring.centre[0] - width / 2, page.u(SPOT_MARGIN)), page.theme.width - page.u(SPOT_MARGIN) - width)
    y = ring.bottom + page.u(1) if ring.y < page.theme.height * 0.7 else ring.y - page.u(1) - height
    page.word(Box(x, y, width, height), words, Type.CAP)


def _instructions(view: TouchTest, scene: DrawContext) -> None:
    """Draw the instruction between the upper targets and the centre."""
    page = scene.page
    middle = _ring(scene, len(SPOTS) - 1)
    side = page.u(SPOT_MARGIN + 4) + max(page.u(RING_SIZE), page.width("888.8 mm", Type.CAP))
    room = Box(side, page.u(SPOT_MARGIN), page.theme.width - 2 * side, middle.y - page.u(SPOT_MARGIN + 2))
    if page.theme.large and not page.theme.compact:
        top = page.u(SPOT_MARGIN + RING_SIZE + 3) + page.leading(Type.CAP)
        room = Box(page.u(SPOT_MARGIN), top, page.theme.width - 2 * page.u(SPOT_MARGIN), middle.y - top - page.u(2))
    words = scene.words.touch(view.landed, len(SPOTS), view.trial)
    marked = view.trial is not None
    spare = page.u(mark_units(Type.BODY) + 1) if marked else 0
    step = page.step_for(words, room.w, room.h - spare, (Type.TITLE, Type.BODY, Type.CAP))
    if page.count_lines(words, step, room.w) * page.leading(step) > room.h - spare:
        marked = False
    y = room.y
    if view.trial is not None and marked:
        units = mark_units(Type.BODY)
        mark = State.DONE if view.trial is Trial.DONE else State.LOOK
        draw_mark(page, room.x + (room.w - page.u(units)) / 2, y + page.u(units) / 2, mark, units)
        y += page.u(units + 1)
    page.words(Box(room.x, y, room.w, room.bottom - y), words, step, align="centre")
