"""Several cards in one visit: another one joins, one is chosen; what is done for one is never shown to the next."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import display_preferences, farewell, identification, other_cards
from kiosk.desk.home import start_again
from kiosk.desk.session import Context, Session, heard, notice, rested
from kiosk.views import Asking, Farewell, Identify, VisitTask
from lending.model import CardRef

WAIT = "wait_for_checking"


def join(session: Session, ctx: Context, card: CardRef) -> Session:
    """The other card is asked about; the books of the one before stay hers."""
    if not other_cards.is_settled(session):
        return notice(session, WAIT)
    return identification.card_shown(
        other_cards.alone(display_preferences.taken_off(session, ctx)), ctx, card, VisitTask.BORROW
    )


def held(session: Session, ctx: Context, card: CardRef) -> Session:
    """Another card of the same visit: the books go to it from now on, and a farewell gives way to the next."""
    if isinstance(session.view, Farewell):
        return next_farewell(session, ctx)
    session = heard(rested(session))
    view = session.view
    return choose(session.show(view.under) if isinstance(view, Asking) else session, ctx, card)


def next_farewell(session: Session, ctx: Context) -> Session:
    """Whatever is shown at a farewell waits until each of the family was told what was done for her."""
    session = farewell.leave(session, ctx)
    view = session.view  # the lifting of that card ends nobody's farewell
    return session.show(replace(view, card_on_reader=False)) if isinstance(view, Farewell) else session


def choose(session: Session, ctx: Context, card: CardRef) -> Session:
    """From now on the books that are shown go to this one of the cards."""
    if not other_cards.is_settled(session):
        return notice(session, WAIT)
    return identification.enter(
        other_cards.taken_up(display_preferences.taken_off(session, ctx), card), ctx, VisitTask.BORROW
    )


def back(session: Session, ctx: Context) -> Session:
    """From where a card is asked for, or none is needed: on with the card before where there is one, else home."""
    view = session.view
    before = session.visit.aside[-1].card if session.visit.aside else None
    if isinstance(view, Identify) and (view.guest is not None or before is None):
        return identification.back(session, ctx, view)
    return start_again(session, ctx) if before is None else choose(session, ctx, before)
