"""What the end of a visit asks, one thing at most, and the reminder: shown when it comes, and nothing waits for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from kiosk.desk.effects import AskAfter, Deliver
from kiosk.desk.session import Context, Session, is_locked, is_proved
from kiosk.domain.after import AfterVisit, Ask, Note, Reminder
from kiosk.domain.model import ItemId
from kiosk.domain.questionnaires.offered import Offered, offered
from kiosk.domain.transactions import Said
from kiosk.events import AfterKnown
from kiosk.views import READING_SECONDS, Errand, Farewell, LineState, ReceiptState, choices

PRINTED = "printed"
QUESTIONNAIRE = "questionnaire"
LATER = "later"
"""She was asked and did not answer."""
AHEAD = (1, 3, 7)
"""Days before the last one that are offered as a reminder."""


def ask(session: Session, ctx: Context, view: Farewell) -> Session:
    """Asks the central what may be asked of her; a visit without a card is asked for a face by the kiosk itself."""
    card = session.visit.card
    if view.guest is None or card is None:
        return session.show(_asking(view, Ask("face"))) if ctx.rules.face else session
    lent = tuple(line.item for line in view.lines if line.errand is Errand.BORROW and line.state is LineState.DONE)
    return session.want(AskAfter(card, lent)) if session.central_answers else session


def known(session: Session, ctx: Context, event: AfterKnown) -> Session:
    """Shows what came, where the farewell still stands. Words that are behind the PIN stay there."""
    view = session.ground
    if not isinstance(view, Farewell) or view.guest is None:
        return session
    told = event.after
    soonest = min(told.reminders, key=lambda each: each.day, default=None)
    found = told.ask if told.ask and choices(told.ask) else None
    if found and found.kind == QUESTIONNAIRE and questionnaire(found, session, ctx) is None:
        found = None
    if found and found.kind == "message" and not is_proved(session):
        found = Ask(found.kind, found.about)
    view = replace(view, reminder=soonest, paper=view.paper or _paper(session, ctx, view, told), strip=told.strip)
    return session.on_ground(_asking(view, found) if found else view)


def questionnaire(ask: Ask, session: Session, ctx: Context) -> Offered | None:
    """What she is asked to answer, where this kiosk can put it. What she has said so far is behind the PIN."""
    facts = ask.facts
    so_far = "" if is_locked(session, ctx) else facts.get("so_far", "")
    return offered(ask.about, facts.get("form", ""), anonymous=bool(facts.get("anonymous")), so_far=so_far)


def _paper(session: Session, ctx: Context, view: Farewell, told: AfterVisit) -> tuple[Note, ...]:
    """A tap alone prints nobody's messages where there are PINs; what comes while it prints waits for the next one."""
    late = view.receipt in (ReceiptState.PRINTING, ReceiptState.PRINTED)
    return () if late or is_locked(session, ctx) else told.paper


def printed(session: Session, view: Farewell) -> Session:
    """What stood on the receipt has reached her."""
    if session.visit.card is None:
        return session
    told = [Deliver(ItemId(""), Said("message", PRINTED, each.about, session.visit.card)) for each in view.paper]
    return session.want(*told).on_ground(replace(view, paper=()))


def _asking(view: Farewell, found: Ask) -> Farewell:
    """A question costs her no second; only what somebody wrote for her is given time to be read."""
    to_read = READING_SECONDS if found.facts.get("words") else 0
    return replace(view, ask=found, seconds=max(view.seconds, to_read))


def answered(session: Session, view: Farewell, answer: str) -> Session:
    """Her answer goes the way of every transaction; nothing else of it is kept here."""
    if view.ask is None or view.answered:
        return session
    session = _say(session, view.ask, answer)
    return session.show(replace(view, answered=answer))


def left(session: Session) -> Session:
    """Whoever leaves without an answer is not asked again for a while; of nobody there is nothing to remember."""
    view = session.ground
    if not isinstance(view, Farewell) or view.ask is None or view.answered or session.visit.card is None:
        return session
    return _say(session, view.ask, LATER)


def _say(session: Session, asked: Ask, answer: str) -> Session:
    said = Said(asked.kind, answer, asked.about, session.visit.card)
    return session.want(Deliver(ItemId(""), said))


def change(session: Session, view: Farewell) -> Session:
    """Offers other days for the reminder."""
    if view.reminder is None:
        return session
    return session.show(replace(view, days=days(view.reminder)))


def days(reminder: Reminder) -> tuple[date, ...]:
    """A handful of days on which she may be reminded, the present one among them."""
    wished = {reminder.latest - timedelta(days=each) for each in AHEAD} | {reminder.day}
    return tuple(sorted(each for each in wished if reminder.earliest <= each <= reminder.latest))


def remind(session: Session, view: Farewell, day: str) -> Session:
    """Has her reminded on the day that she chose."""
    if view.reminder is None or session.visit.card is None:
        return session
    chosen = view.reminder.on(date.fromisoformat(day))
    said = Said("reminder", day, view.reminder.item, session.visit.card)
    return session.show(replace(view, reminder=chosen, days=())).want(Deliver(ItemId(""), said))
