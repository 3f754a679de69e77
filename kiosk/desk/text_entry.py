"""Handle the on-screen keyboard of text views, including pinyin input, and the free texts written with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from kiosk.desk import feedback, for_you
from kiosk.desk.effects import AskCharacters
from kiosk.desk.session import Session, on_visit
from kiosk.events import CharactersFound, Pressed
from kiosk.views import (
    AskLibrarian,
    Board,
    Feedback,
    Registering,
    Spelling,
    Survey,
    Writing,
    with_uncovered,
    without_covers,
)
from kiosk.views.patron_input import TextKind
from kiosk.views.text_entry import MOST_LETTERS, NOTHING_SPELT, first_board

KEYS = ("key", "erase", "pick", "turn")
V = TypeVar("V", Survey, Writing, Registering)


def on_press(session: Session, view: V, event: Pressed, put: Callable[[V, str], V]) -> Session:
    """Handle a key. `put` returns the view with a new text."""
    choice, letters = event.choice or "", view.spelling.letters
    match event.name:
        case "key" if view.board is Board.PINYIN and choice.isascii() and choice.isalpha():
            return _spell(session, view, (letters + choice)[:MOST_LETTERS])
        case "key" if letters and choice == " ":
            return _pick(session, view, 0, put)
        case "key":
            view = _as_offered(view, put)
            return session.show(put(view, view.typed + choice))
        case "erase" if choice:
            return session.show(put(replace(view, spelling=NOTHING_SPELT), ""))
        case "erase" if letters:
            return _spell(session, view, letters[:-1])
        case "erase":
            return session.show(put(view, view.typed[:-1]))
        case "pick":
            return _pick(session, view, int(choice), put)
        case "turn":
            return session.show(replace(as_spelt(view, put), board=Board(choice)))
        case _:
            return session


def on_candidates(session: Session, event: CharactersFound) -> Session:
    """Show the character candidates if the letters are still the same, also below overlays."""
    view = without_covers(session.view)
    if not isinstance(view, Survey | Writing | Registering) or view.spelling.letters != event.letters:
        return session
    spelling = Spelling(event.letters, event.letters, event.offered)
    return session.show(with_uncovered(session.view, replace(view, spelling=spelling)))


def as_spelt(view: V, put: Callable[[V, str], V]) -> V:
    """Accept pending letters literally."""
    letters = view.spelling.letters
    return put(replace(view, spelling=NOTHING_SPELT), view.typed + letters) if letters else view


def _as_offered(view: V, put: Callable[[V, str], V]) -> V:
    """Accept the best candidate, as a space does, for example before a comma."""
    if not view.spelling.ready:
        return as_spelt(view, put)
    first, letters = view.spelling.offered[0], view.spelling.letters
    return put(replace(view, spelling=NOTHING_SPELT), view.typed + first.words + letters[first.letters :])


def _spell(session: Session, view: V, letters: str) -> Session:
    """Request candidates for the letters; the previous ones stay visible until they arrive."""
    if not letters:
        return session.show(replace(view, spelling=NOTHING_SPELT))
    return session.show(replace(view, spelling=replace(view.spelling, letters=letters))).want(AskCharacters(letters))


def _pick(session: Session, view: V, at: int, put: Callable[[V, str], V]) -> Session:
    """Accept a candidate; the letters that it does not cover stay pending."""
    if not view.spelling.ready:
        return session
    chosen = view.spelling.offered[at]
    typed = put(view, view.typed + chosen.words)
    return _spell(session, typed, view.spelling.letters[chosen.letters :])


def open_free_text(session: Session, under: Feedback | AskLibrarian, name: str) -> Session:
    """Open the editor with the draft kept from earlier."""
    letter = (
        TextKind.QUESTION
        if isinstance(under, AskLibrarian)
        else TextKind.WISH
        if name == "name_it"
        else TextKind.OPINION
    )
    board = first_board(session.status.language)
    return session.show(Writing(letter, under, session.visit.drafts.get(letter, ""), board))


def on_free_text_press(session: Session, view: Writing, event: Pressed) -> Session:
    if event.name not in KEYS:
        view = as_spelt(view, _put_free_text)
    match event.name:
        case "back":
            drafts = {**session.visit.drafts, view.letter: view.typed}
            return on_visit(session, drafts=drafts).show(view.under)
        case "send_words":
            return _send(session, view)
        case _:
            return on_press(session, view, event, _put_free_text)


def on_free_text_leave(session: Session) -> Session:
    """Close the editor without sending when a card or item is scanned or the patron leaves."""
    view = without_covers(session.view)
    return session.show(view.under) if isinstance(view, Writing) else session


def _put_free_text(view: Writing, typed: str) -> Writing:
    return replace(view, typed=typed.lstrip()[: view.most])


def _send(session: Session, view: Writing) -> Session:
    words, under = view.typed.strip(), view.under
    session = on_visit(session, drafts={**session.visit.drafts, view.letter: ""})
    if isinstance(under, AskLibrarian):
        return for_you.send_question(session, under, words)
    return feedback.send_text(session, under, words)
