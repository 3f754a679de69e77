"""Show the question and the reminder that the central sends for the end of a visit, and questionnaires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from kiosk.desk import text_entry
from kiosk.desk.effects import AskHub, Deliver, submit
from kiosk.desk.session import Context, Session, is_proved, on_visit
from kiosk.events import HubAnswered, Pressed
from kiosk.views import (
    FAREWELL_SECONDS,
    READING_SECONDS,
    Farewell,
    Feedback,
    LineState,
    ReceiptState,
    Survey,
    Thanks,
    VisitTask,
    choices,
    without_covers,
)
from kiosk.views.survey import YES
from kiosk.views.text_entry import first_board
from lending.questionnaires import (
    OfferedQuestionnaire,
    OneOf,
    Question,
    RatingQuestion,
    SomeOf,
    Value,
    YesNo,
    parse_offered,
    sheet,
)
from lending.questions import AFTER_VISIT, AfterVisit, PostVisitQuestion, ReceiptNote, Reminder
from lending.responses import (
    KINDS,
    AnonymousSurvey,
    MessageRead,
    NamedSurvey,
    RecommendationFeedback,
    ReminderDay,
    VisitRating,
)

PRINTED = "printed"
LATER, PART = "later", "part"
"""Answers for a question left open; for a named sheet, the answers so far follow `part`."""
AHEAD = (1, 3, 7)
"""Days before the latest possible day, offered for a reminder."""
START_SURVEY, GIVEN = "start", "given"
"""`given` is followed by the sheet if it carries the card; an anonymous sheet is sent separately as `sheet`."""


def ask(session: Session, ctx: Context, view: Farewell) -> Session:
    """Request the central's question; without a card, the kiosk asks for a smiley itself."""
    card = session.visit.card
    if view.guest is None or card is None:
        asks = ctx.rules.face and ctx.showcase.face and not _is_rated(view)
        return session.show(_asking(view, PostVisitQuestion(VisitRating.ask))) if asks else session
    lent = tuple(line.item for line in view.lines if line.errand is VisitTask.BORROW and line.state is LineState.DONE)
    return session.want(AskHub(AFTER_VISIT, card, lent)) if session.central_answers else session


def on_question(session: Session, ctx: Context, event: HubAnswered) -> Session:
    """Show what arrived, if the farewell is still open. Content that needs a PIN stays hidden without one."""
    view = session.ground
    if not isinstance(view, Farewell) or view.guest is None:
        return session
    content: AfterVisit = event.answer
    soonest = min(content.reminders, key=lambda each: each.day, default=None)
    found = content.ask if content.ask and choices(content.ask) else None
    if found and found.kind == VisitRating.ask and _is_rated(view):
        found = None
    if found and not is_proved(session):  # a recommendation reveals what the patron reads
        found = _without_private_facts(found) if found.kind != RecommendationFeedback.ask else None
    if found and found.kind == NamedSurvey.ask and questionnaire(found) is None:
        found = None
    strip = content.strip if is_proved(session) else None
    view = replace(
        view, reminder=soonest, paper=view.paper or _paper(session, view, content), strip=strip, message=content.message
    )
    return session.on_ground(_asking(view, found) if found else view)


def _is_rated(view: Farewell) -> bool:
    """Return whether an item was already rated: no patron is asked twice."""
    return any(line.face for line in view.lines)


def _without_private_facts(ask: PostVisitQuestion) -> PostVisitQuestion:
    """Strip what a found card must not reveal: the text of a reply, and the patron's answers so far."""
    if ask.kind == MessageRead.ask:
        return PostVisitQuestion(ask.kind, ask.about)
    return replace(ask, facts={name: fact for name, fact in ask.facts.items() if name != "so_far"})


def questionnaire(ask: PostVisitQuestion) -> OfferedQuestionnaire | None:
    """Parse the questionnaire of a question; None if this kiosk version cannot ask it."""
    facts = ask.facts
    anonymous, so_far = bool(facts.get("anonymous")), facts.get("so_far", "")
    return parse_offered(ask.about, facts.get("form", ""), anonymous=anonymous, so_far=so_far)


def _paper(session: Session, view: Farewell, content: AfterVisit) -> tuple[ReceiptNote, ...]:
    """Return the messages to print: none after a card alone, none once printing has begun."""
    late = view.receipt in (ReceiptState.PRINTING, ReceiptState.PRINTED)
    return () if late or not is_proved(session) else content.paper


def report_printed(session: Session, view: Farewell) -> Session:
    """Report that the messages on the receipt were printed."""
    if session.visit.card is None:
        return session
    deliveries = [submit(MessageRead(PRINTED, each.about, session.visit.card)) for each in view.paper]
    return session.want(*deliveries).on_ground(replace(view, paper=()))


def _asking(view: Farewell, found: PostVisitQuestion) -> Farewell:
    """Add the question without extending the countdown, unless it has a text to be read."""
    to_read = READING_SECONDS if found.facts.get("words") else 0
    return replace(view, ask=found, seconds=max(view.seconds, to_read))


def on_press(session: Session, view: Farewell, name: str, choice: str) -> Session:
    match name:
        case "answer":
            return submit_answer(session, view, choice)
        case "remind":
            return remind(session, view, choice)
        case _:
            return change(session, view)


def submit_answer(session: Session, view: Farewell, answer: str) -> Session:
    """Submit the answer to the question."""
    if view.ask is None or view.answered:
        return session
    answer, words = _unanswered_outcome(session, view.ask) if answer == LATER else (answer, answer)
    session = _say(session, view.ask, words)
    return session.show(replace(view, answered=answer))


def on_leave(session: Session) -> Session:
    """Report an unanswered question, so that it is not repeated soon; anonymous visits report nothing."""
    view = session.ground
    if not isinstance(view, Farewell) or view.ask is None or view.answered or session.visit.card is None:
        return session
    _, words = _unanswered_outcome(session, view.ask)
    return _say(session, view.ask, words)


def _unanswered_outcome(session: Session, asked: PostVisitQuestion) -> tuple[str, str]:
    """Return the outcome of an unanswered question and its answer text; a named, partly filled sheet is kept."""
    found = questionnaire(asked) if asked.kind == NamedSurvey.ask else None
    return half(found, session.visit.answers) if found else (LATER, LATER)


def half(offered: OfferedQuestionnaire, values: Mapping[str, Value]) -> tuple[str, str]:
    """Return the outcome of an unfinished sheet and its answer text; anonymous answers are discarded."""
    words = sheet(offered.form, values)
    return (LATER, LATER) if offered.anonymous or words == "{}" else (PART, f"{PART} {words}")


def _say(session: Session, asked: PostVisitQuestion, answer: str) -> Session:
    response = KINDS[asked.kind](answer, asked.about, session.visit.card)
    return session.want(submit(response))


def change(session: Session, view: Farewell) -> Session:
    """Offer other days for the reminder."""
    if view.reminder is None:
        return session
    return session.show(replace(view, days=days(view.reminder)))


def days(reminder: Reminder) -> tuple[date, ...]:
    """Return a few days for the reminder, including its current one."""
    wished = {reminder.latest - timedelta(days=each) for each in AHEAD} | {reminder.day}
    return tuple(sorted(each for each in wished if reminder.earliest <= each <= reminder.latest))


def remind(session: Session, view: Farewell, day: str) -> Session:
    """Submit the day that the patron chose for the reminder."""
    if view.reminder is None or session.visit.card is None:
        return session
    chosen = view.reminder.with_day(date.fromisoformat(day))
    wish = ReminderDay(day, view.reminder.item, session.visit.card)
    return session.show(replace(view, reminder=chosen, days=())).want(submit(wish))


def begin_survey(session: Session, view: Farewell) -> Session:
    found = questionnaire(view.ask) if view.ask else None
    return _open_survey(session, view, found) if found else session


def begin_unasked_survey(session: Session, view: Feedback) -> Session:
    """Begin the public questionnaire, without a card."""
    return _open_survey(session, view, view.survey) if view.survey else session


def _open_survey(session: Session, under: Farewell | Feedback, found: OfferedQuestionnaire) -> Session:
    values = session.visit.answers or found.so_far
    view = Survey(found, under, values, board=first_board(session.status.language))
    first = next((n for n, each in enumerate(view.asked) if each.name not in values), len(view.asked) - 1)
    return session.show(replace(view, at=first))


def on_survey_press(session: Session, view: Survey, event: Pressed) -> Session:
    choice = event.choice or ""
    if event.name not in text_entry.KEYS:
        view = text_entry.as_spelt(view, _put)
    match event.name:
        case "mark":
            return _set_answer(session, view, choice)
        case "onwards":
            return session.show(replace(view, at=view.at + 1))
        case "back" if view.at:
            return session.show(replace(view, at=view.at - 1))
        case "back":
            return on_visit(session, answers=view.values).show(_restart_countdown(view.under))
        case "stop":
            return on_survey_leave(session)
        case "hand_in":
            return _submit_sheet(session, view)
        case _:
            return text_entry.on_press(session, view, event, _put)


def _set_answer(session: Session, view: Survey, choice: str) -> Session:
    """Set an answer and go to the next question; a choice of several is toggled and stays on the question."""
    question = view.question
    value = _value(question, view.values.get(question.name), choice)
    view = replace(view, values={**view.values, question.name: value})
    alone = not isinstance(question, SomeOf)
    return session.show(replace(view, at=view.at + 1) if alone and not view.last else view)


def _value(question: Question, before: Value | None, choice: str) -> Value:
    match question:
        case RatingQuestion():
            return int(choice)
        case YesNo():
            return choice == YES
        case SomeOf(choices=choices):
            set_ = set(before if isinstance(before, list) else []) ^ {choice}
            return [each.value for each in choices if each.value in set_]
        case OneOf() | _:
            return choice


def _put(view: Survey, typed: str) -> Survey:
    return replace(view, values={**view.values, view.question.name: typed.lstrip()[: view.most]})


def _submit_sheet(session: Session, view: Survey) -> Session:
    """Submit the sheet; if it is anonymous, the card is sent only with the fact of participation."""
    offered, words = view.offered, sheet(view.offered.form, view.values)
    session = on_visit(session, answers={})
    if isinstance(view.under, Feedback):
        thanked = replace(view.under, thanks=Thanks.SHEET, survey=None)
        return session.show(thanked).want(submit(AnonymousSurvey(words, offered.about)))
    session = session.show(_restart_countdown(replace(view.under, answered=GIVEN)))
    if offered.anonymous:
        taken = _named_sheet(session, GIVEN, offered.about)
        return session.want(taken, submit(AnonymousSurvey(words, offered.about)))
    return session.want(_named_sheet(session, f"{GIVEN} {words}", offered.about))


def on_survey_leave(session: Session) -> Session:
    """Stop: keep the answers so far for the next visit, unless the questionnaire is anonymous."""
    view = without_covers(session.view)
    if not isinstance(view, Survey):
        return session
    view = text_entry.as_spelt(view, _put)
    session = on_visit(session.show(view.under), answers={})
    if not isinstance(view.under, Farewell):
        return session
    became, words = half(view.offered, view.values)
    session = session.want(_named_sheet(session, words, view.offered.about))
    return session.show(_restart_countdown(replace(view.under, answered=became)))


def _restart_countdown(under: Farewell | Feedback) -> Farewell | Feedback:
    return replace(under, seconds=FAREWELL_SECONDS) if isinstance(under, Farewell) else under


def _named_sheet(session: Session, answer: str, about: str) -> Deliver:
    return submit(NamedSurvey(answer, about, session.visit.card))
