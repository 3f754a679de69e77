"""Share one visit between several cards; a patron's lines are never shown to another."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import display_preferences, farewell, identification, other_cards
from kiosk.desk.home import start_again
from kiosk.desk.session import Context, Session, notice, without_notices, without_refusal
from kiosk.views import Asking, Farewell, Identify, VisitTask
from lending.model import CardRef

WAIT = "wait_for_checking"


def join(session: Session, ctx: Context, card: CardRef) -> Session:
    """Set the current card aside with its lines, and identify the other one."""
    if not other_cards.is_settled(session):
        return notice(session, WAIT)
    return identification.card_shown(
        other_cards.alone(display_preferences.reset_preferences(session, ctx)), ctx, card, VisitTask.BORROW
    )


def on_other_card(session: Session, ctx: Context, card: CardRef) -> Session:
    """Switch to another card of the same visit, or to the next farewell if one is shown."""
    if isinstance(session.view, Farewell):
        return next_farewell(session, ctx)
    session = without_refusal(without_notices(session))
    view = session.view
    return choose(session.show(view.under) if isinstance(view, Asking) else session, ctx, card)


def next_farewell(session: Session, ctx: Context) -> Session:
    """Leave a farewell for the next one due; a card or item presented now is ignored."""
    session = farewell.leave(session, ctx)
    view = session.view  # removing this card must not end the next card's farewell
    return session.show(replace(view, card_on_reader=False)) if isinstance(view, Farewell) else session


def choose(session: Session, ctx: Context, card: CardRef) -> Session:
    """Make one of the cards current: scanned items go to it."""
    if not other_cards.is_settled(session):
        return notice(session, WAIT)
    return identification.enter(
        other_cards.take_up(display_preferences.reset_preferences(session, ctx), card), ctx, VisitTask.BORROW
    )


def back(session: Session, ctx: Context) -> Session:
    """Go back to the previous card of the visit, or to the first screen if there is none."""
    view = session.view
    before = session.visit.aside[-1].card if session.visit.aside else None
    if isinstance(view, Identify) and (view.guest is not None or before is None):
        return identification.back(session, ctx, view)
    return start_again(session, ctx) if before is None else choose(session, ctx, before)
