"""Show a greeting with the empty list: requested when the list opens, shown when it arrives."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk.effects import AskHub
from kiosk.desk.session import Context, Session, is_proved, on_visit
from kiosk.events import HubAnswered
from kiosk.views import Borrowing
from kiosk.views.visit import Guide, NewTitles, Shown
from lending.model import Patron
from lending.policy import Rule
from lending.questions import GREETING, Greeting, Greets

MOST = 5
"""Maximum number of new titles."""
BOOK = "book"


def ask(session: Session, ctx: Context) -> Session:
    """Request the greeting once per card; after the PIN if a card alone must not reveal that it is known."""
    visit = session.visit
    tells = ctx.rules.pin != "always" or is_proved(session)
    if visit.card is None or visit.greeted or not tells or not session.central_answers:
        return session
    return on_visit(session, greeted=True).want(AskHub(GREETING, visit.card))


def on_greeting(session: Session, ctx: Context, event: HubAnswered) -> Session:
    patron, view = session.visit.patron, session.ground
    greeting: Greeting | None = event.answer
    if event.card != session.visit.card or patron is None or greeting is None:
        return session
    shown = _greeting_to_show(greeting, patron, ctx)
    session = on_visit(session, greeting=shown)
    return session.on_ground(replace(view, greeting=shown)) if isinstance(view, Borrowing) else session


def _greeting_to_show(greeting: Greeting, patron: Patron, ctx: Context) -> Shown | None:
    match greeting.kind:
        case Greets.GUIDE:
            rule = _usual(patron, ctx)
            days, renews = (rule.days or 0, rule.renewals > 0) if rule else (0, False)
            return Guide(greeting.words, days, renews, phone=bool(ctx.receipts), finds=ctx.finds)
        case Greets.NEWS:
            titles = ctx.showcase.news[:MOST]
            return NewTitles(greeting.words, titles) if titles else None


def _usual(patron: Patron, ctx: Context) -> Rule | None:
    """Return the rule by which a book is lent to this patron here."""
    rule = ctx.policy.rule_for(patron.category, BOOK, ctx.rules.branch) if ctx.policy else None
    return None if rule is None or rule.reading_room_only else rule
