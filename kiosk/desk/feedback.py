"""Collect feedback without a card: a smiley, its topic or text, or a book to buy."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk.effects import AskHub, submit
from kiosk.desk.session import Context, Session
from kiosk.events import HubAnswered
from kiosk.views import Feedback, Thanks
from lending.questions import PUBLISHED
from lending.responses import PurchaseSuggestion, VisitRating


def open_up(session: Session, ctx: Context) -> Session:
    return session.show(Feedback(survey=ctx.showcase.survey)).want(AskHub(PUBLISHED))


def on_published(session: Session, ctx: Context, event: HubAnswered) -> Session:
    """Show published answers to earlier feedback, if the view is still open."""
    view = session.ground
    return session.on_ground(replace(view, published=event.answer)) if isinstance(view, Feedback) else session


def on_press(session: Session, view: Feedback, name: str, choice: str) -> Session:
    match name:
        case "face":
            return session.show(replace(view, face=choice, thanks=None))
        case "topic":
            return _send(session, view, choice)
        case "send":
            return _send(session, view, "")
        case "wish":
            thanked = replace(view, isbn="", thanks=Thanks.WISH)
            return session.show(thanked).want(submit(PurchaseSuggestion(view.isbn)))
        case "not_this":
            return session.show(replace(view, isbn=""))
        case _:
            return session


def on_isbn(session: Session, isbn: str) -> Session:
    """Handle a scanned ISBN: a suggestion for a book that the library may not own."""
    view = session.view
    if not isinstance(view, Feedback):
        return session
    session = on_leave(session)
    view = session.view
    assert isinstance(view, Feedback)
    return session.show(replace(view, isbn=isbn, thanks=None))


def on_leave(session: Session) -> Session:
    """Send a smiley that was touched but not submitted when the patron leaves."""
    view = session.ground
    if not isinstance(view, Feedback) or not view.face:
        return session
    return session.on_ground(_mark_rated(view)).want(submit(VisitRating(view.face)))


def _send(session: Session, view: Feedback, about: str) -> Session:
    return session.show(_mark_rated(view)).want(submit(VisitRating(view.face, about)))


def send_text(session: Session, view: Feedback, words: str) -> Session:
    """Send the text: with the touched smiley as an opinion, otherwise as a title to buy."""
    if not view.face:
        return session.show(replace(view, isbn="", thanks=Thanks.WISH)).want(submit(PurchaseSuggestion(words)))
    return session.show(_mark_rated(view)).want(submit(VisitRating(f"{view.face}\n{words}")))


def _mark_rated(view: Feedback) -> Feedback:
    return replace(view, face="", rated=True, thanks=Thanks.FACE)
