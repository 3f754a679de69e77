"""Asking a librarian: what it is about, by one touch; the answer finds her. It goes the way of every transaction."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk.effects import Deliver
from kiosk.desk.session import Session
from kiosk.views import AskLibrarian, ForYou
from lending.model import ItemId
from lending.transactions import PatronResponse

WITHOUT_WORDS = "call"
"""A librarian is to write to her."""
OTHER = "other"


def open_up(session: Session, view: ForYou) -> Session:
    return session.show(AskLibrarian(view.guest, lines=view.lines))


def written(session: Session, view: AskLibrarian, words: str) -> Session:
    """In her own words."""
    said = PatronResponse("question", words, OTHER, session.visit.card)
    return session.show(replace(view, about=OTHER)).want(Deliver(ItemId(""), said))


def asked(session: Session, view: AskLibrarian, about: str) -> Session:
    said = PatronResponse("question", WITHOUT_WORDS, about, session.visit.card)
    return session.show(replace(view, about=about)).want(Deliver(ItemId(""), said))
