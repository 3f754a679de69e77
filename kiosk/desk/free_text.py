"""Let the patron write free text: an opinion, a missing title or a question; sent as a transaction."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import ask_librarian, feedback, text_entry
from kiosk.desk.session import Session, on_visit
from kiosk.events import Pressed
from kiosk.views import (
    AskLibrarian,
    Feedback,
    Writing,
    without_covers,
)
from kiosk.views.free_text import TextKind
from kiosk.views.text_entry import first_board


def open_up(session: Session, under: Feedback | AskLibrarian, name: str) -> Session:
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


def on_press(session: Session, view: Writing, event: Pressed) -> Session:
    if event.name not in text_entry.KEYS:
        view = text_entry.as_spelt(view, _put)
    match event.name:
        case "back":
            drafts = {**session.visit.drafts, view.letter: view.typed}
            return on_visit(session, drafts=drafts).show(view.under)
        case "send_words":
            return _send(session, view)
        case _:
            return text_entry.on_press(session, view, event, _put)


def on_leave(session: Session) -> Session:
    """Close the editor without sending when a card or item is scanned or the patron leaves."""
    view = without_covers(session.view)
    return session.show(view.under) if isinstance(view, Writing) else session


def _put(view: Writing, typed: str) -> Writing:
    return replace(view, typed=typed.lstrip()[: view.most])


def _send(session: Session, view: Writing) -> Session:
    words, under = view.typed.strip(), view.under
    session = on_visit(session, drafts={**session.visit.drafts, view.letter: ""})
    if isinstance(under, AskLibrarian):
        return ask_librarian.send_text(session, under, words)
    return feedback.send_text(session, under, words)
