"""Handle a scanned item: choose borrow or return from the view, or ask the patron if it is open."""

from __future__ import annotations

from dataclasses import replace

from kiosk.central import Sourced
from kiosk.desk import checkin, checkout, feedback, other_cards, post_visit, registration, shared_visit, visit_lines
from kiosk.desk.effects import AskItem
from kiosk.desk.home import home, start_again, welcome
from kiosk.desk.session import Context, Session, awake, notice, on_visit, without_notices, without_refusal
from kiosk.events import ItemKnown
from kiosk.views import (
    IDLE_SECONDS,
    Account,
    Asking,
    AskLibrarian,
    Blocked,
    Borrowing,
    Details,
    Farewell,
    Feedback,
    Find,
    ForYou,
    Identify,
    Learn,
    LineState,
    Question,
    Refused,
    Returning,
    Signal,
    TitlePage,
    VisitLine,
    VisitTask,
    Welcome,
)
from lending.model import Item, ItemId, ItemStatus


def item(session: Session, ctx: Context, item: ItemId) -> Session:
    """Handle an item's barcode, scanned or typed. A refused item that is still in front of the scanner is ignored."""
    if isinstance(session.view, Refused) and session.view.line.item == item:
        return session
    session = to_errand(without_notices(without_refusal(session)), ctx)
    match session.view:
        case Borrowing():
            return checkout.on_scan(session, item)
        case Returning():
            return checkin.on_scan(session, ctx, item)
        case Identify() as view:
            return _before_the_card(session, ctx, view, item)
        case Account() as view:
            if any(loan.item == item for loan in view.loans or ()):
                return notice(session, "already_listed")
            return checkout.open_list(_wait_for_card(session, item), ctx)
        case ForYou() | Details() | AskLibrarian() | Find() | TitlePage() | Learn():
            return checkout.open_list(_wait_for_card(session, item), ctx)
        case Asking(question=Question.BORROW_OR_RETURN, line=VisitLine(item=first)):
            also = session.visit.also
            return session if item == first or item in also else on_visit(session, also=(*also, item))
        case Welcome() | Blocked():
            return _look_up(session, ctx, item)
        case Farewell() if other_cards.following(session) is not None:
            return shared_visit.next_farewell(session, ctx)
        case Farewell():
            return _look_up(home(post_visit.on_leave(session), ctx), ctx, item)
        case _:
            return session


def _before_the_card(session: Session, ctx: Context, view: Identify, item: ItemId) -> Session:
    """Keep the item until the card is known. An item scanned instead of the account PIN means borrowing without it."""
    return _to_borrow_first(
        _wait_for_card(session.show(replace(view, errand=VisitTask.BORROW, problem=None)), item), ctx, view
    )


def _to_borrow_first(session: Session, ctx: Context, view: Identify) -> Session:
    if view.pin and ctx.rules.pin == "account":
        return checkout.open_list(on_visit(session, pin=""), ctx)
    return session


def _wait_for_card(session: Session, item: ItemId) -> Session:
    line = visit_lines.find(session.lines, item, VisitTask.BORROW)
    if line is not None and line.state is not LineState.REFUSED:
        return visit_lines.report_duplicate(session, line)
    return visit_lines.put(session, VisitLine(item, VisitTask.BORROW, LineState.WAITING)).want(AskItem(item))


def _look_up(session: Session, ctx: Context, item: ItemId) -> Session:
    if isinstance(session.view, Welcome):
        busy = replace(welcome(ctx), signal=Signal.BUSY, linger=IDLE_SECONDS)
        session = session.show(busy)
    return session.want(AskItem(item))


def stands(session: Session, ctx: Context, event: ItemKnown) -> Session:
    """Handle the lookup of an item scanned before any errand: a loan is returned, otherwise the patron is asked."""
    facts = looked_up_item(event)
    line = visit_lines.describe_line(VisitLine(event.item, VisitTask.BORROW, LineState.WAITING), facts)
    on_loan = facts is not None and facts.status is ItemStatus.ON_LOAN
    if isinstance(session.ground, Welcome | Blocked):
        session = awake(session)
    match session.view:
        case Welcome() if ctx.rules.returns == "off":
            return session.show(Identify(VisitTask.BORROW, lines=(line,)))
        case Welcome() if not on_loan:
            return session.show(Asking(Question.BORROW_OR_RETURN, welcome(ctx), line))
        case Blocked() if not on_loan or ctx.rules.returns == "off":
            return visit_lines.put(session, line)
        case Welcome() | Blocked():
            return _hand_in(checkin.open_list(session, ctx), ctx, event)
        case Asking(question=Question.BORROW_OR_RETURN):
            return item(session, ctx, event.item)
        case Identify() as view:
            waiting = visit_lines.put(session.show(replace(view, errand=VisitTask.BORROW)), line)
            return _to_borrow_first(waiting, ctx, view)
        case Account() if visit_lines.find(session.lines, event.item, VisitTask.BORROW) is None:
            return item(session, ctx, event.item)
        case Borrowing() if visit_lines.find(session.lines, event.item, VisitTask.BORROW) is None:
            checked = replace(line, state=LineState.CHECKING)
            return checkout.on_item(visit_lines.put(session, checked), ctx, event, checked)
        case Returning() if visit_lines.find(session.lines, event.item, VisitTask.RETURN) is None:
            return _hand_in(session, ctx, event)
        case _:
            return session


def _hand_in(session: Session, ctx: Context, event: ItemKnown) -> Session:
    line = visit_lines.find(session.lines, event.item, VisitTask.RETURN)
    if line is not None and line.state is not LineState.REFUSED:
        return visit_lines.report_duplicate(session, line)
    session = checkin.expect(session, ctx, event.item)
    line = visit_lines.find(session.lines, event.item, VisitTask.RETURN)
    return session if line is None else checkin.on_item(session, ctx, event, line)


def to_borrow(session: Session, ctx: Context) -> Session:
    """Handle the answer "borrow": the items wait for a card."""
    view = session.view
    if not isinstance(view, Asking) or view.line is None:
        return session
    also = session.visit.also
    session = on_visit(session, also=()).show(Identify(VisitTask.BORROW, lines=(view.line,)))
    for each in also:
        session = _wait_for_card(session, each)
    return session


def to_return(session: Session, ctx: Context) -> Session:
    """Handle the answer "return": the items are handed in."""
    view = session.view
    if not isinstance(view, Asking) or view.line is None:
        return session
    every = (view.line.item, *session.visit.also)
    session = checkin.open_list(on_visit(session, also=()).show(view.under), ctx)
    for each in every:
        session = checkin.on_scan(session, ctx, each)
    return session


def looked_up_item(event: ItemKnown) -> Item | None:
    return event.answer.value if isinstance(event.answer, Sourced) else None


def to_errand(session: Session, ctx: Context) -> Session:
    """Leave feedback and search, so that a card or item starts a visit."""
    match session.view:
        case Feedback() | Find(guest=None) | TitlePage(guest=None) | Learn(guest=None):
            return start_again(feedback.on_leave(session), ctx)
        case _:
            return registration.end_or_continue(session, ctx)
