"""Draw the catalogue search: input, results, the first result in detail, and alternatives if nothing was found."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.components.buttons import TIGHT, Button, button_width, draw_button
from kiosk.screens.components.cards import call_number_lines, draw_label
from kiosk.screens.components.diagrams import draw_plan, plan_height
from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.shelf import draw_bare_shelf
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import Block, flow, text_block
from kiosk.screens.rendering.display_list import Box, Fill, Line
from kiosk.screens.rendering.theme import Type
from kiosk.screens.search_results import availability_text, draw_titles
from kiosk.screens.text_entry import draw_typing, full_note
from kiosk.screens.title_page import draw_consent, facts, maker, place_of
from kiosk.views import Action, Find, LineState, TitlePage
from kiosk.views.find import LONGEST
from lending.title_result import Availability

SHARE, SHARE_SAID, SHARE_TOLD = 0.34, 0.46, 0.6
"""Share of a small screen's row for the input field.

Without text in it, with a count below, and with the state of an alert request.
"""
PANEL, PANEL_SHARE, PANEL_GAP = 54, 0.27, 8
"""Width of the panel in units at least, and as a share of the screen; distance from the keys in units."""
NARROWEST = 100
"""Minimum width in units of the keyboard next to the panel."""
LIT = 30
"""Width in units of the highlighted part of the shelf line, under the first result on a small screen."""
ON_TOP = 62
"""Height in units of the first result on a tall screen."""
LEAST_KEY = 9.5
"""Minimum width in units of the key in the field."""


def draw(view: Find, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    if view.agreeing:
        agreed = scene.say(
            "You agree that we save these search words and message you when a matching title "
            "arrives. You can stop this at any time."
        )
        draw_consent(scene, view.typed, agreed, "tell_me")
        return
    wide = _panel_width(scene)
    if wide:
        _with_panel(view, scene, wide)
        return
    last = tuple(name for name in ("finish", "read", "hold") if scene.action(name) is not None)
    line = draw_typing(scene, view.board, last, clears=False)
    area = Box(frame.whole.x, frame.whole.y, frame.whole.w, line.y - frame.whole.y)
    if page.theme.compact:
        _side_by_side(view, scene, area, line)
    else:
        field = Box(area.x, area.y, area.w, max(page.u(13), page.leading(Type.BODY) + page.u(2)))
        aside = _online(scene, Box(field.x, field.y, field.w, max(field.h, page.u(15.5))))
        _field(view, scene, Box(field.x, field.y, field.w - aside, field.h))
        top = field.bottom + page.u(3)
        _answer(view, scene, Box(area.x, top, area.w, area.bottom - top), line)


def _panel_width(scene: DrawContext) -> int:
    """Return the width in pixels of the panel next to the keyboard, 0 if the keys would be too narrow next to it."""
    page, whole = scene.page, scene.frame.whole
    wide = round(max(page.u(PANEL), whole.w * PANEL_SHARE))
    roomy = not (page.theme.large or page.theme.portrait or page.theme.compact)
    return wide if roomy and whole.w - wide - page.u(PANEL_GAP) >= page.u(NARROWEST) else 0


def _with_panel(view: Find, scene: DrawContext, wide: int) -> None:
    """Draw field, results and keys at the left, and the first result at the right, where the shelf line steps down."""
    page, frame = scene.page, scene.frame
    left = frame.whole.w - wide - page.u(PANEL_GAP)
    keys = replace(scene, frame=replace(frame, foot=Box(frame.foot.x, frame.foot.y, left, frame.foot.h)))
    acts = [button for name in ("read", "hold") for button in scene.button(name)]
    right = () if acts or scene.action("finish") is None else ("finish",)
    x = frame.whole.right - wide
    step = x - page.u(5)
    line = draw_typing(keys, view.board, () if right else ("finish",), clears=False, width=step + page.u(1))
    page.add(Fill(Box(step, line.y, line.h, frame.line.bottom - line.y), page.colours.ink))
    page.add(Fill(Box(step, frame.line.y, page.theme.width - step, frame.line.h), page.colours.ink))
    for button in acts or [button for name in right for button in scene.button(name)]:
        draw_button(page, Box(x, frame.foot.y, wide, frame.foot.h), button)
    field = Box(frame.whole.x, frame.status.bottom + page.u(1), left, page.u(14))
    aside = _online(scene, Box(field.x, field.y, field.w, max(field.h, page.u(15.5))))
    _field(view, scene, Box(field.x, field.y, field.w - aside, field.h))
    top = field.bottom + page.u(2)
    results = Box(field.x, top, left, line.y - top)
    if view.typed:
        _answer(view, scene, results, line, beside=True)
    else:
        draw_bare_shelf(page, results, "search")
    panel = Box(x, frame.whole.y, wide, frame.line.y - frame.whole.y - page.u(2))
    if view.answer is not None and view.typed:
        draw_answer_panel(view.answer, scene, panel)
    else:
        _hints(scene, panel)


def _side_by_side(view: Find, scene: DrawContext, area: Box, line: Box) -> None:
    """Draw field and results in one row, on a small screen."""
    page = scene.page
    width = area.w if not view.typed else round(area.w * _share(view, scene))
    high = min(area.h - page.u(1), page.u(14.5))
    width -= _online(scene, Box(area.x, area.y, area.w, min(area.h - page.u(1), page.u(15.5))))
    _field(view, scene, Box(area.x, area.y, width, high))
    if view.typed:
        x = area.x + width + page.u(3)
        if scene.first == 0 and (scene.action("hold") or scene.action("read")):
            page.add(Fill(Box(x, line.y, page.u(LIT), line.h), page.colours.accent))
        _answer(view, scene, Box(x, area.y, area.right - x, area.h), line)


def _share(view: Find, scene: DrawContext) -> float:
    if scene.page.theme.large:
        return SHARE
    return SHARE_TOLD if view.alert else SHARE_SAID if view.has_no_result or _is_dated(view) else SHARE


def _is_dated(view: Find) -> bool:
    return view.found is not None and view.found.as_of is not None and (view.offline or view.found.outdated)


def _online(scene: DrawContext, row: Box) -> int:
    """Draw the button to the online resources at the right of the field; return the width it takes."""
    page = scene.page
    for button in scene.button("online"):
        shown = Button(button.action, button.short, button.icon)
        width = button_width(page, shown, TIGHT, Type.CAP)
        draw_button(page, Box(round(row.right - width), row.y, width, row.h), shown, Type.CAP)
        return width + page.u(3)
    return 0


def _field(view: Find, scene: DrawContext, box: Box) -> None:
    page = scene.page
    page.add(Fill(box, page.colours.leaf, page.u(1)))
    page.frame(box)
    x = page.icon(box.x + page.u(2.5), box.y + box.h / 2, "search", page.theme.icon(6.5)) + page.u(2.5)
    box = _clear(scene, box)
    inner = Box(x, box.y, box.right - x - page.u(3), box.h)
    if not view.typed:
        hint = scene.say("Title, author, ISBN, or pinyin initials")
        step = page.step_for(hint, inner.w, page.leading(Type.BODY), (Type.BODY, Type.CAP))
        lines = page.count_lines(hint, step, inner.w)
        longest = max(page.width(word, step) for word in hint.split())
        if lines * page.leading(step) > box.h - page.u(1) or longest > inner.w:
            return
        page.words(
            Box(x, box.y + (box.h - lines * page.leading(step)) / 2, inner.w, box.h), hint, step, page.colours.ink2
        )
        return
    under = page.leading(Type.CAP)
    if page.theme.compact and box.h >= page.leading(Type.BODY) + under:
        inner = Box(x, box.y + page.u(0.4), inner.w, box.h - under - page.u(0.8))
        _draw_state_inside(view, scene, Box(x, inner.bottom, inner.w, under))
        _draw_input(scene, inner, view.typed)
        return
    note = _count_note(view, scene, inner.w - page.width("m" * (1 if view.is_full else 6), Type.BODY))
    if note:
        page.word(inner, note, Type.CAP, page.colours.ink2, align="right")
    _draw_input(
        scene, Box(x, box.y, inner.w - (page.width(note, Type.CAP) + page.u(3) if note else 0), box.h), view.typed
    )


def _clear(scene: DrawContext, box: Box) -> Box:
    """Draw the key that clears the field at its right end; return the rest of the field."""
    page, action = scene.page, scene.action("erase", choice="all")
    if action is None:
        return box
    key = Box(round(box.right - max(box.h, page.u(LEAST_KEY))), box.y, round(max(box.h, page.u(LEAST_KEY))), box.h)
    side = page.theme.icon(6.5)
    page.icon(key.x + (key.w - page.u(side)) / 2, key.y + key.h / 2, "x", side)
    page.touch(key, action, scene.say("Delete all characters"))
    return Box(box.x, box.y, key.x + page.u(1) - box.x, box.h)


def _draw_state_inside(view: Find, scene: DrawContext, box: Box) -> None:
    """Draw the state inside a small screen's field, below the input, in a text that fits."""
    page, found = scene.page, view.found
    if view.alert:
        state, words = _wish(view, scene)
        short = {LineState.DONE: scene.say("Saved"), LineState.REFUSED: scene.say("Not completed. Please ask staff.")}
        words = words if state_width(page, words) <= box.w else short.get(view.alert, words)
        draw_state(page, box, state, words)
        return
    ways = [full_note(scene, len(view.typed), LONGEST, box.w)]
    if view.has_no_result:
        ways.append(scene.say("No results"))
    elif found is not None and found.works:
        if found.as_of is not None and _is_dated(view):
            day = scene.words.day(found.as_of)
            ways += [scene.say("As of {when}", when=each) for each in (scene.words.moment(found.as_of), day)] + [day]
        ways += [scene.say("Close matches")] if found.close else []
        ways.append(_count(view, scene))
    words = next((each for each in ways if each and page.width(each, Type.CAP) <= box.w), "")
    page.word(box, words, Type.CAP, page.colours.ink2)


def _count(view: Find, scene: DrawContext) -> str:
    assert view.found is not None
    count = len(view.found.works)
    if view.found.more:
        return scene.say("More than {n}", n=count)
    return scene.words.say_n("{n} found", "{n} found", count)


def _draw_input(scene: DrawContext, box: Box, typed: str) -> None:
    """Draw the end of the input that fits, and the caret."""
    page = scene.page
    step = page.step_for(typed, box.w, page.leading(Type.BODY), (Type.BODY, Type.CAP))
    shown = page.end_of(typed, step, box.w - page.u(1))
    page.word(box, shown.rstrip() or " ", step)
    x = box.x + page.width(shown, step) + page.u(0.3)
    high = page.leading(step) * 0.8
    page.add(Line(Box(round(x), round(box.y + (box.h - high) / 2), max(page.u(0.3), 2), round(high)), page.colours.ink))


def _count_note(view: Find, scene: DrawContext, room: float) -> str:
    """Return the number of results with the age of the data, as much as fits; or that the field is full."""
    if full := full_note(scene, len(view.typed), LONGEST, room):
        return full
    if scene.page.theme.compact or view.found is None or not view.found.works:
        return ""
    said = scene.say("No exact match. Close matches:") if view.found.close else _count(view, scene)
    if view.found.as_of is None or not _is_dated(view):
        ways: tuple[str, ...] = (said,)
    else:
        dates = (scene.words.moment(view.found.as_of), scene.words.day(view.found.as_of))
        ways = tuple(scene.say("{found}, as of {when}", found=said, when=each) for each in dates)
        ways += (scene.say("As of {when}", when=dates[1]), dates[1])
    return next((each for each in ways if scene.page.width(each, Type.CAP) <= room), "")


def _answer(view: Find, scene: DrawContext, area: Box, line: Box, beside: bool = False) -> None:
    page = scene.page
    if view.has_no_result:
        _nothing(view, scene, area)
    elif view.found is not None and view.found.works:
        works = view.found.works
        if page.theme.portrait and not page.theme.large and view.answer is not None:
            area, works = _answer_on_top(view.answer, scene, area), works[1:]
        if works:
            draw_titles(view, scene, works, area, line, beside)
    elif not view.typed and area.h >= scene.page.u(20):
        _hints(scene, area)


def _answer_on_top(answer: TitlePage, scene: DrawContext, area: Box) -> Box:
    """Draw the first result with the way to it, on a tall screen; return the area below it."""
    page = scene.page
    box = Box(area.x, area.y, area.w, min(page.u(ON_TOP), area.h / 2))
    text = Box(box.x, box.y, round(box.w * 0.44), box.h - page.u(2))
    x = text.right + page.u(4)
    draw_answer_panel(answer, scene, text, Box(x, box.y + page.u(1), box.right - x, box.h - page.u(3)))
    page.touch(box, Action("title", choice=str(answer.work.id)), answer.work.title)
    return Box(area.x, box.bottom, area.w, area.bottom - box.bottom)


def _hints(scene: DrawContext, area: Box) -> None:
    """Draw what can be typed, and what need not be typed."""
    page = scene.page
    said = (
        scene.say("The start of each word is enough: isl map"),
        scene.say("For Chinese, the first letters of the pinyin: hlm"),
        scene.say("Or scan the barcode on the back of a book."),
    )
    area = Box(area.x, area.y + page.u(1), area.w, area.h - page.u(2))
    for step in (Type.BODY, Type.CAP):
        blocks = [text_block(scene, area, 1, each, step, page.colours.ink2, 1) for each in said]
        if sum(each.height for each in blocks) <= area.h:
            break
    flow(area, blocks)


def _nothing(view: Find, scene: DrawContext, area: Box) -> None:
    """Draw that nothing was found, and the alternatives."""
    page = scene.page
    high = page.u(15)
    words = scene.say("No results. Do you need help?")
    step = page.step_for(words, area.w, page.leading(Type.TITLE), (Type.TITLE, Type.BODY, Type.CAP))
    room = area.h - high - page.u(3)
    y = area.y
    if room >= page.leading(step) * page.count_lines(words, step, area.w) and not page.theme.compact:
        if view.alert:
            state, said = _wish(view, scene)
            if state_width(page, said) <= area.w:
                draw_state(page, Box(area.x, y, area.w, page.leading(step)), state, said)
            else:
                page.words(Box(area.x, y, area.w, room), said, Type.CAP)
        else:
            page.words(Box(area.x, y, area.w, room), words, step)
        y = max(y + page.leading(step) + page.u(3), area.y + (area.h - high) / 2)
    buttons = [_way(scene, name) for name in ("fewer", "call_staff", "tell_me")]
    _spread(
        scene, Box(area.x, min(y, area.bottom - high - page.u(1)), area.w, high), [each for each in buttons if each]
    )


def _wish(view: Find, scene: DrawContext) -> tuple[State, str]:
    match view.alert:
        case LineState.DONE:
            return State.DONE, scene.say("Saved. We tell you when it arrives, or why not.")
        case LineState.SAVED:
            return State.SAVED, scene.say("Saved, not yet confirmed")
        case LineState.REFUSED:
            return State.REFUSED, scene.say("This could not be saved. Please ask staff.")
        case _:
            return State.CHECKING, scene.say("Checking")


def _way(scene: DrawContext, name: str) -> Button | None:
    action = scene.action(name)
    if action is None:
        return None
    words = {
        "fewer": (scene.say("Remove a word"), "delete", scene.say("Fewer")),
        "call_staff": (scene.say("Call staff"), "hand", scene.say("Staff")),
        "tell_me": (scene.say("Notify me when it arrives"), "bell", scene.say("Notify me")),
    }
    label, icon, short = words[name]
    return Button(action, label, icon, False, short)


def _spread(scene: DrawContext, box: Box, buttons: list[Button]) -> None:
    """Draw the buttons in a row: if they do not fit without icons, then shortened from the end, then in small type."""
    page, gap, count = scene.page, scene.page.u(3), len(buttons)
    whole = ((True, count, Type.BODY), (False, count, Type.BODY))
    shorter = ((False, number, Type.BODY) for number in reversed(range(count)))
    for icons, full, step in (*whole, *shorter, (False, 0, Type.CAP)):
        shown = [
            Button(each.action, each.label if number < full else each.short or each.label, each.icon if icons else "")
            for number, each in enumerate(buttons)
        ]
        widths = [button_width(page, each, TIGHT, step) for each in shown]
        if sum(widths) + gap * (len(shown) - 1) <= box.w:
            break
    x = box.x
    for each, width in zip(shown, widths, strict=True):
        draw_button(page, Box(x, box.y, width, box.h), each, step)
        x += width + gap


LONGEST_TITLE = 3
"""Lines."""
LEAST_COVER, TALLEST_COVER = 20, 48
"""Height of the cover in units."""


def draw_answer_panel(page_of_title: TitlePage, scene: DrawContext, area: Box, plan: Box | None = None) -> None:
    """Draw the texts from the top of the area, and the plan in the rest of it or in a box of its own.

    A title that is not on a shelf here has its cover in place of the plan.
    """
    page, view = scene.page, page_of_title
    y = flow(area, _blocks(view, scene, area))
    room = plan or Box(area.x, y + page.u(2), area.w, area.bottom - y - page.u(2))
    if view.stand is None or view.work.whereabouts(view.under.branch) is not Availability.HERE:
        tall = round(min(room.h, page.u(TALLEST_COVER)))
        if tall >= page.u(LEAST_COVER):
            cover = Box(room.x, round(room.bottom) - tall, round(tall * 0.76), tall)
            draw_cover(page, cover, view.work.subject, view.work.title, view.work.cover)
        return
    if high := plan_height(page, view.stand, room.w, room.h):
        draw_plan(page, Box(round(room.x), round(room.y), round(room.w), round(high)), view.stand, scene.say("You"))


def _blocks(view: TitlePage, scene: DrawContext, area: Box) -> list[Block]:
    page, work = scene.page, view.work
    steps = (Type.BODY, Type.CAP)
    step = page.step_for(work.title, area.w, page.leading(Type.BODY) * LONGEST_TITLE, steps)
    blocks = [text_block(scene, area, 0, work.title, step, most=LONGEST_TITLE)]
    if by := maker(work, scene, area.w):
        blocks.append(text_block(scene, area, 5, by, colour=page.colours.ink2, most=1))
    number = work.call_number_at(view.under.branch)
    if number and work.copies:
        blocks.append(_label(scene, area, call_number_lines(number)))
    state, label = availability_text(work, view.under, scene)
    if work.whereabouts(view.under.branch) is Availability.HERE:
        label = scene.say("On the shelf")
    if state is not None:
        blocks.append(_state(scene, area, state, label))
    if view.stand is not None and work.whereabouts(view.under.branch) is Availability.HERE:
        blocks.append(text_block(scene, area, 2, place_of(view.stand, scene), colour=page.colours.ink))
    told = [each for each in facts(view, scene) if view.stand is None or each[0] != HERE_COUNT]
    return blocks + [text_block(scene, area, rank + 2, words, colour=page.colours.ink2) for rank, words in told]


HERE_COUNT = 5
"""Rank of the number of copies and of holds, which the panel leaves out next to a plan."""


def _label(scene: DrawContext, area: Box, lines: list[str]) -> Block:
    page = scene.page
    step = Type.TITLE if max(page.width(each, Type.TITLE) for each in lines) + page.u(6) <= area.w else Type.BODY
    high = page.leading(step) * len(lines) + page.u(3 + 4)
    return Block(1, high, lambda y: draw_label(page, area.x, round(y + page.u(2)), lines, area.w))


def _state(scene: DrawContext, area: Box, state: State, label: str) -> Block:
    page = scene.page
    step = Type.BODY if state_width(page, label, Type.BODY) <= area.w else Type.CAP
    high = page.leading(step)
    return Block(1, high, lambda y: draw_state(page, Box(area.x, y, area.w, high), state, label, step))
