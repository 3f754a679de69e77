"""Send a question to a librarian, by topic or in own words; the reply is sent as a message."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk.effects import submit
from kiosk.desk.session import Session
from kiosk.views import AskLibrarian, ForYou
from lending.responses import LibrarianQuestion

WITHOUT_WORDS = "call"
"""Answer for "a librarian should write to me", without text."""
OTHER = "other"


def open_up(session: Session, view: ForYou) -> Session:
    return session.show(AskLibrarian(view.guest, lines=view.lines))


def send_text(session: Session, view: AskLibrarian, words: str) -> Session:
    """Send the text that the patron wrote."""
    question = LibrarianQuestion(words, OTHER, session.visit.card)
    return session.show(replace(view, about=OTHER)).want(submit(question))


def send_topic(session: Session, view: AskLibrarian, about: str) -> Session:
    question = LibrarianQuestion(WITHOUT_WORDS, about, session.visit.card)
    return session.show(replace(view, about=about)).want(submit(question))
