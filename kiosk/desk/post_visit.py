"""What the end of a visit asks, one thing at most, and the reminder: shown when it comes, and nothing waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from kiosk.desk.effects import AskAfter, Deliver
from kiosk.desk.session import Context, Session, is_proved
from kiosk.events import AfterKnown
from kiosk.views import READING_SECONDS, Farewell, LineState, ReceiptState, VisitTask, choices
from lending.model import ItemId
from lending.post_visit import AfterVisit, Note, PostVisitQuestion, Reminder
from lending.questionnaires.offered import Offered, offered, sheet
from lending.questionnaires.visible import Value
from lending.transactions import PatronResponse

PRINTED = "printed"
FACE, QUESTIONNAIRE = "face", "questionnaire"
PICK = "pick"
"""A title for her: what she reads is told to nobody who has only shown a card."""
LATER, PART = "later", "part"
"""She was asked and did not answer; with her name on it, what she has said so far follows `part`."""
AHEAD = (1, 3, 7)
"""Days before the last one that are offered as a reminder."""


def ask(session: Session, ctx: Context, view: Farewell) -> Session:
    """Asks the central what may be asked of her; a visit without a card is asked for a face by the kiosk itself."""
    card = session.visit.card
    if view.guest is None or card is None:
        asks = ctx.rules.face and ctx.showcase.face and not _faced(view)
        return session.show(_asking(view, PostVisitQuestion(FACE))) if asks else session
    lent = tuple(line.item for line in view.lines if line.errand is VisitTask.BORROW and line.state is LineState.DONE)
    return session.want(AskAfter(card, lent)) if session.central_answers else session


def known(session: Session, ctx: Context, event: AfterKnown) -> Session:
    """Shows what came, where the farewell still stands. Words that are behind the PIN stay there."""
    view = session.ground
    if not isinstance(view, Farewell) or view.guest is None:
        return session
    told = event.after
    soonest = min(told.reminders, key=lambda each: each.day, default=None)
    found = told.ask if told.ask and choices(told.ask) else None
    if found and found.kind == FACE and _faced(view):
        found = None
    if found and not is_proved(session):
        found = _of_anybody(found) if found.kind != PICK else None
    if found and found.kind == QUESTIONNAIRE and questionnaire(found) is None:
        found = None
    strip = told.strip if is_proved(session) else None
    view = replace(
        view, reminder=soonest, paper=view.paper or _paper(session, view, told), strip=strip, message=told.message
    )
    return session.on_ground(_asking(view, found) if found else view)


def _faced(view: Farewell) -> bool:
    """Somebody has touched a face beside a book: nobody is asked for two."""
    return any(line.face for line in view.lines)


def _of_anybody(ask: PostVisitQuestion) -> PostVisitQuestion:
    """As a found card may show it: neither the words of an answer nor what she has said so far."""
    if ask.kind == "message":
        return PostVisitQuestion(ask.kind, ask.about)
    return replace(ask, facts={name: fact for name, fact in ask.facts.items() if name != "so_far"})


def questionnaire(ask: PostVisitQuestion) -> Offered | None:
    """What she is asked to answer, where this kiosk can put it."""
    facts = ask.facts
    anonymous, so_far = bool(facts.get("anonymous")), facts.get("so_far", "")
    return offered(ask.about, facts.get("form", ""), anonymous=anonymous, so_far=so_far)


def _paper(session: Session, view: Farewell, told: AfterVisit) -> tuple[Note, ...]:
    """A tap alone prints nobody's messages; what comes while it prints waits for the next one."""
    late = view.receipt in (ReceiptState.PRINTING, ReceiptState.PRINTED)
    return () if late or not is_proved(session) else told.paper


def printed(session: Session, view: Farewell) -> Session:
    """What stood on the receipt has reached her."""
    if session.visit.card is None:
        return session
    told = [
        Deliver(ItemId(""), PatronResponse("message", PRINTED, each.about, session.visit.card)) for each in view.paper
    ]
    return session.want(*told).on_ground(replace(view, paper=()))


def _asking(view: Farewell, found: PostVisitQuestion) -> Farewell:
    """A question costs her no second; only what somebody wrote for her is given time to be read."""
    to_read = READING_SECONDS if found.facts.get("words") else 0
    return replace(view, ask=found, seconds=max(view.seconds, to_read))


def pressed(session: Session, view: Farewell, name: str, choice: str) -> Session:
    match name:
        case "answer":
            return answered(session, view, choice)
        case "remind":
            return remind(session, view, choice)
        case _:
            return change(session, view)


def answered(session: Session, view: Farewell, answer: str) -> Session:
    """Her answer goes the way of every transaction; nothing else of it is kept here."""
    if view.ask is None or view.answered:
        return session
    answer, words = _later(session, view.ask) if answer == LATER else (answer, answer)
    session = _say(session, view.ask, words)
    return session.show(replace(view, answered=answer))


def left(session: Session) -> Session:
    """Whoever leaves without an answer is not asked again for a while; of nobody there is nothing to remember."""
    view = session.ground
    if not isinstance(view, Farewell) or view.ask is None or view.answered or session.visit.card is None:
        return session
    _, words = _later(session, view.ask)
    return _say(session, view.ask, words)


def _later(session: Session, asked: PostVisitQuestion) -> tuple[str, str]:
    """What becomes of it where she gives no answer, and as it is said: half a sheet of hers is kept."""
    found = questionnaire(asked) if asked.kind == QUESTIONNAIRE else None
    return half(found, session.visit.answers) if found else (LATER, LATER)


def half(offered: Offered, values: Mapping[str, Value]) -> tuple[str, str]:
    """What becomes of a sheet that is not handed in, and as it is said: what shall be nobody's is not kept."""
    words = sheet(offered.form, values)
    return (LATER, LATER) if offered.anonymous or words == "{}" else (PART, f"{PART} {words}")


def _say(session: Session, asked: PostVisitQuestion, answer: str) -> Session:
    said = PatronResponse(asked.kind, answer, asked.about, session.visit.card)
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
    said = PatronResponse("reminder", day, view.reminder.item, session.visit.card)
    return session.show(replace(view, reminder=chosen, days=())).want(Deliver(ItemId(""), said))
