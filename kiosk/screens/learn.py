"""Draw Learn: the menu, lesson pages with pictures, the quiz, online resources, and courses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kiosk.screens.components.buttons import Button
from kiosk.screens.components.cards import draw_code, draw_label
from kiosk.screens.components.choices import Mark, draw_choices, draw_marks, mark_height, takes_body
from kiosk.screens.components.lists import draw_standing_cover
from kiosk.screens.components.shelf import Spine, Stand, draw_bare_shelf, draw_spine
from kiosk.screens.components.states import State, draw_mark, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import Block, draw_more, flow, more_width, text_block
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Corners, Fill, Line
from kiosk.screens.rendering.theme import Type
from kiosk.views import Learn, LineState
from kiosk.views.learn import COURSES, PAGES, RESOURCES, RIGHT, BookedPlace
from kiosk.words.lessons import Lesson, lesson
from lending.cover_design import cover_rule
from lending.showcase import BOOKED, QUEUED, Access, Course, Resource, Words

GAP, TALL = 3, 26
"""Units: gap between touch targets, and maximum height of one."""
ICONS = {
    "search": "search",
    "call_number": "bookmark",
    "ebooks": "smartphone",
    "lending": "repeat",
    RESOURCES: "globe",
    COURSES: "calendar-days",
}


def draw(view: Learn, scene: DrawContext) -> None:
    scene.head()
    hidden, total = 0, 0
    if view.about == RESOURCES and view.opened is not None:
        _code(view.resources[view.opened], scene)
    elif view.about == RESOURCES:
        hidden, total = _resources(view, scene)
    elif view.course is not None:
        draw_course(view, view.course, scene)
    elif view.about == COURSES:
        hidden, total = draw_courses(view, scene)
    elif view.quiz:
        _quiz(view, scene, lesson(scene.words, view.about))
    elif view.about:
        _page(view, scene, lesson(scene.words, view.about))
    else:
        _menu(view, scene)
    right = ("lessons", "finish", "next_page", "take_place", "queue")
    room = scene.foot(("back", "give_place_back"), right, more_width(scene, hidden))
    draw_more(scene, room, hidden, total)


def _menu(view: Learn, scene: DrawContext) -> None:
    page, (left, area) = scene.page, two_columns(scene)
    words, note = scene.say("Learn in two minutes"), scene.say("Each lesson has 4 pages and 1 question.")
    tight = page.theme.compact and page.theme.large
    y = area.y if tight else draw_heading(scene, left or area, words, "" if page.theme.compact else note)
    draw_left_shelf(scene, left, y, "graduation-cap")
    area = area if left else Box(area.x, y, area.w, area.bottom - y)
    rooms = [(each, each.choice or "") for each in scene.actions if each.name == "learn"]
    titled, short = (
        [Button(action, _name(view, scene, about, short=short), ICONS[about]) for action, about in rooms]
        for short in (False, True)
    )
    draw_choices(page, area, short if page.theme.large else _in_body(page, area, titled, short))


def _in_body(page: Canvas, area: Box, titled: list[Button], short: list[Button]) -> list[Button]:
    """Return the titles, with the short name for each that is too long for body type."""
    if takes_body(page, area, titled):
        return titled
    fits = [takes_body(page, area, [*short[:at], each, *short[at + 1 :]]) for at, each in enumerate(titled)]
    return [titled[at] if fit else short[at] for at, fit in enumerate(fits)]


def _name(view: Learn, scene: DrawContext, about: str, *, short: bool) -> str:
    if about == RESOURCES:
        return scene.say("Databases") if short else scene.say("Databases and more")
    if about == COURSES:
        return scene.say("Courses and events") if view.dated and not short else scene.say("Courses")
    return lesson(scene.words, about).short if short else lesson(scene.words, about).title


def _page(view: Learn, scene: DrawContext, lesson_text: Lesson) -> None:
    """Draw the picture above its one sentence."""
    page, (left, area) = scene.page, two_columns(scene)
    if left:
        draw_heading(scene, left, lesson_text.title)
        _steps(view, scene, left)
    words = lesson_text.pages[view.page]
    steps = (Type.TITLE, Type.BODY, Type.CAP) if left or page.theme.portrait else (Type.BODY, Type.CAP)
    step = page.step_for(words, area.w, page.leading(steps[0]) * 2, steps)
    high = page.leading(step) * page.count_lines(words, step, area.w)
    figure = Box(area.x, area.y, area.w, min(area.h - high - page.u(6), page.u(110)))
    y = area.y
    if figure.h >= page.u(LEAST_FIGURE):
        draw_figure(page, view.about, view.page, Box(figure.x, figure.y, round(figure.w), round(figure.h)))
        y = figure.bottom + page.u(3)
    page.words(Box(area.x, y, area.w, high), words, step)


def _steps(view: Learn, scene: DrawContext, area: Box) -> None:
    page, wide = scene.page, scene.page.u(7)
    for number in range(PAGES + 1):
        box = Box(area.x + number * (wide + page.u(2)), area.bottom - page.u(5), wide, page.u(1.5))
        page.add(Fill(box, page.colours.ink if number <= view.page else page.colours.line))


def _quiz(view: Learn, scene: DrawContext, lesson_text: Lesson) -> None:
    page, (left, area) = scene.page, two_columns(scene)
    if left:
        draw_heading(scene, left, lesson_text.title)
        _steps(view, scene, left)
    y = draw_heading(scene, area, lesson_text.quiz)
    if view.marked:
        _draw_verdict(view, scene, lesson_text, below(area, y))
        return
    labels = dict(zip("abc", lesson_text.answers, strict=True))
    every = [Mark(Button(each, labels[each.choice or ""]), False) for each in scene.actions if each.name == "mark"]
    gap, rest = page.u(GAP), below(area, y)
    columns = 3 if page.theme.compact or rest.h < (mark_height(page, 1) + gap) * 3 else 1
    rows = -(-len(every) // columns)
    high = min((rest.h - gap * (rows - 1)) / rows, page.u(TALL if page.theme.large else TALL - 6))
    draw_marks(page, Box(rest.x, rest.y, rest.w, high * rows + gap * (rows - 1)), every, columns, gap)


def _draw_verdict(view: Learn, scene: DrawContext, lesson_text: Lesson, area: Box) -> None:
    page, right = scene.page, view.marked == RIGHT[view.about]
    area = _draw_answers(view, scene, lesson_text, area)
    state = State.DONE if right else State.LOOK
    words = scene.say("Correct") if right else scene.say("Not quite")
    draw_state(page, Box(area.x, area.y, area.w, page.leading(Type.BODY)), state, words, Type.BODY)
    y = area.y + page.leading(Type.BODY) + page.u(2)
    step = page.step_for(lesson_text.because, area.w, area.bottom - y, (Type.BODY, Type.CAP))
    if page.leading(step) * page.count_lines(lesson_text.because, step, area.w) <= area.bottom - y:
        page.words(Box(area.x, y, area.w, area.h), lesson_text.because, step)


def _draw_answers(view: Learn, scene: DrawContext, lesson_text: Lesson, area: Box) -> Box:
    """Draw the answers, marking the right one and the patron's, if they have room; return the remaining box."""
    page, gap = scene.page, scene.page.u(2)
    judged = page.leading(Type.BODY) * (1 + page.count_lines(lesson_text.because, Type.BODY, area.w)) + page.u(3)
    high = round(min((area.h - judged) / len(lesson_text.answers) - gap, page.u(13)))
    if high < page.leading(Type.BODY) + page.u(1):
        return area
    below = area.y + (high + gap) * len(lesson_text.answers) + page.u(1)
    for number, (choice, words) in enumerate(zip("abc", lesson_text.answers, strict=True)):
        box = Box(area.x, round(area.y + number * (high + gap)), round(area.w), high)
        right = choice == RIGHT[view.about]
        page.frame(box, page.colours.ink if right else page.colours.line)
        inner = box.inset(page.u(4), 0)
        page.word(Box(inner.x, inner.y, inner.w - page.u(10), inner.h), words, Type.BODY, cut=True)
        if right or choice == view.marked:
            draw_mark(page, inner.right - page.u(7), box.y + high / 2, State.DONE if right else State.REFUSED, 7)
    return Box(area.x, below, area.w, area.bottom - below)


def _resources(view: Learn, scene: DrawContext) -> tuple[int, int]:
    """Draw the online resources with their access conditions; a touch shows the QR code.

    Returns:
        Number of rows out of sight, and number of all rows.
    """
    page, (left, area) = scene.page, two_columns(scene)
    note = scene.say("Touch one to open it on your phone.")
    y = draw_heading(scene, left or area, scene.say("Databases and more"), "" if page.theme.compact else note)
    draw_left_shelf(scene, left, y, "globe")
    area = area if left else below(area, y)
    high = max(page.leading(Type.BODY) + page.leading(Type.CAP) + page.u(3), page.u(16))
    shown, hidden = in_sight(scene, area, len(view.resources), high)
    for place, number in enumerate(shown):
        each, action = view.resources[number], scene.action("open", choice=str(number))
        row = Box(area.x, round(area.y + place * high), area.w, high)
        page.rule(row.x, row.y, row.w)
        access = _access(scene, each)
        aside = page.width(access, Type.CAP) + page.u(12)
        inner = Box(row.x, row.y + page.u(1), row.w - aside, page.leading(Type.BODY))
        page.word(inner, in_language(scene, each.name), Type.BODY, cut=True)
        page.word(
            Box(row.x, inner.bottom, row.w - aside, page.leading(Type.CAP)),
            in_language(scene, each.about),
            Type.CAP,
            page.colours.ink2,
            cut=True,
        )
        page.word(Box(row.x, row.y, row.w - page.u(9), row.h), access, Type.CAP, page.colours.ink2, align="right")
        page.icon(row.right - page.u(7), row.y + row.h / 2, "qr-code", 6)
        if action:
            page.touch(
                Box(row.x, row.y + page.u(0.25), row.w, row.h - page.u(0.5)), action, in_language(scene, each.name)
            )
    return hidden, len(view.resources)


def _access(scene: DrawContext, resource: Resource) -> str:
    match resource.access:
        case Access.CARD:
            return scene.say("with a card")
        case Access.HOUSE:
            return scene.say("in the library")
        case _:
            return scene.say("open to all")


def _code(resource: Resource, scene: DrawContext) -> None:
    """Draw the QR code for a phone next to the resource's description."""
    page, whole = scene.page, scene.frame.whole
    side = round(min(whole.h - page.u(3), whole.w * (0.9 if page.theme.portrait else 0.45)))
    room = Box(whole.x, whole.y, whole.w if page.theme.portrait else whole.w - side - page.u(6), whole.h)
    y = draw_heading(scene, room, in_language(scene, resource.name))
    for words in (in_language(scene, resource.about), _access(scene, resource), _scan_hint(scene)):
        lines = page.count_lines(words, Type.CAP, room.w)
        if y + page.leading(Type.CAP) * lines <= room.bottom - page.u(2):
            y = page.words(Box(room.x, y, room.w, room.h), words, Type.CAP, page.colours.ink2) + page.u(1)
    top = min(y + page.u(3), whole.bottom - side - page.u(3)) if page.theme.portrait else whole.y
    high = min(side, whole.bottom - top - page.u(2))
    draw_code(page, Box(whole.right - side, top, side, high), scene.code(resource.link))


def _scan_hint(scene: DrawContext) -> str:
    return scene.say("Scan the code with your phone.")


def draw_heading(scene: DrawContext, area: Box, words: str, note: str = "") -> float:
    """Draw a heading with a grey note; return the bottom y."""
    page = scene.page
    steps = (Type.BODY, Type.CAP) if page.theme.compact else (Type.TITLE, Type.BODY, Type.CAP)
    step = page.step_for(words, area.w, page.leading(steps[0]) * 2, steps)
    y = page.words(area, words, step) + page.u(1)
    if note and y + page.leading(Type.CAP) * page.count_lines(note, Type.CAP, area.w) <= area.bottom:
        y = page.words(Box(area.x, y, area.w, area.h), note, Type.CAP, page.colours.ink2) + page.u(1)
    return y + page.u(1)


def two_columns(scene: DrawContext) -> tuple[Box | None, Box]:
    """Return the box for the description, None if there is no column for it, and the box for the content."""
    frame = scene.frame
    if frame.single or scene.page.theme.compact:
        return None, frame.whole
    return frame.left, frame.right


def draw_left_shelf(scene: DrawContext, left: Box | None, y: float, icon: str) -> None:
    """Draw a shelf under the heading, if it has a column of its own."""
    if left is not None:
        draw_bare_shelf(scene.page, Box(left.x, y, left.w, left.bottom - y), icon)


def below(area: Box, y: float) -> Box:
    return Box(area.x, y, area.w, area.bottom - y - area.h * 0.02)


def in_language(scene: DrawContext, words: Words) -> str:
    """Return the library's text in the language of the screen."""
    return scene.words.pick(words)


def in_sight(scene: DrawContext, area: Box, count: int, high: int) -> tuple[range, int]:
    """Return the visible rows from the first on, and the number of rows after them."""
    fits = max(int(area.h // high), 1)
    shown = range(scene.first, min(scene.first + fits, count))
    return shown, count - shown.stop


Figure = Callable[[Canvas, Box], None]
LEAST_FIGURE = 24
"""Minimum height in units to draw a picture."""


def draw_figure(page: Canvas, lesson: str, number: int, area: Box) -> None:
    """Draw the picture on a panel, centred."""
    page.panel(area, page.colours.board)
    _figures()[lesson][number](page, area.inset(page.u(3)))


def _spread(area: Box, wide: float, count: int, gap: float) -> list[float]:
    """Return the x of each item in a centred row."""
    left = area.x + (area.w - count * wide - (count - 1) * gap) / 2
    return [left + number * (wide + gap) for number in range(count)]


def _keys(signs: str) -> Figure:
    def draw(page: Canvas, area: Box) -> None:
        side = min(page.u(20), area.h * 0.5, area.w / len(signs) - page.u(2))
        for x, sign in zip(_spread(area, side, len(signs), page.u(2)), signs, strict=True):
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
        for number, (x, name) in enumerate(zip(_spread(area, side, len(names), gap), names, strict=True)):
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
        for place, (x, each) in enumerate(zip(_spread(area, wide, len(numbers), page.u(1)), numbers, strict=True)):
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


def draw_courses(view: Learn, scene: DrawContext) -> tuple[int, int]:
    """Draw the list with dates and places: a touch opens one, or one QR code leads to booking by phone.

    Returns:
        Number of rows out of sight, and number of all rows.
    """
    page, (left, area) = scene.page, two_columns(scene)
    heading = scene.say("Courses and events") if view.dated else scene.say("Courses")
    if view.dated:
        note = "" if page.theme.compact else scene.say("Touch one to sign up.")
        y = draw_heading(scene, left or area, heading, note)
        draw_left_shelf(scene, left, y, "calendar-days")
        area = area if left else below(area, y)
    else:
        area = _with_one_code(view.courses[0].link, heading, scene)
    high = max(page.leading(Type.BODY) + page.leading(Type.CAP) + page.u(3), page.u(16) if view.dated else 0)
    shown, hidden = in_sight(scene, area, len(view.courses), high)
    for at, number in enumerate(shown):
        course, row = view.courses[number], Box(area.x, round(area.y + at * high), area.w, high)
        _course_row(course, _short(view.places.get(course.date), course, scene), scene, row)
        if action := scene.action("open", choice=str(number)):
            page.icon(row.right - page.u(6), row.y + page.u(1) + page.leading(Type.BODY) / 2, "arrow-right", 5)
            page.touch(
                Box(row.x, row.y + page.u(0.25), row.w, row.h - page.u(0.5)), action, in_language(scene, course.name)
            )
    return hidden, len(view.courses)


def _with_one_code(link: str, heading: str, scene: DrawContext) -> Box:
    """Draw the QR code where places are booked by phone only; return the room for the list."""
    page, (left, area) = scene.page, two_columns(scene)
    how = scene.say("Sign up by phone: scan the code.")
    if left:
        y = draw_heading(scene, left, heading, how)
        _course_code(scene, link, Box(left.x, y, min(left.w, page.u(50)), min(left.bottom - y - page.u(3), page.u(50))))
        return area
    if area.h > area.w:
        area = _over_the_code(scene, link, how, area)
        return below(area, draw_heading(scene, area, heading))
    area = _beside_the_code(scene, link, area)
    compact = page.theme.compact
    y = page.words(area, how, Type.CAP) + page.u(1) if compact else draw_heading(scene, area, heading, how)
    return below(area, y)


def _course_code(scene: DrawContext, link: str, box: Box) -> None:
    draw_code(scene.page, box, scene.code(link))


def _over_the_code(scene: DrawContext, link: str, how: str, area: Box) -> Box:
    """Draw the code under the list of a tall screen, within reach of a phone; return the remaining box."""
    page = scene.page
    side = page.u(60)
    top = area.bottom - side - page.u(6)
    _course_code(scene, link, Box(area.x, top, side, side))
    room = area.w - side - page.u(6)
    high = page.leading(Type.BODY) * page.count_lines(how, Type.BODY, room)
    page.words(Box(area.x + side + page.u(6), top + (side - high) / 2, room, high), how, Type.BODY)
    return Box(area.x, area.y, area.w, top - area.y)


def _beside_the_code(scene: DrawContext, link: str, area: Box) -> Box:
    """Draw the code next to the list of a low screen; return the remaining box."""
    page = scene.page
    side = min(page.u(36), area.h - page.u(4))
    _course_code(scene, link, Box(area.right - side, area.y, side, side))
    return Box(area.x, area.y, area.w - side - page.u(4), area.h)


def _short(place: BookedPlace | None, course: Course, scene: DrawContext) -> str:
    """Return the text at the end of a row: the patron's booking, else "full"."""
    if place is not None and place.state in (LineState.DONE, LineState.SAVED) and not place.gives:
        return _became(place, scene)[1]
    return scene.say("Full, with a waiting list") if course.full and not scene.page.theme.large else ""


def _course_row(course: Course, aside: str, scene: DrawContext, row: Box) -> None:
    page = scene.page
    page.rule(row.x, row.y, row.w)
    top = Box(row.x, row.y + page.u(1), row.w, page.leading(Type.BODY))
    name = in_language(scene, course.name)
    beside = Box(top.x, top.y, top.w - page.u(9), top.h)
    over = bool(aside) and page.width(name, Type.BODY) + page.u(3) + page.width(aside, Type.CAP) <= beside.w
    page.word(beside, name, Type.BODY, cut=True)
    if over:  # The date and the place then have the whole line below.
        page.word(beside, aside, Type.CAP, align="right")
        aside = ""
    when = scene.words.moment(course.begins)
    if page.width(when + aside, Type.CAP) + page.u(4) > row.w:
        aside = ""
    wide = page.width(aside, Type.CAP) + page.u(3) if aside else 0
    under = Box(row.x, top.bottom, row.w - wide, page.leading(Type.CAP))
    page.word(under, when, Type.CAP)
    x = under.x + page.width(when, Type.CAP) + page.u(2.5)
    if under.right - x >= page.u(48 if page.theme.large else 24):
        page.word(Box(x, under.y, under.right - x, under.h), in_language(scene, course.place), Type.CAP,
                  page.colours.ink2, cut=True)  # fmt: skip
    page.word(Box(row.x, top.bottom, row.w, page.leading(Type.CAP)), aside, Type.CAP, page.colours.ink, align="right")


def draw_course(view: Learn, course: Course, scene: DrawContext) -> None:
    """Draw one event: what, when and where, the patron's booking, and the code to book by phone."""
    page, whole = scene.page, scene.frame.whole
    tall = page.theme.portrait
    side = round(min(whole.h - page.u(3), page.u(90 if tall else 60), whole.w * (0.9 if tall else 0.3)))
    if not scene.frame.single and not page.theme.compact:
        draw_standing_cover(page, scene.frame.left, "", in_language(scene, course.name), "")
        whole = scene.frame.right
        side = min(side, round(whole.w * 0.32))
    room = Box(whole.x, whole.y, whole.w - (0 if tall else side + page.u(6)), whole.h - page.u(2))
    if tall:
        room = Box(room.x, room.y, room.w, room.h - side - page.u(6))
    y = flow(room, list(_about_blocks(view, course, scene, room)))
    top = max(y, whole.bottom - side - page.u(6)) if tall else whole.y
    _course_code(scene, course.link, Box(whole.x if tall else whole.right - side, top, side, side))


def _about_blocks(view: Learn, course: Course, scene: DrawContext, area: Box) -> Iterator[Block]:
    page, colours = scene.page, scene.page.colours
    name = in_language(scene, course.name)
    steps = (Type.BODY, Type.CAP) if page.theme.compact else (Type.TITLE, Type.BODY, Type.CAP)
    yield _words(0, name, page.step_for(name, area.w, page.leading(steps[0]) * 2, steps), colours.ink, scene, area, 3)
    when = scene.words.moment(course.begins)
    yield _words(1, when, page.step_for(when, area.w, page.leading(Type.BODY), (Type.BODY, Type.CAP)), colours.ink,
                 scene, area)  # fmt: skip
    yield _words(3, in_language(scene, course.place), Type.CAP, colours.ink2, scene, area, 2)
    if view.place is None:
        if course.full:
            yield _words(3, scene.say("Full, with a waiting list"), Type.CAP, colours.ink, scene, area)
        yield _words(4, scene.say("Or scan the code with your phone."), Type.CAP, colours.ink2, scene, area)
        return
    state, label = _became(view.place, scene)
    yield _state(state, label, scene, area)
    if words := _next(view.place, scene):
        yield _words(2, words, Type.CAP, colours.ink, scene, area)


def _words(rank: int, words: str, step: Type, colour: str, scene: DrawContext, area: Box, most: int = 4) -> Block:
    return text_block(scene, area, rank, words, step, colour, 1, most)


def _state(state: State, label: str, scene: DrawContext, area: Box) -> Block:
    page = scene.page
    step = Type.BODY if state_width(page, label, Type.BODY) <= area.w else Type.CAP
    high = page.leading(step) + page.u(3)
    return Block(0, high, lambda y: draw_state(page, Box(area.x, y + page.u(1), area.w, high - page.u(1)), state, label,
                                               step))  # fmt: skip


def _became(place: BookedPlace, scene: DrawContext) -> tuple[State, str]:
    match (place.state, place.gives, place.became):
        case (LineState.CHECKING, _, _):
            return State.CHECKING, scene.say("Checking")
        case (LineState.REFUSED, True, _):
            return State.REFUSED, scene.say("Not cancelled")
        case (LineState.REFUSED, False, _):
            return State.REFUSED, scene.say("Not signed up")
        case (LineState.SAVED, True, _):
            return State.SAVED, scene.say("Saved, not yet confirmed")
        case (_, True, _):
            return State.DONE, scene.say("Cancelled")
        case (LineState.DONE, False, became) if became == BOOKED:
            return State.DONE, scene.say("You are signed up")
        case (LineState.DONE, False, became) if became == QUEUED:
            return State.SOMEONE_WAITS, scene.say("You are on the waiting list")
        case _:
            return State.SAVED, scene.say("Requested")


def _next(place: BookedPlace, scene: DrawContext) -> str:
    """Return what the patron can expect next."""
    match (place.state, place.gives, place.became):
        case (LineState.CHECKING, _, _):
            return ""
        case (LineState.REFUSED, _, _):
            return scene.words.no_place(place.block)
        case (LineState.SAVED, True, _):
            return scene.say("Your place is cancelled when the library system is back.")
        case (_, True, _):
            return scene.say("Thank you. Someone else can have your place.")
        case (LineState.DONE, False, became) if became == BOOKED:
            return scene.say("See you then.")
        case (LineState.DONE, False, became) if became == QUEUED:
            return scene.say("You get the next free place.")
        case _:
            return scene.say("We reply by your preferred contact method.")
