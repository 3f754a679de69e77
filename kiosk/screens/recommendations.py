"""Draw For you: recommended titles that are on the shelf now, with reasons and reactions."""

from __future__ import annotations

from kiosk.screens.components.buttons import TIGHT, Button, button_width, draw_button
from kiosk.screens.components.empty_shelf import draw_bare_shelf
from kiosk.screens.components.flow import Block, flow
from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.shelf import Spine, Stand, draw_shelf, shelf_height
from kiosk.screens.components.states import State, draw_state
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.geometry import Box
from kiosk.screens.list_paging import draw_more, more_width
from kiosk.screens.theme import Type
from kiosk.screens.visit_list import draw_head
from kiosk.views import ForYou, PickKind, PickLine

HIGH, GAP = 15, 3
"""Units: height of a button, and gap."""
MOST_NARROW = 24
"""Minimum width in units to draw an author."""


def draw(view: ForYou, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    area = frame.right
    if page.theme.portrait:
        y = _about(view, scene, area) + page.u(4)
        shelf = Box(area.x, area.bottom - shelf_height(page), area.w, shelf_height(page))
        _shelf(view, scene, shelf)
        area = Box(area.x, y, area.w, shelf.y - y - page.u(6))
    elif not frame.single and not page.theme.compact:
        left = frame.left
        _about(view, scene, left)
        _shelf(view, scene, Box(left.x, left.bottom - shelf_height(page), left.w, shelf_height(page)))
    else:
        area = frame.whole
    hidden = _list(view, scene, area)
    room = scene.foot(("back", "had", "ask_librarian"), ("finish",), more_width(scene, hidden))
    draw_more(scene, room, hidden, len(view.picks or ()) + view.events)


def _about(view: ForYou, scene: DrawContext, area: Box) -> float:
    page = scene.page
    y = page.words(area, scene.say("For you"), Type.TITLE) + page.u(1)
    if not view.picks:
        return y
    if view.for_everyone:
        why = scene.say("New and popular books here, the same for everyone.")
        ask = scene.say("We recommend books only if you agree. Turn this on at the desk or on your phone.")
        off = ask if _unasked(view) else ""
    else:
        why = scene.say("Based on what you have borrowed. Your feedback changes what we suggest.")
        off = scene.say("You can stop this at the desk or on your phone.")
    y = page.words(Box(area.x, y, area.w, area.h), why, Type.CAP, page.colours.ink2) + page.u(1)
    return page.words(Box(area.x, y, area.w, area.h), off, Type.CAP, page.colours.ink2) if off else y


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
    if view.events:
        row = page.u(HIGH + 2)
        page.rule(area.x, area.bottom - row, area.w)
        _events(scene, Box(area.x, area.bottom - row, area.w, row))
        area = Box(area.x, area.y, area.w, area.h - row)
    heading = scene.say("No recommendations yet.")
    steps = (Type.BODY, Type.CAP) if page.theme.compact else (Type.TITLE, Type.BODY)
    step = page.step_for(heading, area.w, page.leading(steps[0]) * 2, steps)
    words = scene.say("We recommend books only if you agree. Turn this on at the desk or on your phone.")
    texts = ((0, heading, step, page.colours.ink), (1, words, Type.CAP, page.colours.ink2))
    y = flow(area, [_block(scene, area, *each) for each in texts])
    draw_bare_shelf(page, Box(area.x, y, area.w, area.bottom - y), "bookmark")


def _block(scene: DrawContext, area: Box, rank: int, words: str, step: Type, colour: str) -> Block:
    page = scene.page
    high = page.leading(step) * page.count_lines(words, step, area.w) + page.u(2)
    return Block(rank, high, lambda y: page.words(Box(area.x, y, area.w, high), words, step, colour))


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
        draw_cover(page, Box(row.x, round(y + page.u(0.5)), round(high * 0.75), high), pick.subject, pick.title)
        x += round(high * 0.75) + page.u(3)
    buttons = _buttons(pick, scene)
    wide = sum(button_width(page, each, TIGHT, Type.CAP) for each in buttons) + page.u(GAP) * max(len(buttons) - 1, 0)
    body, cap = page.leading(Type.BODY), page.leading(Type.CAP)
    aside = 0 if _stacked(scene) or not buttons else wide + page.u(GAP)
    room = row.right - x - aside
    page.word(Box(x, y, room, body), pick.title, Type.BODY, cut=True)
    if _has_number(scene):
        _number(pick, scene, Box(x, y + body, room, cap))
        y += cap
    reason = Box(x, y + body, room, cap)
    if pick.feedback:
        words = (
            scene.say("Saved: more like this") if pick.feedback == "like" else scene.say("We won't suggest it again")
        )
        draw_state(page, reason, State.DONE, words)
    else:
        _reason(scene, reason, _why(pick, scene))
    left = x if _stacked(scene) else row.right - wide
    top = row.bottom - page.u(HIGH + 1) if _stacked(scene) else row.y + (row.h - page.u(HIGH)) / 2
    for each in buttons:
        width = button_width(page, each, TIGHT, Type.CAP)
        draw_button(page, Box(round(left), round(top), width, page.u(HIGH)), each, Type.CAP)
        left += width + page.u(GAP)


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
    for words, colour in ((new, page.colours.done), (pick.call_number, page.colours.ink), (pick.author, "")):
        room = row.right - x
        if not words or (words is pick.author and room < page.u(MOST_NARROW)):
            continue
        page.word(Box(x, row.y, room, row.h), words, Type.CAP, colour or page.colours.ink2, cut=words is not new)
        x += min(page.width(words, Type.CAP), room) + page.u(2.5)


def _why(pick: PickLine, scene: DrawContext) -> str:
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
    labels = (("like", scene.say("I like it")), ("not_for_me", scene.say("Not for me")))
    found = ((scene.action(name, item=pick.item), label) for name, label in labels)
    return [Button(action, label) for action, label in found if action is not None]
