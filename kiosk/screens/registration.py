"""Draw registration: one question per page with its purpose, a check page, and the number."""

from __future__ import annotations

from kiosk.screens import register
from kiosk.screens.components.buttons import Button
from kiosk.screens.components.cards import draw_label, draw_patron_card
from kiosk.screens.components.choice_cells import Mark, draw_marks, mark_height
from kiosk.screens.components.entries import draw_entries, in_pieces
from kiosk.screens.components.flow import Block, flow
from kiosk.screens.components.kiosk_diagram import DiagramPart, draw_standing_machine
from kiosk.screens.components.states import State, draw_state
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.list_paging import draw_more, more_width
from kiosk.screens.question_dialog import draw_answers
from kiosk.screens.registration_text import (
    entries,
    fault,
    hint,
    marks,
    next_steps,
    purpose_text,
    question,
    to_read,
    ways,
)
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.text_layout import is_chinese
from kiosk.screens.rendering.theme import Type
from kiosk.screens.text_entry import draw_typing
from kiosk.screens.text_field import draw_written
from kiosk.views import LineState, Registering
from kiosk.views.registration import TYPED, RegistrationStep

GAP = 3
"""Gap in units between touch targets."""
SMALLEST_MACHINE = 40
"""Minimum height in units to draw the kiosk diagram."""
VOLUME = 52
"""Maximum height in units of the two volumes to choose from."""


def draw(view: Registering, scene: DrawContext) -> None:
    scene.head()
    match view.step:
        case RegistrationStep.PHONE:
            register.draw(view, scene)
        case RegistrationStep.WAY:
            _ways(view, scene)
        case step if step in TYPED:
            _draw_typing(view, scene)
        case RegistrationStep.GROUP | RegistrationStep.LANGUAGE | RegistrationStep.CONSENT:
            _marks(view, scene)
        case RegistrationStep.CHECK:
            _check(view, scene)
        case RegistrationStep.CARD:
            _card(view, scene)
        case _:
            _draw_result(view, scene)


def _steps(scene: DrawContext) -> tuple[Type, ...]:
    page = scene.page
    if page.theme.compact and page.theme.large:
        return (Type.CAP,)
    return (Type.BODY, Type.CAP) if page.theme.compact or page.theme.large else (Type.TITLE, Type.BODY)


def _heading(view: Registering, scene: DrawContext, area: Box) -> float:
    page, words = scene.page, question(view, scene)
    lines = 1 if is_chinese(words) else 2
    step = page.step_for(words, area.w, page.leading(Type.TITLE) * lines, _steps(scene))
    return page.words(area, words, step) + page.u(2)


def _column(view: Registering, scene: DrawContext) -> Box:
    """Draw the question with its purpose, next to the answers or above them; return the box for the answers."""
    page, frame = scene.page, scene.frame
    two_columns = not frame.single and not page.theme.compact
    area = frame.left if two_columns else frame.whole
    y = _heading(view, scene, area)
    far, purpose = _far(view, scene), purpose_text(view, scene)
    notes = (
        (far, purpose)
        if two_columns or not page.theme.compact
        else ()
        if view.step is RegistrationStep.CONSENT
        else (purpose,)
    )
    for words in filter(None, notes):
        high = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, area.w)
        y = page.words(Box(area.x, y, area.w, high), words, Type.CAP, page.colours.ink2) + page.u(1)
    return frame.right if two_columns else Box(area.x, y + page.u(1), area.w, frame.whole.bottom - y - page.u(1))


def _far(view: Registering, scene: DrawContext) -> str:
    if view.step in (RegistrationStep.CARD, RegistrationStep.CHECK):
        return ""
    return scene.say("Question {at} of {n}", at=view.place + 1, n=len(view.pages) - 1)


def _ways(view: Registering, scene: DrawContext) -> None:
    page, area = scene.page, scene.frame.whole
    y = _heading(view, scene, area)
    small = page.theme.compact or page.theme.large
    room = Box(area.x, y, area.w, area.bottom - y - page.u(2))
    end = flow(
        room, [_block(scene, room, each, Type.CAP if small else Type.BODY, n) for n, each in enumerate(ways(scene))]
    )
    if small:
        scene.foot(("back",), ("by_phone", "here"))
        return
    high = min(area.bottom - end - page.u(3), page.u(VOLUME))
    draw_answers(scene, Box(area.x, area.bottom - high, area.w, high), ("here", "by_phone"))
    scene.foot(("back",), ())


def _block(scene: DrawContext, area: Box, words: str, step: Type, rank: int) -> Block:
    page = scene.page
    high = page.leading(step) * page.count_lines(words, step, area.w) + page.u(2)
    return Block(rank, high, lambda y: page.words(Box(area.x, y, area.w, high), words, step))


def _draw_typing(view: Registering, scene: DrawContext) -> None:
    """Draw the question on the keyboard, above it its purpose or what is wrong with the answer."""
    page, frame = scene.page, scene.frame
    line = draw_typing(scene, view.board, ("continue",))
    area = Box(frame.whole.x, frame.whole.y, frame.whole.w, line.y - frame.whole.y - page.u(1.5))
    asked, wrong = question(view, scene), fault(view, scene)
    note = wrong or f"{_far(view, scene)} · {purpose_text(view, scene)}"
    high = page.leading(Type.CAP) * page.count_lines(note, Type.CAP, area.w) + page.u(2)
    offered = page.u(18) if view.spelling.letters else 0
    if area.h >= high + page.leading(Type.BODY) * 2 + page.u(4) + offered:
        y = page.words(area, note, Type.CAP, page.colours.stop if wrong else page.colours.ink2) + page.u(2)
        area = Box(area.x, y, area.w, area.bottom - y)
    else:
        asked = wrong or f"{asked} {purpose_text(view, scene)}"
    draw_written(scene, area, asked, view, hint(view, scene))


def _marks(view: Registering, scene: DrawContext) -> None:
    """Draw the answers at the bottom, above them the library's consent text if there is one."""
    page = scene.page
    area = _column(view, scene)
    every = [_mark(scene, *each) for each in marks(view, scene).items()]
    least, gap, area = mark_height(page, 1), page.u(GAP), Box(area.x, area.y, area.w, area.h - page.u(3))
    text_box = Box(area.x, area.y, area.w, area.h - least - page.u(2))
    if read := [piece for each in to_read(view, scene) for piece in in_pieces(page, text_box, each)]:
        hidden, total = draw_entries(page, text_box, read, scene.first), len(read)
        draw_marks(page, Box(area.x, area.bottom - least, area.w, least), every, 2, gap)
    else:
        rows = max(int((area.h + gap) // (least + gap)), 1)
        columns = min(max(-(-len(every) // rows), 2 if len(every) == 2 else 1), 3)
        shown = every[scene.first : scene.first + rows * columns]
        taken = -(-len(shown) // columns)
        high = min((area.h - gap * (taken - 1)) / taken, mark_height(page, 2))
        draw_marks(page, Box(area.x, area.y, area.w, high * taken + gap * (taken - 1)), shown, columns, gap)
        hidden, total = max(len(every) - scene.first - len(shown), 0), len(every)
    below = scene.foot(("back",), (), more_width(scene, hidden))
    draw_more(scene, below, hidden, total)


def _mark(scene: DrawContext, choice: str, labelled: tuple[str, bool]) -> Mark:
    action = scene.action("mark", choice=choice)
    assert action is not None, "what is asked can be answered"
    return Mark(Button(action, labelled[0]), labelled[1])


def _check(view: Registering, scene: DrawContext) -> None:
    area = _column(view, scene)
    rows = entries(view, scene)
    hidden = draw_entries(scene.page, Box(area.x, area.y, area.w, area.h - scene.page.u(1)), rows, scene.first)
    room = scene.foot(("back",), ("all_right",), more_width(scene, hidden))
    draw_more(scene, room, hidden, len(rows))


def _card(view: Registering, scene: DrawContext) -> None:
    page = scene.page
    area = _column(view, scene)
    if area.h >= page.u(SMALLEST_MACHINE):
        draw_standing_machine(page, area, DiagramPart.PAD)
    scene.foot(("back",), ("no_card",))


def _draw_result(view: Registering, scene: DrawContext) -> None:
    """Draw the result, and the number as large as fits."""
    page, area = scene.page, scene.frame.whole
    if view.card and not scene.frame.single and not page.theme.compact:
        left, area = scene.frame.left, scene.frame.right
        draw_patron_card(page, Box(left.x, left.y + page.u(1), left.w, page.u(39)), "", "", "")
    state = {LineState.CHECKING: State.CHECKING, LineState.DONE: State.DONE, LineState.SAVED: State.SAVED}
    mark, words = state.get(view.state or LineState.REFUSED, State.REFUSED), question(view, scene)
    step = page.step_for(words, area.w - page.u(10), page.leading(Type.BODY), (Type.BODY, Type.CAP))
    y = area.y
    if page.count_lines(words, step, area.w - page.u(10)) == 1:
        draw_state(page, Box(area.x, y, area.w, page.leading(step)), mark, words, step)
        y += page.leading(step) + page.u(2)
    else:
        y = page.words(Box(area.x, y, area.w, area.h), words, step) + page.u(2)
    if view.number:
        shown = f"{view.number[:4]} {view.number[4:7]} {view.number[7:]}"
        y = draw_label(page, area.x, round(y), [shown], area.w).bottom + page.u(3)
    small = Type.CAP if page.theme.compact or page.theme.large else Type.BODY
    room = Box(area.x, y, area.w, area.bottom - y - page.u(1))
    flow(room, [_block(scene, room, each, small, rank) for rank, each in enumerate(next_steps(view, scene))])
    scene.foot(("back", "call_staff"), ("no_card", "home"))
