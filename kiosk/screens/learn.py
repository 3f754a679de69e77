"""Learn: what there is to learn, one page of a lesson with its picture, its quiz, what is online, and the courses."""

from __future__ import annotations

import segno

from kiosk.domain.showcase import Access, Course, Resource, Words
from kiosk.screens.geometry import Box
from kiosk.screens.lesson_figures import LEAST, draw_figure
from kiosk.screens.marks import Fill
from kiosk.screens.more import draw_more, more_width
from kiosk.screens.parts.buttons import Button
from kiosk.screens.parts.code import draw_code
from kiosk.screens.parts.marking import Mark, draw_marks, mark_height
from kiosk.screens.parts.states import State, draw_state
from kiosk.screens.scene import Scene
from kiosk.screens.theme import Type
from kiosk.views import Learn
from kiosk.views.learn import COURSES, PAGES, RESOURCES, RIGHT
from kiosk.words.lessons import Lesson, lesson

GAP, TALL = 3, 26
"""Units between two things to touch, and of the tallest of them."""


def draw(view: Learn, scene: Scene) -> None:
    scene.head()
    hidden, total = 0, 0
    if view.about == RESOURCES and view.opened is not None:
        _code(view.resources[view.opened], scene)
    elif view.about == RESOURCES:
        hidden, total = _resources(view, scene)
    elif view.about == COURSES:
        hidden, total = _courses(view, scene)
    elif view.quiz:
        _quiz(view, scene, lesson(scene.words, view.about))
    elif view.about:
        _page(view, scene, lesson(scene.words, view.about))
    else:
        _menu(scene)
    right = ("finish", "next_page") if view.guest else ("next_page",)
    room = scene.foot(("back",), right, more_width(scene, hidden))
    draw_more(scene, room, hidden, total)


def _heading(scene: Scene, area: Box, words: str, note: str = "") -> float:
    page = scene.page
    steps = (Type.BODY, Type.CAP) if page.theme.compact else (Type.TITLE, Type.BODY, Type.CAP)
    step = page.step_for(words, area.w, page.leading(steps[0]) * 2, steps)
    y = page.words(area, words, step) + page.u(1)
    if note and y + page.leading(Type.CAP) * page.count_lines(note, Type.CAP, area.w) <= area.bottom:
        y = page.words(Box(area.x, y, area.w, area.h), note, Type.CAP, page.colours.ink2) + page.u(1)
    return y + page.u(1)


def _columns(scene: Scene) -> tuple[Box | None, Box]:
    """Where the words about it go, if there is a column for them, and where the rest does."""
    frame = scene.frame
    if frame.single or scene.page.theme.compact:
        return None, frame.whole
    return frame.left, frame.right


def _under(area: Box, y: float) -> Box:
    return Box(area.x, y, area.w, area.bottom - y - area.h * 0.02)


def _menu(scene: Scene) -> None:
    page, (left, area) = scene.page, _columns(scene)
    words, note = scene.say("Learn in two minutes"), scene.say("Each lesson has four pages and one question.")
    tight = page.theme.compact and page.theme.large
    y = area.y if tight else _heading(scene, left or area, words, "" if page.theme.compact else note)
    area = area if left else _under(area, y)
    every = [
        Mark(Button(each, _name(scene, each.choice or "")), False) for each in scene.actions if each.name == "learn"
    ]
    gap = page.u(GAP - 1 if tight else GAP)
    columns = 2 if tight or (area.w < page.u(190) and not page.theme.compact) else 3
    rows = -(-len(every) // columns)
    high = min((area.h - page.u(0.5 if tight else 2) - gap * (rows - 1)) / rows, page.u(TALL))
    draw_marks(page, Box(area.x, area.y, area.w, high * rows + gap * (rows - 1)), every, columns, gap)


def _name(scene: Scene, about: str) -> str:
    large = scene.page.theme.large
    if about == RESOURCES:
        return scene.say("Databases") if large else scene.say("Databases and more")
    if about == COURSES:
        return scene.say("Courses")
    return lesson(scene.words, about).short if large else lesson(scene.words, about).title


def _page(view: Learn, scene: Scene, told: Lesson) -> None:
    """The picture over its one sentence."""
    page, (left, area) = scene.page, _columns(scene)
    if left:
        _heading(scene, left, told.title)
        _steps(view, scene, left)
    words = told.pages[view.page]
    steps = (Type.TITLE, Type.BODY, Type.CAP) if left or page.theme.portrait else (Type.BODY, Type.CAP)
    step = page.step_for(words, area.w, page.leading(steps[0]) * 2, steps)
    high = page.leading(step) * page.count_lines(words, step, area.w)
    figure = Box(area.x, area.y, area.w, min(area.h - high - page.u(6), page.u(110)))
    y = area.y
    if figure.h >= page.u(LEAST):
        draw_figure(page, view.about, view.page, Box(figure.x, figure.y, round(figure.w), round(figure.h)))
        y = figure.bottom + page.u(3)
    page.words(Box(area.x, y, area.w, high), words, step)


def _steps(view: Learn, scene: Scene, area: Box) -> None:
    page, wide = scene.page, scene.page.u(7)
    for number in range(PAGES + 1):
        box = Box(area.x + number * (wide + page.u(2)), area.bottom - page.u(5), wide, page.u(1.5))
        page.add(Fill(box, page.colours.ink if number <= view.page else page.colours.line))


def _quiz(view: Learn, scene: Scene, told: Lesson) -> None:
    page, (left, area) = scene.page, _columns(scene)
    if left:
        _heading(scene, left, told.title)
        _steps(view, scene, left)
    y = _heading(scene, area, told.quiz)
    if view.marked:
        _judged(view, scene, told, _under(area, y))
        return
    labels = dict(zip("abc", told.answers, strict=True))
    every = [Mark(Button(each, labels[each.choice or ""]), False) for each in scene.actions if each.name == "mark"]
    gap, rest = page.u(GAP), _under(area, y)
    columns = 3 if page.theme.compact or rest.h < (mark_height(page, 1) + gap) * 3 else 1
    rows = -(-len(every) // columns)
    high = min((rest.h - gap * (rows - 1)) / rows, page.u(TALL - 6))
    draw_marks(page, Box(rest.x, rest.y, rest.w, high * rows + gap * (rows - 1)), every, columns, gap)


def _judged(view: Learn, scene: Scene, told: Lesson, area: Box) -> None:
    page, right = scene.page, view.marked == RIGHT[view.about]
    state = State.DONE if right else State.LOOK
    words = scene.say("Right") if right else scene.say("Not quite")
    draw_state(page, Box(area.x, area.y, area.w, page.leading(Type.BODY)), state, words, Type.BODY)
    y = area.y + page.leading(Type.BODY) + page.u(2)
    step = page.step_for(told.because, area.w, area.bottom - y, (Type.BODY, Type.CAP))
    if page.leading(step) * page.count_lines(told.because, step, area.w) <= area.bottom - y:
        page.words(Box(area.x, y, area.w, area.h), told.because, step)


def _spoken(scene: Scene, words: Words) -> str:
    return scene.words.pick(words)


def _rows(scene: Scene, area: Box, count: int, high: int) -> tuple[range, int]:
    """Which of them are in sight from the first on, and how many are not."""
    fits = max(int(area.h // high), 1)
    shown = range(scene.first, min(scene.first + fits, count))
    return shown, count - shown.stop


def _resources(view: Learn, scene: Scene) -> tuple[int, int]:
    """What is online, each with who may use it; a touch shows its code."""
    page, (left, area) = scene.page, _columns(scene)
    note = scene.say("Touch one, and take it along on your phone.")
    y = _heading(scene, left or area, scene.say("Databases and more"), "" if page.theme.compact else note)
    area = area if left else _under(area, y)
    high = max(page.leading(Type.BODY) + page.leading(Type.CAP) + page.u(3), page.u(16))
    shown, hidden = _rows(scene, area, len(view.resources), high)
    for place, number in enumerate(shown):
        each, action = view.resources[number], scene.action("open", choice=str(number))
        row = Box(area.x, round(area.y + place * high), area.w, high)
        page.rule(row.x, row.y, row.w)
        access = _access(scene, each)
        aside = page.width(access, Type.CAP) + page.u(12)
        inner = Box(row.x, row.y + page.u(1), row.w - aside, page.leading(Type.BODY))
        page.word(inner, _spoken(scene, each.name), Type.BODY, cut=True)
        page.word(Box(row.x, inner.bottom, row.w - aside, page.leading(Type.CAP)), _spoken(scene, each.about), Type.CAP,
                  page.colours.ink2, cut=True)  # fmt: skip
        page.word(Box(row.x, row.y, row.w - page.u(9), row.h), access, Type.CAP, page.colours.ink2, align="right")
        page.icon(row.right - page.u(7), row.y + row.h / 2, "qr-code", 6)
        if action:
            page.touch(Box(row.x, row.y + page.u(0.25), row.w, row.h - page.u(0.5)), action, _spoken(scene, each.name))
    return hidden, len(view.resources)


def _access(scene: Scene, resource: Resource) -> str:
    match resource.access:
        case Access.CARD:
            return scene.say("with a card")
        case Access.HOUSE:
            return scene.say("in the library")
        case _:
            return scene.say("open to all")


def _code(resource: Resource, scene: Scene) -> None:
    """What a phone's camera reads, beside what it is."""
    page, whole = scene.page, scene.frame.whole
    side = round(min(whole.h - page.u(3), whole.w * (0.9 if page.theme.portrait else 0.45)))
    told = Box(whole.x, whole.y, whole.w if page.theme.portrait else whole.w - side - page.u(6), whole.h)
    y = _heading(scene, told, _spoken(scene, resource.name))
    for words in (_spoken(scene, resource.about), _access(scene, resource), _how(scene)):
        lines = page.count_lines(words, Type.CAP, told.w)
        if y + page.leading(Type.CAP) * lines <= told.bottom - page.u(2):
            y = page.words(Box(told.x, y, told.w, told.h), words, Type.CAP, page.colours.ink2) + page.u(1)
    top = min(y + page.u(3), whole.bottom - side - page.u(3)) if page.theme.portrait else whole.y
    code = segno.make(resource.link, error="m", micro=False)
    high = min(side, whole.bottom - top - page.u(2))
    draw_code(page, Box(whole.right - side, top, side, high), [bytearray(row) for row in code.matrix])


def _how(scene: Scene) -> str:
    return scene.say("Hold your phone's camera over the code.")


def _courses(view: Learn, scene: Scene) -> tuple[int, int]:
    """What is taught when and where; one code leads to where a place is taken."""
    page, (left, area) = scene.page, _columns(scene)
    heading, how = scene.say("Courses"), scene.say("Take a place by phone: hold its camera over the code.")
    link = view.courses[0].link
    if left:
        y = _heading(scene, left, heading, how)
        _place(scene, link, Box(left.x, y, min(left.w, page.u(50)), min(left.bottom - y - page.u(3), page.u(50))))
    elif area.h > area.w:
        area = _over_the_code(scene, link, how, area)
        area = _under(area, _heading(scene, area, heading))
    else:
        area = _beside_the_code(scene, link, area)
        compact = page.theme.compact
        y = page.words(area, how, Type.CAP) + page.u(1) if compact else _heading(scene, area, heading, how)
        area = _under(area, y)
    high = page.leading(Type.BODY) + page.leading(Type.CAP) + page.u(3)
    shown, hidden = _rows(scene, area, len(view.courses), high)
    for place, number in enumerate(shown):
        _course(view.courses[number], scene, Box(area.x, round(area.y + place * high), area.w, high))
    return hidden, len(view.courses)


def _place(scene: Scene, link: str, box: Box) -> None:
    """Where a place is taken."""
    code = segno.make(link, error="m", micro=False)
    draw_code(scene.page, box, [bytearray(row) for row in code.matrix])


def _over_the_code(scene: Scene, link: str, how: str, area: Box) -> Box:
    """On a tall screen it stands under the list, where a phone reaches it; answers what is left."""
    page = scene.page
    side = page.u(60)
    top = area.bottom - side - page.u(6)
    _place(scene, link, Box(area.x, top, side, side))
    room = area.w - side - page.u(6)
    high = page.leading(Type.BODY) * page.count_lines(how, Type.BODY, room)
    page.words(Box(area.x + side + page.u(6), top + (side - high) / 2, room, high), how, Type.BODY)
    return Box(area.x, area.y, area.w, top - area.y)


def _beside_the_code(scene: Scene, link: str, area: Box) -> Box:
    """On a low one it stands beside the list; answers what is left."""
    page = scene.page
    side = min(page.u(36), area.h - page.u(4))
    _place(scene, link, Box(area.right - side, area.y, side, side))
    return Box(area.x, area.y, area.w - side - page.u(4), area.h)


def _course(course: Course, scene: Scene, row: Box) -> None:
    page = scene.page
    page.rule(row.x, row.y, row.w)
    top = Box(row.x, row.y + page.u(1), row.w, page.leading(Type.BODY))
    page.word(top, _spoken(scene, course.name), Type.BODY, cut=True)
    full = scene.say("full, with a waiting list") if course.full and not page.theme.large else ""
    when = scene.words.moment(course.begins)
    if page.width(when + full, Type.CAP) + page.u(4) > row.w:
        full = ""
    aside = page.width(full, Type.CAP) + page.u(3) if full else 0
    below = Box(row.x, top.bottom, row.w - aside, page.leading(Type.CAP))
    page.word(below, when, Type.CAP)
    x = below.x + page.width(when, Type.CAP) + page.u(2.5)
    if below.right - x >= page.u(24):
        page.word(Box(x, below.y, below.right - x, below.h), _spoken(scene, course.place), Type.CAP,
                  page.colours.ink2, cut=True)  # fmt: skip
    page.word(Box(row.x, top.bottom, row.w, page.leading(Type.CAP)), full, Type.CAP, page.colours.ink, align="right")
