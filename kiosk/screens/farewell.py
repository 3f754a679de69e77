"""Draw Farewell: summary of the visit, receipt on paper or as a QR code, countdown, and at most one question."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from kiosk.screens.components.buttons import GAP, TIGHT, Button, button_width, draw_button, draw_pictured
from kiosk.screens.components.cards import draw_code, draw_label, most_modules
from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.shelf import draw_quiet_books, draw_shelf, shelf_height
from kiosk.screens.components.states import State, draw_mark, draw_state, mark_units, state_colour, state_width
from kiosk.screens.dialogs import draw_ring
from kiosk.screens.draw_context import FOOT_UNITS, DrawContext
from kiosk.screens.overflow import FINGER, Block, draw_more, flow, more_width, text_block
from kiosk.screens.post_visit_panel import PANEL_PAD, asks_for_face, draw_panel, draw_question, panel_height
from kiosk.screens.rendering.display_list import Box, Fill, Text
from kiosk.screens.rendering.theme import Type
from kiosk.screens.visit_list import check_promise, row_of, spines_of, whose_block
from kiosk.views import (
    FAREWELL_SECONDS,
    PHONE_SECONDS,
    PRINTING_SECONDS,
    Farewell,
    LineState,
    ReceiptState,
    VisitLine,
    VisitTask,
)
from kiosk.words import VisitSummary, post_visit
from kiosk.words.channels import address
from kiosk.words.receipt import as_text, layout
from lending.questions import FarewellPromo, Reminder

LEAST = 18
"""Units for the heading of the list and one row."""
MOST_ASIDE = 0.42
"""Maximum share of a row for the date with weekday, in large text."""
REMINDER = 22
"""Height in units of the reminder above the shelf line."""
LIT = 25
"""Width in units of the highlight under the reminder's day."""
AIR = 0.7
"""Units below a sentence."""
AGREED = (LineState.DONE, LineState.SAVED)


def draw(view: Farewell, scene: DrawContext) -> None:
    if view.receipt is ReceiptState.ON_PHONE:
        draw_receipt_code(view, scene)
    else:
        _draw(view, scene)


def _draw(view: Farewell, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    flat = frame.single and not page.theme.portrait
    if not frame.single and not page.theme.compact and not view.days and _draw_side_by_side(view, scene):
        return
    high = panel_height(view, scene, frame.right.w)
    left = Box(frame.left.x, frame.left.y, frame.left.w, frame.left.h - (high if flat else 0))
    y = _summary(view, scene, left, 1.0 if not frame.single or (flat and high) else 0.52 if flat else 0.45)
    area = _list_box(scene, left, y)
    if high:
        bottom = frame.left.bottom if flat else area.bottom
        draw_panel(view, scene, Box(area.x, bottom - high, area.w, high))
        area = Box(area.x, area.y, area.w, area.h - (0 if flat else high))
    least = page.leading(Type.CAP) + _row_height(scene) if page.theme.large else page.u(LEAST)
    hidden = _list(view, scene, area) if not high or area.h > least else 0
    _foot(view, scene, hidden)
    if not frame.single and not page.theme.compact and not high:
        _time(view, scene, frame.right)
        if not view.lines:
            draw_quiet_books(page, frame.right)


def _draw_side_by_side(view: Farewell, scene: DrawContext) -> bool:
    """Draw the question next to the list and the reminder on the shelf line; return False if there is no room.

    In that case nothing has been drawn.
    """
    page, frame = scene.page, scene.frame
    left = frame.left
    if asks_for_face(view):  # Five faces are larger below the list.
        return False
    summary = _summary_blocks(view, scene, left, apart=True)
    if view.code:
        summary += code_blocks(view, scene, left)
    start = left.y + sum(block.height for block in summary)
    asked = panel_height(view, scene, left.w - 2 * page.u(PANEL_PAD), apart=True)
    high = asked + page.u(4) if asked else 0
    if high and start + page.u(2) + high > left.bottom - page.u(3):
        return False
    room = Box(left.x, left.y, left.w, left.h - (high + page.u(5) if high else 0))
    y = flow(room, summary)
    if high:
        box = Box(left.x, round(y + page.u(3)), left.w, high)
        draw_question(view, scene, box)
        y = box.bottom
    if y <= _shelf(scene).y - page.u(1):
        draw_shelf(page, _shelf(scene), spines_of(tuple(line for line in view.lines if line.state in AGREED)), 0)
    area = _list_box(scene, left, y)
    if view.reminder:
        area = Box(area.x, area.y, area.w, frame.right.bottom - page.u(REMINDER) - area.y)
    hidden = _list(view, scene, area)
    _foot(view, scene, hidden)
    if view.reminder:
        _reminder(view, view.reminder, scene, Box(area.x, area.bottom, area.w, page.u(REMINDER)))
    else:
        _time(view, scene, frame.right)
        if not view.lines:
            draw_quiet_books(page, frame.right)
    return True


def _reminder(view: Farewell, reminder: Reminder, scene: DrawContext, area: Box) -> None:
    """Draw the reminder above the shelf line, which is the time from today to the due date."""
    page, whole = scene.page, scene.frame.whole
    page.rule(area.x, area.y, area.w)
    x = page.icon(area.x, area.y + page.u(8), "bell-ring", 6.5) + page.u(3)
    words = scene.say("Reminder {day}", day=scene.words.date(reminder.day))
    why = post_visit.reminder_reason(scene.words, reminder)
    due = min(_dues(view), default=reminder.latest + timedelta(days=1))
    caption = scene.say("Due {date}", date=scene.words.day(due))
    room = area.right - x
    if action := scene.action("change_reminder"):
        button = Button(action, scene.say("Change"), said=scene.say("Change day"))
        width = button_width(page, button, TIGHT)
        most = area.right - page.width(caption, Type.CAP) - page.u(4) - width
        wide = max(page.width(words, Type.BODY), page.width(why, Type.CAP))
        left = min(x + wide + page.u(6), most)
        draw_button(page, Box(round(left), round(area.y + page.u(2)), width, page.u(15)), button)
        room = left - page.u(2) - x
    if page.width(words, Type.CAP) > room:
        words = scene.say("Reminder {day}", day=scene.words.day(reminder.day))
    y = area.y + page.u(3)
    step = page.step_for(words, room, page.leading(Type.BODY), (Type.BODY, Type.CAP))
    page.word(Box(x, y, room, page.leading(Type.BODY)), words, step)
    if page.width(why, Type.CAP) <= room:
        below = Box(x, y + page.leading(Type.BODY), room, page.leading(Type.CAP))
        page.word(below, why, Type.CAP, page.colours.ink2)
    line, tick = scene.frame.line, page.u(1)
    page.add(Fill(Box(whole.right - tick, line.y - page.u(3.5), tick, page.u(3.5)), page.colours.ink))
    high = page.leading(Type.CAP)
    page.word(Box(area.x, line.y - high, area.w - page.u(2.5), high), caption, Type.CAP, align="right")
    today = scene.status.now.date()
    share = (reminder.day - today).days / max((due - today).days, 1)
    at = whole.x + whole.w * min(max(share, 0.1), 0.9)
    page.add(Fill(Box(round(at), line.y - page.u(3.5), tick, page.u(3.5)), page.colours.ink))
    scene.highlight(at - page.u(LIT / 2), page.u(LIT))


def _foot(view: Farewell, scene: DrawContext, hidden: int) -> None:
    """Draw the receipts, the countdown, and the button to the rest of the list."""
    page = scene.page
    more = more_width(scene, hidden)
    kept = more_width(scene, len(view.lines))  # a late question must not move a button under a finger
    if view.guest:
        kept = max(kept, _arrow_width(scene) + page.u(GAP + FOOT_UNITS))
    room = scene.foot((), ("receipt_none", "receipt_phone", "receipt_paper", "home"), _ring_room(scene) + kept)
    room = _by_message(scene, room, hidden)
    countdown(view, scene, room, alone=not more)
    beside = _ring_room(scene)
    draw_more(scene, Box(room.x + beside, room.y, room.w - beside, room.h), hidden, len(view.lines))


def _ring_room(scene: DrawContext) -> int:
    """Return the width in pixels of the countdown with the gap after it."""
    return scene.page.u(RING + (GAP if scene.page.theme.large else 2))


def _arrow_width(scene: DrawContext) -> float:
    """Return the width in pixels of the arrow to more rows, in large text with a word below it."""
    page = scene.page
    return max(more_width(scene, 1), page.u(FINGER)) if page.theme.large else page.u(FINGER)


def _by_message(scene: DrawContext, room: Box, hidden: int) -> Box:
    """Draw the receipt by message in the room that the other buttons leave.

    It appears late and must not move them under a finger. It is as large as fits next to the countdown ring and the
    arrow of a long list.

    Returns:
        The remaining box.
    """
    page = scene.page
    buttons = scene.button("receipt_message")
    if not buttons:
        return room
    (whole,) = buttons
    arrow = _arrow_width(scene) + page.u(GAP) if hidden or scene.first or scene.following else 0
    most = room.w - _ring_room(scene) - arrow
    tried: tuple[tuple[str, Type], ...] = ((whole.label, Type.BODY), (whole.short, Type.BODY), (whole.short, Type.CAP))
    others = [mark for mark in page.sheet() if isinstance(mark, Text) and scene.frame.foot.contains(*mark.box.centre)]
    tried = tuple(each for each in tried if page.theme.size(each[1]) <= max(mark.size for mark in others))
    faces = [(replace(whole, label=label, icon="", said=whole.label), step) for label, step in tried]
    fits = ((face, step) for face, step in faces if button_width(page, face, TIGHT, step) <= most)
    face, step = next(fits, (None, Type.BODY))
    wide = page.u(FOOT_UNITS) if face is None else button_width(page, face, TIGHT, step)
    box = Box(room.right - wide, room.y, wide, room.h)
    if face is None:
        draw_pictured(page, box, whole)
    else:
        draw_button(page, box, face, step)
    return Box(room.x, room.y, room.w - wide - page.u(GAP), room.h)


def _summary(view: Farewell, scene: DrawContext, left: Box, share: float) -> float:
    """Draw the summary with the books on the shelf line; return the bottom y of the text."""
    page, frame = scene.page, scene.frame
    shelf = _shelf(scene)
    aside = bool(view.code and view.receipt_problem) and page.theme.large and not page.theme.portrait
    room = _code_beside(view.code, scene, left) if aside else left
    blocks = _summary_blocks(view, scene, room) + ([] if aside or not view.code else code_blocks(view, scene, left))
    y = flow(Box(left.x, left.y, left.w, left.h * share), blocks)
    if y <= shelf.y - page.u(1) and (not frame.single or page.theme.portrait):
        draw_shelf(page, shelf, spines_of(tuple(line for line in view.lines if line.state in AGREED)), 0)
    return y


def _shelf(scene: DrawContext) -> Box:
    left, height = scene.frame.left, shelf_height(scene.page)
    return Box(left.x, left.bottom - height, left.w, height)


def _list_box(scene: DrawContext, left: Box, y: float) -> Box:
    """Return the box of the list: to the right of the text, or below."""
    page, frame = scene.page, scene.frame
    if frame.single:
        bottom = _shelf(scene).y - page.u(4) if page.theme.portrait else left.bottom
        return Box(left.x, y, left.w, bottom - y)
    return Box(frame.right.x, left.y, frame.right.w, left.h - page.u(2 if page.theme.compact else 13))


def _summary_blocks(view: Farewell, scene: DrawContext, area: Box, apart: bool = False) -> list[Block]:
    """Return the blocks for summary, unconfirmed items and receipt; `apart`: the reminder is drawn elsewhere."""
    page = scene.page
    agreed = [line for line in view.lines if line.state in AGREED]
    tally = scene.words.tally(agreed) if agreed else VisitSummary(scene.say("Thank you, goodbye"))
    receipt = _receipt_state(view, scene)
    steps: tuple[Type, ...] = (Type.TITLE, Type.BODY, *((Type.CAP,) if page.theme.compact else ()))
    if page.theme.compact and view.receipt_problem:
        steps = (Type.CAP,)
    high = max(page.leading(Type.TITLE) * 2, page.leading(Type.BODY) * 3)
    step = page.step_for(tally.head, area.w, high, steps)
    blocks = [text_block(scene, area, 1, tally.head, step, page.colours.ink, AIR)]
    if view.card_on_reader:
        words = scene.say("Please take your card with you.")
        sized = page.step_for(words, area.w, area.h, (step, Type.CAP) if page.theme.compact else (Type.BODY,))
        blocks.insert(0, text_block(scene, area, 0, words, sized, page.colours.stop, AIR))
    below = ([tally.more] if tally.more else []) + _provisional_notes(agreed, scene)
    blocks += [text_block(scene, area, 5, words, Type.CAP, page.colours.ink2, AIR) for words in below]
    if view.message and view.message.goes:
        words = scene.say("We send your receipt to {address}", address=address(scene.words, view.message))
        blocks.append(text_block(scene, area, 3, words, Type.CAP, page.colours.ink2, AIR))
    for errand in (VisitTask.BORROW, VisitTask.RETURN):
        if n := sum(line.may_surprise_gate for line in view.lines if line.errand is errand):
            blocks.append(_state_block(0, State.LOOK, scene.words.gate(errand, n), scene, area))
    if receipt is not None:
        blocks.append(_state_block(0 if view.receipt_problem else 2, receipt[0], receipt[1], scene, area))
    if view.reminder and view.ask and not view.answered and not apart:
        blocks.append(
            text_block(
                scene, area, 5, post_visit.reminder(scene.words, view.reminder), Type.CAP, page.colours.ink2, AIR
            )
        )
    if view.guest and view.guest.mark:
        blocks.insert(0, whose_block(view.guest, scene, area))
    if view.strip:
        blocks.append(promo_block(view.strip, scene, area))
    return blocks


def _provisional_notes(agreed: list[VisitLine], scene: DrawContext) -> list[str]:
    """Return what it means that returned items are still being checked."""
    handed = sum(line.provisional for line in agreed)
    return [check_promise(scene, handed)] if handed else []


def _state_block(rank: int, state: State, words: str, scene: DrawContext, area: Box) -> Block:
    page = scene.page
    step = Type.BODY if state_width(page, words, Type.BODY) <= area.w else Type.CAP
    mark = state_width(page, "", step)
    lines = page.count_lines(words, step, area.w - mark)
    height = page.leading(step) * lines

    def draw_it(y: float) -> None:
        top = y + page.u(1.5)
        draw_mark(page, area.x, top + page.leading(step) / 2, state, mark_units(step))
        page.words(Box(area.x + mark, top, area.w - mark, height), words, step, state_colour(page, state))

    return Block(rank, height + page.u(2.5), draw_it)


def _code_beside(code: str, scene: DrawContext, area: Box) -> Box:
    """Draw the code to the right of the summary if it has no room below; return the remaining box."""
    page = scene.page
    words = f"{code[:3]} {code[3:]}"
    width = page.width(words, Type.CAP) + page.u(6)
    draw_label(page, area.right - width, area.y, [words], width, page.leading(Type.CAP) + page.u(3))
    return Box(area.x, area.y, area.w - width - page.u(3), area.h)


def _receipt_state(view: Farewell, scene: DrawContext) -> tuple[State, str] | None:
    match view.receipt:
        case ReceiptState.PRINTING:
            return State.CHECKING, scene.say("Printing your receipt")
        case ReceiptState.PRINTED if view.receipt_problem:
            return State.LOOK, scene.say("Sent to the printer. No receipt? Please ask staff.")
        case ReceiptState.PRINTED:
            return State.DONE, scene.say("Your receipt is printed")
        case ReceiptState.SENDING:
            return State.CHECKING, scene.say("Sending your receipt")
        case ReceiptState.SENT if view.message:
            where = address(scene.words, view.message)
            return State.DONE, scene.say("Your receipt is on its way to {address}", address=where)
        case ReceiptState.KEPT if view.message:
            where = address(scene.words, view.message)
            return State.SAVED, scene.say("Your receipt goes to {address} when the network is back", address=where)
        case ReceiptState.FAILED | ReceiptState.NO_PRINTER if view.receipt_problem:
            return State.LOOK, scene.words.receipt_problem(view.receipt_problem, view.receipt_half)
        case _:
            return None


def _list(view: Farewell, scene: DrawContext, area: Box) -> int:
    """Draw one item per line with its due date; return the number of lines out of sight."""
    page = scene.page
    y = area.y
    if any((line.due or line.due_text) and line.errand is not VisitTask.RETURN for line in view.lines):
        width = page.width(scene.say("Due back"), Type.CAP)
        head = Box(area.right - width, y, width, page.leading(Type.CAP))
        page.word(head, scene.say("Due back"), Type.CAP, page.colours.ink2)
    y += page.leading(Type.CAP) + page.u(0.5)
    height = _row_height(scene)
    shown = view.lines[scene.first :]
    fits = max(int((area.bottom - y) // height), 1)
    for number, line in enumerate(shown[:fits]):
        page.rule(area.x, y + number * height, area.w)
        _line(line, scene, Box(area.x, y + number * height, area.w, height))
    return max(len(shown) - fits, 0)


def _row_height(scene: DrawContext) -> int:
    return max(scene.page.u(13), scene.page.leading(Type.BODY) + scene.page.u(3))


def _line(line: VisitLine, scene: DrawContext, row: Box) -> None:
    page = scene.page
    shown = row_of(scene, line)
    x = row.x
    if not page.theme.large:
        cover = Box(x, round(row.y + (row.h - page.u(9.5)) / 2), page.u(7), page.u(9.5))
        draw_cover(page, cover, shown.subject, shown.title, shown.cover)
        x = cover.right + page.u(3)
    crowded = page.theme.large and page.width(shown.aside, Type.BODY) > MOST_ASIDE * row.w
    date = shown.day if crowded and shown.day else shown.aside
    aside = page.width(date, Type.BODY)
    room = row.right - x - (aside + page.u(3) if shown.aside else 0)
    stated = shown.state is not None and shown.state is not State.DONE
    label = state_width(page, shown.label) if stated else 0
    title = min(page.width(shown.title, Type.BODY), room - (label + page.u(3) if stated else 0))
    bare = stated and title < min(page.u(40 * page.theme.growth), page.width(shown.title, Type.BODY))
    if bare:
        title = min(page.width(shown.title, Type.BODY), room - page.u(9))
    page.word(Box(x, row.y, title, row.h), shown.title, Type.BODY, cut=True)
    if bare and shown.state is not None:
        draw_mark(page, x + title + page.u(2), row.y + row.h / 2, shown.state, 6)
    elif stated and shown.state is not None:
        draw_state(page, Box(x + title + page.u(3), row.y, label, row.h), shown.state, shown.label)
    if date:
        page.word(Box(row.right - aside, row.y, aside, row.h), date, Type.BODY)


def _dues(view: Farewell) -> list[date]:
    """Return the days on which the items of this visit are due."""
    lent = (line for line in view.lines if line.errand is not VisitTask.RETURN and line.state in AGREED)
    return [line.due.date() for line in lent if line.due]


def _time(view: Farewell, scene: DrawContext, area: Box) -> None:
    """Draw a tick at the end of the shelf line for the last due date."""
    page = scene.page
    dues = _dues(view)
    if not dues:
        return
    tick = page.u(1)
    page.add(Fill(Box(area.right - tick, area.bottom - page.u(3.5), tick, page.u(3.5)), page.colours.ink))
    words = scene.say("Return by {date}", date=scene.words.day(min(dues)))
    width = page.width(words, Type.CAP)
    y = area.bottom - page.u(4) - page.leading(Type.CAP)
    page.word(Box(area.right - width, y, width, page.leading(Type.CAP)), words, Type.CAP)
    page.add(Fill(Box(area.x, area.bottom - page.u(2), tick, page.u(2)), page.colours.ink))
    today = scene.say("Today")
    start = Box(area.x, y, page.width(today, Type.CAP), page.leading(Type.CAP))
    page.word(start, today, Type.CAP, page.colours.ink2)


RING = 11
RING_SECONDS = {ReceiptState.PRINTING: PRINTING_SECONDS, ReceiptState.ON_PHONE: PHONE_SECONDS}
"""Seconds of a full ring."""


def code_blocks(view: Farewell, scene: DrawContext, area: Box) -> list[Block]:
    """Return the code as a label, with its caption if there is room.

    Without a paper receipt it is called look-up code.
    """
    page = scene.page
    step = Type.BODY if page.theme.compact or page.theme.large else Type.TITLE
    if page.theme.compact and page.theme.large:
        step = Type.CAP
    high = page.leading(step) + page.u(3)
    paper = view.receipt not in (ReceiptState.FAILED, ReceiptState.NO_PRINTER)
    name = scene.say("Your receipt code") if paper else scene.say("Receipt code")
    caption = text_block(scene, area, 6, name, Type.CAP, page.colours.ink2, AIR)
    lead = Block(4, page.u(1.5), lambda y: None)
    lines = [f"{view.code[:3]} {view.code[3:]}"]
    label = Block(3, high + page.u(1), lambda y: draw_label(page, area.x, round(y), lines, area.w, high))
    return [lead, caption, label]


def countdown(view: Farewell, scene: DrawContext, room: Box, alone: bool) -> None:
    """Draw the ring at the left of the room, with a caption if there is room."""
    page = scene.page
    side = page.u(RING)
    ring = Box(room.x, round(room.y + (room.h - side) / 2), side, side)
    words = scene.say("seconds left")
    x = ring.right + page.u(3)
    named = alone and page.width(words, Type.CAP) <= room.right - x
    draw_ring(page, ring, view.seconds, RING_SECONDS.get(view.receipt, FAREWELL_SECONDS), Type.CAP, named=named)
    if named:
        page.word(Box(x, room.y, room.right - x, room.h), words, Type.CAP, page.colours.ink2)


PROMO_CODE, PROMO_WORDS = 22, 34
"""Units: side of the code, and minimum width of the text before it."""
PROMO_RANK = 9


def promo_block(strip: FarewellPromo, scene: DrawContext, area: Box) -> Block:
    page, words = scene.page, scene.words.pick(strip.words)
    code = scene.code(strip.link, "l") if strip.link else None
    side = page.u(PROMO_CODE)
    roomy = area.w - side - page.u(3) >= page.u(PROMO_WORDS) * (2 if page.theme.large else 1)
    shown = code is not None and roomy and len(code) <= most_modules(side, page.theme.px_per_mm)
    room = area.w - (side + page.u(3) if shown else 0)
    high = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, room)
    whole = max(high, side if shown else 0)

    def draw(y: float) -> None:
        top = y + page.u(3)
        page.rule(area.x, top - page.u(1.5), area.w)
        page.words(Box(area.x, top, room, whole), words, Type.CAP)
        if shown and code is not None:
            draw_code(page, Box(area.right - side, top, side, side), code)

    return Block(PROMO_RANK, whole + page.u(5), draw)


CAPACITY = (17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718)
"""Bytes that QR codes of versions 1 to 18 hold at error correction level L.

Source: ISO/IEC 18004, table 7.
"""
SAYS_UTF8 = 2
"""Bytes of the ECI header that declares UTF-8.

Without it a reader guesses, and takes a single special character among Latin letters for Japanese.
"""


def draw_receipt_code(view: Farewell, scene: DrawContext) -> None:
    page, whole = scene.page, scene.frame.whole
    scene.head()
    gap = page.u(4)
    if page.theme.portrait:
        side = min(whole.w, whole.h * 0.58)
        text_box = Box(whole.x, whole.y, whole.w, whole.h - side - 2 * gap)
        y = flow(text_box, _instructions(view, scene, text_box))
        square = Box(whole.x, y, whole.w, whole.bottom - y)
    else:
        side = min(whole.h - page.u(2), whole.w * 0.5)
        square = Box(whole.right - side, whole.y, side, side)
        text_box = Box(whole.x, whole.y, whole.w - side - gap, whole.h - page.u(2))
        flow(text_box, _instructions(view, scene, text_box))
    draw_code(page, square, _modules(view, scene, side))
    room = scene.foot((), ("home",), page.u(RING + 2))
    countdown(view, scene, room, alone=True)


def _modules(view: Farewell, scene: DrawContext, side: float) -> tuple[bytes, ...]:
    text = as_text(
        layout(replace(view, paper=()), scene.status, scene.words), most_bytes(side, scene.page.theme.px_per_mm)
    )
    return scene.code(text, "l", boost=False, utf8=True)


def most_bytes(side: float, px_per_mm: float) -> int:
    """Return the number of bytes of a code that can be read from a square of `side` pixels."""
    version = min((most_modules(side, px_per_mm) - 17) // 4, len(CAPACITY))
    return CAPACITY[version - 1] - SAYS_UTF8


def _instructions(view: Farewell, scene: DrawContext, area: Box) -> list[Block]:
    page = scene.page
    head = scene.say("Your receipt")
    how = scene.say("Scan the code with your phone to see the receipt as text. No network needed.")
    small = page.theme.compact and page.theme.large
    steps = (Type.CAP,) if small else (Type.TITLE, Type.BODY, Type.CAP)
    step = page.step_for(head, area.w, page.leading(Type.TITLE) * 2, steps)
    below = Type.CAP if page.theme.compact or page.theme.large else Type.BODY
    blocks = [
        text_block(scene, area, 5, head, step, page.colours.ink, AIR),
        text_block(scene, area, 4, how, below, page.colours.ink2, AIR),
    ]
    if view.card_on_reader:
        words = scene.say("Please take your card with you.")
        blocks.insert(0, text_block(scene, area, 0, words, below, page.colours.stop, AIR))
    return blocks + (code_blocks(view, scene, area) if view.code else [])
