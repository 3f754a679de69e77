"""Registering on the glass: what was told goes the way of every act; knows no question, keeps nothing but the view."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin

from kiosk.central import Accepted, Deferred, Refused
from kiosk.desk import registration_pages, shared_visit, text_entry
from kiosk.desk.effects import AskPatron, Deliver
from kiosk.desk.home import home, minute
from kiosk.desk.session import Context, Session
from kiosk.events import PatronKnown, Pressed, Settled
from kiosk.system.health import Condition, PartName
from kiosk.views import Help, Identify, IdleWarning, LineState, Registering, SignIn, Technician, TouchTest, View
from kiosk.views.registration import Step
from lending import registration as law
from lending.model import Block, CardRef, ItemId, Reason
from lending.registration import REGISTER, Registration
from lending.transactions import PatronResponse

HOLDS = (Step.CARD, Step.SENT)
"""A card before the reader is hers, and begins no visit."""
DONE = (LineState.DONE, LineState.SAVED)
NOBODYS = (Reason.UNKNOWN_CARD, Reason.NEEDS_CENTRAL, Reason.OUTDATED)
"""What is said of a card that may be a blank one."""


def link(ctx: Context) -> str:
    """Where phones register; it stands beside where they look receipts up."""
    return urljoin(ctx.receipts, "../join/") if ctx.rules.hears and ctx.receipts else ""


def asked(ctx: Context) -> law.Form | None:
    """What is asked here. Whoever keeps the loans registers the patrons: beside a library's own system nothing is."""
    return ctx.showcase.registers if ctx.rules.record else None


def is_offered(ctx: Context) -> bool:
    return ctx.rules.hears and bool(link(ctx) or asked(ctx))


def open_up(session: Session, ctx: Context, under: Identify) -> Session:
    """Asks first where she wants to, while there are two ways."""
    reader = session.parts.get(PartName.CARD_READER)
    reads = reader is None or reader.condition is Condition.READY
    view = Registering(under, asked(ctx), link(ctx), minute(ctx).year, reads)
    if view.form is None:
        return session.show(replace(view, step=Step.PHONE))
    return session.show(view if view.link else registration_pages.page(session, view, 0))


def pressed(session: Session, ctx: Context, view: Registering, event: Pressed) -> Session:
    choice = event.choice or ""
    if view.step is Step.BORN:
        view = replace(view, year=minute(ctx).year)  # it may have begun since she did
    if event.name not in text_entry.KEYS:
        view = text_entry.as_spelt(view, registration_pages.put)
    match event.name:
        case "here":
            return session.show(registration_pages.page(session, view, 0))
        case "by_phone":
            return session.show(replace(view, step=Step.PHONE))
        case "continue":
            return session.show(registration_pages.continued(session, view))
        case "mark":
            return session.show(registration_pages.onwards(session, registration_pages.marked(view, choice)))
        case "change":
            return session.show(registration_pages.page(session, view, registration_pages.place(view, choice)))
        case "all_right" if view.reads:
            return session.show(replace(view, step=Step.CARD))
        case "all_right" | "no_card":
            return _sent(session, view, None)
        case "home":
            return shared_visit.back(session, ctx)
        case "back":
            return session.show(registration_pages.back(session, view))
        case _:
            return text_entry.pressed(session, view, event, registration_pages.put)


def held(session: Session, view: Registering, card: CardRef) -> Session:
    """A card before the reader: the blank one goes with what she has told, unless it is somebody's.

    That one again says nothing.
    """
    waits = view.step is Step.CARD or (view.step is Step.SENT and view.state is LineState.REFUSED)
    if not waits or card == view.card:
        return session
    return session.show(_checking(view, card)).want(AskPatron(card))


def asks(session: Session, card: CardRef) -> bool:
    """Whether it is asked whose that card is, so that nobody's goes with what a stranger has told."""
    view = _open(session.view)
    return view is not None and view.state is LineState.CHECKING and view.card == card


def card_known(session: Session, event: PatronKnown) -> Session:
    view = _open(session.view)
    assert view is not None, "it was asked"
    if isinstance(event.answer, Block) and event.answer.reason in NOBODYS:
        return _sent(session, view, event.card)
    return _became(session, view, replace(view, state=LineState.REFUSED, block=Block(Reason.CARD_TAKEN)))


def over(session: Session, ctx: Context, card: CardRef | None = None) -> Session:
    """Whoever comes while her number stands there: the family's visit goes on, else the next one begins."""
    view = session.view
    if not isinstance(view, Registering) or view.state not in DONE or (card is not None and card == view.card):
        return session
    return shared_visit.back(session, ctx) if session.visit.aside else home(session, ctx)


def broken_off(view: Registering) -> Registering | None:
    """What is to be read before a desk that can promise nothing closes; None where she has told nothing yet."""
    if view.state is LineState.CHECKING or view.state in DONE:
        return view
    if view.state is None and view.told == Registration():
        return None
    return replace(_forgotten(view), step=Step.SENT, state=LineState.REFUSED, block=None, card=None)


def left(session: Session) -> Session:
    """Whoever shows a card or a book in between has not registered: what was typed is gone."""
    view = _open(session.view)
    if view is None or view.step in HOLDS:
        return session
    return session.show(view.under)


def settled(session: Session, event: Settled, act: PatronResponse) -> Session:
    """The courier's answer: the number is made of the transaction, whether the central has heard of it or not."""
    view = _open(session.view)
    if view is None or act.ask != REGISTER or view.state is not LineState.CHECKING:
        return session
    told = law.number(event.transaction)
    match event.outcome:
        case Accepted():
            return _became(session, view, replace(_forgotten(view), state=LineState.DONE, number=told))
        case Deferred():
            return _became(session, view, replace(_forgotten(view), state=LineState.SAVED, number=told))
        case Refused(block=block):
            return _became(session, view, replace(view, state=LineState.REFUSED, block=block))


def not_written(session: Session, act: PatronResponse) -> Session:
    """The journal did not take it: nothing was promised, and she may try once more."""
    view = _open(session.view)
    if view is None or act.ask != REGISTER:
        return session
    return _became(session, view, replace(view, state=LineState.REFUSED, block=None, card=None))


def _became(session: Session, before: Registering, now: Registering) -> Session:
    return replace(session, view=_over(session.view, before, now))


def _over(view: View, before: Registering, now: Registering) -> View:
    """The same with another registration under whatever covers it."""
    if view is before or not isinstance(view, Help | SignIn | Technician | TouchTest | IdleWarning):
        return now
    return replace(view, under=_over(view.under, before, now))  # type: ignore[arg-type]


def _open(view: View) -> Registering | None:
    while isinstance(view, Help | SignIn | Technician | TouchTest | IdleWarning):
        view = view.under
    return view if isinstance(view, Registering) else None


def _forgotten(view: Registering) -> Registering:
    """It is on its way: nothing of it stays on the glass."""
    return replace(view, told=Registration(), answers={}, fault=None, child=view.is_child)


def _sent(session: Session, view: Registering, card: CardRef | None) -> Session:
    """Written down and handed over; while that is so nothing can be sent again."""
    purposes = view.form.purposes if view.form and not view.is_child else ()
    told = replace(
        view.told,
        name=view.told.name.strip(),
        contact=view.told.contact.strip(),
        consents={each.code: each.version for each in purposes if view.answers.get(each.code)},
    )
    said = PatronResponse(REGISTER, law.written(told), "", card)
    return _became(session, view, _checking(view, card)).want(Deliver(ItemId(""), said))


def _checking(view: Registering, card: CardRef | None) -> Registering:
    return replace(view, step=Step.SENT, state=LineState.CHECKING, block=None, card=card)
