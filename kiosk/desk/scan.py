"""Handle a presented card or a scanned code: classify it, and act on a card depending on the view."""

from __future__ import annotations

import logging
from dataclasses import replace

from kiosk.desk import feedback, find, identification, other_cards, post_visit, registration, scan_item, shared_visit
from kiosk.desk.home import home, welcome
from kiosk.desk.session import Context, Session, notice, on_visit, without_notices, without_refusal
from kiosk.events import CardTrouble
from kiosk.views import (
    Account,
    Asking,
    AskLibrarian,
    Blocked,
    Borrowing,
    Details,
    Farewell,
    Find,
    ForYou,
    Identify,
    Learn,
    Question,
    Refused,
    Registering,
    Returning,
    Signal,
    TitlePage,
    VisitTask,
    Welcome,
)
from lending.model import Block, CardRef, ItemId, Reason
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
            return scan_item.item(session, ctx, ItemId(number.text))
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
            return on_card_trouble(scan_item.to_borrow(session, ctx), ctx, trouble)
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
    session = scan_item.to_errand(on_visit(without_notices(session), finishing=False), ctx)
    match session.view:
        case Farewell():
            return _card_at_farewell(session, ctx, card)
        case Identify(guest=None) as view:
            return identification.card_shown(session, ctx, card, view.errand)
        case Welcome() | Returning(guest=None) | Blocked(guest=None):
            return identification.card_shown(session, ctx, card, VisitTask.BORROW)
        case Asking(question=Question.BORROW_OR_RETURN):
            return identification.card_shown(scan_item.to_borrow(session, ctx), ctx, card, VisitTask.BORROW)
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
