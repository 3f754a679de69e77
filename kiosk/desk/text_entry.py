"""Handle the on-screen keyboard of text views, including pinyin input with character candidates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from kiosk.desk.effects import AskCharacters
from kiosk.desk.session import Session
from kiosk.events import CharactersFound, Pressed
from kiosk.views import Board, Registering, Spelling, Survey, Writing, with_uncovered, without_covers
from kiosk.views.text_entry import MOST_LETTERS, NOTHING_SPELT

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
