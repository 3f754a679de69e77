"""Draw My account: loans with due dates and renewals, holds, and what fees are for (no payment here)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from kiosk.screens.components.buttons import Button, draw_button
from kiosk.screens.components.lists import draw_cover, draw_title
from kiosk.screens.components.shelf import Spine, Stand, draw_bare_shelf, draw_shelf, shelf_height
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import Block, draw_more, flow, more_width, text_block
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box
from kiosk.screens.rendering.theme import Type
from kiosk.screens.visit_list import draw_head, state_of
from kiosk.views import Account, Action, LineState, LoanLine
from kiosk.words.refusals import fee_name, no_renewal
from lending.model import Fee, FeeKind, Hold, Reason


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


def _rows(view: Account, scene: DrawContext) -> tuple[LoanLine | Hold | Fee, ...]:
    """Return the loans, the holds and the fees; ready holds are included only if no column shows them."""
    has_column = scene.page.theme.portrait or not (scene.frame.single or scene.page.theme.compact)
    holds = sorted((each for each in view.holds if not (each.ready and has_column)), key=lambda each: not each.ready)
    return (*(view.loans or ()), *holds, *view.fees)


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
        box = Box(area.x + number * (width + gap), y, width, page.u(LOCK_HEIGHT))
        draw_lock(scene, box, action, view.guest.verified)
    return y + page.u(LOCK_HEIGHT)


def _about_blocks(view: Account, scene: DrawContext, area: Box) -> list[Block]:
    """Return the blocks for patron, holds ready for pickup, and totals."""
    page, guest = scene.page, view.guest
    name = guest.name or scene.say("My account")
    step = page.step_for(name, area.w, page.leading(Type.TITLE), (Type.TITLE, Type.BODY))
    blocks = [text_block(scene, area, 0, name, step, most=1)]
    if guest.last4:
        card = scene.say("Card ending {last4}", last4=guest.last4)
        blocks.append(text_block(scene, area, 4, card, colour=page.colours.ink2))
    ready = _ready(view)
    locks = lock_block(view, scene, area, beside=bool(ready) and not page.theme.portrait)
    blocks.append(Block(6, page.u(1.5), lambda y: None))
    if ready and not page.theme.compact:
        blocks += [
            Block(3, hold_height(page, hold, scene, area.w), partial(draw_hold, page, hold, scene, area))
            for hold in ready
        ]
        blocks += [] if locks else [Block(3, page.u(2), lambda y: page.rule(area.x, y, area.w))]
    air = [Block(6, page.u(1.5), lambda y: None)] if locks else []
    granted = [
        text_block(scene, area, 2, scene.words.service(each), colour=page.colours.ink2) for each in guest.services
    ]
    return [*blocks, *locks, *([] if _heads(view, scene) else [*air, _sums(view, scene, area)]), *granted]


def _ready(view: Account) -> list[Hold]:
    return [hold for hold in view.holds if hold.ready]


def _sums(view: Account, scene: DrawContext, area: Box) -> Block:
    return text_block(scene, area, 1, _sum_words(view, scene), colour=scene.page.colours.ink)


def _heads(view: Account, scene: DrawContext) -> bool:
    """Return True if the totals go above the loans, because a small screen's column has no room for them."""
    return scene.page.theme.compact and not scene.frame.single and not view.offline


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
        match each:
            case Hold():
                draw_hold_row(each, scene, row)
            case Fee():
                _fee(each, scene, row, view.guest.currency or view.currency)
            case _:
                draw_loan(each, scene, row)
    return max(len(shown) - fits, 0)


def loan_height(scene: DrawContext) -> int:
    page = scene.page
    body, cap = page.leading(Type.BODY), page.leading(Type.CAP)
    if page.theme.compact or page.theme.large:
        return max(body + cap + page.u(2), page.u(17.5))
    return max(2 * body + cap, page.u(22))


def _is_tight(page: Canvas) -> bool:
    """Return True if the date goes under the title."""
    return page.theme.compact or (page.theme.large and not page.theme.wide)


def draw_loan(loan: LoanLine, scene: DrawContext, row: Box) -> None:
    page = scene.page
    x = row.x
    if not page.theme.large:
        high = min(page.u(16.5), row.h - page.u(3))
        cover = Box(x, round(row.y + (row.h - high) / 2), round(high * 0.73), high)
        draw_cover(page, cover, loan.subject, loan.title, loan.cover)
        x = cover.right + page.u(4 if not page.theme.compact else 2.5)
    right = _renewal(loan, scene, row)
    if not _is_tight(page):
        right = _date(loan, scene, row, right)
    room = right - x - page.u(3)
    free = _is_tight(page) and scene.action("renew", item=loan.item) is None
    _loan_words(loan, scene, Box(x, row.y, room, row.h), row.right - x if free else room)


def _loan_words(loan: LoanLine, scene: DrawContext, area: Box, state_room: float) -> None:
    """Draw the title with the state below."""
    y = _title(loan.title or loan.item, scene, area)
    _loan_state(loan, scene, Box(area.x, y, state_room, scene.page.leading(Type.CAP)))


def _title(title: str, scene: DrawContext, area: Box) -> float:
    """Draw a title in the same size in every row, on two lines if it is long and they fit; return the bottom y."""
    page, body, cap = scene.page, scene.page.leading(Type.BODY), scene.page.leading(Type.CAP)
    lines = 1 if 2 * body + cap > area.h else min(page.count_lines(title, Type.BODY, area.w), 2)
    y = area.y + (area.h - body * lines - cap) / 2
    draw_title(page, Box(area.x, y, area.w, body * lines), title, Type.BODY, lines)
    return y + body * lines


def _renewal(loan: LoanLine, scene: DrawContext, row: Box) -> float:
    """Draw the renewal button at the right edge, or that renewal is not possible; return its left edge."""
    page = scene.page
    none = scene.say("No renewal")
    label = scene.say("Renew")
    pad = 2.5 if _is_tight(page) else 4
    width = max(page.width(label, Type.BODY) + 2 * page.u(pad), page.u(20 if _is_tight(page) else 28))
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


def _date(loan: LoanLine, scene: DrawContext, row: Box, edge: float) -> float:
    """Draw the due date and the remaining time before the button; return the left edge."""
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


def _days_left(loan: LoanLine, scene: DrawContext) -> int:
    """Return the calendar days until the due date in the library's time zone; negative if overdue."""
    assert loan.due is not None
    now = scene.status.now
    return (loan.due.astimezone(now.tzinfo).date() - now.date()).days


def _distance(days: int, scene: DrawContext) -> str:
    if days == 0:
        return scene.say("Today")
    if days > 0:
        return scene.words.say_n("Tomorrow", "In {n} days", days)
    return scene.words.say_n("One day ago", "{n} days ago", -days)


def _loan_state(loan: LoanLine, scene: DrawContext, area: Box) -> None:
    """Draw the result of the renewal or a warning, and the renewals left; on a small screen the date precedes them."""
    page = scene.page
    day = scene.words.day(loan.due) if loan.due and _is_tight(page) else ""
    state, label = _loan_mark(loan, scene)
    if state is State.SAVED and state_width(page, label) > area.w:
        label = scene.say("Not yet confirmed")
    if loan.state is LineState.REFUSED and (rule := no_renewal(scene.words, loan.block) if loan.block else ""):
        both = scene.say("{state}: {why}", state=label, why=rule)
        label = next((each for each in (both, rule) if state_width(page, each) <= area.w), label)
    if state is None:
        label = _distance(_days_left(loan, scene), scene) if day else loan.author
    choices = [*_with_renewals_left(loan, scene, day, label), (day, label), (label,)]
    lines = [words for parts in choices if (words := _join(scene, *parts))]
    if state is not None:
        words = next((each for each in lines if state_width(page, each) <= area.w), label)
        draw_state(page, area, state, words, cut=True)
    elif lines:
        words = next((each for each in lines if page.width(each, Type.CAP) <= area.w), lines[-1])
        page.word(area, words, Type.CAP, page.colours.ink2, cut=True)


def _with_renewals_left(loan: LoanLine, scene: DrawContext, day: str, label: str) -> list[tuple[str, ...]]:
    """Return what to write where the loan can be renewed, the longest first; empty if the number left is unknown."""
    if not loan.renewals_left or scene.action("renew", item=loan.item) is None:
        return []
    left = scene.words.say_n("1 renewal left", "{n} renewals left", loan.renewals_left)
    short = scene.words.say_n("1 renewal", "{n} renewals", loan.renewals_left)
    distance = _distance(_days_left(loan, scene), scene) if loan.due else ""
    # The date column of a wide screen says when the loan is due; without it, the words must.
    least = [(distance, short)] if day else [(left,), (short,)]
    return [(day, label, left), (label, left), (day, label, short), (label, short), *least]


def _join(scene: DrawContext, *parts: str) -> str:
    """Return the parts that are not empty as one line."""
    words, *rest = [each for each in parts if each] or [""]
    for each in rest:
        words = scene.say("{day}, {state}", day=words, state=each)
    return words


def _loan_mark(loan: LoanLine, scene: DrawContext) -> tuple[State | None, str]:
    rule = no_renewal(scene.words, loan.block) if loan.block else ""
    if loan.state is not None:
        return state_of(loan.state), _renewal_words(loan, scene)
    if loan.overdue:
        return State.LOOK, scene.say("Overdue")
    if loan.unconfirmed:
        return State.SAVED, scene.say("Saved, not yet confirmed")
    if loan.due is not None and _days_left(loan, scene) == 0:
        return State.LOOK, scene.say("Due today")
    if rule and loan.block is not None:
        return State.SOMEONE_WAITS if loan.block.reason is Reason.SOMEONE_WAITS else State.LOOK, rule
    return None, ""


def _renewal_words(loan: LoanLine, scene: DrawContext) -> str:
    assert loan.state is not None
    return {
        LineState.WAITING: scene.say("Waiting"),
        LineState.CHECKING: scene.say("Checking"),
        LineState.DONE: scene.say("Renewed"),
        LineState.SAVED: scene.say("Saved, not yet confirmed"),
        LineState.REFUSED: scene.say("Not renewed"),
    }[loan.state]


HOLD_COVER = (11, 15)
"""Units: width and height."""


def hold_height(page: Canvas, hold: Hold, scene: DrawContext, width: float) -> float:
    """Return the height in pixels of a hold at this width."""
    where = page.count_lines(_pickup_text(hold, scene), Type.CAP, width) * page.leading(Type.CAP)
    return page.u(2) + _upper(page, hold, width) + where + page.u(1.5)


def draw_hold(page: Canvas, hold: Hold, scene: DrawContext, area: Box, y: float) -> None:
    page.rule(area.x, y, area.w)
    top = y + page.u(2)
    cover = Box(area.x, round(top), page.u(HOLD_COVER[0]), page.u(HOLD_COVER[1]))
    draw_cover(page, cover, hold.subject, hold.title, hold.cover)
    x = cover.right + page.u(3)
    leading = page.leading(Type.CAP)
    icon = page.icon(x, top + leading / 2, "bookmark", 4.5)
    page.word(Box(icon + page.u(1), top, area.right - icon - page.u(1), leading), scene.say("Ready for you"), Type.CAP)
    page.words(Box(x, top + leading, area.right - x, area.h), hold.title, Type.CAP, most=2)
    below = Box(area.x, top + _upper(page, hold, area.w), area.w, area.h)
    page.words(below, _pickup_text(hold, scene), Type.CAP, page.colours.ink2)


def draw_hold_row(hold: Hold, scene: DrawContext, row: Box) -> None:
    """Draw the hold as a row of the loan list."""
    page, x = scene.page, row.x
    if not page.theme.large:
        high = min(page.u(16.5), row.h - page.u(3))
        cover = Box(x, round(row.y + (row.h - high) / 2), round(high * 0.73), high)
        draw_cover(page, cover, hold.subject, hold.title, hold.cover)
        x = cover.right + page.u(4 if not page.theme.compact else 2.5)
    y = _title(hold.title, scene, Box(x, row.y, row.right - x, row.h))
    state_box = Box(x, y, row.right - x, page.leading(Type.CAP))
    if not hold.ready:
        draw_state(page, state_box, State.SAVED, _waiting_text(hold, scene), cut=True)
        return
    ways = list(_ways(hold, scene))
    fitting = next((each for each in ways if state_width(page, each) <= state_box.w), ways[-1])
    draw_state(page, state_box, State.DONE, fitting, cut=True)


def _fee(fee: Fee, scene: DrawContext, row: Box, currency: str) -> None:
    """Draw a fee as a row of the loan list: what it is for, the day, and what is left to pay at the right edge."""
    page, x, right = scene.page, row.x, row.right
    if not page.theme.large:
        high = min(page.u(16.5), row.h - page.u(3))
        slot = round(high * 0.73)
        side = page.theme.icon(8)
        page.icon(x + (slot - page.u(side)) / 2, row.y + row.h / 2, "coins", side, page.colours.ink2)
        x += slot + page.u(4 if not page.theme.compact else 2.5)
    if fee.owed is not None:
        owed = scene.words.money(fee.owed, currency)
        right -= page.width(owed, Type.BODY)
        page.word(Box(right, row.y, row.right - right, row.h), owed, Type.BODY, align="right")
        right -= page.u(3)
    name = scene.say("Overdue so far") if fee.growing else fee_name(scene.words, fee.kind)
    body = page.leading(Type.BODY)
    area = Box(x, row.y, right - x, row.h)
    if fee.text:
        y = _title(fee.text, scene, area)
    else:
        y = row.y + (row.h - body - page.leading(Type.CAP)) / 2
        step = page.step_for(name, area.w, body, (Type.BODY, Type.CAP))
        page.word(Box(x, y, area.w, body), name, step)
        y += body
    day = scene.words.day(fee.charged) if fee.charged and not fee.growing else ""
    below = _join(scene, name if fee.text and fee.kind is not FeeKind.OTHER else "", day)
    page.word(Box(x, y, right - x, page.leading(Type.CAP)), below, Type.CAP, page.colours.ink2, cut=True)


def _waiting_text(hold: Hold, scene: DrawContext) -> str:
    if hold.suspended_until is None:
        return scene.say("On hold, not here yet")
    return scene.say("Suspended until {date}", date=scene.words.day(hold.suspended_until))


def _ways(hold: Hold, scene: DrawContext) -> Iterator[str]:
    """Yield texts that the hold is ready, where and until when, from long to short."""
    where = _pickup_text(hold, scene)
    yield scene.say("{state}: {why}", state=scene.say("Ready for you"), why=where)
    yield where
    if hold.until and hold.shelf:
        day = scene.words.day(hold.until)
        yield scene.say("{shelf}, until {date}", shelf=hold.shelf, date=day)
        yield scene.say("{day}, {state}", day=day, state=hold.shelf)


def _upper(page: Canvas, hold: Hold, width: float) -> float:
    room = width - page.u(HOLD_COVER[0] + 3)
    lines = 1 + min(page.count_lines(hold.title, Type.CAP, room), 2)
    return max(page.u(HOLD_COVER[1]), page.leading(Type.CAP) * lines) + page.u(0.5)


def _pickup_text(hold: Hold, scene: DrawContext) -> str:
    when = scene.words.date(hold.until) if hold.until else ""
    if hold.shelf and when:
        return scene.say("{shelf}, until {date}", shelf=hold.shelf, date=when)
    return hold.shelf or (scene.say("Until {date}", date=when) if when else scene.say("At the service desk"))


LOCK_HEIGHT, LOCK_ICON, LOCK_GAP, LOCKS_APART = 15, 5, 2, 3
"""Units: height of a row, icon, gap in a row, and gap between two rows side by side."""


def lock_block(view: Account, scene: DrawContext, area: Box, *, beside: bool) -> list[Block]:
    """Return the rows of the left column: to the PIN, or to what it opened.

    `beside`: two of them share a row if their labels have room, because the column holds more than them.
    """
    page = scene.page
    if opens(scene) is None and not view.locked:
        return []
    if opens(scene) is None:
        words = away_words(scene)
        height = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, area.w) + page.u(LOCK_GAP)

        def say(y: float) -> None:
            page.words(Box(area.x, y + page.u(LOCK_GAP / 2), area.w, height), words, Type.CAP, page.colours.ink2)

        return [Block(1, height, say)]
    actions, proved, height = unlock_actions(scene), view.guest.verified, page.u(LOCK_HEIGHT)
    air = Block(0, page.u(1), lambda y: None)
    half = Box(area.x, area.y, (area.w - page.u(LOCKS_APART)) / 2, height)
    if beside and len(actions) == 2 and all(_is_wide_enough(scene, half.w, each, proved) for each in actions):

        def draw_pair(y: float) -> None:
            for number, each in enumerate(actions):
                box = Box(round(area.x + number * (half.w + page.u(LOCKS_APART))), y, round(half.w), height)
                draw_lock(scene, box, each, proved)

        return [air, Block(0, height, draw_pair)]
    return [air, *(_line(scene, area, each, proved) for each in actions)]


def _line(scene: DrawContext, area: Box, action: Action, proved: bool) -> Block:
    page = scene.page
    height = page.u(LOCK_HEIGHT)
    box = Box(area.x, area.y, area.w, height)
    return Block(0, height, lambda y: draw_lock(scene, replace(box, y=y), action, proved))


def _is_wide_enough(scene: DrawContext, room: float, action: Action, proved: bool) -> bool:
    """Return True if label and lock fit in `room` pixels."""
    page = scene.page
    label, _, _ = _words(scene, action, proved)
    return page.width(label, Type.CAP) + page.u(page.theme.icon(LOCK_ICON) + LOCK_GAP) <= room


def unlock_actions(scene: DrawContext) -> list[Action]:
    """Return the actions of the rows."""
    found = (scene.action(each) for each in ("unlock", "for_you", "details"))
    return [each for each in found if each is not None]


def opens(scene: DrawContext) -> Action | None:
    """Return the action of the first row; None if there is none."""
    return next(iter(unlock_actions(scene)), None)


def away_words(scene: DrawContext) -> str:
    return scene.say("Holds and fees: not available offline")


def _words(scene: DrawContext, action: Action, proved: bool) -> tuple[str, str, str]:
    """Return label, what opens it, and icon; a lock while the PIN is still required."""
    icon = "arrow-right" if proved else "lock"
    if action.name == "for_you":
        return scene.say("For you"), "" if proved else scene.say("PIN"), icon
    if action.name == "details":
        return scene.say("My details"), "" if proved else scene.say("PIN"), icon
    return scene.say("Holds and fees"), scene.say("PIN"), "lock"


def draw_lock(scene: DrawContext, box: Box, action: Action, proved: bool) -> None:
    """Draw the label at the left and the lock at the right; the whole row can be pressed."""
    page = scene.page
    label, pin, icon = _words(scene, action, proved)
    side = page.u(page.theme.icon(LOCK_ICON))
    key = side + (page.u(1) + page.width(pin, Type.CAP) if pin else 0)
    room = box.w - key - page.u(LOCK_GAP)
    roomy = not (page.theme.compact or page.theme.large) and page.width(label, Type.BODY) <= room
    step = Type.BODY if roomy else Type.CAP
    if page.width(label, step) > room:
        key, pin, room = side, "", box.w - side - page.u(LOCK_GAP)
    page.rule(box.x, box.y, box.w)
    page.rule(box.x, box.bottom, box.w)
    lines = page.count_lines(label, step, room)
    page.words(Box(box.x, box.y + (box.h - lines * page.leading(step)) / 2, room, box.h), label, step)
    x = page.icon(box.right - key, box.y + box.h / 2, icon, page.theme.icon(LOCK_ICON), page.colours.ink2)
    page.word(Box(x + page.u(1), box.y, box.right - x - page.u(1), box.h), pin, Type.CAP, page.colours.ink2)
    page.touch(box, action, label)
