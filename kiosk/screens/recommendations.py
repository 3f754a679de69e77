"""Draw For you: recommended titles that are on the shelf now, with reasons and reactions."""

from __future__ import annotations

import re

from kiosk.screens.components.buttons import TIGHT, Button, button_width, draw_button, draw_pictured
from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.shelf import Spine, Stand, draw_bare_shelf, draw_shelf, shelf_height
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import draw_more, flow, more_width, text_block
from kiosk.screens.rendering.display_list import Box, Corners, Fill, Line
from kiosk.screens.rendering.text_layout import is_wide
from kiosk.screens.rendering.theme import Type
from kiosk.screens.title_page import place_of
from kiosk.screens.visit_list import draw_head
from kiosk.views import ForYou, PickKind, PickLine

NAMED = re.compile(r"([^“《«]+)([“《«].+[”》»])")
"""A reason that ends with a title."""
MOST_REASON = 3
"""Lines of a reason."""
COLUMN, MOST_COLUMNS = 44, 5
"""Minimum width of a column in units, and maximum number of columns."""
COVER_WIDTH = 0.72
"""Width of a cover as a share of its height."""
LOWEST, TALLEST = 18, 54
"""Height of a cover in units."""
THUMB, NARROW_THUMB = 16, 10
"""Width of a reaction button in units, above another one and next to it."""
HIGH, GAP = 15, 3
"""Units: height of a button, and gap."""
MOST_NARROW = 24
"""Minimum width in units to draw an author."""


def draw(view: ForYou, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    if _has_columns(scene):
        _draw_columns(view, scene)
        return
    area = frame.right
    if page.theme.portrait:
        y = _draw_about(view, scene, area) + page.u(4)
        shelf = Box(area.x, area.bottom - shelf_height(page), area.w, shelf_height(page))
        _shelf(view, scene, shelf)
        area = Box(area.x, y, area.w, shelf.y - y - page.u(6))
    else:
        area = frame.whole
    hidden = _list(view, scene, area)
    room = scene.foot(("back", "had", "ask_librarian"), ("finish",), more_width(scene, hidden))
    draw_more(scene, room, hidden, len(view.picks or ()) + view.events)


def _draw_about(view: ForYou, scene: DrawContext, area: Box) -> float:
    page = scene.page
    y = page.words(area, scene.say("For you"), Type.TITLE) + page.u(1)
    if not view.picks:
        return y
    why, off = _basis(view, scene)
    y = page.words(Box(area.x, y, area.w, area.h), why, Type.CAP, page.colours.ink2) + page.u(1)
    return page.words(Box(area.x, y, area.w, area.h), off, Type.CAP, page.colours.ink2) if off else y


def _basis(view: ForYou, scene: DrawContext) -> tuple[str, str]:
    """Return what the titles are based on, and how to change that; "" if there is nothing to change."""
    if view.for_everyone:
        ask = scene.say("We recommend books only if you agree. Turn this on at the desk or on your phone.")
        return scene.say("New and popular books here, the same for everyone."), ask if _unasked(view) else ""
    why = scene.say("Based on what you have borrowed. Your feedback changes what we suggest.")
    return why, scene.say("You can stop this at the desk or on your phone.")


def _has_columns(scene: DrawContext) -> bool:
    """Return True if the titles stand side by side on the shelf line."""
    theme = scene.page.theme
    return not (theme.large or theme.portrait or theme.compact)


def _draw_columns(view: ForYou, scene: DrawContext) -> None:
    """Draw each title as a column on the shelf line: reason, place, call number, cover and reactions."""
    page, whole = scene.page, scene.frame.whole
    y = _heading(view, scene, whole) + page.u(2)
    area = Box(whole.x, y, whole.w, whole.bottom - y)
    hidden = 0
    if view.picks is None:
        draw_state(page, Box(area.x, area.y + page.u(3), area.w, page.leading(Type.BODY)), State.CHECKING,
                   scene.say("One moment"), Type.BODY)  # fmt: skip
    elif not view.picks:
        _nothing(view, scene, area)
    else:
        gap = page.u(4.5)
        fits = max(min(int((area.w + gap) // (page.u(COLUMN) + gap)), MOST_COLUMNS), 1)
        width = (area.w - gap * (fits - 1)) / fits
        shown = view.picks[scene.first :]
        reason = max(_lines_of_reason(each, scene, round(width)) for each in shown[:fits])
        lines = max(page.count_lines(each.title, Type.CAP, round(width)) for each in shown[:fits])
        texts = (reason + 1 + lines) * page.leading(Type.CAP) + page.leading(Type.BODY) + page.u(4)
        spare = max(area.h - texts - page.u(TALLEST), 0) / 2
        area = Box(area.x, area.y + spare, area.w, area.h - spare)
        for number, each in enumerate(shown[:fits]):
            column = Box(round(area.x + number * (width + gap)), area.y, round(width), area.h)
            _draw_column(each, scene, column, reason)
        hidden = max(len(shown) - fits, 0)
    room = scene.foot(("back", "had", "ask_librarian", "events"), ("finish",), more_width(scene, hidden))
    draw_more(scene, room, hidden, len(view.picks or ()))


def _heading(view: ForYou, scene: DrawContext, area: Box) -> float:
    page = scene.page
    words = scene.say("New in the library") if _unasked(view) else scene.say("For you, on the shelf now")
    y = page.words(area, scene.say("For you") if not view.picks else words, Type.TITLE)
    if not view.picks:
        return y
    why, off = _basis(view, scene)
    both = scene.say("{first} {second}", first=why, second=off) if off else why
    fits = page.width(both, Type.CAP) <= area.w
    return page.words(Box(area.x, y, area.w, area.h), both if fits else why, Type.CAP, page.colours.ink2)


def _draw_column(pick: PickLine, scene: DrawContext, column: Box, reason: int) -> None:
    """Draw one title; `reason` lines are free for its reason, as in the other columns."""
    page, cap = scene.page, scene.page.leading(Type.CAP)
    _draw_reason(pick, scene, column)
    y: float = column.y
    if reason:
        y += reason * cap + page.u(1)
        page.rule(column.x, round(y), column.w)
        y += page.u(1)
    place = place_of(pick.stand, scene) if pick.stand is not None else ""
    if not place or state_width(page, place) > column.w:
        place = _bay(pick, scene)
    draw_state(page, Box(column.x, y, column.w, cap), State.DONE, place)
    y += cap + page.u(0.5)
    if pick.call_number:
        step = page.step_for(pick.call_number, column.w, page.leading(Type.BODY), (Type.BODY, Type.CAP))
        page.word(Box(column.x, y, column.w, page.leading(Type.BODY)), pick.call_number, step, cut=True)
        y += page.leading(Type.BODY)
    room = column.bottom - y - page.u(1)
    stacked = room - cap >= page.u(2 * HIGH + GAP)
    y = _draw_title(pick, scene, column, y, int((room - page.u(2 * HIGH + GAP if stacked else LOWEST)) // cap))
    beside = page.u(THUMB if stacked else 2 * NARROW_THUMB + GAP) + page.u(2)
    high = round(min(column.bottom - y, page.u(TALLEST), (column.w - beside) / COVER_WIDTH))
    if stacked:
        high = max(high, page.u(2 * HIGH + GAP))
    wide = round(min(high * COVER_WIDTH, column.w - beside))
    cover = Box(column.x, round(column.bottom) - high, wide, high)
    draw_cover(page, cover, pick.subject, pick.title, pick.cover, Corners.TOP)
    thumbs = Box(cover.right + page.u(2), cover.y, column.right - cover.right - page.u(2), high)
    _draw_thumbs(pick, scene, thumbs, stacked)
    if pick.feedback == "like":
        scene.page.add(Line(Box(cover.x, round(column.bottom), cover.w, scene.frame.line.h), page.colours.accent))


def _draw_title(pick: PickLine, scene: DrawContext, column: Box, y: float, most: int) -> float:
    """Draw the title in at most `most` lines; one with a word wider than the column has its end on the cover only."""
    page, cap = scene.page, scene.page.leading(Type.CAP)
    grey = page.colours.ink2
    if any(page.width(word, Type.CAP) > column.w for word in pick.title.split() if not is_wide(word[0])):
        page.word(Box(column.x, y, column.w, cap), pick.title, Type.CAP, grey, cut=True)
        return y + cap + page.u(1)
    return page.words(Box(column.x, y, column.w, 0), pick.title, Type.CAP, grey, most=max(most, 1)) + page.u(1)


def _draw_reason(pick: PickLine, scene: DrawContext, column: Box) -> None:
    """Draw the reason, a title in it in ink, or what the patron has said."""
    page = scene.page
    if pick.feedback:
        page.words(column, _thanks(pick, scene), Type.CAP, page.colours.done, most=MOST_REASON)
        return
    head, title = _reason_parts(pick, scene)
    lines = page.count_lines(head, Type.CAP, column.w)
    y = page.words(column, head, Type.CAP, page.colours.ink2, most=MOST_REASON)
    if title and lines < MOST_REASON:
        page.words(Box(column.x, y, column.w, column.h), title, Type.CAP, most=MOST_REASON - lines)


def _reason_parts(pick: PickLine, scene: DrawContext) -> tuple[str, str]:
    """Return the reason as a sentence, and a title at its end apart from it."""
    words = _reason_text(pick, scene)
    words = words[:1].upper() + words[1:]
    named = NAMED.fullmatch(words)
    return (named.group(1).strip(), named.group(2)) if named else (words, "")


def _lines_of_reason(pick: PickLine, scene: DrawContext, width: float) -> int:
    count = scene.page.count_lines
    if pick.feedback:
        return min(count(_thanks(pick, scene), Type.CAP, width), MOST_REASON)
    return min(sum(count(each, Type.CAP, width) for each in _reason_parts(pick, scene) if each), MOST_REASON)


def _thanks(pick: PickLine, scene: DrawContext) -> str:
    return scene.say("Saved: more like this") if pick.feedback == "like" else scene.say("We won't suggest it again")


def _bay(pick: PickLine, scene: DrawContext) -> str:
    if pick.stand is not None:
        return scene.say("Bay {bay}", bay=pick.stand.bays[0].code)
    return scene.say("On the shelf")


def _draw_thumbs(pick: PickLine, scene: DrawContext, room: Box, stacked: bool) -> None:
    """Draw More and Less next to the cover, above each other or side by side; what was chosen stays, in ink."""
    page, high = scene.page, scene.page.u(HIGH)
    labels = {"like": (scene.say("More"), "thumbs-up"), "not_for_me": (scene.say("Less"), "thumbs-down")}
    said = {"like": "like", "not": "not_for_me"}.get(pick.feedback)
    for number, (name, (label, icon)) in enumerate(labels.items()):
        action = scene.action(name, item=pick.item)
        wide = page.u(THUMB if stacked else NARROW_THUMB)
        across, down = (0, high + page.u(GAP)) if stacked else (wide + page.u(GAP), 0)
        box = Box(round(room.x + number * across), round(room.y + number * down), wide, high)
        if action is None and name != said:
            continue
        colour = page.colours.ink
        if action is None:
            page.add(Fill(box, page.colours.ink, page.u(1)))
            colour = page.colours.paper
        else:
            page.frame(box)
        _draw_thumb(scene, box, icon, label, colour)
        if action is not None:
            page.touch(box, action, _reaction_label(scene, name))


def _draw_thumb(scene: DrawContext, box: Box, icon: str, label: str, colour: str) -> None:
    page, cap = scene.page, scene.page.leading(Type.CAP)
    fits = page.width(label, Type.CAP) <= box.w - page.u(1)
    top = box.y + (box.h - page.u(6.5) - (cap if fits else 0)) / 2
    page.icon(box.x + (box.w - page.u(6.5)) / 2, top + page.u(3.25), icon, 6.5, colour)
    if fits:
        page.word(Box(box.x, top + page.u(6.5), box.w, cap), label, Type.CAP, colour, align="centre")


def _reaction_label(scene: DrawContext, name: str) -> str:
    return scene.say("I like it") if name == "like" else scene.say("Not for me")


def _unasked(view: ForYou) -> bool:
    """Return True if the titles are the kiosk's own list of new titles, which has no reasons."""
    return view.for_everyone and not any(each.why for each in view.picks or ())


def _shelf(view: ForYou, scene: DrawContext, area: Box) -> None:
    draw_shelf(scene.page, area, [Spine(each.subject, each.title, Stand.FULL) for each in view.picks or ()], 0)


def _list(view: ForYou, scene: DrawContext, area: Box) -> int:
    """Draw the titles with reasons and buttons; return the number of rows out of sight."""
    page = scene.page
    if view.picks is None:
        draw_state(page, Box(area.x, area.y + page.u(3), area.w, page.leading(Type.BODY)), State.CHECKING,
                   scene.say("One moment"), Type.BODY)  # fmt: skip
        return 0
    if not view.picks:
        _nothing(view, scene, area)
        return 0
    y = area.y
    if not page.theme.large and not page.theme.compact:
        head = scene.say("New in the library") if _unasked(view) else scene.say("On the shelf now")
        y = draw_head(scene, Box(area.x, y, area.w, area.h), head, "")
    rows: tuple[PickLine | None, ...] = (*view.picks, *((None,) if view.events else ()))
    shown, height = rows[scene.first :], _height(scene)
    fits = max(int((area.bottom - y + page.u(1)) // height), 1)
    for number, each in enumerate(shown[:fits]):
        row = Box(area.x, y + height * number, area.w, height)
        page.rule(row.x, row.y, row.w)
        if each is None:
            _events(scene, row)
        else:
            _draw_pick(each, scene, row)
    return max(len(shown) - fits, 0)


def _events(scene: DrawContext, row: Box) -> None:
    """Draw the row that opens courses and events."""
    page, action = scene.page, scene.action("events")
    assert action is not None, "the row stands where there is something to go to"
    line = Box(row.x, round(row.y + page.u(1)), row.w, page.u(HIGH))
    page.word(line, scene.say("Courses and events"), Type.BODY)
    page.icon(line.right - page.u(6), line.y + line.h / 2, "arrow-right", 5)
    page.touch(line, action, scene.say("Courses and events"))


def _nothing(view: ForYou, scene: DrawContext, area: Box) -> None:
    page = scene.page
    if view.events and not _has_columns(scene):
        row = page.u(HIGH + 2)
        page.rule(area.x, area.bottom - row, area.w)
        _events(scene, Box(area.x, area.bottom - row, area.w, row))
        area = Box(area.x, area.y, area.w, area.h - row)
    heading = scene.say("No recommendations yet.")
    steps = (Type.BODY, Type.CAP) if page.theme.compact else (Type.TITLE, Type.BODY)
    step = page.step_for(heading, area.w, page.leading(steps[0]) * 2, steps)
    words = scene.say("We recommend books only if you agree. Turn this on at the desk or on your phone.")
    texts = ((0, heading, step, page.colours.ink), (1, words, Type.CAP, page.colours.ink2))
    y = flow(area, [text_block(scene, area, *each, air=2) for each in texts])
    draw_bare_shelf(page, Box(area.x, y, area.w, area.bottom - y), "bookmark")


def _stacked(scene: DrawContext) -> bool:
    """Return True if the buttons go under the text."""
    return scene.page.theme.large or scene.page.theme.portrait


def _height(scene: DrawContext) -> int:
    page = scene.page
    words = page.leading(Type.BODY) + (_reason_lines(scene) + _has_number(scene)) * page.leading(Type.CAP)
    return words + (page.u(HIGH + 2) if _stacked(scene) else 0) + page.u(3)


def _reason_lines(scene: DrawContext) -> int:
    return 1 if scene.page.theme.compact or _stacked(scene) else 2


def _has_number(scene: DrawContext) -> bool:
    """Return True if there is a line for the call number; a small screen in large text has none."""
    return not (scene.page.theme.compact and scene.page.theme.large)


def _draw_pick(pick: PickLine, scene: DrawContext, row: Box) -> None:
    page = scene.page
    x, y = row.x, row.y + page.u(1)
    if not page.theme.large:
        high = page.u(12 if page.theme.compact else 18)
        cover = Box(row.x, round(y + page.u(0.5)), round(high * 0.75), high)
        draw_cover(page, cover, pick.subject, pick.title, pick.cover)
        x += round(high * 0.75) + page.u(3)
    buttons = _buttons(pick, scene)
    wide = sum(_width(scene, each) for each in buttons) + page.u(GAP) * max(len(buttons) - 1, 0)
    body, cap = page.leading(Type.BODY), page.leading(Type.CAP)
    aside = 0 if _stacked(scene) or not buttons else wide + page.u(GAP)
    room = row.right - x - aside
    page.word(Box(x, y, room, body), pick.title, Type.BODY, cut=True)
    if _has_number(scene):
        _number(pick, scene, Box(x, y + body, room, cap))
        y += cap
    reason = Box(x, y + body, room, cap)
    if pick.feedback:
        draw_state(page, reason, State.DONE, _thanks(pick, scene))
    else:
        _reason(scene, reason, _reason_text(pick, scene))
    left = x if _stacked(scene) else row.right - wide
    top = row.bottom - page.u(HIGH + 1) if _stacked(scene) else row.y + (row.h - page.u(HIGH)) / 2
    for each in buttons:
        width = _width(scene, each)
        box = Box(round(left), round(top), width, page.u(HIGH))
        if page.theme.compact and not page.theme.large:
            draw_pictured(page, box, each)
        else:
            draw_button(page, box, each, Type.CAP)
        left += width + page.u(GAP)


def _width(scene: DrawContext, button: Button) -> int:
    """Return the width of a reaction button in a row; on a small screen it has its icon only."""
    page = scene.page
    if page.theme.compact and not page.theme.large:
        return page.u(HIGH)
    return button_width(page, button, TIGHT, Type.CAP)


def _reason(scene: DrawContext, area: Box, words: str) -> None:
    page, lines = scene.page, _reason_lines(scene)
    if lines == 1:
        page.word(area, words, Type.CAP, page.colours.ink2, cut=True)
    else:
        page.words(area, words, Type.CAP, page.colours.ink2, most=lines)


def _number(pick: PickLine, scene: DrawContext, row: Box) -> None:
    """Draw "new", call number and author, as much as fits."""
    page, x = scene.page, row.x
    new = scene.say("New") if pick.kind is PickKind.NEW else ""
    bay = _bay(pick, scene) if pick.stand is not None else ""
    texts = (
        (new, page.colours.done),
        (bay, page.colours.done),
        (pick.call_number, page.colours.ink),
        (pick.author, ""),
    )
    for words, colour in texts:
        room = row.right - x
        if not words or (words is pick.author and room < page.u(MOST_NARROW)):
            continue
        page.word(Box(x, row.y, room, row.h), words, Type.CAP, colour or page.colours.ink2, cut=words is not new)
        x += min(page.width(words, Type.CAP), room) + page.u(2.5)


def _reason_text(pick: PickLine, scene: DrawContext) -> str:
    """Return the library's reason, else how the title relates to the patron."""
    reason = scene.words.pick(pick.why or {})
    match pick.kind:
        case PickKind.AGAIN:
            return scene.say("You borrowed it before")
        case PickKind.NEW:
            return reason or (scene.say("New in the library") if pick.about else "")
        case _:
            return reason


def _buttons(pick: PickLine, scene: DrawContext) -> list[Button]:
    labels = (("like", scene.say("More"), "thumbs-up"), ("not_for_me", scene.say("Less"), "thumbs-down"))
    found = ((scene.action(name, item=pick.item), name, label, icon) for name, label, icon in labels)
    return [
        Button(action, label, icon, said=_reaction_label(scene, name))
        for action, name, label, icon in found
        if action is not None
    ]
