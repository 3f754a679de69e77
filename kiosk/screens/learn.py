"""Draw Learn: the menu, lesson pages with pictures, the quiz, online resources, and courses."""

from __future__ import annotations

from kiosk.screens.components.buttons import Button
from kiosk.screens.components.choice_cells import Mark, draw_marks, mark_height
from kiosk.screens.components.choices import draw_choices
from kiosk.screens.components.qr_code import draw_code
from kiosk.screens.components.states import State, draw_mark, draw_state
from kiosk.screens.courses import draw_course, draw_courses
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.lesson_figures import LEAST, draw_figure
from kiosk.screens.lesson_layout import below, draw_heading, draw_left_shelf, in_language, in_sight, two_columns
from kiosk.screens.list_paging import draw_more, more_width
from kiosk.screens.rendering.display_list import Fill
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import Learn
from kiosk.views.learn import COURSES, PAGES, RESOURCES, RIGHT
from kiosk.words.lessons import Lesson, lesson
from lending.showcase import Access, Resource

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
    buttons = [Button(action, _name(view, scene, about), ICONS[about]) for action, about in rooms]
    draw_choices(page, area, buttons)


def _name(view: Learn, scene: DrawContext, about: str) -> str:
    large = scene.page.theme.large
    if about == RESOURCES:
        return scene.say("Databases") if large else scene.say("Databases and more")
    if about == COURSES:
        return scene.say("Courses and events") if view.dated and not large else scene.say("Courses")
    return lesson(scene.words, about).short if large else lesson(scene.words, about).title


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
    if figure.h >= page.u(LEAST):
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
