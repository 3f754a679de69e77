"""Draw the area above the keyboard: question, input field, and characters to choose from."""

from __future__ import annotations

from kiosk.screens.components.buttons import draw_key
from kiosk.screens.components.keyboard import GAP, key_height
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.list_paging import ARROW, draw_turn
from kiosk.screens.rendering.display_list import Fill, Line
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.text_layout import wrap
from kiosk.screens.rendering.theme import Type
from kiosk.screens.text_entry import full_note
from kiosk.views import Board, Registering, Spelling, Survey, Writing

LEFT = 0.34
"""Share of a low row for the field, if the characters are next to it."""
MOST_TOLD = 0.5
"""Maximum share of the field for the note that it is full."""


def draw_written(
    scene: DrawContext, area: Box, words: str, view: Survey | Writing | Registering, hint: str = ""
) -> None:
    """Fill the area: question at the top, field below or next to it, candidates at the bottom.

    `hint` is shown in the empty field.
    """
    hint = hint or scene.say("Add a comment (optional)")
    page, spelling = scene.page, view.spelling
    high = page.leading(Type.BODY) + page.u(3)
    area = _draw_candidates(scene, area, high, spelling)
    room = area.h - high - page.u(1)
    if spelling.letters and room < page.leading(Type.CAP):
        _field(scene, Box(area.x, area.y, area.w, min(high, area.h)), view, hint)
        return
    if room >= page.leading(Type.BODY):
        question, field = Box(area.x, area.y, area.w, room), Box(area.x, area.bottom - high, area.w, high)
        step = page.step_for(words, area.w, room, (Type.TITLE, Type.BODY, Type.CAP))
    else:
        question = Box(area.x, area.y, round(area.w * (0.6 if page.theme.large else 0.4)), area.h)
        field = Box(question.right + page.u(3), area.y, area.right - question.right - page.u(3), min(high, area.h))
        step = Type.CAP
    _draw_question(words, step, scene, question)
    _field(scene, field, view, hint)


def _draw_candidates(scene: DrawContext, area: Box, field: int, spelling: Spelling) -> Box:
    """Draw the candidates at the bottom of the area, or at the right of a low one; return the remaining box."""
    if not spelling.letters:
        return area
    page, gap = scene.page, scene.page.u(GAP)
    high = min(key_height(page), area.h)
    if area.h >= high + gap + field:
        _choices(scene, Box(area.x, area.bottom - high, area.w, high), spelling)
        return Box(area.x, area.y, area.w, area.h - high - gap)
    left, high = round(area.w * LEFT), max(high, min(field, area.h))
    _choices(scene, Box(area.x + left + gap, area.y, area.w - left - gap, high), spelling)
    return Box(area.x, area.y, left, area.h)


def _choices(scene: DrawContext, row: Box, spelling: Spelling) -> None:
    """Draw a key per candidate, as wide as its text; an arrow turns to those without room."""
    page, gap = scene.page, scene.page.u(GAP)
    least, arrow = page.u(12), page.u(ARROW)
    step = Type.BODY if page.leading(Type.BODY) <= row.h else Type.CAP
    x, shown = row.x, 0
    for at, each in enumerate(spelling.offered[scene.first :], scene.first):
        width = max(page.width(each.words, step) + page.u(4), least)
        last = at == len(spelling.offered) - 1 and not scene.first
        if x + width > row.right - (0 if last else arrow + gap):
            if shown:
                break
            width = round(row.right - arrow - gap - x)
        action = scene.action("pick", choice=str(at))
        assert action is not None, "what is offered can be chosen"
        draw_key(page, Box(round(x), round(row.y), round(width), round(row.h)), action, each.words, step=step)
        x, shown = x + width + gap, shown + 1
    hidden = len(spelling.offered) - scene.first - shown
    if hidden or scene.first:
        to = scene.first + shown if hidden else 0
        draw_turn(scene, Box(round(row.right - arrow), row.y, arrow, row.h), hidden, to)


def _draw_question(words: str, step: Type, scene: DrawContext, area: Box) -> None:
    """Draw the question; if it is too long, an arrow turns to the rest."""
    page = scene.page
    fits = max(int(area.h // page.leading(step)), 1)
    if page.count_lines(words, step, area.w) <= fits:
        page.words(area, words, step)
        return
    side = page.u(ARROW)
    lines, _ = wrap(words, page.theme.size(step), area.w - side - page.u(2), page.ruler)
    for number, each in enumerate(lines[scene.first : scene.first + fits]):
        row = Box(area.x, area.y + number * page.leading(step), area.w - side - page.u(2), page.leading(step))
        page.word(row, each, step)
    hidden = max(len(lines) - scene.first - fits, 0)
    draw_turn(scene, Box(round(area.right - side), area.y, side, area.h), hidden, scene.first + fits if hidden else 0)


def _full(scene: DrawContext, view: Survey | Writing | Registering, room: float) -> str:
    """Return why the keys are disabled; nothing for a year, which is obviously complete."""
    letters, first = len(view.spelling.letters), scene.say("Choose characters first")
    if view.spelling.is_full and scene.page.width(first, Type.CAP) <= room:
        return first
    if view.spelling.is_full:
        return full_note(scene, letters, letters, room)
    return "" if view.board is Board.NUMBERS else full_note(scene, len(view.typed) + letters, view.most, room)


def _field(scene: DrawContext, box: Box, view: Survey | Writing | Registering, hint: str) -> None:
    """Draw the end of the input, pending letters in another colour, the caret, and a note if the field is full."""
    page, typed, letters = scene.page, view.typed, view.spelling.letters
    page.add(Fill(box, page.colours.leaf, page.u(1)))
    page.frame(box)
    inner = Box(box.x + page.u(3), box.y, box.w - page.u(6), box.h)
    if not typed and not letters:
        if page.width(hint, Type.CAP) <= inner.w:
            page.word(inner, hint, Type.CAP, page.colours.ink2)
        return
    full = _full(scene, view, inner.w * MOST_TOLD)
    page.word(inner, full, Type.CAP, page.colours.ink2, align="right")
    room = inner.w - page.u(1) - (page.width(full, Type.CAP) + page.u(3) if full else 0)
    waits = page.end_of(letters, Type.BODY, room)
    shown = page.end_of(typed, Type.BODY, room - page.width(waits, Type.BODY)) if waits == letters else ""
    x = inner.x
    for words, colour in ((shown, page.colours.ink), (waits, page.colours.ink2)):
        if words.strip():
            page.word(Box(x, inner.y, inner.w, inner.h), words.rstrip(), Type.BODY, colour)
        x += page.width(words, Type.BODY)
    tall = page.leading(Type.BODY) * 0.8
    if waits:
        under = Box(round(x - page.width(waits, Type.BODY)), round(inner.y + (inner.h + tall) / 2), 0, page.u(0.3))
        page.add(Line(Box(under.x, under.y, page.width(waits, Type.BODY), max(under.h, 2)), page.colours.accent))
    caret = Box(round(x + page.u(0.3)), round(inner.y + (inner.h - tall) / 2), max(page.u(0.3), 2), round(tall))
    page.add(Line(caret, page.colours.ink))
