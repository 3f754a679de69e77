"""Answers to what the desk asked: sends each to the errand that waits for it; a late one changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kiosk.desk import (
    account,
    admit,
    after,
    borrow,
    closing,
    details,
    farewell,
    feedback,
    find,
    for_you,
    give_back,
    greeting,
    holding,
    lines,
    places,
    proving,
    receipt,
    registering,
    show_item,
    technician,
    typing,
)
from kiosk.desk.counting import count_anew, counted, is_capped
from kiosk.desk.session import Context, Session, notice, on_visit, with_guest
from kiosk.domain.transactions import Checkin, Checkout, Renew, Said, Undo
from kiosk.events import (
    AccountKnown,
    AfterKnown,
    Answer,
    BacklogKnown,
    CharactersFound,
    CodeSent,
    DropMissed,
    ForYouKnown,
    GreetingKnown,
    ItemKnown,
    MineKnown,
    NotWritten,
    PageKnown,
    PartTried,
    PatronKnown,
    PinChecked,
    ProofKnown,
    PublishedKnown,
    ReceiptPrinted,
    Settled,
    TechnicianKnown,
    TitlesFound,
)
from kiosk.sync.central import Refused as CentralRefused
from kiosk.views import Errand, Line, LineState


def taken(session: Session, ctx: Context, answer: Answer) -> Session:
    match answer:
        case PatronKnown(card=card) if registering.asks(session, card):
            return registering.card_known(session, answer)
        case PatronKnown():
            return admit.patron_known(session, ctx, answer)
        case PinChecked():
            return admit.pin_checked(session, ctx, answer)
        case ItemKnown():
            return _item(session, ctx, answer)
        case AccountKnown():
            return account.known(session, ctx, answer)
        case TitlesFound():
            return find.found(session, answer)
        case CharactersFound():
            return typing.found(session, answer)
        case Settled():
            return _settled(session, ctx, answer)
        case NotWritten():
            return closing.not_written(session, ctx, answer)
        case ReceiptPrinted():
            return farewell.printed(session, answer)
        case DropMissed(item=item):
            return give_back.missed(session, item)
        case GreetingKnown():
            return greeting.known(session, ctx, answer)
        case AfterKnown():
            return after.known(session, ctx, answer)
        case ForYouKnown():
            return for_you.known(session, ctx, answer)
        case ProofKnown():
            return proving.known(session, ctx, answer)
        case CodeSent():
            return proving.sent(session, answer)
        case MineKnown():
            return details.known(session, answer)
        case PageKnown():
            return details.page_known(session, answer)
        case PublishedKnown():
            return feedback.known(session, answer)
        case BacklogKnown():
            return technician.backlog(session, answer)
        case TechnicianKnown():
            return technician.known(session, ctx, answer)
        case PartTried():
            return technician.tried_out(session, answer)
        case _:
            assert_never(answer)


def finished(session: Session, ctx: Context) -> Session:
    """A visit that waited for its last answer finishes; another one knows now how many loans there are."""
    if session.visit.finishing and not lines.checking(session.lines):
        return farewell.finish(session, ctx)
    return count_anew(session)


def dropped(session: Session) -> Session:
    return give_back.dropped(session)


def _item(session: Session, ctx: Context, event: ItemKnown) -> Session:
    mine = [line for line in session.lines if line.item == event.item]
    for line in mine:
        match (line.errand, line.state):
            case (Errand.BORROW, LineState.CHECKING) if not _delivered(session, line):
                return borrow.known(session, ctx, event, line)
            case (Errand.RETURN, LineState.CHECKING) if line.item not in session.visit.taking:
                return give_back.known(session, ctx, event, line)
            case (_, LineState.WAITING):
                return lines.put(session, lines.described(line, show_item.found(event)))
    return show_item.stands(session, ctx, event)


def _delivered(session: Session, line: Line) -> bool:
    """It was judged before; only the answer to the first question counts."""
    return line.item in session.visit.lending or line.transaction is not None


def _settled(session: Session, ctx: Context, event: Settled) -> Session:
    session = on_visit(session, overtaken=session.visit.recounting)
    match event.act:
        case Checkout() as act:
            return borrow.settled(session, ctx, event, act)
        case Checkin() as act:
            return give_back.settled(session, ctx, event, act)
        case Renew() as act:
            return account.settled(session, ctx, event, act)
        case Undo() as act:
            return _undone(session, ctx, event, act)
        case Said() as said:
            session = places.settled(holding.settled(session, event, said), event, said)
            session = registering.settled(session, event, said)
            session = receipt.settled(session, event, said)
            return details.settled(session, event, said)
        case _:
            assert_never(event.act)


def _undone(session: Session, ctx: Context, event: Settled, act: Undo) -> Session:
    """The courier's answer to an undo: the line is gone, or stands as it stood."""
    line = lines.by_transaction(session.lines, act.of)
    if line is None:
        return session
    if isinstance(event.outcome, CentralRefused):
        session = lines.put(session, lines.as_before(line))
        return lines.say_no(session, replace(line, state=LineState.REFUSED, block=event.outcome.block))
    session = lines.take(session, line)
    if line.errand is Errand.RENEW:
        return notice(account.undone(session, ctx, line.item), "undone")
    session = counted(session, line.item, -1, is_capped(session, line.confirmed))
    return notice(with_guest(session, ctx), "undone")
