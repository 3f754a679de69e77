"""My account: loans with their due dates, what can be renewed, holds that are ready, and fees; nothing is paid here."""

from __future__ import annotations

from functools import partial

from kiosk.domain.model import Reason
from kiosk.screens.geometry import Box
from kiosk.screens.holds import draw_hold, hold_height
from kiosk.screens.more import draw_more, more_width
from kiosk.screens.parts.buttons import Button, draw_button
from kiosk.screens.parts.flow import Block, flow
from kiosk.screens.parts.lists import draw_cover
from kiosk.screens.parts.shelf import Spine, Stand, draw_shelf, shelf_height
from kiosk.screens.parts.states import State, draw_notice, draw_state, state_width
from kiosk.screens.rows import state_of
from kiosk.screens.scene import Scene
from kiosk.screens.theme import Type
from kiosk.screens.visit_list import draw_head
from kiosk.views import Account, LineState, LoanLine


def draw(view: Account, scene: Scene) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    area = frame.right
    if page.theme.portrait:
        y = flow(Box(area.x, area.y, area.w, area.h * 0.4), _about(view, scene, area)) + page.u(4)
        shelf = Box(area.x, area.bottom - shelf_height(page), area.w, shelf_height(page))
        _shelf(view, scene, shelf)
        area = Box(area.x, y, area.w, shelf.y - y - page.u(6))
    elif frame.single:
        y = _one_line(view, scene, area)
        area = Box(area.x, y, area.w, area.bottom - y)
    else:
        left = frame.left
        shelf = Box(left.x, left.bottom - shelf_height(page), left.w, shelf_height(page))
        flow(Box(left.x, left.y, left.w, shelf.y - left.y - page.u(1)), _about(view, scene, left))
        _shelf(view, scene, shelf)
    hidden = _loans(view, scene, area)
    room = scene.foot(("back", "undo"), ("renew_all", "finish"), more_width(scene, hidden))
    draw_more(scene, room, hidden, len(view.loans or ()))


def _one_line(view: Account, scene: Scene, area: Box) -> float:
    """Name and sums in one line, and under it what is ready: for large text."""
    page = scene.page
    ready = [hold for hold in view.holds if hold.ready]
    sums = _sum_words(view, scene)
    name = view.guest.name
    if name and page.width(f"{name}  {sums}", Type.CAP) <= area.w:
        width = page.width(sums, Type.CAP)
        page.word(Box(area.right - width, area.y, width, page.leading(Type.CAP)), sums, Type.CAP, page.colours.ink2)
        page.word(Box(area.x, area.y, area.w, page.leading(Type.CAP)), name, Type.CAP)
        y = area.y + page.leading(Type.CAP)
    else:
        y = page.words(area, sums, Type.CAP)
    if ready:
        y = page.words(Box(area.x, y, area.w, area.h), _ready_words(len(ready), scene), Type.CAP)
    return y + page.u(1)


def _about(view: Account, scene: Scene, area: Box) -> list[Block]:
    """Who it is, what is ready to be picked up, and the sums."""
    page, guest = scene.page, view.guest
    name = guest.name or scene.say("My account")
    step = page.step_for(name, area.w, page.leading(Type.TITLE), (Type.TITLE, Type.BODY))
    blocks = [Block(0, page.leading(step), lambda y: page.words(Box(area.x, y, area.w, area.h), name, step, most=1))]
    if guest.last4:
        blocks.append(_caption(4, scene.say("Card ending {last4}", last4=guest.last4), page.colours.ink2, scene, area))
    ready = [hold for hold in view.holds if hold.ready]
    if ready and not page.theme.compact:
        blocks += [Block(3, page.u(1), lambda y: None)]
        blocks += [
            Block(3, hold_height(page, hold, scene, area.w), partial(draw_hold, page, hold, scene, area))
            for hold in ready
        ]
        blocks += [Block(3, page.u(2), lambda y: page.rule(area.x, y, area.w))]
    elif ready:
        blocks.append(_caption(2, _ready_words(len(ready), scene), page.colours.ink, scene, area))
    blocks.append(_caption(1, _sum_words(view, scene), page.colours.ink, scene, area))
    return blocks


def _caption(rank: int, words: str, colour: str, scene: Scene, area: Box) -> Block:
    page = scene.page
    height = page.count_lines(words, Type.CAP, area.w) * page.leading(Type.CAP)
    return Block(rank, height, lambda y: page.words(Box(area.x, y, area.w, height), words, Type.CAP, colour))


def _ready_words(count: int, scene: Scene) -> str:
    return scene.words.say_n("One hold is ready for you", "{n} holds are ready for you", count)


def _sum_words(view: Account, scene: Scene) -> str:
    guest = view.guest
    loans = scene.say("{n} of {allowed} on loan", n=guest.allowance.on_loan, allowed=guest.allowance.allowed)
    if guest.offline or view.offline:
        return loans
    if guest.fees:
        return scene.say("{loans}, {amount} to pay", loans=loans, amount=scene.words.money(guest.fees, view.currency))
    return scene.say("{loans}, no fees", loans=loans)


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
    right = _renewal(loan, scene, row)
    if not page.theme.compact:
        right = _date(loan, scene, row, right)
    body, cap = page.leading(Type.BODY), page.leading(Type.CAP)
    y = row.y + (row.h - body - cap) / 2
    room = right - x - page.u(3)
    page.word(Box(x, y, room, body), loan.title or loan.item, Type.BODY, cut=True)
    if page.theme.compact and scene.action("renew", item=loan.item) is None:
        room = row.right - x
    _loan_state(loan, scene, Box(x, y + body, room, cap))


def _renewal(loan: LoanLine, scene: Scene, row: Box) -> float:
    """The button at the right edge, or that there is no renewal; answers where the column begins."""
    page = scene.page
    none = scene.say("No renewal")
    label = scene.say("Renew")
    pad = 2.5 if page.theme.compact else 4
    width = max(page.width(label, Type.BODY) + 2 * page.u(pad), page.u(20 if page.theme.compact else 28))
    if not any(each.name == "renew" for each in scene.actions) and loan.block is None:
        return row.right
    action = scene.action("renew", item=loan.item)
    if action is not None:
        box = Box(row.right - width, round(row.y + (row.h - page.u(15)) / 2), width, page.u(15))
        draw_button(page, box, Button(action, label))
    elif loan.block is not None and page.width(none, Type.CAP) <= width:
        words = Box(row.right - width, row.y, width, row.h)
        page.word(words, none, Type.CAP, page.colours.ink2, align="right")
    return row.right - width - page.u(1 if page.theme.compact else 6)


def _date(loan: LoanLine, scene: Scene, row: Box, edge: float) -> float:
    """The due date and how far it is, before the button; answers where the column begins."""
    page = scene.page
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
    """What became of the renewal, or what wants an eye; on a small screen the date goes before it."""
    page = scene.page
    day = scene.words.day(loan.due) if loan.due and page.theme.compact else ""
    state, label = _loan_mark(loan, scene)
    if state is not None:
        words = scene.say("{day}, {state}", day=day, state=label) if day else label
        draw_state(page, area, state, words if state_width(page, words) <= area.w else label, cut=True)
    elif day:
        words = scene.say("{day}, {state}", day=day, state=_distance(_days_left(loan, scene), scene))
        page.word(area, words, Type.CAP, page.colours.ink2, cut=True)
    elif loan.author:
        page.word(area, loan.author, Type.CAP, page.colours.ink2, cut=True)


def _loan_mark(loan: LoanLine, scene: Scene) -> tuple[State | None, str]:
    if loan.state is not None:
        return state_of(loan.state), _renewal_words(loan, scene)
    if loan.overdue:
        return State.LOOK, scene.say("Overdue")
    if loan.due is not None and _days_left(loan, scene) == 0:
        return State.LOOK, scene.say("Due today")
    if loan.block is not None and loan.block.reason is Reason.SOMEONE_WAITS:
        return State.SOMEONE_WAITS, scene.say("Someone waits")
    return None, ""


def _renewal_words(loan: LoanLine, scene: Scene) -> str:
    assert loan.state is not None
    return {
        LineState.WAITING: scene.say("Waiting"),
        LineState.CHECKING: scene.say("Checking"),
        LineState.DONE: scene.say("Renewed"),
        LineState.SAVED: scene.say("Saved, not yet confirmed"),
        LineState.REFUSED: scene.say("Not renewed"),
    }[loan.state]
