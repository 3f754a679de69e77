"""Draw the technician's screens: sign-in, the condition of every part with its tests, and the touch test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from kiosk.screens.components.buttons import TIGHT, Button, button_width, draw_button
from kiosk.screens.components.diagrams import DiagramPart, draw_machine, draw_standing_machine
from kiosk.screens.components.states import State, draw_mark, draw_state, mark_units, state_colour, state_width
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


def draw(view: Technician, scene: DrawContext) -> None:
    """Draw the faults with what to do, and below them the parts that are ready, in sight on every page."""
    page, frame, theme = scene.page, scene.frame, scene.page.theme
    scene.head()
    listed = _group_rows(view, scene)
    aside = not (theme.compact or frame.single)
    about = _identity_lines(view, scene)
    area = frame.right if aside else frame.whole
    if aside:
        step = page.step_for(about[0], frame.left.w, page.leading(Type.TITLE), (Type.TITLE, Type.BODY))
        y = page.words(frame.left, about[0], step, most=2)
        for each in about[1:]:
            y = page.words(Box(frame.left.x, y, frame.left.w, page.u(16)), each, Type.CAP, page.colours.ink2, most=2)
        column = Box(frame.left.x, y + page.u(4), frame.left.w, frame.left.bottom - y - page.u(4))
        _diagram(scene, column, listed)
        about = []
    area = _heading(scene, area, listed, about)
    if theme.portrait:
        area = _over_diagram(scene, area, listed, about)
    hidden, pieces, uncounted = _list(scene, area, listed, about)
    room = scene.foot(("report", "test_touch"), ("test_all", "back"), more_width(scene, hidden, uncounted))
    draw_more(scene, room, hidden, pieces, uncounted)


def _identity_lines(view: Technician, scene: DrawContext) -> list[str]:
    """Return the kiosk's name and place, its version, the library system's response time, the technician's name."""
    words = scene.words
    delay = ""
    if view.delay is not None and view.parts.get(PartName.CENTRAL) == READY:
        delay = words.say("{part}: {n} ms", part=words.part(PartName.CENTRAL), n=round(1000 * view.delay))
    name = scene.say(", ").join(filter(None, (view.kiosk or words.say("Health"), view.place)))
    return [name, *filter(None, (technician_report.release(view, words), delay, view.by))]


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
    details = [scene.words.mending(name, state)]
    if name is PartName.BACKLOG:
        condition = technician_report.waiting(view, scene.words) or condition
        aside = technician_report.exceptions(view, scene.words)
        details.insert(0, aside[:1].upper() + aside[1:])
    return PartRow(scene.words.part(name), condition, mark, tuple(filter(None, details)), name)


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
NUMBER_GAP = 3
"""Gap in units between a number and a name."""
COLUMNS = 6
"""Most columns of parts that are ready."""
MARK_GAP = 2
"""Gap in units between a mark and a name."""
COLUMN_GAP = 4
"""Least gap in units between two of these columns."""
DIAGRAM = 112
"""Height in units of the diagram below the list on a tall screen."""
PINNED = 0.42
"""Most that the ready parts take of the list's height to stay in sight on each of its pages."""
SPARE = 2.5
"""Most units of spare height that a row takes above and below its text."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """Rows of the screen in their order: faults, what tests and measurements say, ready parts, missing parts."""

    wrong: list[PartRow]
    noted: list[PartRow]
    ready: list[PartRow]
    missing: list[PartRow]

    def indent(self, scene: DrawContext) -> float:
        """Return the width of the column of numbers, which a small screen has no diagram for."""
        page = scene.page
        digits = "8" * len(str(len(self.numbered)))
        return 0 if page.theme.compact else page.width(digits, Type.BODY) + page.u(NUMBER_GAP)

    @property
    def numbered(self) -> list[PartRow]:
        return [*self.wrong, *self.noted, *self.ready]


def _group_rows(view: Technician, scene: DrawContext) -> _Listed:
    rows, plain = rows_of(view, scene), scene.words.part_state(READY)
    done = [each for each in rows if each.mark is State.DONE]
    return _Listed(
        [each for each in rows if each.mark not in (State.DONE, None)],
        [each for each in done if each.details or each.state != plain],
        [each for each in done if not each.details and each.state == plain],
        [each for each in rows if each.mark is None],
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    height: float
    draw: Callable[[float], None]
    ruled: bool = True


def _heading(scene: DrawContext, area: Box, listed: _Listed, about: list[str]) -> Box:
    """Draw how many parts need attention and, without a column of its own, the kiosk's name; return the rest."""
    page = scene.page
    if page.theme.compact and page.theme.large:  # The rows need the full height.
        return area
    wrong = len(listed.wrong)
    words = scene.words.say_n("{n} needs attention", "{n} need attention", wrong)
    words = words if wrong else scene.say("Everything is ready")
    y = area.y
    if page.theme.portrait and not page.theme.large:
        y = page.words(area, about.pop(0), Type.TITLE, most=1)
        while about:
            y = page.words(Box(area.x, y, area.w, 0), about.pop(0), Type.CAP, page.colours.ink2, most=1)
        y += page.u(3)
    step = Type.CAP if page.theme.compact else Type.BODY
    width = page.width(words, step)
    bottom = page.words(Box(area.x, y, area.w, 0), words, step) + page.u(1)
    if about and width + page.u(6) + page.width(about[0], Type.CAP) <= area.w:
        name = Box(area.x + width + page.u(6), y, area.w - width - page.u(6), page.leading(step))
        page.word(name, about.pop(0), Type.CAP, page.colours.ink2, align="right")
    return Box(area.x, bottom, area.w, area.bottom - bottom)


def _over_diagram(scene: DrawContext, area: Box, listed: _Listed, about: list[str]) -> Box:
    """Draw the diagram at the foot of a tall screen if the list does not need its room; return the list's room."""
    page = scene.page
    high = page.u(DIAGRAM)
    over = Box(area.x, area.y, area.w, area.h - high - page.u(6))
    faults, rest = _pieces(scene, over, listed, about)
    if sum(each.height for each in (*faults, *rest)) > over.h:
        return area
    width = page.u(CALL_OUT + 5) * 2 + high * 0.54
    _diagram(scene, Box(area.x + (area.w - width) / 2, area.bottom - high, width, high), listed)
    return over


def _list(scene: DrawContext, area: Box, listed: _Listed, about: list[str]) -> tuple[int, int, int]:
    """Draw what fits; return how many pieces are out of sight, how many there are, and how many need no count."""
    ready = list(_ready(scene, area, listed, Type.BODY))
    headed = list(_ready(scene, area, listed, Type.CAP, headed=True))
    faults, rest = _pieces(scene, area, listed, about)
    high = sum(each.height for each in (*faults, *rest))
    theme = scene.page.theme
    if theme.compact or (not theme.large and (faults or high + sum(each.height for each in ready) > area.h)):
        air = scene.page.u(2 * SPARE) * len(faults)
        fits = high + air + sum(each.height for each in headed) <= area.h
        ready = headed if fits else list(_ready(scene, area, listed, Type.CAP))
    foot = sum(each.height for each in ready)
    tallest = max((each.height for each in (*faults, *rest)), default=0)
    pinned = high + foot > area.h and foot <= min(area.h * PINNED, area.h - tallest)
    pieces = [*faults, *rest] if pinned else [*faults, *ready, *rest]
    room = area.h - foot if pinned else area.h
    shown = pieces[scene.first :]
    heights = list(accumulate(each.height for each in shown))
    fitting = max(sum(each <= room + scene.page.u(1) for each in heights), 1)
    hidden = len(shown) - fitting
    spare = min(max(room - heights[fitting - 1], 0) / fitting, scene.page.u(2 * SPARE)) if faults else 0
    _stack(scene, area, area.y, shown[:fitting], spare)
    if pinned:
        _stack(scene, area, area.bottom - foot, ready, 0)
    return hidden, len(pieces), len(rest)


def _stack(scene: DrawContext, area: Box, y: float, pieces: list[_Piece], spare: float) -> None:
    """Draw pieces below each other, each with `spare` pixels more than it needs."""
    for piece in pieces:
        if piece.ruled:
            scene.page.rule(area.x, y, area.w)
        piece.draw(y + spare / 2)
        y += piece.height + spare


def _pieces(scene: DrawContext, area: Box, listed: _Listed, about: list[str]) -> tuple[list[_Piece], list[_Piece]]:
    """Return the faults and test results, and what stands below the ready parts: the missing parts, and the version."""
    indent = listed.indent(scene)
    faults = [
        _attention(scene, area, indent, number, piece)
        for number, row in enumerate([*listed.wrong, *listed.noted], 1)
        for piece in _in_pieces(scene, area, indent, row)
    ]
    notes = [scene.say("{reason}: {parts}", reason=each.name, parts=" ".join(each.details)) for each in listed.missing]
    return faults, [_note(scene, area, *lines) for lines in (notes, about) if lines]


def _step(scene: DrawContext, row: PartRow) -> Type:
    """Return the size of a part's name: results of tests are small, as are all names where nothing else fits."""
    theme = scene.page.theme
    small = theme.compact and theme.large
    return Type.CAP if small or (row.mark is State.DONE and not row.details and not theme.large) else Type.BODY


def _gap(scene: DrawContext) -> float:
    return scene.page.u(1)


def _attention_height(scene: DrawContext, width: float, row: PartRow) -> tuple[float, float]:
    """Return the height of a row, and of its state below the name; 0 if that fits next to the name."""
    page, step = scene.page, _step(scene, row)
    cap = page.leading(Type.CAP)
    beside = page.width(row.name, step) + page.u(4) + state_width(page, row.state) <= width
    under = (
        0
        if beside or not row.state
        else page.count_lines(row.state, Type.CAP, width - page.u(mark_units(Type.CAP) + MARK_GAP)) * cap
    )
    lines = sum(page.count_lines(each, Type.CAP, width) for each in row.details)
    return page.leading(step) + under + lines * cap + _gap(scene), under


def _in_pieces(scene: DrawContext, area: Box, indent: float, row: PartRow) -> list[PartRow]:
    """Return the row, or several rows with its name and state if it is higher than the area."""
    page = scene.page
    width = area.w - indent
    high, _ = _attention_height(scene, width, row)
    if not row.details or high <= area.h:
        return [row]
    room = area.h - _attention_height(scene, width, replace(row, details=()))[0]
    most = max(int(room // page.leading(Type.CAP)), 1)
    pieces = []
    for each in row.details:
        lines, _ = wrap(each, page.theme.size(Type.CAP), width, page.ruler)
        pieces += ["".join(rejoin(lines[at : at + most])) for at in range(0, len(lines), most)]
    return [replace(row, details=(each,)) for each in pieces]


def _attention(scene: DrawContext, area: Box, indent: float, number: int, row: PartRow) -> _Piece:
    """Return a part: its number, its name, its state at the right edge, and what to do."""
    page, step = scene.page, _step(scene, row)
    x, head, cap = area.x + indent, page.leading(step), page.leading(Type.CAP)
    height, under = _attention_height(scene, area.w - indent, row)

    def draw(y: float) -> None:
        top = y + page.u(0.7)
        if indent:
            page.word(Box(area.x, top, indent, head), str(number), step)
        page.word(Box(x, top, area.right - x, head), row.name, step)
        bottom = top + head
        if row.mark is not None and not under:
            wide = state_width(page, row.state)
            mark = page.u(mark_units(Type.CAP))
            words = Box(area.right - wide - 1, top, wide - mark - page.u(MARK_GAP) + 1, head)
            page.word(words, row.state, Type.CAP, state_colour(page, row.mark), align="right")
            draw_mark(page, area.right - mark, top + head / 2, row.mark, mark_units(Type.CAP))
        elif row.mark is not None:
            edge = draw_mark(page, x, bottom + cap / 2, row.mark, mark_units(Type.CAP)) + page.u(MARK_GAP)
            bottom = page.words(Box(edge, bottom, area.right - edge, cap), row.state, Type.CAP)
        for each in row.details:
            bottom = page.words(Box(x, bottom, area.right - x, cap), each, Type.CAP, page.colours.ink2)

    return _Piece(height, draw)


def _ready(scene: DrawContext, area: Box, listed: _Listed, step: Type, *, headed: bool = False) -> Iterator[_Piece]:
    """Yield the names of the ready parts in as many columns as fit, each as wide as its longest name."""
    page, rows = scene.page, listed.ready
    if headed and rows:
        yield _note(scene, area, scene.words.part_state(READY))
    first = len(listed.wrong) + len(listed.noted) + 1
    number = listed.indent(scene)
    mark = page.u(mark_units(step) + MARK_GAP)
    widths: list[float] = []
    for columns in range(min(COLUMNS, len(rows)), 0, -1):
        columns = -(-len(rows) // -(-len(rows) // columns))  # The fewest that need no further line.
        widths = [max(page.width(row.name, step) for row in rows[at::columns]) + number + mark for at in range(columns)]
        if sum(widths) + page.u(COLUMN_GAP) * (columns - 1) <= area.w:
            break
    spare = (area.w - sum(widths)) / len(widths) if widths else 0
    edges = [area.x + sum(widths[:at]) + spare * at for at in range(len(widths))]
    for at in range(0, len(rows), max(len(widths), 1)):
        line = [
            (edge, str(first + at + nth), row.name)
            for nth, (edge, row) in enumerate(zip(edges, rows[at : at + len(edges)], strict=False))
        ]
        yield _line(scene, line, step, number, starts=at == 0 and not headed)


def _line(
    scene: DrawContext, parts: list[tuple[float, str, str]], step: Type, number: float, *, starts: bool
) -> _Piece:
    """Return a line of ready parts, given by their left edge, number and name."""
    page, high = scene.page, scene.page.leading(step)
    lead = page.u(1) if starts else 0

    def draw(y: float) -> None:
        top = y + lead
        for x, digits, name in parts:
            if number:
                page.word(Box(x, top, number, high), digits, step, page.colours.ink2)
            edge = draw_mark(page, x + number, top + high / 2, State.DONE, mark_units(step)) + page.u(MARK_GAP)
            page.word(Box(edge, top, page.width(name, step) + 1, high), name, step)

    return _Piece(lead + high + page.u(0.7), draw, ruled=starts)


def _note(scene: DrawContext, area: Box, *paragraphs: str) -> _Piece:
    """Return small paragraphs, such as the parts that this kiosk does not have."""
    page = scene.page
    lines = sum(page.count_lines(each, Type.CAP, area.w) for each in paragraphs)

    def draw(y: float) -> None:
        y += page.u(0.7)
        for each in paragraphs:
            y = page.words(Box(area.x, y, area.w, 0), each, Type.CAP, page.colours.ink2)

    return _Piece(lines * page.leading(Type.CAP) + _gap(scene), draw)


def _diagram(scene: DrawContext, room: Box, listed: _Listed) -> None:
    """Draw the kiosk with the numbers of its parts; those that need attention are filled."""
    page = scene.page
    aside = page.u(CALL_OUT + 5)
    height = round(min(room.h, page.u(120), (room.w - 2 * aside) / 0.54))
    wrong = len(listed.wrong)
    numbers = {PLACES[row.part]: at for at, row in enumerate(listed.numbered, 1) if row.part in PLACES}
    faulty = [part for part, number in numbers.items() if number <= wrong]
    box = Box(room.x + aside, round(room.bottom) - height, round(height * 0.54), height)
    places = draw_machine(page, box, faulty[0] if faulty else None)
    for part, number in numbers.items():
        _call_out(scene, box, places[part], number, at_left=part is DiagramPart.PRINTER, filled=number <= wrong)


def _call_out(scene: DrawContext, machine: Box, part: Box, number: int, *, at_left: bool, filled: bool) -> None:
    """Draw the number of a part in a circle, with a line to the part."""
    page, side = scene.page, max(scene.page.u(CALL_OUT), scene.page.leading(Type.CAP))
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
