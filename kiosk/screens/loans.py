"""Draw one loan as a row: title, state, due date and renewal button."""

from __future__ import annotations

from kiosk.screens.components.buttons import Button, draw_button
from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.screens.visit_rows import state_of
from kiosk.views import LineState, LoanLine
from kiosk.words.refusals import no_renewal
from lending.model import Reason


def loan_height(scene: DrawContext) -> int:
    page = scene.page
    words = page.leading(Type.BODY) + page.leading(Type.CAP)
    return max(words + page.u(2), page.u(17.5 if page.theme.compact or page.theme.large else 22))


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
    """Draw the title on one line, in the same size for every loan, with the state below."""
    page = scene.page
    title = loan.title or loan.item
    body, cap = page.leading(Type.BODY), page.leading(Type.CAP)
    y = area.y + (area.h - body - cap) / 2
    page.word(Box(area.x, y, area.w, body), title, Type.BODY, cut=True)
    _loan_state(loan, scene, Box(area.x, y + body, state_room, cap))


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
