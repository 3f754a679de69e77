"""My account: loans with their due dates, what can be renewed, holds that are ready, and fees; nothing is paid here."""

from __future__ import annotations

from datetime import date

from kiosk.domain.model import Reason
from kiosk.screens.geometry import Box
from kiosk.screens.more import draw_more, more_width
from kiosk.screens.parts.buttons import Button, button_width, draw_button
from kiosk.screens.parts.lists import draw_cover
from kiosk.screens.parts.shelf import Spine, Stand, draw_shelf, shelf_height
from kiosk.screens.parts.states import State, draw_notice, draw_state
from kiosk.screens.rows import state_of
from kiosk.screens.scene import Scene
from kiosk.screens.theme import Type
from kiosk.screens.visit_list import draw_head
from kiosk.views import Account, LineState, LoanLine


def draw(view: Account, scene: Scene) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    area = frame.right
    if frame.single:
        y = _who(view, scene, Box(area.x, area.y, area.w, area.h))
        if page.theme.portrait:
            y = _holds(view, scene, Box(area.x, y + page.u(2), area.w, area.h))
            y = _sums(view, scene, Box(area.x, y + page.u(2), area.w, area.h)) + page.u(3)
        area = Box(area.x, y + page.u(1), area.w, area.bottom - y - page.u(1))
    else:
        _left(view, scene, frame.left)
    if page.theme.portrait:
        area = Box(area.x, area.y, area.w, area.h - shelf_height(page) - page.u(6))
        _shelf(view, scene, Box(area.x, frame.left.bottom - shelf_height(page), area.w, shelf_height(page)))
    hidden = _loans(view, scene, area)
    room = scene.foot(("back", "undo"), ("renew_all", "finish"), more_width(scene, hidden))
    draw_more(scene, room, hidden, len(view.loans or ()))


def _left(view: Account, scene: Scene, column: Box) -> None:
    page = scene.page
    y = _who(view, scene, column)
    shelf = Box(column.x, column.bottom - shelf_height(page), column.w, shelf_height(page))
    room = Box(column.x, y + page.u(2), column.w, shelf.y - y - page.u(2))
    sums = page.leading(Type.CAP) * page.count_lines(_sum_words(view, scene), Type.CAP, column.w) + page.u(3)
    if page.theme.compact:
        sums_y = _sums(view, scene, Box(column.x, y, column.w, room.h))
        room = Box(column.x, sums_y + page.u(1), column.w, shelf.y - sums_y - page.u(1))
        _holds(view, scene, room)
    else:
        y = _holds(view, scene, Box(room.x, room.y, room.w, room.h - sums))
        _sums(view, scene, Box(column.x, y + page.u(1), column.w, sums))
    _shelf(view, scene, shelf)


def _who(view: Account, scene: Scene, area: Box) -> float:
    page, guest = scene.page, view.guest
    y = page.words(area, guest.name or scene.say("My account"), Type.TITLE, most=1)
    if guest.last4 and not page.theme.compact:
        ending = scene.say("Card ending {last4}", last4=guest.last4)
        y = page.words(Box(area.x, y, area.w, area.h), ending, Type.CAP, page.colours.ink2)
    return y


def _sums(view: Account, scene: Scene, area: Box) -> float:
    page = scene.page
    y = page.words(area, _sum_words(view, scene), Type.CAP)
    return y


def _sum_words(view: Account, scene: Scene) -> str:
    guest = view.guest
    loans = scene.say("{n} of {allowed} on loan", n=guest.allowance.on_loan, allowed=guest.allowance.allowed)
    if guest.offline or view.offline:
        return loans
    if guest.fees:
        return scene.say("{loans}, {amount} to pay", loans=loans, amount=scene.words.money(guest.fees, view.currency))
    return scene.say("{loans}, no fees", loans=loans)


def _holds(view: Account, scene: Scene, area: Box) -> float:
    """Holds that can be picked up, as many as there is room for; answers where they end."""
    page = scene.page
    y = area.y
    for hold in view.holds:
        if not hold.ready:
            continue
        cover = Box(area.x, y + page.u(3), page.u(11), page.u(15))
        x = cover.right + page.u(3)
        lines = min(page.count_lines(hold.title, Type.CAP, area.right - x), 2)
        leading = page.leading(Type.CAP)
        where = _where(hold.shelf, scene, hold.until)
        end = max(cover.bottom, cover.y + leading * (1 + lines)) + leading * page.count_lines(where, Type.CAP, area.w)
        if end > area.bottom:
            break
        page.rule(area.x, y + page.u(1), area.w)
        draw_cover(page, cover, hold.subject, hold.title)
        icon = page.icon(x, cover.y + leading / 2, "bookmark", 4.5)
        ready = Box(icon + page.u(1), cover.y, area.right - icon - page.u(1), leading)
        page.word(ready, scene.say("Ready for you"), Type.CAP)
        page.words(Box(x, cover.y + leading, area.right - x, area.h), hold.title, Type.CAP, most=2)
        below = max(cover.bottom, cover.y + leading * (1 + lines)) + page.u(0.5)
        y = page.words(Box(area.x, below, area.w, area.h), where, Type.CAP, page.colours.ink2) + page.u(1)
    if y > area.y:
        page.rule(area.x, y + page.u(1), area.w)
        y += page.u(2)
    return y


def _where(shelf: str, scene: Scene, until: date | None) -> str:
    when = scene.words.date(until) if until else ""
    if shelf and when:
        return scene.say("{shelf}, until {date}", shelf=shelf, date=when)
    return shelf or (scene.say("Until {date}", date=when) if when else scene.say("At the service desk"))


def _shelf(view: Account, scene: Scene, area: Box) -> None:
    loans = view.loans or ()
    spines = [Spine(loan.subject, loan.title or loan.item, Stand.FULL) for loan in loans]
    spines += [Spine("", "", Stand.BEFORE)] * max(view.guest.allowance.on_loan - len(loans), 0)
    draw_shelf(scene.page, area, spines, view.guest.allowance.left)


def _loans(view: Account, scene: Scene, area: Box) -> int:
    """The loans with a button each; answers how many are out of sight."""
    page = scene.page
    y = area.y
    heading = scene.say("Your loans, as far as this kiosk knows") if view.offline else scene.say("Your loans")
    if not page.theme.large and (not page.theme.compact or view.offline):
        y = draw_head(scene, Box(area.x, y, area.w, area.h), heading, "")
    if view.notice:
        y = draw_notice(page, Box(area.x, y, area.w, area.h), State.LOOK, scene.words.notice(view.notice)) + page.u(2)
    if view.loans is None:
        draw_state(page, Box(area.x, y + page.u(3), area.w, page.leading(Type.BODY)), State.CHECKING,
                   scene.say("Looking up your loans"), Type.BODY)  # fmt: skip
        return 0
    if not view.loans:
        page.words(Box(area.x, y + page.u(2), area.w, area.h), scene.say("Nothing on loan."), Type.TITLE)
        return 0
    height = _row_height(scene)
    shown = view.loans[scene.first :]
    fits = max(int((area.bottom - y + page.u(2)) // height), 1)
    for number, loan in enumerate(shown[:fits]):
        page.rule(area.x, y + height * number, area.w)
        _loan(loan, view, scene, Box(area.x, y + height * number, area.w, height))
    return max(len(shown) - fits, 0)


def _row_height(scene: Scene) -> int:
    page = scene.page
    words = page.leading(Type.BODY) + page.leading(Type.CAP)
    return max(words + page.u(2), page.u(17.5 if page.theme.compact or page.theme.large else 22))


def _loan(loan: LoanLine, view: Account, scene: Scene, row: Box) -> None:
    page = scene.page
    x = row.x
    if not page.theme.large:
        high = min(page.u(16.5), row.h - page.u(3))
        cover = Box(x, round(row.y + (row.h - high) / 2), round(high * 0.73), high)
        draw_cover(page, cover, loan.subject, loan.title)
        x = cover.right + page.u(4 if not page.theme.compact else 2.5)
    right = _aside(loan, scene, row)
    body, cap = page.leading(Type.BODY), page.leading(Type.CAP)
    y = row.y + (row.h - body - cap) / 2
    page.word(Box(x, y, right - x - page.u(3), body), loan.title or loan.item, Type.BODY, cut=True)
    _loan_state(loan, scene, Box(x, y + body, right - x - page.u(3), cap))


def _aside(loan: LoanLine, scene: Scene, row: Box) -> float:
    """Date and button at the right edge; answers where they begin."""
    page = scene.page
    renew = Button(scene.actions[0], scene.say("Renew"))
    column = max(button_width(page, renew, 4), page.u(20) if page.theme.compact else page.u(28))
    action = scene.action("renew", item=loan.item)
    edge = row.right
    if any(each.name == "renew" for each in scene.actions) or loan.block:
        edge = row.right - column - page.u(3 if page.theme.compact else 6)
        if action is None and loan.block is not None:
            words = Box(row.right - column, row.y, column, row.h)
            page.word(words, scene.say("No renewal"), Type.CAP, page.colours.ink2, align="right")
        if action is not None:
            box = Box(row.right - column, round(row.y + (row.h - page.u(15)) / 2), column, page.u(15))
            draw_button(page, box, Button(action, scene.say("Renew")))
    if loan.due is None:
        return edge
    day, rest = scene.words.day(loan.due), _distance(_days_left(loan, scene), scene)
    width = max(page.width(day, Type.BODY), page.width(rest, Type.CAP), page.u(21))
    body, cap = page.leading(Type.BODY), page.leading(Type.CAP)
    y = row.y + (row.h - body - cap) / 2
    page.word(Box(edge - width, y, width, body), day, Type.BODY)
    page.word(Box(edge - width, y + body, width, cap), rest, Type.CAP, page.colours.ink2)
    return edge - width


def _days_left(loan: LoanLine, scene: Scene) -> int:
    """Calendar days in the library's time zone."""
    assert loan.due is not None
    now = scene.status.now
    return (loan.due.astimezone(now.tzinfo).date() - now.date()).days


def _distance(days: int, scene: Scene) -> str:
    if days == 0:
        return scene.say("Today")
    if days > 0:
        return scene.words.say_n("In one day", "In {n} days", days)
    return scene.words.say_n("One day ago", "{n} days ago", -days)


def _loan_state(loan: LoanLine, scene: Scene, area: Box) -> None:
    """What became of the renewal, why there is none, or when it is due."""
    page = scene.page
    if loan.state is not None:
        state = state_of(loan.state)
        assert state is not None
        draw_state(page, area, state, _renewal_words(loan, scene), cut=True)
    elif loan.overdue:
        draw_state(page, area, State.LOOK, scene.say("Overdue"))
    elif loan.due is not None and _days_left(loan, scene) == 0:
        draw_state(page, area, State.LOOK, scene.say("Due today"))
    elif loan.block is not None and loan.block.reason is Reason.SOMEONE_WAITS:
        draw_state(page, area, State.SOMEONE_WAITS, scene.say("Someone waits"))
    elif loan.author:
        page.word(area, loan.author, Type.CAP, page.colours.ink2, cut=True)


def _renewal_words(loan: LoanLine, scene: Scene) -> str:
    assert loan.state is not None
    return {
        LineState.WAITING: scene.say("Waiting"),
        LineState.CHECKING: scene.say("Checking"),
        LineState.DONE: scene.say("Renewed"),
        LineState.SAVED: scene.say("Saved, not yet confirmed"),
        LineState.REFUSED: scene.say("Not renewed"),
    }[loan.state]
