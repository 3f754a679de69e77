"""Draw My account: loans with due dates and renewals, ready holds, and fees (no payment here)."""

from __future__ import annotations

from functools import partial

from kiosk.screens.components.empty_shelf import draw_bare_shelf
from kiosk.screens.components.flow import Block, flow
from kiosk.screens.components.shelf import Spine, Stand, draw_shelf, shelf_height
from kiosk.screens.components.states import State, draw_state
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.holds import draw_hold, draw_hold_row, hold_height
from kiosk.screens.list_paging import draw_more, more_width
from kiosk.screens.loans import draw_loan, loan_height
from kiosk.screens.pin_lock import HEIGHT, away_words, draw_lock, lock_block, opens, unlock_actions
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.screens.visit_list import draw_head
from kiosk.views import Account, LoanLine
from lending.model import Hold


def draw(view: Account, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    area = frame.right
    if page.theme.portrait:
        y = flow(Box(area.x, area.y, area.w, area.h * 0.4), _about_blocks(view, scene, area)) + page.u(4)
        shelf = Box(area.x, area.bottom - shelf_height(page), area.w, shelf_height(page))
        _shelf(view, scene, shelf)
        area = Box(area.x, y, area.w, shelf.y - y - page.u(6))
    elif frame.single:
        y = _one_line(view, scene, area)
        area = Box(area.x, y, area.w, area.bottom - y)
    else:
        left = frame.left
        high = 0 if page.theme.compact and len(unlock_actions(scene)) > 1 else shelf_height(page)
        shelf = Box(left.x, left.bottom - high, left.w, high)
        flow(Box(left.x, left.y, left.w, shelf.y - left.y - page.u(1)), _about_blocks(view, scene, left))
        if high:
            _shelf(view, scene, shelf)
    hidden = _loans(view, scene, area)
    room = scene.foot(("back", "undo"), ("renew_all", "finish"), more_width(scene, hidden))
    draw_more(scene, room, hidden, len(_rows(view, scene)))


def _rows(view: Account, scene: DrawContext) -> tuple[LoanLine | Hold, ...]:
    """Return the loans, then the holds; ready holds are included only if no column shows them."""
    has_column = scene.page.theme.portrait or not (scene.frame.single or scene.page.theme.compact)
    holds = sorted((each for each in view.holds if not (each.ready and has_column)), key=lambda each: not each.ready)
    return (*(view.loans or ()), *holds)


def _one_line(view: Account, scene: DrawContext, area: Box) -> float:
    """Draw name and totals on one line and ready holds below, for large text."""
    page = scene.page
    if opens(scene) is not None:
        return _over_the_locks(view, scene, area)
    ready = _ready(view)
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
    if view.locked:
        y = page.words(Box(area.x, y, area.w, area.h), away_words(scene), Type.CAP, page.colours.ink2)
    return y + page.u(1)


def _over_the_locks(view: Account, scene: DrawContext, area: Box) -> float:
    """Draw the totals on one line, and the locked areas in a row below."""
    page, ready = scene.page, _ready(view)
    actions, gap = unlock_actions(scene), page.u(4)
    y = area.y
    if not (view.unnamed and page.theme.compact):
        y = page.words(area, _sum_words(view, scene), Type.CAP) + page.u(1)
    if ready and not page.theme.compact:
        y = page.words(Box(area.x, y, area.w, area.h), _ready_words(len(ready), scene), Type.CAP) + page.u(1)
    width = (area.w - gap * (len(actions) - 1)) / max(len(actions), 2)
    for number, action in enumerate(actions):
        box = Box(area.x + number * (width + gap), y, width, page.u(HEIGHT))
        draw_lock(scene, box, action, view.guest.verified)
    return y + page.u(HEIGHT)


def _about_blocks(view: Account, scene: DrawContext, area: Box) -> list[Block]:
    """Return the blocks for patron, holds ready for pickup, and totals."""
    page, guest = scene.page, view.guest
    name = guest.name or scene.say("My account")
    step = page.step_for(name, area.w, page.leading(Type.TITLE), (Type.TITLE, Type.BODY))
    blocks = [Block(0, page.leading(step), lambda y: page.words(Box(area.x, y, area.w, area.h), name, step, most=1))]
    if guest.last4:
        blocks.append(_caption(4, scene.say("Card ending {last4}", last4=guest.last4), page.colours.ink2, scene, area))
    ready = _ready(view)
    locks = lock_block(view, scene, area)
    if ready and not page.theme.compact:
        blocks += [
            Block(3, hold_height(page, hold, scene, area.w), partial(draw_hold, page, hold, scene, area))
            for hold in ready
        ]
        blocks += [] if locks else [Block(3, page.u(2), lambda y: page.rule(area.x, y, area.w))]
    air = [Block(6, page.u(1.5), lambda y: None)] if locks else []
    return [*blocks, *locks, *([] if _heads(view, scene) else [*air, _sums(view, scene, area)])]


def _ready(view: Account) -> list[Hold]:
    return [hold for hold in view.holds if hold.ready]


def _sums(view: Account, scene: DrawContext, area: Box) -> Block:
    return _caption(1, _sum_words(view, scene), scene.page.colours.ink, scene, area)


def _heads(view: Account, scene: DrawContext) -> bool:
    """Return True if the totals go above the loans, because a small screen's column has no room for them."""
    return scene.page.theme.compact and not scene.frame.single and not view.offline


def _caption(rank: int, words: str, colour: str, scene: DrawContext, area: Box) -> Block:
    page = scene.page
    height = page.count_lines(words, Type.CAP, area.w) * page.leading(Type.CAP)
    return Block(rank, height, lambda y: page.words(Box(area.x, y, area.w, height), words, Type.CAP, colour))


def _ready_words(count: int, scene: DrawContext) -> str:
    return scene.words.say_n("One hold is ready for you", "{n} holds are ready for you", count)


def _sum_words(view: Account, scene: DrawContext) -> str:
    guest = view.guest
    on_loan = guest.allowance.on_loan
    loans = scene.say("{n} on loan", n=on_loan)
    if guest.allowance.certain:
        loans = scene.say("{n} of {allowed} on loan", n=on_loan, allowed=guest.allowance.allowed)
    if guest.offline or view.offline or view.locked or guest.fees is None:
        return loans
    if guest.fees:
        currency = guest.currency or view.currency
        amount = scene.words.money(guest.fees, currency)
        if not guest.fee_limit:
            return scene.say("{loans}, {amount} to pay", loans=loans, amount=amount)
        limit = scene.words.money(guest.fee_limit, currency)
        return scene.say("{loans}, {amount} to pay (limit {limit})", loans=loans, amount=amount, limit=limit)
    return scene.say("{loans}, no fees", loans=loans)


def _unnamed_words(view: Account, scene: DrawContext) -> str:
    """Return the count of loans without a title.

    They were encrypted to the hub before a restart, so this kiosk can no longer read them.
    """
    return scene.words.say_n(
        "And 1 more (title not available here).",
        "And {n} more (titles not available here).",
        view.unnamed,
    )


def _shelf(view: Account, scene: DrawContext, area: Box) -> None:
    loans = view.loans or ()
    spines = [Spine(loan.subject, loan.title or loan.item, Stand.FULL) for loan in loans]
    spines += [Spine("", "", Stand.BEFORE)] * max(view.guest.allowance.on_loan - len(loans), 0)
    room = view.guest.allowance
    draw_shelf(scene.page, area, spines, room.left if room.certain else 0)


def _loans(view: Account, scene: DrawContext, area: Box) -> int:
    """Draw the loans with a button each, and the holds; return the number of rows out of sight."""
    page = scene.page
    y = area.y
    heading = scene.say("Your loans (offline data)") if view.offline else scene.say("Your loans")
    if _heads(view, scene):
        ready = _ready(view)
        captions = (_sum_words(view, scene), *((_ready_words(len(ready), scene),) if ready else ()))
        for words in captions:
            y = page.words(Box(area.x, y, area.w, area.h), words, Type.CAP)
        y += page.u(1)
    elif not page.theme.large:
        y = draw_head(scene, Box(area.x, y, area.w, area.h), heading, "")
    if view.notice:
        y = scene.notice(Box(area.x, y, area.w, area.h), view.notice) + page.u(2)
    if view.loans is None:
        draw_state(page, Box(area.x, y + page.u(3), area.w, page.leading(Type.BODY)), State.CHECKING,
                   scene.say("Looking up your loans"), Type.BODY)  # fmt: skip
        return 0
    rows = _rows(view, scene)
    if view.unnamed:
        y = page.words(Box(area.x, y, area.w, area.h), _unnamed_words(view, scene), Type.CAP) + page.u(1)
    elif not rows:
        y = page.words(Box(area.x, y + page.u(2), area.w, area.h), scene.say("Nothing on loan."), Type.TITLE)
        if not page.theme.portrait:  # The patron's own shelf is on the line, even if it is empty.
            draw_bare_shelf(page, Box(area.x, y, area.w, area.bottom - y), "book-up")
        return 0
    height = loan_height(scene)
    shown = rows[scene.first :]
    fits = max(int((area.bottom - y + page.u(2)) // height), 1)
    for number, each in enumerate(shown[:fits]):
        row = Box(area.x, y + height * number, area.w, height)
        page.rule(row.x, row.y, row.w)
        if isinstance(each, Hold):
            draw_hold_row(each, scene, row)
        else:
            draw_loan(each, scene, row)
    return max(len(shown) - fits, 0)
