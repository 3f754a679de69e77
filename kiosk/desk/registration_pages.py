"""Step through the questions of a registration: typed and marked answers, faults, back."""

from __future__ import annotations

import re
from dataclasses import replace

from kiosk.desk.session import Session
from kiosk.views import Registering, View
from kiosk.views.registration import TYPED, RegistrationStep
from kiosk.views.registration_actions import YES
from kiosk.views.text_entry import FOR_WORDS, Board, first_board
from lending import registration as law
from lending.registration import InputFault, Registration

BEGINS = re.compile(r"(?:^|(?<=[\s.'-]))[a-zа-яёөү]")


def page(session: Session, view: Registering, at: int) -> Registering:
    """Return the question at an index, with the keyboard that suits its usual answers."""
    step, purpose = view.pages[at]
    boards = TYPED.get(step, (Board.LATIN,))
    first = first_board(session.status.language)
    board = first if boards == FOR_WORDS else boards[0]
    looked = view.looked or step is RegistrationStep.CHECK
    return replace(view, step=step, purpose=purpose, board=board, fault=None, state=None, block=None, looked=looked)


def onwards(session: Session, view: Registering) -> Registering:
    """Go to the next question; after the summary was seen, to the next unanswered one or back to the summary."""
    at, pages = view.place + 1, view.pages
    if view.looked:
        at = next((n for n, each in enumerate(pages) if not _is_answered(view, *each)), len(pages) - 1)
    return page(session, view, at)


def _is_answered(view: Registering, step: RegistrationStep, purpose: int) -> bool:
    answers = view.entered
    match step:
        case RegistrationStep.CONSENT:
            return view.form is not None and view.form.purposes[purpose].code in view.answers
        case RegistrationStep.GROUP:
            return bool(answers.group)
        case RegistrationStep.LANGUAGE:
            return bool(answers.language)
        case RegistrationStep.CHECK:
            return False
        case _:
            return _fault(replace(view, step=step)) is None


def _fault(view: Registering) -> InputFault | None:
    match view.step:
        case RegistrationStep.BORN:
            return law.year_fault(view.entered.born, view.year)
        case RegistrationStep.CONTACT:
            return law.contact_fault(view.entered.contact, needed=view.needs_address)
        case _:
            return law.name_fault(view.typed)


def next_page(session: Session, view: Registering) -> Registering:
    fault = _fault(view)
    return replace(view, fault=fault) if fault else onwards(session, view)


def set_choice(view: Registering, choice: str) -> Registering:
    match view.step:
        case RegistrationStep.GROUP:
            return replace(view, entered=replace(view.entered, group=choice))
        case RegistrationStep.LANGUAGE:
            return replace(view, entered=replace(view.entered, language=choice))
        case _:
            asked = view.asked_for
            return view if asked is None else replace(view, answers={**view.answers, asked.code: choice == YES})


def place(view: Registering, choice: str) -> int:
    purposes = view.form.purposes if view.form else ()
    names = (purposes[n].code if step is RegistrationStep.CONSENT else step for step, n in view.pages)
    return next((at for at, name in enumerate(names) if name == choice), 0)


def put(view: Registering, typed: str) -> Registering:
    """Set the typed text: names get capital letters, which the keyboard lacks; a year is digits only."""
    typed = typed.lstrip()
    match view.step:
        case RegistrationStep.BORN:
            before = view.is_child
            view = view.with_text(re.sub("[^0-9]", "", typed)[: view.most])
            return (
                view
                if view.is_child == before
                else replace(view, entered=replace(view.entered, contact="", guardian=""))
            )
        case RegistrationStep.CONTACT:
            return view.with_text(typed[: view.most])
        case _:
            return view.with_text(BEGINS.sub(lambda found: found[0].upper(), typed)[: view.most])


def back(session: Session, view: Registering) -> View:
    """Go to the previous question; from the first one, discard all answers."""
    ways = view.form is not None and bool(view.link)
    match view.step:
        case RegistrationStep.WAY:
            return view.under
        case RegistrationStep.PHONE:
            return replace(view, step=RegistrationStep.WAY) if ways else view.under
        case RegistrationStep.CARD:
            return page(session, view, len(view.pages) - 1)
        case RegistrationStep.SENT if view.block is not None:
            return replace(view, step=RegistrationStep.CARD, state=None, block=None, card=None)
        case RegistrationStep.SENT if view.entered == Registration():
            return view.under
        case RegistrationStep.SENT:
            return page(session, view, len(view.pages) - 1)
        case _ if view.place:
            return page(session, view, view.place - 1)
        case _ if ways:
            return Registering(view.under, view.form, view.link, view.year, view.reads)
        case _:
            return view.under
