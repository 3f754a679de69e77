"""Draw a questionnaire: one question at a time with its answers, progress, and who sees the answers."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.screens.components.buttons import Button
from kiosk.screens.components.choices import Mark, draw_face, draw_marks, mark_height
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import draw_more, flow, more_width, text_block
from kiosk.screens.rendering.display_list import Box, Fill
from kiosk.screens.rendering.theme import Type
from kiosk.screens.text_entry import draw_typing, draw_written
from kiosk.views import Survey
from kiosk.views.survey import YES, marked
from lending.questionnaires import OneOf, Question, RatingQuestion, SomeOf, Text, TextQuestion, YesNo

FACE, GAP, TALL = 26, 3, 26
"""Units: maximum width of a smiley, gap between touch targets, and maximum height of an answer."""


def draw(view: Survey, scene: DrawContext) -> None:
    scene.head()
    if isinstance(view.question, TextQuestion):
        _draw_typing(view, scene)
        return
    page, area = scene.page, scene.frame.right
    if scene.frame.single or page.theme.compact:
        area = scene.frame.whole
        y = _question(view, scene, area, _draw_heading_line(view, scene, area))
    else:
        _draw_column(view, scene, scene.frame.left)
        y = _question(view, scene, area, area.y)
    hidden, total = _answers(view, scene, Box(area.x, y, area.w, area.bottom - y - page.u(3)))
    room = scene.foot(("back", "stop"), ("onwards", "hand_in"), more_width(scene, hidden))
    draw_more(scene, room, hidden, total)


def _say(scene: DrawContext, text: Text | None) -> str:
    return text.in_language(scene.words.language) if text else ""


def _draw_column(view: Survey, scene: DrawContext, area: Box) -> None:
    """Draw title, progress, and whether the answers are anonymous."""
    page = scene.page
    form = view.offered.form
    title, about = _say(scene, form.title), _say(scene, form.description)
    step = page.step_for(title, area.w, page.leading(Type.TITLE) * 3, (Type.TITLE, Type.BODY, Type.CAP))
    texts = [(0, title, step, page.colours.ink), (3, about, Type.CAP, page.colours.ink2)]
    texts += [(1, _anonymity_text(view, scene), Type.CAP, page.colours.ink2)]
    y = flow(area, [text_block(scene, area, *each, air=2) for each in texts if each[1]])
    _steps(view, scene, Box(area.x, max(y + page.u(4), area.bottom - page.u(12)), area.w, page.u(9)))


def _anonymity_text(view: Survey, scene: DrawContext) -> str:
    if view.offered.anonymous:
        return scene.say("Your answers are anonymous.")
    return scene.say("The library can see who answered.")


def _steps(view: Survey, scene: DrawContext, area: Box) -> None:
    """Draw a place on the shelf for each question, filled up to the current one."""
    page, many = scene.page, len(view.asked)
    page.word(Box(area.x, area.y, area.w, page.leading(Type.CAP)), _how_far(view, scene), Type.CAP)
    wide = page.u(7)
    for number in range(many):
        box = Box(area.x + number * (wide + page.u(2)), area.bottom - page.u(1.5), wide, page.u(1.5))
        here = number <= view.at
        page.add(Fill(box, page.colours.ink if here else page.colours.line))


def _how_far(view: Survey, scene: DrawContext) -> str:
    return scene.say("Question {at} of {n}", at=min(view.at + 1, len(view.asked)), n=len(view.asked))


def _draw_heading_line(view: Survey, scene: DrawContext, area: Box) -> float:
    """Draw the same without a column: on one line where room is short, with anonymity first."""
    page = scene.page
    title, far, whose = _say(scene, view.offered.form.title), _how_far(view, scene), _anonymity_text(view, scene)
    ways = (f"{title} · {far} · {whose}", f"{far if view.at else title} · {whose}", whose)
    if not page.theme.compact:
        page.word(Box(area.x, area.y, area.w, page.leading(Type.CAP)), title, Type.CAP, cut=True)
        y = area.y + page.leading(Type.CAP)
        return page.words(Box(area.x, y, area.w, area.h), f"{far} · {whose}", Type.CAP, page.colours.ink2) + page.u(2)
    text = next((each for each in ways if page.width(each, Type.CAP) <= area.w), whose)
    return page.words(area, text, Type.CAP, page.colours.ink2) + page.u(0.5)


def _question(view: Survey, scene: DrawContext, area: Box, y: float) -> float:
    """Draw the question; return the top y of the answers."""
    page, words = scene.page, _say(scene, view.question.title)
    steps = (Type.BODY, Type.CAP) if page.theme.compact else (Type.TITLE, Type.BODY, Type.CAP)
    lines = 1 if page.theme.compact and page.theme.large else 2
    step = page.step_for(words, area.w, page.leading(steps[0]) * lines, steps)
    return page.words(Box(area.x, y, area.w, area.h), words, step, most=3) + page.u(2 if page.theme.compact else 3)


def _answers(view: Survey, scene: DrawContext, area: Box) -> tuple[int, int]:
    """Draw the answers; return the number of choices out of sight, and of all choices."""
    match view.question:
        case RatingQuestion(smileys=True):
            _faces(view, scene, area)
        case RatingQuestion() as question:
            _scale(question, view, scene, area)
        case question:
            return _choices(question, view, scene, area)
    return 0, 0


def _marks(view: Survey, scene: DrawContext, labels: dict[str, str]) -> list[Mark]:
    question, value = view.question, view.values.get(view.question.name)
    found = [each for each in scene.actions if each.name == "mark"]
    several = isinstance(question, SomeOf)
    return [
        Mark(Button(each, labels[each.choice or ""]), marked(question, value, each.choice or ""), several)
        for each in found
    ]


def _faces(view: Survey, scene: DrawContext, area: Box) -> None:
    page, say = scene.page, scene.say
    names = (say("Very bad"), say("Bad"), say("So-so"), say("Good"), say("Very good"))
    every = _marks(view, scene, {str(n + 1): name for n, name in enumerate(names)})
    wide = min((area.w - page.u(GAP) * (len(every) - 1)) / len(every), page.u(FACE))
    high = round(min(wide, area.h))
    for number, each in enumerate(every):
        box = Box(round(area.x + number * (wide + page.u(GAP))), round(area.y), round(wide), high)
        draw_face(page, box, each.button, number + 1, chosen=each.chosen)
    _ends(view.question, scene, Box(area.x, area.y + high + page.u(1.5), wide * 5 + page.u(GAP) * 4, area.h - high))


def _scale(question: RatingQuestion, view: Survey, scene: DrawContext, area: Box) -> None:
    """Draw the numbers from least to most in one row, or in two if they were too narrow for a finger."""
    page = scene.page
    every = _marks(view, scene, {str(n): str(n) for n in question.scale})
    rows = (
        1
        if (area.w + page.u(1)) / len(every) >= page.u(20 if page.theme.large and page.theme.portrait else 11)
        or len(every) < 4
        else 2
    )
    columns = -(-len(every) // rows)
    gap = page.u(1.5 if rows == 1 and len(every) > 7 else GAP)
    wide = min((area.w - gap * (columns - 1)) / columns, page.u(24))
    high = min(max(wide, page.u(16)), (area.h - gap * (rows - 1)) / rows, page.u(24))
    box = Box(area.x, area.y, wide * columns + gap * (columns - 1), high * rows + gap * (rows - 1))
    draw_marks(page, box, every, columns, gap)
    _ends(question, scene, Box(area.x, box.bottom + page.u(1.5), box.w, area.bottom - box.bottom))


def _ends(question: Question, scene: DrawContext, area: Box) -> None:
    """Draw the meaning of the least and the greatest number below them."""
    page = scene.page
    if not isinstance(question, RatingQuestion) or area.h < page.leading(Type.CAP) + page.u(2):
        return
    row = Box(area.x, area.y, area.w, page.leading(Type.CAP))
    least, most = _say(scene, question.least_words), _say(scene, question.most_words)
    if page.width(least + most, Type.CAP) + page.u(4) > area.w:
        return
    page.word(row, least, Type.CAP, page.colours.ink2)
    page.word(row, most, Type.CAP, page.colours.ink2, align="right")


def _choices(question: Question, view: Survey, scene: DrawContext, area: Box) -> tuple[int, int]:
    page, every = scene.page, _marks(view, scene, _labels(question, scene))
    gap = page.u(GAP)
    columns = _columns(page.u(70 if page.theme.large else 40), area, every, mark_height(page, 1), gap)
    rows = max(int((area.h + gap) // (mark_height(page, 1) + gap)), 1)
    shown = every[scene.first : scene.first + rows * columns]
    taken = -(-len(shown) // columns)
    high = min((area.h - gap * (taken - 1)) / taken, max(mark_height(page, 2), page.u(TALL)))
    draw_marks(page, Box(area.x, area.y, area.w, high * taken + gap * (taken - 1)), shown, columns, gap)
    return max(len(every) - scene.first - len(shown), 0), len(every)


def _columns(least: int, area: Box, every: Sequence[Mark], high: int, gap: int) -> int:
    """Return the smallest number of columns with room for all answers, none too narrow to read."""
    most = max(int((area.w + gap) // (least + gap)), 1)
    rows = max(int((area.h + gap) // (high + gap)), 1)
    return min(max(-(-len(every) // rows), 1 if len(every) < 4 else 2), most, 3)


def _labels(question: Question, scene: DrawContext) -> dict[str, str]:
    match question:
        case OneOf(choices=choices) | SomeOf(choices=choices):
            return {each.value: _say(scene, each.text) for each in choices}
        case YesNo(yes=yes, no=no):
            return {YES: _say(scene, yes), "no": _say(scene, no)}
        case _:
            return {}


def _draw_typing(view: Survey, scene: DrawContext) -> None:
    """Draw a text answer with the keyboard; the field is next to the question or below it."""
    page, frame = scene.page, scene.frame
    line = draw_typing(scene, view.board, ("onwards", "hand_in"))
    area = Box(frame.whole.x, frame.whole.y, frame.whole.w, line.y - frame.whole.y - page.u(1.5))
    high = page.leading(Type.BODY) + page.u(3)
    if area.h >= high + page.leading(Type.CAP) * 3 + page.leading(Type.BODY) * 2:
        y = _draw_heading_line(view, scene, area)
        area = Box(area.x, y, area.w, area.bottom - y)
    draw_written(scene, area, _say(scene, view.question.title), view)
