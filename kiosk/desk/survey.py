"""Ask a questionnaire one question at a time and submit its sheet; anonymous sheets carry no card."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import text_entry
from kiosk.desk.effects import Deliver, submit
from kiosk.desk.post_visit import half, questionnaire
from kiosk.desk.session import Session, on_visit
from kiosk.events import Pressed
from kiosk.views import (
    FAREWELL_SECONDS,
    Farewell,
    Feedback,
    Survey,
    Thanks,
    without_covers,
)
from kiosk.views.survey import YES
from kiosk.views.text_entry import first_board
from lending.questionnaires.form import OneOf, Question, Rating, SomeOf, YesNo
from lending.questionnaires.offered import OfferedQuestionnaire, sheet
from lending.questionnaires.visible import Value
from lending.responses import AnonymousSurvey, NamedSurvey

START, GIVEN = "start", "given"
"""`given` is followed by the sheet if it carries the card; an anonymous sheet is sent separately as `sheet`."""


def begin(session: Session, view: Farewell) -> Session:
    found = questionnaire(view.ask) if view.ask else None
    return _open_survey(session, view, found) if found else session


def begin_unasked(session: Session, view: Feedback) -> Session:
    """Begin the public questionnaire, without a card."""
    return _open_survey(session, view, view.survey) if view.survey else session


def _open_survey(session: Session, under: Farewell | Feedback, found: OfferedQuestionnaire) -> Session:
    values = session.visit.answers or found.so_far
    view = Survey(found, under, values, board=first_board(session.status.language))
    first = next((n for n, each in enumerate(view.asked) if each.name not in values), len(view.asked) - 1)
    return session.show(replace(view, at=first))


def on_press(session: Session, view: Survey, event: Pressed) -> Session:
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
            return on_leave(session)
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
        case Rating():
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


def on_leave(session: Session) -> Session:
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
