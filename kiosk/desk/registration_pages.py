"""Step through the questions of a registration: typed and marked answers, faults, back."""

from __future__ import annotations

import re
from dataclasses import replace

from kiosk.desk.session import Session
from kiosk.views import Registering, View
from kiosk.views.registration import TYPED, Step
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
    looked = view.looked or step is Step.CHECK
    return replace(view, step=step, purpose=purpose, board=board, fault=None, state=None, block=None, looked=looked)


def onwards(session: Session, view: Registering) -> Registering:
    """Go to the next question; after the summary was seen, to the next unanswered one or back to the summary."""
    at, pages = view.place + 1, view.pages
    if view.looked:
        at = next((n for n, each in enumerate(pages) if not _is_answered(view, *each)), len(pages) - 1)
    return page(session, view, at)


def _is_answered(view: Registering, step: Step, purpose: int) -> bool:
    answers = view.told
    match step:
        case Step.CONSENT:
            return view.form is not None and view.form.purposes[purpose].code in view.answers
        case Step.GROUP:
            return bool(answers.group)
        case Step.LANGUAGE:
            return bool(answers.language)
        case Step.CHECK:
            return False
        case _:
            return _fault(replace(view, step=step)) is None


def _fault(view: Registering) -> InputFault | None:
    match view.step:
        case Step.BORN:
            return law.year_fault(view.told.born, view.year)
        case Step.CONTACT:
            return law.contact_fault(view.told.contact, needed=view.needs_address)
        case _:
            return law.name_fault(view.typed)


def continued(session: Session, view: Registering) -> Registering:
    fault = _fault(view)
    return replace(view, fault=fault) if fault else onwards(session, view)


def marked(view: Registering, choice: str) -> Registering:
    match view.step:
        case Step.GROUP:
            return replace(view, told=replace(view.told, group=choice))
        case Step.LANGUAGE:
            return replace(view, told=replace(view.told, language=choice))
        case _:
            asked = view.asked_for
            return view if asked is None else replace(view, answers={**view.answers, asked.code: choice == YES})


def place(view: Registering, choice: str) -> int:
    purposes = view.form.purposes if view.form else ()
    names = (purposes[n].code if step is Step.CONSENT else step for step, n in view.pages)
    return next((at for at, name in enumerate(names) if name == choice), 0)


def put(view: Registering, typed: str) -> Registering:
    """Set the typed text: names get capital letters, which the keyboard lacks; a year is digits only."""
    typed = typed.lstrip()
    match view.step:
        case Step.BORN:
            before = view.is_child
            view = view.put(re.sub("[^0-9]", "", typed)[: view.most])
            return view if view.is_child == before else replace(view, told=replace(view.told, contact="", guardian=""))
        case Step.CONTACT:
            return view.put(typed[: view.most])
        case _:
            return view.put(BEGINS.sub(lambda found: found[0].upper(), typed)[: view.most])


def back(session: Session, view: Registering) -> View:
    """Go to the previous question; from the first one, discard all answers."""
    ways = view.form is not None and bool(view.link)
    match view.step:
        case Step.WAY:
            return view.under
        case Step.PHONE:
            return replace(view, step=Step.WAY) if ways else view.under
        case Step.CARD:
            return page(session, view, len(view.pages) - 1)
        case Step.SENT if view.block is not None:
            return replace(view, step=Step.CARD, state=None, block=None, card=None)
        case Step.SENT if view.told == Registration():
            return view.under
        case Step.SENT:
            return page(session, view, len(view.pages) - 1)
        case _ if view.place:
            return page(session, view, view.place - 1)
        case _ if ways:
            return Registering(view.under, view.form, view.link, view.year, view.reads)
        case _:
            return view.under
