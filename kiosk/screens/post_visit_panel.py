"""Draw the panel of the farewell: the optional question next to its list, or question and reminder below it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kiosk.screens.components.buttons import PAD, TIGHT, Button, button_width, draw_button
from kiosk.screens.components.choices import draw_face
from kiosk.screens.components.states import State, draw_mark, mark_units
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import Action, Farewell
from kiosk.words import post_visit as words

HIGH = 15
"""Height of a button in units."""
GAP = 3
PANEL_PAD = 4
"""Space in units between the edge of the question's box and its content."""
MOST_ROWS = 2
"""Rows of buttons in body type; more buttons use caption type."""
MOST_LINES = 3
"""Maximum lines of the text that a question is about."""


def panel_height(view: Farewell, scene: DrawContext, width: float, apart: bool = False) -> int:
    """Return the height in pixels; 0 if there is no question and no reminder.

    `apart`: the reminder is drawn elsewhere.
    """
    page = scene.page
    rows = _buttons(view, scene, width, apart)
    texts = _lines(view, scene, width, apart)
    if not rows and not texts:
        return 0
    text = sum(page.leading(step) * lines for _words, step, _colour, lines in texts)
    return text + len(rows) * page.u(HIGH) + max(len(rows) - 1, 0) * page.u(GAP) + page.u(3)


def draw_question(view: Farewell, scene: DrawContext, area: Box) -> None:
    """Draw the question in a box of its own; `area` includes PANEL_PAD on each side."""
    page = scene.page
    page.panel(area, page.colours.board)
    _draw(view, scene, area.inset(page.u(PANEL_PAD), page.u(2)), apart=True)


def draw_panel(view: Farewell, scene: DrawContext, area: Box) -> None:
    """Draw the panel from the top of the area, whose height is `panel_height`."""
    scene.page.rule(area.x, area.y, area.w)
    _draw(view, scene, area, apart=False)


def _draw(view: Farewell, scene: DrawContext, area: Box, apart: bool) -> None:
    page = scene.page
    y = area.y + page.u(1)
    mark = page.u(mark_units(Type.BODY) + 2) if view.answered and not view.days else 0
    for text, step, own, most in _lines(view, scene, area.w, apart):
        colour = page.colours.ink if apart else own  # The others have less than 7:1 on a board.
        if mark:
            draw_mark(page, area.x, y + page.leading(step) / 2, State.DONE, mark_units(step))
        y = page.words(Box(area.x + mark, y, area.w - mark, area.h), text, step, colour, most=most)
        mark = 0
    y += page.u(1)
    rows = _buttons(view, scene, area.w, apart)
    wide = all(_wide(page, row, PAD, Type.BODY) <= area.w for row in rows)
    step = Type.BODY if all(_wide(page, row, TIGHT, Type.BODY) <= area.w for row in rows) else Type.CAP
    for row in rows:
        if apart:
            _draw_filled_row(page, Box(area.x, y, area.w, page.u(HIGH)), row, step)
            y += page.u(HIGH + GAP)
            continue
        _draw_row(view, scene, Box(area.x, y, area.w, page.u(HIGH)), row, wide)
        y += page.u(HIGH + GAP)


def _lines(view: Farewell, scene: DrawContext, width: float, apart: bool) -> list[tuple[str, Type, str, int]]:
    """Return text, step, colour and maximum lines; data may be cut at the last line."""
    page, colours = scene.page, scene.page.colours
    speech = scene.words
    texts: list[tuple[str, Type, str]] = []
    if view.days:
        texts = [(scene.say("When should we remind you?"), Type.BODY, colours.ink)]
    elif view.ask and not view.answered:
        asked = words.question(speech, view.ask)
        texts = [(asked.head, Type.BODY, colours.ink)]
        texts += [(text, Type.CAP, colours.ink2) for text in (asked.below, asked.why)]
        if _tight(scene) and view.ask.kind == "contact":
            texts = [(f"{asked.head} {asked.below}", Type.CAP, colours.ink)]
    elif view.ask or view.reminder:
        texts = [(words.thanks(speech, view.ask, view.answered), Type.BODY, colours.done)] if view.ask else []
        if view.reminder and not apart and not (texts and _tight(scene)):
            texts.append((words.reminder(speech, view.reminder), Type.BODY, colours.ink))
            texts.append((words.reminder_reason(speech, view.reminder), Type.CAP, colours.ink2))
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


def _panel_buttons(view: Farewell, scene: DrawContext, width: float, apart: bool) -> list[Button]:
    named = ("answer",) if apart else ("answer", "remind", "change_reminder")
    buttons = [Button(each, _label(view, scene, each)) for each in scene.actions if each.name in named]
    if not apart or asks_for_face(view):
        return buttons
    short = [Button(each.action, _label(view, scene, each.action, short=True), said=each.label) for each in buttons]
    too_wide = any(button_width(scene.page, each, TIGHT, Type.CAP) > width for each in buttons)
    rows, fewer = (len(_button_rows(scene.page, each, width, Type.CAP)) for each in (buttons, short))
    return short if too_wide or fewer < rows else buttons


def _label(view: Farewell, scene: DrawContext, action: Action, *, short: bool = False) -> str:
    match action.name:
        case "remind":
            return _day(scene, date.fromisoformat(action.choice or ""))
        case "answer" if view.ask:
            return words.choice(scene.words, view.ask, action.choice or "", short=short or _tight(scene))
        case _ if view.reminder and view.answered and _tight(scene):
            return scene.say("Reminder {day}: change", day=_day(scene, view.reminder.day))
        case _:
            return scene.say("Change day")


def _day(scene: DrawContext, day: date) -> str:
    return scene.words.day(day) if _tight(scene) else scene.words.date(day)


def _buttons(view: Farewell, scene: DrawContext, width: float, apart: bool) -> list[list[Button]]:
    """Return the buttons in rows, as many per row as fit; five smileys are always one row."""
    buttons = _panel_buttons(view, scene, width, apart)
    if asks_for_face(view):
        return [buttons]
    rows = _button_rows(scene.page, buttons, width, Type.BODY if apart else Type.CAP)
    return _button_rows(scene.page, buttons, width, Type.CAP) if apart and len(rows) > MOST_ROWS else rows


def _button_rows(page: Canvas, buttons: list[Button], width: float, step: Type) -> list[list[Button]]:
    rows: list[list[Button]] = []
    for each in buttons:
        if rows and _wide(page, [*rows[-1], each], step=step) <= width:
            rows[-1].append(each)
        else:
            rows.append([each])
    return rows


def asks_for_face(view: Farewell) -> bool:
    """Return True if the open question is answered with a smiley."""
    return bool(view.ask and view.ask.kind == "face" and not view.answered and not view.days)


def _wide(page: Canvas, row: Sequence[Button], pad: float = TIGHT, step: Type = Type.CAP) -> float:
    return sum(button_width(page, each, pad, step) for each in row) + page.u(GAP) * (len(row) - 1)


def _draw_filled_row(page: Canvas, area: Box, row: list[Button], step: Type) -> None:
    """Draw the buttons of a row over its full width, in proportion to their texts."""
    widths = [button_width(page, each, TIGHT, step) for each in row]
    spare = (area.w - page.u(GAP) * (len(row) - 1) - sum(widths)) / len(row)
    x = area.x
    for each, width in zip(row, widths, strict=True):
        draw_button(page, Box(round(x), round(area.y), round(width + spare), area.h), each, step)
        x += width + spare + page.u(GAP)


def _draw_row(view: Farewell, scene: DrawContext, area: Box, row: list[Button], wide: bool) -> None:
    """Draw one row of buttons. `wide`: body type fits in every row, so that all rows use it."""
    page = scene.page
    if asks_for_face(view):
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
