"""Show lessons with quizzes, online resources and courses; all content comes with the showcase."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk import event_booking, identification
from kiosk.desk.session import Context, Session, guest_of
from kiosk.events import Pressed
from kiosk.views.find import Find
from kiosk.views.learn import COURSES, RESOURCES, Learn
from kiosk.views.patron_input import ForYou
from lending.showcase import Poster


def open_up(session: Session, ctx: Context, about: str = "", under: Find | ForYou | None = None) -> Session:
    """Open the list; its content is part of the stored showcase, so it is available offline too."""
    return session.show(replace(_overview(session, ctx), about=about, under=under))


def of_poster(session: Session, ctx: Context, poster: Poster) -> Session:
    """Open the event of the poster that was on the screen, within the list of courses."""
    view = _overview(session, ctx)
    opened = next((n for n, each in enumerate(view.courses) if each.date == poster.date), None)
    return session if opened is None else session.show(replace(view, about=COURSES, opened=opened))


def _overview(session: Session, ctx: Context) -> Learn:
    shows, guest = ctx.showcase, guest_of(session, ctx)
    return Learn(
        resources=shows.resources,
        courses=shows.dates(ctx.now),
        places=session.visit.places,
        guest=guest,
        lines=session.lines,
    )


def on_press(session: Session, ctx: Context, view: Learn, event: Pressed) -> Session:
    choice = event.choice or ""
    match event.name:
        case "learn":
            return session.show(replace(view, about=choice, page=0, marked="", opened=None))
        case "lessons":
            return session.show(replace(view, about="", page=0, marked=""))
        case "next_page":
            return session.show(replace(view, page=view.page + 1))
        case "mark":
            return session.show(replace(view, marked=choice))
        case "open":
            return session.show(replace(view, opened=int(choice)))
        case "take_place" | "queue" | "give_place_back":
            return _identify_or_request(session, ctx, view)
        case "back":
            return _back(session, ctx, view)
        case _:
            return session


def _identify_or_request(session: Session, ctx: Context, view: Learn) -> Session:
    """Request the place, after identifying the patron if needed; a place booked in this visit needs no new check."""
    if view.place is not None and session.visit.patron is not None:
        return event_booking.request_place(session, ctx, view)
    return identification.for_page(session, ctx, view)


def _back(session: Session, ctx: Context, view: Learn) -> Session:
    """Go back one level: page, QR code, list of topics, and the view it was opened from."""
    if view.opened is not None:
        return session.show(replace(view, opened=None))
    if view.page and view.about not in (RESOURCES, COURSES):
        return session.show(replace(view, page=view.page - 1, marked=""))
    if isinstance(view.under, ForYou):
        return session.show(replace(view.under, lines=view.lines))
    if view.under is not None:
        return session.show(replace(view.under, guest=view.guest, lines=view.lines))
    if view.about:
        return session.show(replace(view, about="", marked=""))
    return identification.leave_page(session, ctx)
