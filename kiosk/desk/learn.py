"""Learning at the desk: a lesson page by page, its quiz, what is online and which courses there are; asks nobody."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import admit
from kiosk.desk.home import start_again
from kiosk.desk.session import Context, Session, guest_of
from kiosk.events import Pressed
from kiosk.views import Errand
from kiosk.views.find import Find
from kiosk.views.learn import COURSES, RESOURCES, Learn


def open_up(session: Session, ctx: Context, about: str = "", under: Find | None = None) -> Session:
    """What the library has online and offers to teach is of its showcase: it is there without the hub too."""
    shows, now = ctx.showcase, ctx.now
    courses = tuple(each for each in shows.courses if each.begins > now)
    guest, lines = guest_of(session, ctx), session.lines
    return session.show(Learn(about, resources=shows.resources, courses=courses, under=under, guest=guest, lines=lines))


def pressed(session: Session, ctx: Context, view: Learn, event: Pressed) -> Session:
    choice = event.choice or ""
    match event.name:
        case "learn":
            return session.show(replace(view, about=choice, page=0, marked="", opened=None))
        case "next_page":
            return session.show(replace(view, page=view.page + 1))
        case "mark":
            return session.show(replace(view, marked=choice))
        case "open":
            return session.show(replace(view, opened=int(choice)))
        case "back":
            return _back(session, ctx, view)
        case _:
            return session


def _back(session: Session, ctx: Context, view: Learn) -> Session:
    """One step: a page, a code, to the choice, and to where she came from."""
    if view.opened is not None:
        return session.show(replace(view, opened=None))
    if view.page and view.about not in (RESOURCES, COURSES):
        return session.show(replace(view, page=view.page - 1, marked=""))
    if view.under is not None:
        return session.show(replace(view.under, guest=view.guest, lines=view.lines))
    if view.about:
        return session.show(replace(view, about="", marked=""))
    if session.visit.patron is not None:
        return admit.enter(session, ctx, Errand.BORROW)
    return start_again(session, ctx)
