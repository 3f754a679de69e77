"""Draw the panel below the farewell's list: the optional question, or the reminder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kiosk.screens.canvas import Canvas
from kiosk.screens.components.buttons import PAD, TIGHT, Button, button_width, draw_button
from kiosk.screens.components.smileys import draw_face
from kiosk.screens.components.states import State, draw_mark, mark_units
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.geometry import Box
from kiosk.screens.theme import Type
from kiosk.views import Action, Farewell
from kiosk.words import post_visit as words

HIGH = 15
"""Height of a button in units."""
GAP = 3
MOST_LINES = 3
"""Maximum lines of the text that a question is about."""


def panel_height(view: Farewell, scene: DrawContext, width: float) -> int:
    """Return the height in pixels; 0 if there is no question and no reminder."""
    page = scene.page
    rows = _buttons(view, scene, width)
    texts = _lines(view, scene, width)
    if not rows and not texts:
        return 0
    text = sum(page.leading(step) * lines for _words, step, _colour, lines in texts)
    return text + len(rows) * page.u(HIGH) + max(len(rows) - 1, 0) * page.u(GAP) + page.u(3)


def draw_panel(view: Farewell, scene: DrawContext, area: Box) -> None:
    """Draw the panel from the top of the area, whose height is `panel_height`."""
    page = scene.page
    page.rule(area.x, area.y, area.w)
    y = area.y + page.u(1)
    mark = page.u(mark_units(Type.BODY) + 2) if view.answered and not view.days else 0
    for text, step, colour, most in _lines(view, scene, area.w):
        if mark:
            draw_mark(page, area.x, y + page.leading(step) / 2, State.DONE, mark_units(step))
        y = page.words(Box(area.x + mark, y, area.w - mark, area.h), text, step, colour, most=most)
        mark = 0
    y += page.u(1)
    rows = _buttons(view, scene, area.w)
    wide = all(_wide(page, row, PAD, Type.BODY) <= area.w for row in rows)
    for row in rows:
        _draw_row(view, scene, Box(area.x, y, area.w, page.u(HIGH)), row, wide)
        y += page.u(HIGH + GAP)


def _lines(view: Farewell, scene: DrawContext, width: float) -> list[tuple[str, Type, str, int]]:
    """Return text, step, colour and maximum lines; data may be cut at the last line."""
    page, colours = scene.page, scene.page.colours
    speech = scene.words
    texts: list[tuple[str, Type, str]] = []
    if view.days:
        texts = [(scene.say("When shall we remind you?"), Type.BODY, colours.ink)]
    elif view.ask and not view.answered:
        asked = words.question(speech, view.ask)
        texts = [(asked.head, Type.BODY, colours.ink), (asked.below, Type.CAP, colours.ink2)]
        if _tight(scene) and view.ask.kind == "contact":
            texts = [(f"{asked.head} {asked.below}", Type.CAP, colours.ink)]
    elif view.ask or view.reminder:
        texts = [(words.thanks(speech, view.ask, view.answered), Type.BODY, colours.done)] if view.ask else []
        if view.reminder and not (texts and _tight(scene)):
            texts.append((words.reminder(speech, view.reminder), Type.BODY, colours.ink))
            texts.append((words.why(speech, view.reminder), Type.CAP, colours.ink2))
    if _tight(scene):
        texts = [(text, Type.CAP, colour) for text, _step, colour in texts]
    shown = []
    mark = page.u(mark_units(Type.BODY) + 2) if view.answered and not view.days else 0
    for text, step, colour in texts:
        if not text:
            continue
        fitting = page.step_for(text, width, page.leading(step) * 2, (step, Type.CAP))
        lines = min(page.count_lines(text, fitting, width - mark), MOST_LINES)
        shown.append((text, fitting, colour, lines))
        mark = 0
    return shown


def _tight(scene: DrawContext) -> bool:
    return scene.page.theme.compact or (scene.frame.single and not scene.page.theme.portrait)


def _own(view: Farewell, scene: DrawContext) -> list[Button]:
    named = ("answer", "remind", "change_reminder")
    return [Button(each, _label(view, scene, each)) for each in scene.actions if each.name in named]


def _label(view: Farewell, scene: DrawContext, action: Action) -> str:
    match action.name:
        case "remind":
            return _day(scene, date.fromisoformat(action.choice or ""))
        case "answer" if view.ask:
            return words.choice(scene.words, view.ask, action.choice or "", short=_tight(scene))
        case _ if view.reminder and view.answered and _tight(scene):
            return scene.say("Reminder {day}: change", day=_day(scene, view.reminder.day))
        case _:
            return scene.say("Another day")


def _day(scene: DrawContext, day: date) -> str:
    return scene.words.day(day) if _tight(scene) else scene.words.date(day)


def _buttons(view: Farewell, scene: DrawContext, width: float) -> list[list[Button]]:
    """Return the buttons in rows, as many per row as fit; five smileys are always one row."""
    buttons = _own(view, scene)
    if _faces(view):
        return [buttons]
    rows: list[list[Button]] = []
    for each in buttons:
        if rows and _wide(scene.page, [*rows[-1], each]) <= width:
            rows[-1].append(each)
        else:
            rows.append([each])
    return rows


def _faces(view: Farewell) -> bool:
    return bool(view.ask and view.ask.kind == "face" and not view.answered and not view.days)


def _wide(page: Canvas, row: Sequence[Button], pad: float = TIGHT, step: Type = Type.CAP) -> float:
    return sum(button_width(page, each, pad, step) for each in row) + page.u(GAP) * (len(row) - 1)


def _draw_row(view: Farewell, scene: DrawContext, area: Box, row: list[Button], wide: bool) -> None:
    """Draw one row of buttons. `wide`: body type fits in every row, so that all rows use it."""
    page = scene.page
    if _faces(view):
        side = min((area.w - page.u(GAP) * (len(row) - 1)) / len(row), page.u(24))
        for number, each in enumerate(row):
            box = Box(round(area.x + number * (side + page.u(GAP))), round(area.y), round(side), area.h)
            draw_face(page, box, each, number + 1)
        return
    x, step, pad = area.x, Type.BODY if wide else Type.CAP, PAD if wide else TIGHT
    for each in row:
        width = min(button_width(page, each, pad, step), area.w)
        draw_button(page, Box(round(x), round(area.y), width, area.h), each, step)
        x += width + page.u(GAP)
