"""Farewell: what the visit came to and when it is due, the receipt, and the seconds to home; asks nothing else."""

from __future__ import annotations

from kiosk.screens.geometry import Box
from kiosk.screens.marks import Fill
from kiosk.screens.more import draw_more, more_width
from kiosk.screens.parts.cards import draw_label
from kiosk.screens.parts.lists import draw_cover
from kiosk.screens.parts.ring import draw_ring
from kiosk.screens.parts.shelf import draw_shelf, shelf_height
from kiosk.screens.parts.states import State, draw_mark, draw_notice, draw_state, state_width
from kiosk.screens.rows import row_of, spines_of
from kiosk.screens.scene import Scene
from kiosk.screens.theme import Type
from kiosk.views import FAREWELL_SECONDS, Errand, Farewell, Line, LineState, ReceiptState

AGREED = (LineState.DONE, LineState.SAVED)


def draw(view: Farewell, scene: Scene) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    left = frame.left
    y = _sum(view, scene, left)
    area = frame.right
    shelf = Box(left.x, left.bottom - shelf_height(page), left.w, shelf_height(page))
    if frame.single:
        y = _receipt(view, scene, Box(left.x, y + page.u(1), left.w, left.h)) + page.u(2)
        bottom = shelf.y - page.u(4) if page.theme.portrait else left.bottom
        area = Box(left.x, y, left.w, bottom - y)
    else:
        _receipt(view, scene, Box(left.x, y + page.u(2), left.w, shelf.y - y))
    if not page.theme.large or page.theme.portrait:
        draw_shelf(page, shelf, spines_of(tuple(line for line in view.lines if line.state in AGREED)), 0)
    if not frame.single:
        area = Box(area.x, area.y, area.w, area.h - page.u(2 if page.theme.compact else 13))
    hidden = _list(view, scene, area)
    room = scene.foot(
        (), ("receipt_none", "receipt_paper", "home"), _countdown_width(scene) + more_width(scene, hidden)
    )
    if not frame.single and not page.theme.compact:
        _time(view, scene, frame.right)
    _countdown(view, scene, room)
    if hidden or scene.first:
        rest = Box(room.x + _countdown_width(scene), room.y, room.w - _countdown_width(scene), room.h)
        draw_more(scene, rest, hidden, len(view.lines))


def _sum(view: Farewell, scene: Scene, area: Box) -> float:
    """`4 books borrowed`, and in grey what is not confirmed yet."""
    page = scene.page
    agreed = [line for line in view.lines if line.state in AGREED]
    y = page.words(area, _headline(agreed, scene), Type.TITLE)
    saved = sum(line.state is LineState.SAVED and not line.provisional for line in agreed)
    handed = sum(line.provisional for line in agreed)
    for words in (
        scene.words.say_n("One is saved, not yet confirmed.", "{n} are saved, not yet confirmed.", saved)
        if saved
        else "",
        scene.words.say_n("One is handed in, being checked.", "{n} are handed in, being checked.", handed)
        if handed
        else "",
    ):
        if words:
            y = page.words(Box(area.x, y, area.w, area.h), words, Type.CAP, page.colours.ink2)
    return y


def _headline(agreed: list[Line], scene: Scene) -> str:
    count = {errand: sum(line.errand is errand for line in agreed) for errand in Errand}
    say_n = scene.words.say_n
    if count[Errand.BORROW] and not count[Errand.RETURN]:
        return say_n("One book borrowed", "{n} books borrowed", count[Errand.BORROW])
    if count[Errand.RETURN] and not count[Errand.BORROW]:
        return say_n("One book handed in", "{n} books handed in", count[Errand.RETURN])
    if agreed and count[Errand.BORROW]:
        return scene.say(
            "{borrowed} borrowed, {returned} handed in", borrowed=count[Errand.BORROW], returned=count[Errand.RETURN]
        )
    if agreed:
        return say_n("One loan renewed", "{n} loans renewed", len(agreed))
    return scene.say("Thank you, goodbye")


def _receipt(view: Farewell, scene: Scene, area: Box) -> float:
    """The card that still lies there, how the receipt is, and its code."""
    page = scene.page
    y = area.y
    if view.card_on_reader:
        y = draw_notice(
            page, Box(area.x, y, area.w, area.h), State.LOOK, scene.say("Please take your card with you.")
        ) + page.u(2)
    told = _receipt_state(view, scene)
    if told is not None:
        state, words = told
        step = Type.BODY if state_width(page, words, Type.BODY) <= area.w else Type.CAP
        lines = page.count_lines(words, step, area.w - page.u(8))
        if lines == 1:
            draw_state(page, Box(area.x, y, area.w, page.leading(step)), state, words, step)
            y += page.leading(step)
        else:
            y = draw_notice(page, Box(area.x, y, area.w, area.h), state, words)
        y += page.u(2)
    if view.code:
        y = page.words(Box(area.x, y, area.w, area.h), scene.say("Code of your receipt"), Type.CAP, page.colours.ink2)
        label = draw_label(page, area.x, round(y + page.u(0.5)), [f"{view.code[:3]} {view.code[3:]}"], area.w)
        y = label.bottom
    return y


def _receipt_state(view: Farewell, scene: Scene) -> tuple[State, str] | None:
    match view.receipt:
        case ReceiptState.PRINTING:
            return State.CHECKING, scene.say("Printing your receipt")
        case ReceiptState.PRINTED:
            return State.DONE, scene.say("Your receipt is printed")
        case ReceiptState.FAILED:
            return State.LOOK, scene.words.receipt_problem(view.receipt_problem)
        case _:
            return None


def _list(view: Farewell, scene: Scene, area: Box) -> int:
    """One book a line, with its due date; answers how many are out of sight."""
    page = scene.page
    y = area.y
    if any(line.due and line.errand is Errand.BORROW for line in view.lines):
        width = page.width(scene.say("Due back"), Type.CAP)
        head = Box(area.right - width, y, width, page.leading(Type.CAP))
        page.word(head, scene.say("Due back"), Type.CAP, page.colours.ink2)
    y += page.leading(Type.CAP) + page.u(0.5)
    height = max(page.u(13), page.leading(Type.BODY) + page.u(3))
    shown = view.lines[scene.first :]
    fits = max(int((area.bottom - y) // height), 1)
    for number, line in enumerate(shown[:fits]):
        page.rule(area.x, y + number * height, area.w)
        _line(line, scene, Box(area.x, y + number * height, area.w, height))
    return max(len(shown) - fits, 0)


def _line(line: Line, scene: Scene, row: Box) -> None:
    page = scene.page
    shown = row_of(scene, line)
    x = row.x
    if not page.theme.large:
        cover = Box(x, round(row.y + (row.h - page.u(9.5)) / 2), page.u(7), page.u(9.5))
        draw_cover(page, cover, shown.subject, shown.title)
        x = cover.right + page.u(3)
    aside = page.width(shown.aside, Type.BODY)
    if shown.aside:
        page.word(Box(row.right - aside, row.y, aside, row.h), shown.aside, Type.BODY)
    room = row.right - x - (aside + page.u(3) if shown.aside else 0)
    told = shown.state is not None and shown.state is not State.DONE
    label = state_width(page, shown.label) if told else 0
    title = min(page.width(shown.title, Type.BODY), room - (label + page.u(3) if told else 0))
    bare = told and title < min(page.u(40), page.width(shown.title, Type.BODY))
    if bare:
        title = min(page.width(shown.title, Type.BODY), room - page.u(9))
    page.word(Box(x, row.y, title, row.h), shown.title, Type.BODY, cut=True)
    if bare and shown.state is not None:
        draw_mark(page, x + title + page.u(2), row.y + row.h / 2, shown.state, 6)
    elif told and shown.state is not None:
        draw_state(page, Box(x + title + page.u(3), row.y, label, row.h), shown.state, shown.label)


def _time(view: Farewell, scene: Scene, area: Box) -> None:
    """The line is time: a tick at its end for the last due date."""
    page = scene.page
    dues = [line.due for line in view.lines if line.due and line.errand is Errand.BORROW and line.state in AGREED]
    if not dues:
        return
    tick = page.u(1)
    page.add(Fill(Box(area.right - tick, area.bottom - page.u(3.5), tick, page.u(3.5)), page.colours.ink))
    words = scene.say("Bring back by {date}", date=scene.words.day(min(dues)))
    width = page.width(words, Type.CAP)
    y = area.bottom - page.u(4) - page.leading(Type.CAP)
    page.word(Box(area.right - width, y, width, page.leading(Type.CAP)), words, Type.CAP)
    page.add(Fill(Box(area.x, area.bottom - page.u(2), tick, page.u(2)), page.colours.ink))
    page.word(Box(area.x, y, page.width(scene.say("Today"), Type.CAP), page.leading(Type.CAP)), scene.say("Today"), Type.CAP,
              page.colours.ink2)  # fmt: skip


def _countdown_width(scene: Scene) -> float:
    return scene.page.u(11)


def _countdown(view: Farewell, scene: Scene, room: Box) -> None:
    page = scene.page
    side = page.u(11)
    ring = Box(room.x, round(room.y + (room.h - side) / 2), side, side)
    draw_ring(page, ring, view.seconds, FAREWELL_SECONDS, Type.CAP if page.theme.large else Type.BODY)
    words = scene.say("seconds to home")
    x = ring.right + page.u(3)
    if not scene.first and page.width(words, Type.CAP) <= room.right - x:
        page.word(Box(x, room.y, room.right - x, room.h), words, Type.CAP, page.colours.ink2)
