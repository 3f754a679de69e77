"""Draw what is typed on: the keyboard, the text field with pinyin candidates, the keypad, and the free-text view."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.screens.components.buttons import Button, draw_footer, draw_key, draw_space
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import ARROW, draw_turn
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Fill, Line
from kiosk.screens.rendering.text_layout import wrap
from kiosk.screens.rendering.theme import Type
from kiosk.views import BOARDS, KEYS, Action, Board, Registering, Spelling, Survey, Writing
from kiosk.views.patron_input import TextKind

SMALL = 9.5
"""Minimum width in units of a key of the lowest row."""


def draw_typing(scene: DrawContext, board: Board, right: tuple[str, ...], clears: bool = True, width: float = 0) -> Box:
    """Draw shelf line, keys and lowest row; return the line, above which the field is drawn.

    `clears`: the lowest row has the key that clears the field. `width`: length of the line, from edge to edge if 0.
    """
    page, foot = scene.page, scene.frame.foot
    gap, high = page.u(GAP), keyboard_height(page)
    keys = Box(foot.x, foot.y - gap - high, foot.w, high)
    line = Box(0, keys.y - gap - page.u(1), width or page.theme.width, page.u(1))
    page.add(Fill(line, page.colours.ink))
    draw_keyboard(page, keys, board, scene.actions)
    _lowest_row(scene, board, foot, [each for name in right for each in scene.button(name)], clears)
    return line


def full_note(scene: DrawContext, typed: int, most: int, room: float) -> str:
    """Return why the keys are disabled, in a text that fits; "" while more can be typed."""
    if typed < most:
        return ""
    ways = (scene.say("Limit reached: {n} of {most}", n=typed, most=most), f"{typed}/{most}")
    return next((each for each in ways if scene.page.width(each, Type.CAP) <= room), "")


def _lowest_row(scene: DrawContext, board: Board, foot: Box, last: list[Button], clears: bool) -> None:
    """Draw Back, the other layouts, space, the key that clears if `clears`, and the primary action if there is one."""
    page, gap = scene.page, scene.page.u(GAP)
    small = page.u(SMALL if page.theme.compact else 14)
    others = [(each, found) for each in Board if (found := scene.action("turn", choice=each.value)) is not None]
    keys = len(others) + 1 + clears + bool(scene.following)
    reserve = keys * page.u(SMALL) + (keys - 1) * gap
    room = draw_footer(page, foot, scene.button("back"), last, scene.frame.primary, reserve)
    right = (room.right if last else foot.right) - (page.u(SMALL + 2) if scene.following else 0)
    keys -= bool(scene.following)
    small = round(min(small, (right - room.x - (keys - 1) * gap) / keys))
    spelt = board is Board.PINYIN or scene.action("turn", choice=Board.PINYIN.value) is not None
    latin = "abc" if spelt else scene.say("abc")  # in pinyin layouts the Latin letters are no initials
    labels = {Board.LATIN: latin, Board.DIGITS: "123", Board.CYRILLIC: "Өү", Board.PINYIN: "拼音"}
    labels[Board.ADDRESS] = "a@"
    x = room.x
    for other, action in others:
        draw_wide_key(page, Box(round(x), room.y, small, room.h), action, labels[other])
        x += small + gap
    space, clear = scene.action("key", choice=" "), scene.action("erase", choice="all")
    if clears:
        assert clear is not None
        end = Box(round(right - small), room.y, small, room.h)
        draw_wide_key(page, end, clear, "", "x")
        right = end.x - gap
    if space is not None:
        draw_space(page, Box(round(x), room.y, round(right - x), room.h), space, scene.say("Space"))


FIELD_SHARE = 0.34
"""Share of a low row for the field, if the characters are next to it."""
NOTE_SHARE = 0.5
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
    left, high = round(area.w * FIELD_SHARE), max(high, min(field, area.h))
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
    full = _full(scene, view, inner.w * NOTE_SHARE)
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


GAP = 2
ROWS = 3
TALL_KEY, LOW_KEY = 12, 9
"""Height of a key in units, on 10 inch screens and larger, and on smaller ones."""


def key_height(page: Canvas) -> int:
    key = TALL_KEY if page.theme.diagonal >= 10 else LOW_KEY
    return page.u(key + (2 if page.theme.wide or page.theme.portrait else 0))


def keyboard_height(page: Canvas) -> int:
    """Return the height in pixels of three rows of keys with gaps."""
    return ROWS * key_height(page) + (ROWS - 1) * page.u(GAP)


def draw_keyboard(page: Canvas, box: Box, board: Board, actions: tuple[Action, ...]) -> None:
    """Draw the keys to fill the box. The delete key takes the rest of the last row."""
    rows, gap = BOARDS[board], page.u(GAP)
    columns = max(*map(len, rows[:2]), len(rows[2]) + 1)
    width, height = (box.w - (columns - 1) * gap) / columns, (box.h - (ROWS - 1) * gap) / ROWS
    step = Type.BODY if page.leading(Type.BODY) <= height else Type.CAP
    keys = {each.choice: each for each in actions if each.name == "key"}
    for number, keys_in_row in enumerate(rows):
        indent = (columns - len(keys_in_row)) / 2 if number == 1 else 0
        y = round(box.y + number * (height + gap))
        for column, sign in enumerate(keys_in_row):
            left = box.x + (column + indent) * (width + gap)
            key = Box(round(left), y, round(left + width) - round(left), round(height))
            draw_key(page, key, keys[sign], sign, step=step)
    last = round(box.x + len(rows[2]) * (width + gap))
    erase = next(each for each in actions if each.name == "erase" and each.choice is None)
    draw_key(page, Box(last, y, round(box.right) - last, round(height)), erase, "", "delete")


def draw_wide_key(page: Canvas, box: Box, action: Action, label: str, icon: str = "") -> None:
    """Draw a key of the lowest row, in small type."""
    draw_key(page, box, action, label, icon, Type.CAP)


def draw_free_text(view: Writing, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    line = draw_typing(scene, view.board, ("send_words",))
    area = Box(frame.whole.x, frame.whole.y, frame.whole.w, line.y - frame.whole.y - page.u(1.5))
    note = _note(view, scene)
    room = page.leading(Type.CAP) * page.count_lines(note, Type.CAP, area.w) + page.u(2)
    if area.h >= room + page.leading(Type.BODY) * 3 + page.u(18):
        y = page.words(area, note, Type.CAP, page.colours.ink2) + page.u(2)
        area = Box(area.x, y, area.w, area.bottom - y)
    draw_written(scene, area, _heading(view, scene), view)


def _heading(view: Writing, scene: DrawContext) -> str:
    match view.letter:
        case TextKind.OPINION:
            return scene.say("What would you like to tell us?")
        case TextKind.WISH:
            return scene.say("Which book should we buy? Enter its title and author.")
        case TextKind.QUESTION:
            return scene.say("What would you like to ask about?")


def _note(view: Writing, scene: DrawContext) -> str:
    if view.letter is TextKind.QUESTION:
        return scene.say("We send the reply to your phone, or show it here at your next visit.")
    return scene.say("This is anonymous.")


KEYPAD_UNITS = (51.1, 62)
NARROW_GAP = 1
"""Gap in units between four columns on a small screen, so that each key is wide enough for a finger."""
Place = tuple[int, int]
"""Row and column."""
KEYPAD_PLACES = {key: divmod(number, 3) for number, key in enumerate(KEYS[:9])} | {KEYS[9]: (3, 1)}
OTHER_KEYS = {
    ("erase", None): ((3, 2), "delete"),
    ("erase", "all"): ((3, 0), "x"),
    ("enter", None): ((3, 0), "check"),
}
"""Position and icon of the keys without a character, by action and choice."""
TURN_PLACE: Place = (0, 3)
PLACES_BESIDE: tuple[Place, ...] = tuple((row, 3) for row in range(4))
"""Positions of letters on the same page as the digits."""
LETTERS_BETWEEN = tuple((row, column) for row in (1, 2) for column in range(4))
LETTER_PLACES: tuple[Place, ...] = ((0, 0), (0, 1), (0, 2), *LETTERS_BETWEEN, (3, 1), (3, 3))
"""Positions on a page of letters; delete and enter keep their places."""


def draw_typed(page: Canvas, box: Box, typed: str, caption: str, full: str = "") -> None:
    """Draw the typed number over a line, or the caption if it is empty; `full` is the text for a full field."""
    aside = page.width(full, Type.CAP) + page.u(3) if full else 0
    step = page.step_for(typed, box.w - aside, page.leading(Type.BODY), (Type.BODY, Type.CAP))
    words = Box(box.x, box.y, box.w, box.h - page.u(1))
    page.word(words, full, Type.CAP, page.colours.ink2, align="right")
    if typed:
        page.word(words, page.end_of(typed, step, box.w - aside), step)
    else:
        page.word(words, caption, Type.CAP, page.colours.ink2)
    page.add(Line(Box(box.x, box.bottom - 2, box.w, 2), page.colours.edge))


def _has_letters(actions: tuple[Action, ...]) -> bool:
    """Return True if a fourth column is needed."""
    return any(each.name == "turn" or (each.name == "key" and each.choice not in KEYPAD_PLACES) for each in actions)


def keypad_box(scene: DrawContext) -> Box:
    """Return the place of the keypad, at the right above the shelf line."""
    page, whole = scene.page, scene.frame.whole
    width, height = (page.u(units) for units in KEYPAD_UNITS)
    if page.theme.portrait and page.theme.large:
        width, height = round(width * 1.25), round(height * 1.25)
    foot = page.u(2 if page.theme.compact else 4)
    height = min(height, round(whole.h - foot))
    return Box(whole.right - width, whole.bottom - foot - height, width, height)


def draw_keypad(page: Canvas, box: Box, actions: tuple[Action, ...]) -> None:
    """Draw four rows of keys to fill the box."""
    letters = _has_letters(actions)
    columns, gap = 4 if letters else 3, page.u(GAP)
    column_gap = page.u(NARROW_GAP if letters and page.theme.compact else GAP)
    width, height = (box.w - (columns - 1) * column_gap) / columns, (box.h - 3 * gap) / 4
    for action, (row, column) in _key_places(actions):
        x, y = box.x + column * (width + column_gap), box.y + row * (height + gap)
        key = Box(round(x), round(y), round(x + width) - round(x), round(y + height) - round(y))
        label, icon = action.choice or "", OTHER_KEYS.get((action.name, action.choice), ((0, 0), ""))[1]
        if action.name == "turn":
            draw_key(page, key, action, label, step=Type.CAP)
        else:
            draw_key(page, key, action, label, icon)


def _key_places(actions: tuple[Action, ...]) -> Iterator[tuple[Action, Place]]:
    digits = any(each.choice in KEYPAD_PLACES for each in actions if each.name == "key")
    letters = iter(PLACES_BESIDE if digits else LETTER_PLACES)
    for action in actions:
        if action.name == "turn":
            yield action, TURN_PLACE
        elif other := OTHER_KEYS.get((action.name, action.choice)):
            yield action, other[0]
        elif action.name == "key":
            yield action, KEYPAD_PLACES.get(action.choice or "") or next(letters)
