"""Handle a presented card or a scanned code: classify it, and act on it depending on the view."""

from __future__ import annotations

import logging
from dataclasses import replace

from kiosk.central import Sourced
from kiosk.desk import (
    checkin,
    checkout,
    feedback,
    find,
    identification,
    other_cards,
    post_visit,
    registration,
    shared_visit,
    visit_lines,
)
from kiosk.desk.effects import AskItem
from kiosk.desk.home import home, start_again, welcome
from kiosk.desk.session import Context, Session, awake, notice, on_visit, without_notices, without_refusal
from kiosk.events import CardTrouble, ItemKnown
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
    Registering,
    Returning,
    Signal,
    TitlePage,
    VisitLine,
    VisitTask,
    Welcome,
)
from lending.model import Block, CardRef, Item, ItemId, ItemStatus, Reason
from lending.number_patterns import NumberKind

log = logging.getLogger(__name__)
CARD_NOTICES = {
    CardTrouble.SEVERAL: "one_card_please",
    CardTrouble.UNCLEAR: "card_unclear",
    CardTrouble.RANDOM: "card_random",
}


def on_scan(session: Session, ctx: Context, barcode: str) -> Session:
    """Handle a scanned code. An ISBN printed next to the library's label is ignored; unknown codes are reported."""
    number = ctx.rules.numbers.kind(barcode)
    if number is None:
        log.info("a scanned code of %d characters matches no number pattern of this library", len(barcode))
        return unreadable(session, ctx)
    match number.kind:
        case NumberKind.ITEM:
            return item_scanned(session, ctx, ItemId(number.text))
        case NumberKind.CARD:
            return _card(session, ctx, number.text)
        case NumberKind.ISBN:
            return find.isbn(feedback.on_isbn(session, number.text), ctx, number.text)


def card(session: Session, ctx: Context, uid: str) -> Session:
    """Handle a card on the reader."""
    if not ctx.rules.numbers.reader.fits(uid):
        log.info("a card UID of %d characters matches no pattern of the card reader", len(uid))
        return unreadable(session, ctx, "card_unreadable")
    return _card(session, ctx, uid)


def unreadable(session: Session, ctx: Context, code: str = "unreadable") -> Session:
    """Report an unreadable code or card; `code` is the notice for views with a place for one."""
    session = without_notices(without_refusal(session))
    match session.view:
        case Welcome():
            return session.show(welcome(ctx, code))
        case Identify(checking=False) as view:
            return session.show(replace(view, typed="", problem=Block(Reason.UNREADABLE)))
        case _:
            return notice(session, code)


def show_hint(session: Session, ctx: Context, code: str) -> Session:
    """Show how to hold the item, in views with a place for it, without interrupting anything."""
    match session.view:
        case Welcome(signal=signal) if signal is not Signal.BUSY:
            return session.show(welcome(ctx, code))
        case Identify(checking=False, pin=False) as view:
            return session.show(replace(view, notice=code))
        case _:
            return notice(session, code)


def on_card_trouble(session: Session, ctx: Context, trouble: CardTrouble) -> Session:
    """Show what is wrong with the object on the reader if the view accepts a card; other views do not change."""
    said = CARD_NOTICES[trouble]
    match session.view:
        case Welcome():
            return session.show(welcome(ctx, said))
        case Asking(question=Question.BORROW_OR_RETURN):
            return on_card_trouble(to_borrow(session, ctx), ctx, trouble)
        case Blocked(guest=None):
            return on_card_trouble(identification.ask_card(session, VisitTask.BORROW), ctx, trouble)
        case Identify(checking=False, guest=None) as view:
            return session.show(replace(view, typed="", problem=None, notice=said))
        case Borrowing() | Returning() | Account():
            return notice(without_notices(session), said)
        case _:
            return session


def _card(session: Session, ctx: Context, number: str) -> Session:
    card = ctx.reference(number)
    session = registration.end_or_continue(session, ctx, card)
    if isinstance(session.view, Registering):
        return registration.on_card(session, session.view, card)
    if card == session.visit.card and not isinstance(session.view, Farewell):
        return _same_card(session)
    if other_cards.holds(session, card):
        return shared_visit.on_other_card(session, ctx, card)
    session = to_errand(on_visit(without_notices(session), finishing=False), ctx)
    match session.view:
        case Farewell():
            return _card_at_farewell(session, ctx, card)
        case Identify(guest=None) as view:
            return identification.card_shown(session, ctx, card, view.errand)
        case Welcome() | Returning(guest=None) | Blocked(guest=None):
            return identification.card_shown(session, ctx, card, VisitTask.BORROW)
        case Asking(question=Question.BORROW_OR_RETURN):
            return identification.card_shown(to_borrow(session, ctx), ctx, card, VisitTask.BORROW)
        case Asking() as view:
            return session.show(replace(view, uid=number))
        case (
            Identify()
            | Borrowing()
            | Returning()
            | Account()
            | ForYou()
            | Details()
            | AskLibrarian()
            | Find()
            | TitlePage()
            | Learn()
            | Blocked()
            | Refused()
        ) as view:
            return session.show(Asking(Question.OTHER_CARD, view, uid=number, joins=other_cards.has_room(session, ctx)))
        case _:
            return session


def _same_card(session: Session) -> Session:
    """Ignore the current card, but let it answer the question about another card."""
    view = session.view
    if isinstance(view, Asking) and view.question is Question.OTHER_CARD:
        return session.show(view.under)
    return session


def _card_at_farewell(session: Session, ctx: Context, card: CardRef) -> Session:
    """Remind of the patron's own card; another one starts the next visit, after the farewells still due."""
    view = session.view
    if card == session.visit.card and isinstance(view, Farewell):
        return session.show(replace(view, card_on_reader=bool(session.on_reader)))
    if other_cards.following(session) is not None:
        return shared_visit.next_farewell(session, ctx)
    return identification.card_shown(home(post_visit.on_leave(session), ctx), ctx, card, VisitTask.BORROW)


def item_scanned(session: Session, ctx: Context, item: ItemId) -> Session:
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
    if line is not None and line.state is not LineState.REFUSED and not line.waits_for_pad:
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
        case Asking(question=Question.BORROW_OR_RETURN, line=VisitLine(item=first) as asked) if first == event.item:
            return session.show(replace(session.view, line=visit_lines.describe_line(asked, facts)))
        case Asking(question=Question.BORROW_OR_RETURN):
            return item_scanned(session, ctx, event.item)
        case Identify() as view:
            waiting = visit_lines.put(session.show(replace(view, errand=VisitTask.BORROW)), line)
            return _to_borrow_first(waiting, ctx, view)
        case Account() if visit_lines.find(session.lines, event.item, VisitTask.BORROW) is None:
            return item_scanned(session, ctx, event.item)
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
